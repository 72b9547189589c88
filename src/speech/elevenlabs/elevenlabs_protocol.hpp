// ElevenLabs on the wire: addresses, messages and errors. No I/O; any thread.
//
// A socket of multi-stream-input carries several contexts; each sentence is one context: opened with its
// settings, given its text and flushed at once, closed when all of it was spoken or when nobody wants it any
// more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "net/websocket.hpp"
#include "vendor/account.hpp"
#include "vendor/json.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::speech {

// An agent's choice, read and checked.
struct ElevenLabsVoice {
  std::string voice;
  std::string model;
  bool over_http = false;
  std::string language;  // ISO 639-1; empty: not told
  std::string normalization;
  std::optional<std::int64_t> seed;
  std::optional<bool> logging;
  vendor::json::object settings;  // voice_settings; empty: the voice's own
};
// `language`: BCP 47. Errc::invalid_argument names the option and what is possible.
Result<ElevenLabsVoice> read_elevenlabs_voice(const agent::ProviderChoice& choice, std::string_view language);

// The rate to ask for: the wanted one, else the nearest above that every plan has.
int elevenlabs_rate_hz(int wanted_hz);

// wss://…/multi-stream-input?…
std::string elevenlabs_socket_url(const vendor::Account& account, const ElevenLabsVoice& voice, int rate_hz);
net::ClientRequest elevenlabs_request(const vendor::Account& account, const ElevenLabsVoice& voice,
                                      int rate_hz, std::string_view text);

std::string elevenlabs_open_context(std::string_view context, const ElevenLabsVoice& voice);
std::string elevenlabs_speak(std::string_view context, std::string_view text);
std::string elevenlabs_close_context(std::string_view context);

struct ElevenLabsEvent {
  struct Problem {
    std::string code;  // "quota_exceeded"
    std::string message;
    int status = 0;  // a close code, mostly
  };
  std::string context;     // empty: of the socket, or not told
  std::string audio;       // decoded
  bool is_final = false;   // the context is over
  bool flushed = false;    // what was flushed is spoken
  std::size_t spoken = 0;  // characters of the text, white space aside, that this sound is of
  std::optional<Problem> problem;
};
// Errc::protocol: not JSON, or sound that is not base64. Unknown messages are events without anything.
Result<ElevenLabsEvent> parse_elevenlabs(std::string_view text);

// Characters without white space, as ElevenLabsEvent::spoken counts them.
std::size_t count_visible(std::string_view text);

class ElevenLabsFaults {
 public:
  // `account` outlives it.
  ElevenLabsFaults(const vendor::Account& account, std::string model);

  vendor::VendorError make(vendor::Fault fault, std::string_view words) const;
  vendor::VendorError of_response(int status, const net::HeaderList& headers, std::string_view body,
                                  WallTime now) const;
  vendor::VendorError of_problem(const ElevenLabsEvent::Problem& problem) const;
  vendor::VendorError of_connect(const net::ConnectError& error, WallTime now) const;
  vendor::VendorError of_close(const net::CloseInfo& close) const;
  vendor::VendorError no_key() const;

 private:
  const vendor::Account* account_;
  std::string model_;
};

}  // namespace parley::speech
