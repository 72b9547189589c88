// Deepgram's recogniser of whole recordings: one request, both sides of the call as two channels.
//
// Options of an agent's choice: language, smart_format (true), punctuate, numerals, profanity_filter,
// filler_words, keyterm, keywords, redact, replace, tag (lists by commas), utt_split (seconds of pause
// between two segments), mip_opt_out, version. Model: free text, nova-3 when empty. What it uses: seconds of
// audio, of each channel. Thread and lifetime: as the port says; `clock` outlives all.
#pragma once

#include "base/clock.hpp"
#include "speech/file_transcriber.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

class DeepgramFile final : public FileTranscriber {
 public:
  DeepgramFile(vendor::Account account, const Clock& clock);

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  async::Task<std::expected<FileTranscript, vendor::VendorError>> transcribe(FileRequest request) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
};

}  // namespace parley::speech
