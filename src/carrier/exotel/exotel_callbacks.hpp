// What Exotel tells and asks by webhook: status callbacks of either of its engines, the dynamic address of a
// stream, Passthru, Connect, Greeting. Pure; any thread.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "carrier/carrier.hpp"

namespace parley::carrier::exotel {

// Errc::invalid_argument: they name no call, or its id is none.
Result<CallReport> read_report(const Fields& fields);
Result<CallNotice> read_notice(const Fields& fields);
// nullopt: they tell of no stream.
std::optional<StreamReport> read_stream_report(const Fields& fields);

}  // namespace parley::carrier::exotel
