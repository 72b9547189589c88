// Deepgram's recogniser of whole files (POST /v1/listen) as rules without I/O.
#pragma once

#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "base/result.hpp"
#include "speech/file_transcriber.hpp"
#include "vendor/account.hpp"

namespace parley::speech::deepgram {

struct WavShape {
  int sample_rate_hz = 0;
  int channels = 0;
  double seconds = 0;
};
// Of 16-bit PCM with one or two channels; everything else is Errc::invalid_argument. Nothing is copied:
// recordings are long.
Result<WavShape> wav_shape(std::string_view wav);

std::string file_model(const agent::ProviderChoice& choice);
Result<void> check_file(const vendor::Account& account, const agent::ProviderChoice& choice);
std::string file_url(const vendor::Account& account, const agent::ProviderChoice& choice,
                     std::string_view language, int channels);

// Errc::protocol when the answer is none. What lies outside the recording is brought inside it.
Result<FileTranscript> read_file_answer(std::string_view json, const WavShape& shape,
                                        std::string_view language);

}  // namespace parley::speech::deepgram
