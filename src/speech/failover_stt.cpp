#include "speech/failover_stt.hpp"

#include <fmt/core.h>

#include "speech/unanswered.hpp"

namespace parley::speech {
namespace {

using std::chrono::milliseconds;
using vendor::Fault;
using vendor::VendorError;
using Next = vendor::FailoverRun::Next;

constexpr int kUtterancesToBeDeaf = 2;
// Sound that is played again comes all at once; no vendor hears faster than this.
constexpr int kTimesFasterThanSpeech = 8;

vendor::FailoverCourse course_of(const std::vector<SttLink>& links) {
  std::vector<vendor::FailoverStep> steps;
  steps.reserve(links.size());
  for (const auto& link : links)
    steps.push_back({link.choice, link.breaker});
  return {vendor::Part::stt, std::move(steps)};
}

}  // namespace

class FailoverStt::Stream final : public SttStream {
 public:
  Stream(FailoverStt& owner, SttRequest request, SttListener& listener)
      : owner_(owner),
        request_(std::move(request)),
        listener_(listener),
        alarm_(owner.alarms_.make(request_.executor)),
        sweep_(owner.alarms_.make(request_.executor)),
        run_(owner.course_, request_.observer),
        waiting_(request_.sample_rate_hz) {}

  // The error of the last choice when none could be opened.
  Result<void> begin() {
    const auto first = run_.begin();
    if (!first) return fail(Errc::unavailable, describe(vendor::all_circuits_open(owner_.course_)));
    auto index = *first;
    for (;;) {
      const auto error = open_inner(index);
      if (!error) return {};
      const auto next = run_.failed(*error, milliseconds(0));
      if (next.what != Next::What::ask) return fail(Errc::unavailable, describe(*error));
      index = next.index;
    }
  }

  void start_utterance(std::uint64_t utterance) override {
    waiting_.start(utterance);
    if (ear_) {
      ear_->inner->start_utterance(utterance);
    } else if (!will_retry_ && !over_) {
      revive();
    }
  }

  void write(std::span<const std::int16_t> audio) override {
    if (!waiting_.speaking()) return;
    waiting_.write(audio);
    if (ear_) ear_->inner->write(audio);
  }

  void finish_utterance() override {
    if (!waiting_.speaking()) return;
    auto& utterance = waiting_.current();
    utterance.finished = true;
    utterance.finished_at = now();
    utterance.due = now() + patience();
    if (!ear_) return;
    ear_->inner->finish_utterance();
    watch();
  }

  void cancel_utterance() override {
    waiting_.clear();
    if (!ear_) return;
    ear_->inner->cancel_utterance();
    watch();
  }

 private:
  // The listener of one choice's stream. Once it is replaced, what it still says finds nobody.
  struct Ear final : SttListener {
    explicit Ear(Stream& of) : stream(&of) {}
    void on_partial_transcript(std::uint64_t utterance, std::string text) override {
      if (stream != nullptr) stream->on_partial(utterance, std::move(text));
    }
    void on_final_transcript(std::uint64_t utterance, Transcript transcript) override {
      if (stream != nullptr) stream->on_final(utterance, std::move(transcript));
    }
    void on_stt_failed(VendorError error) override {
      if (stream != nullptr) stream->on_failed(std::move(error));
    }
    Stream* stream;
    std::unique_ptr<SttStream> inner;
  };

  SteadyTime now() const { return owner_.alarms_.now(); }
  const agent::ProviderChoice& choice() const { return owner_.course_.steps[run_.index()].choice; }
  milliseconds patience() const { return owner_.ears_[run_.index()].final_transcript; }

  std::optional<VendorError> open_inner(std::size_t index) {
    auto request = request_;
    request.choice = owner_.course_.steps[index].choice;
    auto ear = std::make_unique<Ear>(*this);
    auto opened = owner_.ears_[index].port.open(std::move(request), *ear);
    if (!opened) return vendor::named(VendorError(opened.error()), choice());
    ear->inner = std::move(*opened);
    ear_ = std::move(ear);
    proven_ = false;
    play_again();
    return std::nullopt;
  }

