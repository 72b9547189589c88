// The messages of docs/brain-protocol.md. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "llm/chat_model.hpp"
#include "net/websocket.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

inline constexpr std::string_view kBrainSubprotocol = "parley-brain.1";
inline constexpr std::size_t kMaxBrainMessageBytes = 256 * 1024;         // to us
inline constexpr std::size_t kMaxBrainTurnBytes = std::size_t{1} << 20;  // from us

struct BrainOptions {
  std::string url;
  std::string key_env;
  std::int64_t max_context_tokens = 16'000;
};
// What is not for us is for the brain: no option is unknown.
Result<BrainOptions> read_brain_options(const agent::ProviderChoice& choice);

std::string brain_hello();
std::string brain_ping();
std::string brain_cancel(std::uint64_t turn);
std::string brain_turn(std::uint64_t turn, const ChatRequest& request, const std::vector<Message>& history);

struct BrainStep {
  std::string text;
  std::vector<ChatAction> actions;
  std::vector<ToolCall> calls;
  std::optional<vendor::Usage> usage;
  bool ended = false;
  std::optional<vendor::VendorError> error;
};

// One turn's messages. Those of other turns are passed over; limits and mistakes end it with an error.
class BrainTurnReader {
 public:
  BrainTurnReader(vendor::Account account, std::string model, std::uint64_t turn)
      : account_(std::move(account)), model_(std::move(model)), turn_(turn) {}

  // True: the message was of this turn.
  bool take(std::string_view message, BrainStep& step);

  vendor::VendorError refused(const net::ConnectError& error, WallTime now) const;
  vendor::VendorError closed(const net::CloseInfo& close) const;
  vendor::VendorError error(vendor::Fault fault, std::string detail) const;

 private:
  void take_action(const boost::json::object& message, BrainStep& step);
  void take_call(const boost::json::object& message, BrainStep& step);
  void take_end(const boost::json::object& message, BrainStep& step);
  vendor::VendorError told_error(const boost::json::object& message) const;

  vendor::Account account_;
  std::string model_;
  std::uint64_t turn_;
  std::size_t text_bytes_ = 0;
  std::size_t others_ = 0;  // actions and tool calls
};

}  // namespace parley::llm
