// The GET by which Exotel asks an https:// address for the WebSocket to open, as text: what is asked and how
// the answer is read.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "caller/exotel_caller_protocol.hpp"

namespace parley::caller {

// The address with the call's data in its query.
std::string dynamic_endpoint_url(std::string_view url, const StreamIdentity& identity, WallTime now);

// The "url" of a 200 answer. Errors say what the server should have answered.
Result<std::string> read_dynamic_endpoint(int status, std::string_view body);

}  // namespace parley::caller
