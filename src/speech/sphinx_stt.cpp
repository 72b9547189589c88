#include "speech/sphinx_stt.hpp"

#include <atomic>
#include <cmath>
#include <list>
#include <mutex>
#include <set>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/guarded.hpp"
#include "audio/resampler.hpp"
#include "speech/probe.hpp"
#include "speech/sphinx_decoder.hpp"

namespace parley::speech {
namespace {

constexpr int kMaxUtteranceSeconds = 30;

// Sound in which nobody speaks is answered with an empty text, not as rejected. 100 ms of at least this level
// count as speech; the line noise of a quiet call lies well below.
constexpr double kSpeechRms = 150;
constexpr int kSpeechMs = 100;

bool has_speech(std::span<const std::int16_t> audio, int rate) {
  const auto frame = static_cast<std::size_t>(rate / 50);
  int voiced_ms = 0;
  for (; audio.size() >= frame; audio = audio.subspan(frame)) {
    double energy = 0;
    for (const auto sample : audio.first(frame))
      energy += static_cast<double>(sample) * sample;
    if (std::sqrt(energy / static_cast<double>(frame)) >= kSpeechRms) voiced_ms += 20;
    if (voiced_ms >= kSpeechMs) return true;
  }
  return false;
}

}  // namespace

// What streams and jobs share; jobs keep it alive.
class SphinxStt::Ears {
 public:
  Ears(async::BlockingPool& pool, metrics::Registry& registry, Options options)
      : pool(pool), probe(registry), options(std::move(options)), workers_(pool.threads()) {
    if (this->options.model_directory.empty()) this->options.model_directory = PARLEY_SPHINX_MODELS "/en-us";
    model_.directory = this->options.model_directory;
  }

  Result<void> prepare(const agent::AgentPtr& agent) {
    auto decoder = make(*agent);
    if (!decoder) return fail(decoder.error());
    const std::scoped_lock lock(mutex_);
    spares_.push_front({agent->version, std::move(*decoder)});
    if (spares_.size() > options.decoders_per_worker) spares_.pop_back();
    return {};
  }

  // On a worker's thread.
  Result<Transcript> decode(std::size_t worker, const agent::Agent& agent,
                            std::span<const std::int16_t> audio, int rate) {
    auto decoder = decoder_of(worker, agent);
    if (!decoder) return fail(decoder.error());
    std::vector<std::int16_t> wide;
    wide.reserve(audio.size() * SphinxDecoder::kSampleRateHz / static_cast<std::size_t>(rate) + 1024);
    audio::Resampler resampler(rate, SphinxDecoder::kSampleRateHz);
    resampler.process(audio, wide);
    resampler.flush(wide);
    auto heard = (*decoder)->decode(wide);
    if (!heard) return fail(heard.error());

    Transcript transcript;
    const double limit = heard->words == 1 ? options.reject_word_below : options.reject_below;
    if (!heard->text.empty() && heard->score >= limit) {
      transcript.text = std::move(heard->text);
      // 0.5 at the threshold, 1 at half of it, which only clean wide-band speech reaches.
      const double margin = 1 - heard->score / limit;
      transcript.confidence = static_cast<float>(std::clamp(0.5 + margin, 0.5, 1.0));
    } else {
      transcript.confidence = 0;
      transcript.rejected = has_speech(audio, rate);
    }
    return transcript;
  }

  async::BlockingPool& pool;
  SphinxProbe probe;
  Options options;

 private:
  struct Kept {
    std::string version;
    std::unique_ptr<SphinxDecoder> decoder;
  };
  using Shelf = std::list<Kept>;  // the most recently used first

  Result<std::unique_ptr<SphinxDecoder>> make(const agent::Agent& agent) const {
    if (auto there = model_.check(); !there) return fail(std::move(there.error()));
    auto grammar = compile_grammar(agent.script);
    if (!grammar) return fail(std::move(grammar.error()));
    auto dictionary = cut_dictionary(model_.dictionary(), grammar->words);
    if (!dictionary) return fail(std::move(dictionary.error()));
    return SphinxDecoder::make(model_, *grammar, *dictionary);
  }

  // A decoder of a replaced agent version falls off the end of its shelf in time.
  Result<SphinxDecoder*> decoder_of(std::size_t worker, const agent::Agent& agent) {
    auto& shelf = workers_[worker];
    const auto same = [&](const Kept& kept) { return kept.version == agent.version; };
    if (const auto it = std::ranges::find_if(shelf, same); it != shelf.end()) {
      shelf.splice(shelf.begin(), shelf, it);
      return shelf.front().decoder.get();
    }
    {
      const std::scoped_lock lock(mutex_);
      if (const auto it = std::ranges::find_if(spares_, same); it != spares_.end()) {
        shelf.splice(shelf.begin(), spares_, it);
      }
    }
    if (shelf.empty() || !same(shelf.front())) {
      auto decoder = make(agent);
      if (!decoder) return fail(decoder.error());
      shelf.push_front({agent.version, std::move(*decoder)});
    }
    if (shelf.size() > options.decoders_per_worker) shelf.pop_back();
    return shelf.front().decoder.get();
  }