  void play_again() {
    for (auto& utterance : waiting_.all()) {
      ear_->inner->start_utterance(utterance.id);
      if (!utterance.audio.empty()) ear_->inner->write(utterance.audio);
      utterance.heard = false;
      utterance.asked_again = true;
      if (!utterance.finished) continue;
      ear_->inner->finish_utterance();
      const milliseconds sound(utterance.audio.size() * 1000 /
                               static_cast<std::size_t>(request_.sample_rate_hz));
      utterance.due = now() + patience() + sound / kTimesFasterThanSpeech;
    }
    watch();
  }

  void revive() {
    if (const auto index = run_.begin()) return bring_up(*index);
    give_up(vendor::all_circuits_open(owner_.course_));
  }

  // Opens this choice, or what follows when it cannot be opened.
  void bring_up(std::size_t index) {
    for (;;) {
      const auto error = open_inner(index);
      if (!error) return;
      const auto next = run_.failed(*error, left());
      if (next.what != Next::What::ask) return wait_or_give_up(next, *error);
      index = next.index;
    }
  }

  void wait_or_give_up(const Next& next, const VendorError& error) {
    if (next.what == Next::What::give_up) return give_up(error);
    will_retry_ = true;
    alarm_->set(now() + next.wait, [this, index = next.index, error] {
      will_retry_ = false;
      run_.again(index) ? bring_up(index) : give_up(error);
    });
  }

  // While nobody speaks, what may pass is waited for: the next utterance tries again.
  void give_up(const VendorError& error) {
    if (waiting_.empty() && is_retryable(error)) return;
    over_ = true;
    alarm_->set(now(), [this, error] { listener_.on_stt_failed(error); });
  }

  milliseconds left() {
    const auto* oldest = waiting_.next_due();
    const auto since = oldest != nullptr ? oldest->finished_at : now();
    return std::chrono::duration_cast<milliseconds>(since + owner_.deadlines_.give_up - now());
  }

  // The choice that hears now is of no use any more.
  void replace(const VendorError& error, vendor::VendorEvent::Kind kind) {
    retire();
    const auto next = run_.failed(error, left(), kind);
    if (next.what == Next::What::ask) return bring_up(next.index);
    wait_or_give_up(next, error);
  }

  // It may be on the stack: destroyed in a moment.
  void retire() {
    alarm_->cancel();
    deaf_ = 0;
    if (!ear_) return;
    ear_->stream = nullptr;
    retired_.push_back(std::move(ear_));
    sweep_->set(now(), [this] { retired_.clear(); });
  }

  void watch() {
    const auto* next = waiting_.next_due();
    if (next == nullptr) return alarm_->cancel();
    alarm_->set(next->due, [this] { on_late(); });
  }

  void on_late() {
    if (const auto* late = waiting_.next_due()) give_up_waiting_for(*late);
  }

  void give_up_waiting_for(const Utterance& late) {
    const bool deaf = !late.heard && waiting_.is_clear_speech(late);
    const auto waited = std::chrono::duration_cast<milliseconds>(now() - late.finished_at);
    VendorError error(Fault::timeout, choice().provider,
                      fmt::format("no transcript within {} ms of the end of an utterance", waited.count()));
    error.model = choice().model;
    replace(error, deaf ? vendor::VendorEvent::Kind::deaf : vendor::VendorEvent::Kind::failed);
  }

  void on_partial(std::uint64_t id, std::string text) {
    auto* utterance = waiting_.find(id);
    if (utterance == nullptr) return;
    utterance->heard = utterance->heard || !text.empty();
    listener_.on_partial_transcript(id, std::move(text));
  }

