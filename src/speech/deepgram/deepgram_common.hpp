// What all parts of the Deepgram adapter share: options of an agent's choice, addresses, and failures as
// Deepgram tells them. No I/O.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "base/result.hpp"
#include "net/headers.hpp"
#include "net/websocket.hpp"
#include "vendor/account.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::speech::deepgram {

// The option, or `otherwise` when the choice does not have it.
std::string option(const agent::ProviderChoice& choice, const std::string& name,
                   std::string_view otherwise = {});

struct NumberRange {
  std::string_view name;
  double least;
  double most;
};
// Errc::permission_denied without a key (the message names the setting); invalid_argument for an option that
// is not in `known` (the message lists them) or a number outside its range.
Result<void> check_choice(const vendor::Account& account, const agent::ProviderChoice& choice,
                          std::initializer_list<std::string_view> known,
                          std::initializer_list<NumberRange> numbers = {});

net::HeaderList authorization(const vendor::Account& account);

// "?a=1&b=two%20words", values escaped.
class Query {
 public:
  void add(std::string_view name, std::string_view value);
  // The option under the same name, if the choice has it.
  void add_option(const agent::ProviderChoice& choice, const std::string& name);
  // One parameter for each of the option's comma-separated values.
  void add_list(const agent::ProviderChoice& choice, const std::string& name);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Deepgram's name of a language: regions stay only where Deepgram tells them apart ("hi-IN" → "hi").
std::string listen_language(std::string_view bcp47);

// --- failures; none holds the key or what was said

// An HTTP answer that is not 200, or a refused WebSocket handshake.
vendor::VendorError http_failure(const vendor::Account& account, const std::string& model, int status,
                                 const net::HeaderList& headers, std::string_view body,
                                 std::chrono::system_clock::time_point now);
vendor::VendorError refusal(const vendor::Account& account, const std::string& model,
                            const net::ConnectError& error, std::chrono::system_clock::time_point now);
// The vendor closed the socket, or the connection broke.
vendor::VendorError closure(const vendor::Account& account, const std::string& model,
                            const net::CloseInfo& close);
// {"type":"Error", …}
vendor::VendorError in_band(const vendor::Account& account, const std::string& model, std::string_view code,
                            std::string_view words);
vendor::VendorError protocol_failure(const vendor::Account& account, const std::string& model,
                                     std::string words);
// Of our HTTP client.
vendor::VendorError transfer_failure(const vendor::Account& account, const std::string& model, Error error);

}  // namespace parley::speech::deepgram
