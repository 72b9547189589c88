// What we ask of Exotel's REST interface: addresses and bodies. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "carrier/carrier.hpp"

namespace parley::carrier::exotel {

// The body of Calls/connect, in order. Errc::invalid_argument: something is missing, or past one of Exotel's
// limits (address of a stream 600 bytes, custom field 128, time limit 1 to 14400 seconds).
Result<Fields> place_fields(const Account& account, const PlaceRequest& request);

// "0XXXXXXXXXX" of an Indian number, as Exotel wants the number that the callee sees; others as they are.
std::string caller_id_form(std::string_view number);

std::string place_url(const Account& account);
std::string call_url(const Account& account, std::string_view call_id);
// `number` in the forms that Exotel may have kept it in, as the side that `side` names ("From", "To").
std::string calls_url(const Account& account, std::string_view side, std::string_view number,
                      WallMillis since);
// Of NextPageUri; empty: it does not lead to this account's calls.
std::string next_page_url(const Account& account, std::string_view next_page);
std::string numbers_url(const Account& account);
std::string active_streams_url(const Account& account);
std::string hang_up_url(const Account& account, std::string_view leg_id);

// Of two numbers, however they are written: the same last ten digits (all of them where there are fewer).
bool same_number(std::string_view one, std::string_view other);

}  // namespace parley::carrier::exotel
