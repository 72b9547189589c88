// What the local voices have in common: one sentence is one job on the blocking pool that hands its sound to
// a SpeechSink; the sink trims, resamples and posts it to the call's shard, where it is dropped if the job is
// gone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/guarded.hpp"
#include "audio/resampler.hpp"
#include "speech/probe.hpp"
#include "speech/silence_trimmer.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::speech {

// The worker's end of a job. Used by one worker thread; exactly one of end() and failed() closes it.
class SpeechSink {
 public:
  SpeechSink(async::Executor executor, async::Guard::Ticket ticket, TtsListener& listener,
             std::shared_ptr<const std::atomic<bool>> cancelled, int to_hz,
             std::shared_ptr<VoiceProbe> probe);

  // The caller interrupted: stop synthesising, nothing more is wanted.
  bool cancelled() const { return cancelled_->load(std::memory_order_relaxed); }

  // Mono sound at `rate_hz`, the same for all of a job's pieces.
  void audio(std::span<const std::int16_t> piece, int rate_hz);
  void end();
  void failed(Error error);

 private:
  void post_audio(bool last);

  async::Executor executor_;
  async::Guard::Ticket ticket_;
  TtsListener& listener_;
  std::shared_ptr<const std::atomic<bool>> cancelled_;
  int to_hz_;
  std::shared_ptr<VoiceProbe> probe_;
  SteadyTime started_;
  bool first_ = true;
  std::unique_ptr<SilenceTrimmer> trimmer_;
  std::unique_ptr<audio::Resampler> resampler_;
  std::vector<std::int16_t> trimmed_;
  std::vector<std::int16_t> ready_;
};

// Runs `synthesise` on the pool. A full pool and a rate nobody can make are told by on_speech_failed.
std::unique_ptr<TtsJob> start_on_pool(async::BlockingPool& pool, std::shared_ptr<VoiceProbe> probe,
                                      const TtsRequest& request, TtsListener& listener,
                                      std::function<void(SpeechSink&)> synthesise);

}  // namespace parley::speech
