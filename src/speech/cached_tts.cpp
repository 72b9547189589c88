#include "speech/cached_tts.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/guarded.hpp"
#include "speech/speech_entry.hpp"
#include "speech/spoken_length.hpp"

namespace parley::speech {
namespace {

// With its length in front: no two lists of parts make the same key.
void append_part(std::string& key, std::string_view part) {
  key += fmt::format("{}:", part.size());
  key += part;
}

}  // namespace

std::string speech_account(const vendor::Account& account) {
  // An address may hold a password.
  return account.vendor + "-" + hash_text(stable_hash(account.url));
}

std::string speech_key(std::string_view account, const TtsRequest& request) {
  std::string key;
  append_part(key, account);
  append_part(key, request.choice.provider);
  append_part(key, request.choice.model);
  append_part(key, request.choice.voice);
  append_part(key, request.language);
  append_part(key, fmt::to_string(request.sample_rate_hz));
  append_part(key, fmt::to_string(request.choice.options.size()));
  for (const auto& [name, value] : request.choice.options) {
    append_part(key, name);
    append_part(key, value);
  }
  append_part(key, request.text);
  return key;
}

class CachedTts::Job final : public TtsJob, TtsListener {
 public:
  Job(CachedTts& owner, TtsRequest request, TtsListener& listener)
      : owner_(owner),
        request_(std::move(request)),
        listener_(listener),
        key_(speech_key(owner.account_, request_)) {
    auto found = owner_.cache_.find(key_);
    if (found.audio) {
      give_soon(std::move(found.audio), owner_.cache_.probe().memory_hits);
    } else if (!found.on_disk || !fetch()) {
      ask();
    }
  }

 private:
  using Audio = SpeechCache::Audio;

  bool fetch() {
    const bool reading = owner_.cache_.fetch(
        key_, [this, executor = request_.executor, ticket = guard_.ticket()](Audio audio) {
          boost::asio::post(executor, [this, ticket, audio = std::move(audio)] {
            if (ticket.valid()) on_read(audio);
          });
        });
    if (!reading) return false;
    patience_ = owner_.alarms_.make(request_.executor);
    patience_->set(owner_.alarms_.now() + kDiskPatience, [this] { ask(); });
    return true;
  }

  void on_read(const Audio& audio) {
    if (asked_) return;
    patience_->cancel();
    if (!audio) return ask();
    give(audio, owner_.cache_.probe().disk_hits);
  }

  void give_soon(Audio audio, metrics::Counter& hits) {
    boost::asio::post(request_.executor, [this, ticket = guard_.ticket(), audio = std::move(audio), &hits] {
      if (ticket.valid()) give(audio, hits);
    });
  }

  void give(const Audio& audio, metrics::Counter& hits) {
    hits.add();
    const auto ticket = guard_.ticket();
    auto& listener = listener_;
    listener.on_speech_audio(*audio, owner_.alarms_.now());
    if (ticket.valid()) listener.on_speech_end();
  }

  void ask() {
    asked_ = true;
    owner_.cache_.probe().misses.add();
    asked_job_ = owner_.voice_.start(request_, *this);
  }

  // From the vendor. Each of these may destroy the job in its last line.
  void on_speech_audio(std::span<const std::int16_t> audio, SteadyTime received_at) override {
    keep(audio);
    listener_.on_speech_audio(audio, received_at);
  }
  void on_speech_end() override {
    // One that broke off without a word would break off for every caller from then on.
    const double seconds = static_cast<double>(spoken_.size()) / request_.sample_rate_hz;
    if (!too_long_ && !spoken_.empty() && !ends_too_early(request_.text, seconds))
      owner_.cache_.put(std::move(key_), std::move(spoken_), !request_.personal);
    listener_.on_speech_end();
  }
  void on_speech_failed(vendor::VendorError error) override { listener_.on_speech_failed(std::move(error)); }

  void keep(std::span<const std::int16_t> audio) {
    if (too_long_) return;
    too_long_ = (spoken_.size() + audio.size()) * sizeof(std::int16_t) > kMaxEntryAudioBytes;
    if (too_long_) {
      spoken_ = {};
    } else {
      spoken_.insert(spoken_.end(), audio.begin(), audio.end());
    }
  }

  CachedTts& owner_;
  const TtsRequest request_;
  TtsListener& listener_;
  std::string key_;
  std::vector<std::int16_t> spoken_;  // so far, by the vendor
  bool too_long_ = false;
  bool asked_ = false;
  async::Guard guard_;
  std::unique_ptr<vendor::Alarm> patience_;
  std::unique_ptr<TtsJob> asked_job_;
};

CachedTts::CachedTts(TextToSpeech& voice, const vendor::Account& account, SpeechCache& cache,
                     const vendor::Alarms& alarms)
    : voice_(voice), account_(speech_account(account)), cache_(cache), alarms_(alarms) {}

Result<void> CachedTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  return voice_.prepare(agent, choice);
}

void CachedTts::warm(const TtsRequest& request) {
  voice_.warm(request);
}

std::unique_ptr<TtsJob> CachedTts::start(TtsRequest request, TtsListener& listener) {
  if (!request.cacheable) return voice_.start(std::move(request), listener);
  return std::make_unique<Job>(*this, std::move(request), listener);
}

}  // namespace parley::speech
