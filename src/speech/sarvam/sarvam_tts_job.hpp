// The jobs of Sarvam's voices: what both ways to speak share, and how each is made. Only for sarvam_tts*.cpp.
#pragma once

#include <optional>

#include "async/guarded.hpp"
#include "speech/pcm_stream.hpp"
#include "speech/sarvam/sarvam_tts.hpp"

namespace parley::speech {

// Sound in, listener calls out. Every function that calls the listener says whether the job still lives: the
// listener may have destroyed it.
class SarvamTtsJob : public TtsJob {
 public:
  SarvamTtsJob(SarvamTts& voice, SarvamTtsSettings settings, TtsRequest request, TtsListener& listener);
  ~SarvamTtsJob() override { report_usage(); }

 protected:
  // A message or body of its own, with or without a header.
  void next_message() { stream_.next_message(); }
  bool speak(std::string_view bytes, SteadyTime received_at);
  void end(SteadyTime received_at);
  void fail(vendor::VendorError error);

  // Let go of what sound comes from; called before the last listener call.
  virtual void release() = 0;

  bool over() const { return over_; }
  bool heard() const { return samples_ > 0; }
  // The sound is as long as the text needs at the least.
  bool plausibly_whole() const;
  void count(std::size_t characters, bool estimated);
  void request_was_written(SteadyTime at) { observer_.on_request_written(vendor::Part::tts, at); }

  SarvamTts& voice_;
  const SarvamTtsSettings settings_;
  async::Executor executor_;
  log::Logger log_;
  const SarvamFaults faults_;
  std::vector<std::string> texts_;
  async::Guard guard_;

 private:
  void report_usage();

  TtsListener& listener_;
  vendor::Observer& observer_;
  const int rate_hz_;
  std::size_t characters_ = 0;  // of all texts
  std::size_t used_ = 0;        // of those that Sarvam got
  bool used_estimated_ = false;
  PcmStream stream_;
  std::size_t samples_ = 0;
  bool over_ = false;
};

std::unique_ptr<TtsJob> make_sarvam_socket_job(SarvamTts& voice, SarvamTtsSettings settings,
                                               TtsRequest request, TtsListener& listener);
std::unique_ptr<TtsJob> make_sarvam_http_job(SarvamTts& voice, SarvamTtsSettings settings, TtsRequest request,
                                             TtsListener& listener);

}  // namespace parley::speech
