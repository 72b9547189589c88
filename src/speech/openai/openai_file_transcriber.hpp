// OpenAI's recognisers for recordings: POST …/audio/transcriptions, each side of the call on its own.
//
// The account's url ends in /v1. Choice: model (gpt-4o-transcribe); options:
//   language  ISO 639-1, or "auto" to have it detected; else the request's
//   prompt    names and words to expect
//
// Only whisper models tell when something was said. For the others the recording is cut where it is quiet,
// and each stretch of speech is asked for by itself; its place is then known from the recording.
#pragma once

#include <span>

#include "audio/wav.hpp"
#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "speech/file_transcriber.hpp"
#include "vendor/account.hpp"
#include "vendor/json.hpp"

namespace parley::speech {

// Where one side speaks, in samples.
struct SpeechStretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const SpeechStretch&, const SpeechStretch&) = default;
};
// By loudness: pauses shorter than `pause_s` do not part a stretch; none is longer than `most_s`. Empty: all
// is quiet.
std::vector<SpeechStretch> find_speech(std::span<const std::int16_t> samples, int sample_rate_hz,
                                       double pause_s, double most_s);

struct OpenAiFileOptions {
  std::string model;
  std::string language;
  std::string prompt;
  bool has_times = false;  // the model tells them
};
Result<OpenAiFileOptions> read_openai_file_options(const agent::ProviderChoice& choice,
                                                   std::string_view language);
net::ClientRequest openai_transcription_request(const vendor::Account& account,
                                                const OpenAiFileOptions& options, std::string wav);
// What was said within `length_s` seconds that begin at `begin_s`. Errc::protocol: not what was asked for.
Result<std::vector<FileSegment>> parse_openai_transcription(std::string_view body, int channel,
                                                            double begin_s, double length_s);

class OpenAiFileTranscriber final : public FileTranscriber {
 public:
  OpenAiFileTranscriber(vendor::Account account, const Clock& clock);

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  async::Task<std::expected<FileTranscript, vendor::VendorError>> transcribe(FileRequest request) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
};

}  // namespace parley::speech
