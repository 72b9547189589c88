// What went wrong at a vendor, told apart so that the server knows whether another try, another vendor or a
// person has to help, and so that the person reads one sentence that names the fix.
//
// A VendorError never holds a key, a caller's words or a caller's number: adapters pass the vendor's own
// words through clean_detail().
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::vendor {

enum class Fault {
  bad_key,        // wrong, revoked, or without the right
  no_credit,      // quota or money is used up: waiting does not help
  rate_limited,   // too much at once: waiting helps
  unknown_model,  // model or voice is unknown, retired, or not in the plan
  region,         // not served in this country
  bad_request,    // the vendor does not accept what we or the agent's options ask for
  overloaded,     // the vendor's side: 5xx, capacity
  timeout,        // no useful piece in time
  protocol,       // what came is not what the vendor's protocol says
  unreachable,    // no connection, or it broke
  internal,       // ours: a local part failed
};
std::string_view to_string(Fault fault);

struct VendorError {
  VendorError() = default;
  // Failures of local parts and of the network need no more than this.
  VendorError(Error error);  // NOLINT(google-explicit-constructor): ports take both
  VendorError(Fault what, std::string at, std::string words)
      : fault(what), vendor(std::move(at)), detail(std::move(words)) {}

  Fault fault = Fault::internal;
  std::string vendor;       // "deepgram"; empty: a part of this server
  std::string model;        // that was asked for, if it matters
  std::string detail;       // the vendor's words, or ours; one line
  int status = 0;           // of HTTP, or the WebSocket's close code; 0: none
  std::string code;         // the vendor's own
  std::string request_id;   // for the vendor's support
  std::string key_setting;  // "OPENAI_API_KEY": what to set when the key is the fault
  // What the vendor said about trying again.
  std::optional<std::chrono::milliseconds> retry_after;
  std::optional<bool> should_retry;

  friend bool operator==(const VendorError&, const VendorError&) = default;
};

// Trying the same vendor again may help: what the vendor said, else what the fault means (rate_limited,
// overloaded, unreachable, timeout).
bool is_retryable(const VendorError& error);

// One sentence: "Set OPENAI_API_KEY to a valid key of openai."
std::string fix_for(const VendorError& error);

// "openai: bad key (401 invalid_api_key, request req_1): Incorrect API key provided. Set OPENAI_API_KEY …"
std::string describe(const VendorError& error);

// One line, valid UTF-8, at most 300 bytes, with everything that looks like a key or token (and `key` itself
// wherever it stands, also its masked form) replaced by "***".
std::string clean_detail(std::string_view words, std::string_view key);

// HTTP's meaning where a vendor says nothing better.
Fault fault_of_status(int status);
// Of Errc: timeout, protocol, unavailable → unreachable, and so on.
Fault fault_of(Errc code);

// Retry-After (seconds or an HTTP date), retry-after-ms; nullopt: neither, or not readable. At most one hour.
std::optional<std::chrono::milliseconds> parse_retry_after(std::optional<std::string_view> retry_after_ms,
                                                           std::optional<std::string_view> retry_after,
                                                           std::chrono::system_clock::time_point now);

}  // namespace parley::vendor
