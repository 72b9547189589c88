// OpenAI's Realtime API as a recogniser: a session of type "transcription" whose turns we end ourselves. No
// I/O; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "vendor/account.hpp"
#include "vendor/json.hpp"

namespace parley::speech {

// An agent's choice, read and checked.
struct OpenAiHearing {
  std::string model;
  std::string language;  // ISO 639-1; empty: detected
  std::string prompt;
  std::string noise_reduction;  // empty: none
  bool mulaw = false;           // audio/pcmu at 8 kHz, else audio/pcm at 24 kHz
};
// `language`: BCP 47. Errc::invalid_argument names the option and what is possible.
Result<OpenAiHearing> read_openai_hearing(const agent::ProviderChoice& choice, std::string_view language,
                                          int sample_rate_hz);

std::string openai_hearing_url(const vendor::Account& account);
std::string openai_session_update(const OpenAiHearing& hearing);
// Into `out`, which is used again.
void openai_append_message(std::span<const std::byte> audio, std::string& out);
// The event id comes back with an error about it.
std::string openai_commit_message(std::uint64_t utterance);
std::string openai_clear_message();

struct OpenAiHearingEvent {
  enum class Kind {
    session_ready,  // our session.update holds
    committed,      // item: the utterance committed first of those without one
    delta,          // text goes on
    completed,      // text is all of it
    failed,         // of the item; error says why
    error,          // error; event_id: of the message it is about, if any
    other,
  };
  Kind kind = Kind::other;
  std::string item;
  std::string text;
  std::string event_id;
  vendor::json::object error;
};
// Errc::protocol: not a JSON object, or text that is no text.
Result<OpenAiHearingEvent> parse_openai_hearing(std::string_view message);

// Which item of the vendor is which utterance. Items are named in the order of the commits; answers come in
// any order, perhaps twice, perhaps before the item was named.
class OpenAiUtterances {
 public:
  struct Answer {
    std::uint64_t utterance = 0;
    std::string text;
  };

  void committed(std::uint64_t utterance);
  void named(std::string_view item);
  // The text so far; nullopt: of nobody.
  std::optional<Answer> went_on(std::string_view item, std::string_view delta);
  std::optional<Answer> completed(std::string_view item, std::string_view text);
  // Its commit came to nothing.
  std::optional<Answer> refused(std::string_view event_id);
  // Their answers are not wanted any more.
  void drop_all();
  // Those that wait still, with what is known of their text; their answers are not wanted any more.
  std::vector<Answer> give_up();
  bool waiting() const;

 private:
  struct Waiting {
    std::uint64_t utterance = 0;
    std::string item;
    std::string text;
    bool wanted = true;
  };
  Waiting* find(std::string_view item);
  void forget(const Waiting& waiting);

  std::deque<Waiting> waiting_;
  std::deque<std::string> answered_;  // the last items, for answers that come twice
};

}  // namespace parley::speech
