// What Exotel's REST interface answers: v1 in JSON or XML, v3, and the numbers of v2. Tolerant of names,
// types and wrapping; a 200 may hold an error. Pure; any thread.
//
// Errors are Errc::protocol and say what the answer is instead, quoting nothing of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "carrier/carrier.hpp"

namespace parley::carrier::exotel {

// {"RestException":{"Status":403,"Message":"…","Code":340030}}, its XML twin, and v3's error_data.
struct RestException {
  int status = 0;  // as in HTTP; 0: it said none
  std::string code;
  std::string message;
};
// nullopt: the answer is no error, or nothing that can be read.
std::optional<RestException> read_exception(std::string_view body);

// One call: `Call` of v1, `response.call_details` of v3.
Result<CallReport> read_call(std::string_view body);

struct CallPage {
  std::vector<CallReport> calls;
  std::string next_page;  // path and query; empty: this was the last
};
Result<CallPage> read_calls(std::string_view body);

Result<std::vector<OwnNumber>> read_numbers(std::string_view body);

// The streams that run and may run (ActiveStreams).
Result<AccountState> read_active_streams(std::string_view body);

}  // namespace parley::carrier::exotel
