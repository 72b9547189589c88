// What all of Sarvam's doors share: its language codes, its limits, and its ways to say what went wrong. No
// I/O. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"
#include "net/websocket.hpp"
#include "vendor/account.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::speech {

inline constexpr std::string_view kSarvamKeyHeader = "api-subscription-key";

// Which of Sarvam's lists of languages applies.
enum class SarvamLanguages {
  voice,     // bulbul: eleven
  saarika,   // the same eleven
  saaras,    // all of the scheduled languages of India, and English
  realtime,  // the same; Odia is spelled or-IN here and od-IN everywhere else, and detection is "auto", not
             // "unknown"
};

// Sarvam's code of a BCP 47 tag: "hi" and "hi-IN" → "hi-IN", "en-US" → "en-IN" (it knows each language as
// spoken in India), "or" and "od" → Odia. Recognisers also detect: "auto", "unknown" and "multi".
// Errc::invalid_argument with the languages that exist.
Result<std::string> sarvam_language(std::string_view tag, SarvamLanguages list);
// Back to BCP 47: "od-IN" → "or-IN"; "unknown" and "auto" → empty.
std::string bcp47_of_sarvam(std::string_view code);

// Turns Sarvam's answers into VendorErrors.
class SarvamFaults {
 public:
  SarvamFaults(const vendor::Account& account, std::string model)
      : account_(&account), model_(std::move(model)) {}

  vendor::VendorError make(vendor::Fault fault, std::string_view words) const;
  // `status`: HTTP's, or the number that stands in a socket's error message; 0: none.
  vendor::VendorError of_code(int status, std::string_view code, std::string_view message,
                              std::string_view request_id) const;
  vendor::VendorError of_response(int status, const net::HeaderList& headers, std::string_view body,
                                  WallTime now) const;
  vendor::VendorError of_connect(const net::ConnectError& error, WallTime now) const;
  vendor::VendorError of_close(const net::CloseInfo& close) const;
  vendor::VendorError of_transport(const Error& error) const;

 private:
  const vendor::Account* account_;
  std::string model_;
};

// Pieces of at most `most` characters (code points): cut after a sentence, else after a comma, else between
// words, else anywhere between two characters. Pieces without a letter or digit are left out.
std::vector<std::string> split_for_sarvam(std::string_view text, std::size_t most);

}  // namespace parley::speech
