// Exotel's words, the same in its REST answers and its callbacks. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "carrier/carrier.hpp"

namespace parley::carrier::exotel {

// "in-progress", "no-answer", "canceled" and "cancelled", "from_leg_unanswered" …; else unknown.
Progress read_progress(std::string_view status);
// "inbound" of "incoming" and "inbound", "outbound" of "outbound-dial" and "outbound-api"; else empty.
std::string read_direction(std::string_view direction);
// "human", "machine" or empty.
std::string read_answered_by(std::string_view answered_by);
// "17", "\"17\"", "17.4"; nullopt: none, negative, or longer than a month.
std::optional<int> read_seconds(std::string_view text);
// The address, if it is one of the web; else empty.
std::string read_web_address(std::string_view text);
// Whether this can be the id of a call: it goes into addresses, logs and keys.
bool is_call_id(std::string_view text);

}  // namespace parley::carrier::exotel
