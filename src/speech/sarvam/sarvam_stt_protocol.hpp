// What is said on the sockets of Sarvam's recognisers, without I/O: settings → address and messages, messages
// → events. Two protocols: `streaming` (/speech-to-text/ws; no partials) and `realtime`
// (/speech-to-text-realtime/ws).
//
// Options of an agent's stt choice; docs/vendors.md tells more:
// - api: streaming or realtime; realtime for models with "realtime" in their name and for saaras:v4
// - language: a BCP 47 tag or auto; the agent's language unless set
// - mode: transcribe, translate, verbatim, translit or codemix; saaras only
// - prompt: a hint for the model
// - high_vad_sensitivity: true or false; streaming
// - positive_speech_threshold, negative_speech_threshold, min_speech_frames, first_turn_min_speech_frames,
//   negative_frames_count, negative_frames_window, start_speech_volume_threshold,
//   interrupt_min_speech_frames, pre_speech_pad_frames, num_initial_ignored_frames: passed on; streaming
// - stream_type: fast (unless set), balanced or simulated; realtime
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/agent.hpp"
#include "speech/sarvam/sarvam_common.hpp"

namespace parley::speech {

inline constexpr std::string_view kSarvamSttModel = "saaras:v3";

struct SarvamSttSettings {
  enum class Api { streaming, realtime };
  Api api = Api::streaming;
  std::string model;
  std::string language;       // in Sarvam's spelling
  int sample_rate_hz = 8000;  // of what is sent: 8000 or 16000
  std::string mode;
  std::string prompt;
  std::string stream_type;
  std::vector<std::pair<std::string, std::string>> passed_on;  // query parameters
};

// Errc::invalid_argument with a sentence for the agent's author.
Result<SarvamSttSettings> read_sarvam_stt(const agent::ProviderChoice& choice, std::string_view language,
                                          int sample_rate_hz);

// What a message of either protocol means to us.
struct SarvamSttEvent {
  enum class Kind {
    other,           // nothing to do
    speech_started,  // Sarvam's own detector; `streaming` only
    speech_ended,
    partial,
    final,     // text may be empty
    error,     // the socket is of no use any more
    not_ours,  // not what the protocol says
  };
  Kind kind = Kind::other;
  std::string text{};
  // realtime: which of the socket's utterances; -1: not told.
  std::int64_t utterance = -1;
  // of error
  int status = 0;
  std::string code{};
  std::string request_id{};
};

class SarvamSttProtocol {
 public:
  explicit SarvamSttProtocol(SarvamSttSettings settings) : settings_(std::move(settings)) {}

  const SarvamSttSettings& settings() const { return settings_; }
  // Path and query behind the account's address.
  std::string target() const;
  // Empty: this protocol has no such message.
  std::string hello() const;
  std::string utterance_started() const;
  std::string utterance_finished() const;
  std::string keep_alive() const;
  // The text is valid until the next call.
  std::string_view audio(std::span<const std::int16_t> samples);

  SarvamSttEvent read(std::string_view message) const;

 private:
  SarvamSttSettings settings_;
  std::string out_;
};

}  // namespace parley::speech
