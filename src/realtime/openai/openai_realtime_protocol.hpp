// OpenAI's Realtime API as a model that hears and speaks, with our own turn taking (turn_detection null). No
// I/O; one thread. Both the present event names and those of the earlier beta are read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "llm/chat_model.hpp"
#include "vendor/account.hpp"
#include "vendor/json.hpp"
#include "vendor/usage.hpp"

namespace parley::realtime {

// An agent's choice, read and checked.
struct RealtimeOptions {
  std::string model;
  std::string voice;
  std::string transcription_model;  // writes down what the caller said; empty: nobody does
  std::string transcription_language;
  std::optional<double> speed;
  std::optional<std::int64_t> max_output_tokens;
  bool mulaw = false;  // audio/pcmu at 8 kHz both ways, else audio/pcm at 24 kHz
};
// Errc::invalid_argument names the option and what is possible.
Result<RealtimeOptions> read_realtime_options(const agent::ProviderChoice& choice, std::string_view language,
                                              int sample_rate_hz);

// How much sound takes how many bytes on the wire; rounded down to whole samples.
std::size_t sound_bytes(const RealtimeOptions& options, std::chrono::milliseconds length);
std::chrono::milliseconds sound_length(const RealtimeOptions& options, std::size_t bytes);

std::string realtime_url(const vendor::Account& account, std::string_view model);

// What is sent. Errors bring back the event_id of what they are about.
inline constexpr std::string_view kAboutSession = "session";
inline constexpr std::string_view kAboutCommit = "commit";
inline constexpr std::string_view kAboutCancel = "cancel";
inline constexpr std::string_view kAboutCut = "cut";
inline constexpr std::string_view kAboutAsking = "ask-";
std::string session_update_message(const RealtimeOptions& options, std::string_view instructions,
                                   const std::vector<llm::ToolSpec>& tools);
// Into `out`, which is used again.
void append_audio_message(std::span<const std::byte> audio, std::string& out);
std::string commit_message();
std::string clear_message();
std::string text_item_message(llm::Role role, std::string_view text);
std::string tool_result_message(std::string_view call_id, std::string_view result);
std::string response_create_message(std::string_view event_id);
// A reply in given words; no tool is called for it.
std::string say_message(std::string_view words, std::string_view event_id);
std::string response_cancel_message(std::string_view response_id);
std::string truncate_message(std::string_view item_id, std::int64_t heard_ms);

// What comes.
struct RealtimeEvent {
  enum class Kind {
    session_ready,
    committed,         // item
    caller_text,       // item, text
    response_created,  // response
    item_added,        // response, item: what is said is this item of the conversation
    text,              // response, text
    audio,             // response, audio (base64)
    tool_call,         // response, call
    response_done,     // response, status, usage, error
    error,             // error
    other,
  };
  Kind kind = Kind::other;
  std::string response;
  std::string item;
  std::string text;
  std::string audio;  // base64
  llm::ToolCall call;
  std::string status;  // completed, cancelled, failed, incomplete
  vendor::Usage usage;
  bool has_usage = false;
  vendor::json::object error;
  std::string about;  // of an error: the event_id of ours that it answers; empty: not said
};
// Errc::protocol: no JSON object. Unknown events are `other`.
Result<RealtimeEvent> parse_realtime(std::string_view message);

}  // namespace parley::realtime
