// What is said to Sarvam's voices (bulbul), without I/O: settings → address, messages and bodies; messages →
// events.
//
// Options of an agent's tts choice; docs/vendors.md tells more:
// - transport: websocket (unless set) or http
// - stream: true uses POST /text-to-speech/stream in place of /text-to-speech; http
// - language: a BCP 47 tag; the agent's language unless set
// - pace: 0.3 … 3 (bulbul:v2), 0.5 … 2 (others)
// - pitch: -0.75 … 0.75; bulbul:v2
// - loudness: 0.3 … 3; bulbul:v2
// - temperature: 0.01 … 2; not bulbul:v2
// - enable_preprocessing: true or false; bulbul:v2
// - dict_id: a pronunciation dictionary; not bulbul:v2
// - min_buffer_size: 30 … 200; websocket
// - max_chunk_length: 50 … 500; websocket
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "speech/sarvam/sarvam_common.hpp"

namespace parley::speech {

inline constexpr std::string_view kSarvamTtsModel = "bulbul:v3";

struct SarvamTtsSettings {
  enum class Transport { websocket, http, http_stream };
  Transport transport = Transport::websocket;
  std::string model;
  std::string speaker;   // lower case; empty: Sarvam's default
  std::string language;  // in Sarvam's spelling
  int sample_rate_hz = 8000;
  std::optional<double> pace;
  std::optional<double> pitch;
  std::optional<double> loudness;
  std::optional<double> temperature;
  std::optional<bool> preprocessing;
  std::optional<std::int64_t> min_buffer_size;
  std::optional<std::int64_t> max_chunk_length;
  std::string dictionary;
  std::size_t most_characters = 0;  // of one message or request
};

// Errc::invalid_argument with a sentence for the agent's author. `sample_rate_hz` is what is wanted; the
// settings have it, or the nearest higher one of Sarvam's.
Result<SarvamTtsSettings> read_sarvam_tts(const agent::ProviderChoice& choice, std::string_view language,
                                          int sample_rate_hz);

// --- WebSocket. Path and query behind the account's address; the rest of the settings are sent for each job.
std::string sarvam_tts_target(const SarvamTtsSettings& settings);
std::string sarvam_tts_config(const SarvamTtsSettings& settings);
std::string sarvam_tts_text(std::string_view text);
inline constexpr std::string_view kSarvamTtsFlush = R"({"type":"flush"})";
inline constexpr std::string_view kSarvamTtsPing = R"({"type":"ping"})";

struct SarvamTtsEvent {
  enum class Kind { other, audio, final, error, not_ours };
  Kind kind = Kind::other;
  // audio: the bytes, a RIFF header perhaps in front; error and not_ours: words.
  std::string bytes{};
  // of error
  int status = 0;
  std::string code{};
  std::string request_id{};
};
SarvamTtsEvent read_sarvam_tts(std::string_view message);

// --- HTTP
std::string sarvam_tts_body(const SarvamTtsSettings& settings, std::string_view text);
// The files in an answer of /text-to-speech, decoded. Errc::protocol.
Result<std::vector<std::string>> read_sarvam_tts_answer(std::string_view body);

// Sound that was coded although bare samples were asked for (tagged MP3, Ogg, FLAC): it would be noise on the
// line.
bool looks_coded(std::string_view bytes);

}  // namespace parley::speech