  void on_final(std::uint64_t id, Transcript transcript) {
    const auto* utterance = waiting_.find(id);
    if (utterance == nullptr || !utterance->finished) return;
    proven_ = proven_ || !transcript.unanswered;
    const bool nothing = transcript.text.empty() && !transcript.rejected;
    if (nothing && transcript.unanswered && waiting_.is_clear_speech(*utterance)) {
      return give_up_waiting_for(*utterance);
    }
    // It waited for one recogniser and got nothing from the next: a caller who has spoken is asked to repeat
    // it rather than met with silence.
    if (nothing && utterance->asked_again && waiting_.is_clear_speech(*utterance)) transcript.rejected = true;
    if (nothing && waiting_.is_clear_speech(*utterance)) {
      if (++deaf_ >= kUtterancesToBeDeaf && give_way_to_better_ears()) return;
    } else {
      deaf_ = 0;
      run_.succeeded();
    }
    waiting_.remove(id);
    watch();
    listener_.on_final_transcript(id, std::move(transcript));
  }

  // False: there are no others, it has to stay.
  bool give_way_to_better_ears() {
    VendorError error(Fault::protocol, choice().provider, "no text for clear speech, twice in a row");
    error.model = choice().model;
    if (run_.has_other()) {
      replace(error, vendor::VendorEvent::Kind::deaf);
      return true;
    }
    deaf_ = 0;
    vendor::VendorEvent event;
    event.kind = vendor::VendorEvent::Kind::deaf;
    event.part = vendor::Part::stt;
    event.vendor = choice().provider;
    event.model = choice().model;
    event.error = error;
    request_.observer.on_vendor_event(event);
    return false;
  }

  void on_failed(VendorError error) {
    error = vendor::named(std::move(error), choice());
    if (waiting_.empty() && proven_ && is_retryable(error)) return retire();
    replace(error, vendor::VendorEvent::Kind::failed);
  }

  FailoverStt& owner_;
  const SttRequest request_;
  SttListener& listener_;
  std::unique_ptr<vendor::Alarm> alarm_;  // the transcript that is due next, or the next try
  std::unique_ptr<vendor::Alarm> sweep_;
  vendor::FailoverRun run_;
  Unanswered waiting_;
  std::unique_ptr<Ear> ear_;  // nullptr: connection lost, or a try is waited for
  std::vector<std::unique_ptr<Ear>> retired_;
  int deaf_ = 0;         // clear utterances in a row without text
  bool proven_ = false;  // this choice has answered since it was opened
  bool will_retry_ = false;
  bool over_ = false;  // on_stt_failed was told or is about to be
};

FailoverStt::FailoverStt(std::vector<SttLink> links, FailoverSttDeadlines deadlines,
                         const vendor::Alarms& alarms)
    : deadlines_(deadlines),
      alarms_(alarms),
      ears_([&] {
        std::vector<Ears> ears;
        for (auto& link : links) {
          const auto final_transcript = vendor::take_milliseconds(link.choice, "final_ms");
          if (!final_transcript && !bad_option_) bad_option_ = final_transcript.error();
          ears.push_back({link.port, final_transcript ? final_transcript->value_or(deadlines.final_transcript)
                                                      : deadlines.final_transcript});
        }
        return ears;
      }()),
      course_(course_of(links)) {}

Result<void> FailoverStt::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice&) {
  if (bad_option_) return fail(*bad_option_);
  for (std::size_t i = 0; i < ears_.size(); ++i) {
    if (auto prepared = ears_[i].port.prepare(agent, course_.steps[i].choice); !prepared) return prepared;
  }
  return {};
}

Result<std::unique_ptr<SttStream>> FailoverStt::open(SttRequest request, SttListener& listener) {
  auto stream = std::make_unique<Stream>(*this, std::move(request), listener);
  if (const auto begun = stream->begin(); !begun) return fail(begun.error());
  return stream;
}

}  // namespace parley::speech
