// The row of a call, which the stream, the carrier and we ourselves write at, in any order; and its session.
// Thread: the one that has the Connection at the time, in its transaction.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "storage/call_log/row.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// As CallStore says of the functions that queue them. Errc::not_found: a word about a call that is not there.
Result<void> write_call(sql::Connection& connection, const CallRow& row);
Result<void> write_end(sql::Connection& connection, const EndRow& row);
Result<void> write_word(sql::Connection& connection, const CarrierWord& word);
Result<void> write_transfer(sql::Connection& connection, const TransferRecord& transfer);

// What becomes of a call's status when another is told. `without_stream`: it ended, and no stream has ended
// it.
CallStatus next_status(CallStatus current, bool without_stream, CallStatus told);

// Whether nothing comes after this status of a carrier, in its own words.
bool is_last_word(std::string_view carrier_status);

}  // namespace parley::storage::call_log