  SphinxModel model_;
  std::mutex mutex_;
  Shelf spares_;                // guarded by mutex_
  std::vector<Shelf> workers_;  // each touched by its worker alone
};

class SphinxStt::Stream final : public SttStream {
 public:
  Stream(std::shared_ptr<Ears> ears, SttRequest request, SttListener& listener)
      : ears_(std::move(ears)), request_(std::move(request)), listener_(listener) {}
  ~Stream() override { cancel_utterance(); }

  void start_utterance(std::uint64_t utterance) override {
    utterance_ = utterance;
    collecting_ = true;
    audio_.clear();
  }

  void write(std::span<const std::int16_t> audio) override {
    if (!collecting_) return;
    const auto limit =
        static_cast<std::size_t>(kMaxUtteranceSeconds) * static_cast<std::size_t>(request_.sample_rate_hz);
    // A command is over long before; what a caller says after half a minute changes nothing.
    const auto room = limit - std::min(limit, audio_.size());
    audio_.insert(audio_.end(), audio.begin(),
                  audio.begin() + static_cast<std::ptrdiff_t>(std::min(room, audio.size())));
  }

  void finish_utterance() override {
    if (!collecting_) return;
    collecting_ = false;
    auto job = std::make_shared<Job>(request_.agent, std::exchange(audio_, {}), request_.sample_rate_hz);
    pending_.emplace_back(utterance_, job);
    auto submitted =
        ears_->pool.submit([ears = ears_, job, executor = request_.executor, ticket = guard_.ticket(), this,
                            utterance = utterance_](const async::BlockingPool::JobContext& context) mutable {
          if (job->cancelled) return;
          auto answer = run(*ears, *job, context);
          post_answer(executor, ticket, this, utterance, std::move(answer));
        });
    if (!submitted) {
      ears_->probe.queue_timeouts.add();
      post_answer(request_.executor, guard_.ticket(), this, utterance_, no_time());
    }
  }

  void cancel_utterance() override {
    collecting_ = false;
    audio_.clear();
    for (auto& [utterance, job] : pending_)
      job->cancelled = true;
    pending_.clear();
  }

 private:
  struct Job {
    agent::AgentPtr agent;
    std::vector<std::int16_t> audio;
    int rate;
    std::atomic<bool> cancelled = false;

    Job(agent::AgentPtr who, std::vector<std::int16_t> sound, int rate_hz)
        : agent(std::move(who)), audio(std::move(sound)), rate(rate_hz) {}
  };

  static Transcript no_time() {
    Transcript transcript;
    transcript.confidence = 0;
    transcript.rejected = true;
    return transcript;
  }

  static Result<Transcript> run(Ears& ears, const Job& job, const async::BlockingPool::JobContext& context) {
    using Seconds = std::chrono::duration<double>;
    ears.probe.wait.observe(Seconds(context.waited).count());
    if (context.waited > ears.options.queue_deadline) {
      ears.probe.queue_timeouts.add();
      return no_time();
    }
    ears.probe.busy.add(1);
    const auto started = std::chrono::steady_clock::now();
    auto transcript = ears.decode(context.worker, *job.agent, job.audio, job.rate);
    ears.probe.decode.observe(Seconds(std::chrono::steady_clock::now() - started).count());
    ears.probe.busy.add(-1);
    if (transcript && transcript->rejected) ears.probe.rejected.add();
    return transcript;
  }

  static void post_answer(const async::Executor& executor, async::Guard::Ticket ticket, Stream* self,
                          std::uint64_t utterance, Result<Transcript> answer) {
    boost::asio::post(executor,
                      [ticket = std::move(ticket), self, utterance, answer = std::move(answer)]() mutable {
                        if (ticket.valid()) self->take(utterance, std::move(answer));
                      });
  }

  void take(std::uint64_t utterance, Result<Transcript> answer) {
    const auto it = std::ranges::find(pending_, utterance, [](const auto& entry) { return entry.first; });
    if (it == pending_.end()) return;
    pending_.erase(it);
    // The listener may destroy this stream: nothing of it is touched afterwards.
    if (answer) {
      listener_.on_final_transcript(utterance, std::move(*answer));
    } else {
      listener_.on_stt_failed(answer.error());
    }
  }

  std::shared_ptr<Ears> ears_;
  SttRequest request_;
  SttListener& listener_;
  std::uint64_t utterance_ = 0;
  bool collecting_ = false;
  std::vector<std::int16_t> audio_;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<Job>>> pending_;
  async::Guard guard_;
};

SphinxStt::SphinxStt(async::BlockingPool& pool, metrics::Registry& registry, Options options)
    : ears_(std::make_shared<Ears>(pool, registry, std::move(options))) {}
SphinxStt::~SphinxStt() = default;

Result<void> SphinxStt::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& /*choice*/) {
  return ears_->prepare(agent);
}

Result<std::unique_ptr<SttStream>> SphinxStt::open(SttRequest request, SttListener& listener) {
  if (request.sample_rate_hz < 8000 || request.sample_rate_hz > 48000) {
    return fail(Errc::invalid_argument,
                fmt::format("the local recogniser takes 8000 to 48000 Hz, not {}", request.sample_rate_hz));
  }
  return std::make_unique<Stream>(ears_, std::move(request), listener);
}

}  // namespace parley::speech
