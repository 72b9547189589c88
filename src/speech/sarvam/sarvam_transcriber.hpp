// Sarvam's recogniser of files (POST /speech-to-text) behind the port. It takes thirty seconds at the most:
// each side of the call is cut where nobody speaks, and only the sound is sent, one piece after the other.
//
// Options of an agent's recording.transcribe choice:
//   language    a BCP 47 tag or auto     default: the call's language
//   mode        transcribe | translate | verbatim | translit | codemix     (saaras)
//
// A long recording is many requests, so one that meets Sarvam's limit of requests per minute waits and is
// tried again, as often as Sarvam's own client does.
#pragma once

#include "base/clock.hpp"
#include "speech/file_transcriber.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

class SarvamTranscriber final : public FileTranscriber {
 public:
  // `clock` outlives it.
  SarvamTranscriber(vendor::Account account, const Clock& clock);

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  async::Task<std::expected<FileTranscript, vendor::VendorError>> transcribe(FileRequest request) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
};

}  // namespace parley::speech
