// Deepgram's voices (Aura) as rules without I/O: addresses, messages, and what the answers mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/result.hpp"
#include "vendor/account.hpp"

namespace parley::speech::deepgram {

enum class SpeakTransport { websocket, http };

// The model's whole name, "aura-2-thalia-en", from the choice's voice and model: either holds the whole name,
// or the voice is a name alone ("thalia") and the model its family ("aura-2"). The default for an empty
// choice.
std::string speak_model(const agent::ProviderChoice& choice, std::string_view language);
SpeakTransport speak_transport(const agent::ProviderChoice& choice);
// Deepgram's rate that serves the wanted one: itself, else the nearest higher, else the highest.
int speak_rate(int wanted_hz);

// `language`: of the agent, BCP 47.
Result<void> check_speak(const vendor::Account& account, const agent::ProviderChoice& choice,
                         std::string_view language);
// wss://… or https://…, with everything but the key.
std::string speak_url(const vendor::Account& account, const agent::ProviderChoice& choice,
                      SpeakTransport transport, std::string_view language, int rate_hz);

// Parts of at most Deepgram's 2000 characters, cut between words; together they are the text.
std::vector<std::string> split_text(std::string_view text);
// {"type":"Speak","text":"…"}, or {"text":"…"} for HTTP.
std::string speak_message(std::string_view text);
std::string speak_body(std::string_view text);

// Something to be heard: without it a silent answer is a right one.
bool has_words(std::string_view text);

inline constexpr std::string_view kFlush = R"({"type":"Flush"})";
inline constexpr std::string_view kClear = R"({"type":"Clear"})";

struct SpeakReading {
  enum class Kind {
    flushed,  // all sound of what was sent before the flush has come
    cleared,  // nothing more of what was sent before comes
    warning,
    error,
    other,
    unreadable,
  };
  Kind kind = Kind::unreadable;
  std::string code;        // of warning and error
  std::string words;       // of warning and error
  std::string request_id;  // of other
};
SpeakReading read_speak(std::string_view message);

}  // namespace parley::speech::deepgram
