#include "speech/stream_transcriber.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "async/signal.hpp"
#include "async/wait.hpp"
#include "audio/audio.hpp"
#include "audio/speech_detector.hpp"
#include "audio/vad.hpp"
#include "audio/wav.hpp"
#include "vendor/failover.hpp"

namespace parley::speech {
namespace {

using std::chrono::milliseconds;

struct Stretch {
  std::size_t begin = 0;  // samples
  std::size_t end = 0;
};

// Before the first voiced frame, so that a soft beginning is in it.
constexpr milliseconds kLeadIn{200};

std::vector<Stretch> utterances_of(std::span<const std::int16_t> side, const agent::Agent& agent, int rate,
                                   milliseconds endpointing) {
  const std::size_t frame = audio::samples_per_frame(rate);
  const auto vad = audio::make_vad(agent.vad, rate);
  audio::SpeechDetector detector({.frame_samples = static_cast<int>(frame)});
  const auto silence = static_cast<std::int64_t>(audio::ms_to_samples(endpointing.count(), rate));
  const auto lead_in = static_cast<std::int64_t>(audio::ms_to_samples(kLeadIn.count(), rate));
  std::vector<Stretch> found;
  const auto close = [&] {
    const auto begin = std::max<std::int64_t>(0, detector.speech_start() - lead_in);
    const auto end = std::min<std::int64_t>(std::ssize(side), detector.last_voiced_end() + lead_in);
    found.push_back({static_cast<std::size_t>(begin), static_cast<std::size_t>(end)});
    detector.end_utterance();
  };
  for (std::size_t at = 0; at + frame <= side.size(); at += frame) {
    detector.on_frame(vad->is_speech(side.subspan(at, frame)));
    if (detector.in_utterance() && !detector.speaking() &&
        detector.position() - detector.last_voiced_end() >= silence) {
      close();
    }
  }
  if (detector.in_utterance()) close();
  return found;
}

// What the recogniser says of the one utterance that is waited for.
class Ear final : public SttListener {
 public:
  explicit Ear(async::Executor executor) : news_(executor) {}

  void on_partial_transcript(std::uint64_t, std::string) override {}
  void on_final_transcript(std::uint64_t utterance, Transcript transcript) override {
    if (utterance != waited_for_) return;
    answer_ = std::move(transcript);
    news_.notify();
  }
  void on_stt_failed(vendor::VendorError error) override {
    error_ = std::move(error);
    news_.notify();
  }

  async::Task<std::expected<Transcript, vendor::VendorError>> final_of(std::uint64_t utterance,
                                                                       const agent::ProviderChoice& choice,
                                                                       milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!answer_ && !error_) {
      const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
      if (left <= milliseconds(0)) {
        co_return std::unexpected(vendor::VendorError(
            vendor::Fault::timeout, choice.provider,
            "no transcript of utterance " + std::to_string(utterance) + " of the recording"));
      }
      co_await news_.wait_for(left);
    }
    if (error_) co_return std::unexpected(*error_);
    co_return *std::exchange(answer_, std::nullopt);
  }
  void wait_for(std::uint64_t utterance) { waited_for_ = utterance; }

 private:
  async::Signal news_;
  std::uint64_t waited_for_ = 0;
  std::optional<Transcript> answer_;
  std::optional<vendor::VendorError> error_;
};

std::vector<std::int16_t> side_of(const audio::WavAudio& wav, int channel) {
  std::vector<std::int16_t> side;
  const auto channels = static_cast<std::size_t>(wav.channels);
  side.reserve(wav.samples.size() / channels + 1);
  for (auto i = static_cast<std::size_t>(channel); i < wav.samples.size(); i += channels)
    side.push_back(wav.samples[i]);
  return side;
}

}  // namespace

async::Task<std::expected<FileTranscript, vendor::VendorError>> transcribe_by_stream(
    SpeechToText& recogniser, agent::AgentPtr agent, FileRequest request, StreamTranscription options) {
  const auto wav = audio::parse_wav(std::as_bytes(std::span(request.wav)));
  if (!wav) {
    co_return std::unexpected(
        vendor::VendorError(vendor::Fault::bad_request, request.choice.provider, wav.error().message));
  }
  const int rate = wav->sample_rate_hz;
  if (rate != 8000 && rate != 16000 && rate != 24000 && rate != 48000) {
    co_return std::unexpected(
        vendor::VendorError(vendor::Fault::bad_request, request.choice.provider,
                            "a recording must have 8000, 16000, 24000 or 48000 samples a second"));
  }
  FileTranscript transcript;
  transcript.language = request.language;
  std::uint64_t utterance = 0;
  for (int channel = 0; channel < std::min(wav->channels, 2); ++channel) {
    const auto side = side_of(*wav, channel);
    const auto stretches = utterances_of(side, *agent, rate, options.endpointing);
    if (stretches.empty()) continue;
    Ear ear(request.executor);
    auto stream =
        recogniser.open({request.executor, agent, request.choice, rate, request.log, request.observer}, ear);
    if (!stream)
      co_return std::unexpected(vendor::named(vendor::VendorError(stream.error()), request.choice));
    for (const Stretch& stretch : stretches) {
      ear.wait_for(++utterance);
      (*stream)->start_utterance(utterance);
      (*stream)->write(std::span(side).subspan(stretch.begin, stretch.end - stretch.begin));
      (*stream)->finish_utterance();
      auto heard = co_await ear.final_of(utterance, request.choice, options.patience);
      if (!heard) co_return std::unexpected(std::move(heard.error()));
      if (heard->text.empty()) continue;
      transcript.segments.push_back({channel, static_cast<double>(stretch.begin) / rate,
                                     static_cast<double>(stretch.end) / rate, std::move(heard->text)});
    }
    // Who calls back from inside its last answer is still on the stack.
    co_await async::yield(request.executor);
  }
  std::ranges::sort(transcript.segments, [](const FileSegment& one, const FileSegment& other) {
    return std::pair(one.start_s, one.channel) < std::pair(other.start_s, other.channel);
  });
  co_return transcript;
}

}  // namespace parley::speech
