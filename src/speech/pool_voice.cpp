#include "speech/pool_voice.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace parley::speech {
namespace {

class PoolVoiceJob final : public TtsJob {
 public:
  ~PoolVoiceJob() override { cancelled->store(true, std::memory_order_relaxed); }

  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  async::Guard guard;
};

}  // namespace

SpeechSink::SpeechSink(async::Executor executor, async::Guard::Ticket ticket, TtsListener& listener,
                       std::shared_ptr<const std::atomic<bool>> cancelled, int to_hz,
                       std::shared_ptr<VoiceProbe> probe)
    : executor_(std::move(executor)),
      ticket_(std::move(ticket)),
      listener_(listener),
      cancelled_(std::move(cancelled)),
      to_hz_(to_hz),
      probe_(std::move(probe)),
      started_(std::chrono::steady_clock::now()) {}

void SpeechSink::audio(std::span<const std::int16_t> piece, int rate_hz) {
  if (!trimmer_) {
    trimmer_ = std::make_unique<SilenceTrimmer>(rate_hz);
    resampler_ = std::make_unique<audio::Resampler>(rate_hz, to_hz_);
  }
  trimmer_->process(piece, trimmed_);
  resampler_->process(trimmed_, ready_);
  trimmed_.clear();
  post_audio(false);
}

void SpeechSink::end() {
  if (trimmer_) {
    trimmer_->finish(trimmed_);
    resampler_->process(trimmed_, ready_);
    resampler_->flush(ready_);
    trimmed_.clear();
    post_audio(true);
  }
  boost::asio::post(executor_, [ticket = ticket_, listener = &listener_] {
    if (ticket.valid()) listener->on_speech_end();
  });
}

void SpeechSink::failed(Error error) {
  if (!cancelled()) probe_->failures.add();
  boost::asio::post(executor_, [ticket = ticket_, listener = &listener_, error = std::move(error)] {
    if (ticket.valid()) listener->on_speech_failed(error);
  });
}

void SpeechSink::post_audio(bool last) {
  // The first sound goes at once; later pieces of 100 ms spare the shard a wake-up for every 25 ms.
  const auto enough = static_cast<std::size_t>(to_hz_ / 10);
  if (ready_.empty() || (!first_ && !last && ready_.size() < enough)) return;
  if (first_) {
    const std::chrono::duration<double> after = std::chrono::steady_clock::now() - started_;
    probe_->first_audio.observe(after.count());
    first_ = false;
  }
  boost::asio::post(executor_, [ticket = ticket_, listener = &listener_, audio = std::exchange(ready_, {})] {
    if (ticket.valid()) listener->on_speech_audio(audio, std::chrono::steady_clock::now());
  });
}

std::unique_ptr<TtsJob> start_on_pool(async::BlockingPool& pool, std::shared_ptr<VoiceProbe> probe,
                                      const TtsRequest& request, TtsListener& listener,
                                      std::function<void(SpeechSink&)> synthesise) {
  auto job = std::make_unique<PoolVoiceJob>();
  auto sink = std::make_shared<SpeechSink>(request.executor, job->guard.ticket(), listener, job->cancelled,
                                           request.sample_rate_hz, std::move(probe));
  if (request.sample_rate_hz < 8000 || request.sample_rate_hz > 48000) {
    sink->failed({Errc::invalid_argument,
                  fmt::format("the local voices make 8000 to 48000 Hz, not {}", request.sample_rate_hz)});
    return job;
  }
  auto submitted =
      pool.submit([sink, synthesise = std::move(synthesise)](const async::BlockingPool::JobContext&) {
        if (!sink->cancelled()) synthesise(*sink);
      });
  if (!submitted) sink->failed(submitted.error());
  return job;
}

}  // namespace parley::speech
