#include "speech/failover_tts.hpp"

#include <fmt/core.h>

#include "base/valid_text.hpp"
#include "speech/spoken_length.hpp"

namespace parley::speech {
namespace {

using std::chrono::milliseconds;
using vendor::Fault;
using vendor::VendorError;

// A brisk voice: a word is rather said twice than left out.
constexpr double kCharactersPerSecond = 13;
constexpr double kSecondsToKnowAVoice = 3;

vendor::FailoverCourse course_of(std::vector<TtsLink>& links) {
  std::vector<vendor::FailoverStep> steps;
  steps.reserve(links.size());
  for (auto& link : links)
    steps.push_back({link.choice, link.breaker});
  return {vendor::Part::tts, std::move(steps)};
}

}  // namespace

std::string_view unspoken_rest(std::string_view text, double characters) {
  double passed = 0;
  std::size_t word = 0;  // where the word begins that is looked at
  bool in_space = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!begins_character(text[i])) continue;
    const bool space = text[i] == ' ' || text[i] == '\n' || text[i] == '\t';
    if (in_space && !space) word = i;
    in_space = space;
    if (passed + 1 > characters && !space) return text.substr(word);
    ++passed;
  }
  return {};
}

class FailoverTts::Job final : public TtsJob {
 public:
  Job(FailoverTts& owner, TtsRequest request, TtsListener& listener)
      : owner_(owner),
        request_(std::move(request)),
        listener_(listener),
        alarm_(owner.alarms_.make(request_.executor)),
        run_(owner.course_, request_.observer) {
    last_progress_ = now();
    if (const auto first = run_.begin()) {
      ask(*first);
    } else {
      alarm_->set(now(), [this] { listener_.on_speech_failed(vendor::all_circuits_open(owner_.course_)); });
    }
  }

 private:
  // The listener of one choice's job: what another one says later finds nobody.
  struct Speaker final : TtsListener {
    explicit Speaker(Job& of) : job(of) {}
    // Each of these may destroy the speaker.
    void on_speech_audio(std::span<const std::int16_t> audio, SteadyTime received_at) override {
      job.on_audio(audio, received_at);
    }
    void on_speech_end() override { job.on_end(); }
    void on_speech_failed(VendorError error) override { job.on_failed(std::move(error)); }
    Job& job;
    std::unique_ptr<TtsJob> inner;
  };

  SteadyTime now() const { return owner_.alarms_.now(); }
  Voice& voice() { return owner_.voices_[run_.index()]; }
  const agent::ProviderChoice& choice() const { return owner_.course_.steps[run_.index()].choice; }
  double spoken_seconds() const { return static_cast<double>(samples_) / request_.sample_rate_hz; }

  void ask(std::size_t index) {
    samples_ = 0;
    asked_at_ = now();
    auto request = request_;
    request.choice = owner_.course_.steps[index].choice;
    speaker_ = std::make_unique<Speaker>(*this);
    speaker_->inner = owner_.voices_[index].port.start(std::move(request), *speaker_);
    alarm_->set(asked_at_ + voice().first_audio, [this] { on_late(); });
  }

  void on_audio(std::span<const std::int16_t> audio, SteadyTime received_at) {
    if (audio.empty()) return;
    last_progress_ = now();
    if (samples_ == 0) {
      run_.useful();
      watch_for_stall();
    }
    samples_ += audio.size();
    if (has_no_end(request_.text, spoken_seconds())) {
      return on_failed({Fault::protocol, choice().provider, "the sound of a sentence has no end"});
    }
    listener_.on_speech_audio(audio, received_at);
  }

  // Left alone by the pieces that come: it looks when it goes off.
  void watch_for_stall() {
    alarm_->set(last_progress_ + voice().stall, [this] {
      if (now() < last_progress_ + voice().stall) return watch_for_stall();
      on_failed({Fault::timeout, choice().provider,
                 fmt::format("no sound for {} ms in the middle of a sentence", voice().stall.count())});
    });
  }

  void on_late() {
    on_failed({Fault::timeout, choice().provider,
               fmt::format("no sound within {} ms", voice().first_audio.count())});
  }

  void on_end() {
    if (samples_ == 0 && run_.has_other()) {
      return on_failed({Fault::protocol, choice().provider, "the sentence ended without any sound"});
    }
    if (ends_too_early(request_.text, spoken_seconds())) {
      VendorError error(Fault::protocol, choice().provider, "the sound ended in the middle of the sentence");
      if (run_.has_other()) return on_failed(std::move(error));
      tell_of(vendor::named(std::move(error), choice()));
    }
    alarm_->cancel();
    voice().characters += static_cast<double>(count_characters(request_.text));
    voice().seconds += spoken_seconds();
    run_.succeeded();
    listener_.on_speech_end();
  }

  // Trouble that nothing is done about.
  void tell_of(VendorError error) {
    vendor::VendorEvent event;
    event.part = vendor::Part::tts;
    event.vendor = choice().provider;
    event.model = choice().model;
    event.error = std::move(error);
    request_.observer.on_vendor_event(event);
  }

  void on_failed(VendorError error) {
    error = vendor::named(std::move(error), choice());
    const auto gone = std::move(speaker_);  // it may be on the stack: its last act is this call
    alarm_->cancel();
    cut_what_was_spoken();
    const auto left =
        std::chrono::duration_cast<milliseconds>(last_progress_ + owner_.deadlines_.give_up - now());
    const auto next = run_.failed(error, left);
    if (request_.text.empty()) return listener_.on_speech_end();
    switch (next.what) {
      case vendor::FailoverRun::Next::What::ask:
        return ask(next.index);
      case vendor::FailoverRun::Next::What::wait:
        return alarm_->set(now() + next.wait, [this, next, error] { try_again(next.index, error); });
      case vendor::FailoverRun::Next::What::give_up:
        return listener_.on_speech_failed(std::move(error));
    }
  }

  void try_again(std::size_t index, const VendorError& error) {
    if (run_.again(index)) return ask(index);
    listener_.on_speech_failed(error);
  }

  void cut_what_was_spoken() {
    if (samples_ == 0) return;
    const auto& known = voice();
    const double rate =
        known.seconds >= kSecondsToKnowAVoice ? known.characters / known.seconds : kCharactersPerSecond;
    request_.text = std::string(unspoken_rest(request_.text, spoken_seconds() * rate));
  }

  FailoverTts& owner_;
  TtsRequest request_;  // its text is what is still to be spoken
  TtsListener& listener_;
  std::unique_ptr<vendor::Alarm> alarm_;
  vendor::FailoverRun run_;
  std::unique_ptr<Speaker> speaker_;
  std::size_t samples_ = 0;  // of the choice that speaks
  SteadyTime asked_at_;
  SteadyTime last_progress_;
};

FailoverTts::FailoverTts(std::vector<TtsLink> links, FailoverTtsDeadlines deadlines,
                         const vendor::Alarms& alarms)
    : deadlines_(deadlines),
      alarms_(alarms),
      voices_([&] {
        std::vector<Voice> voices;
        for (auto& link : links) {
          const auto first_audio = vendor::take_milliseconds(link.choice, "first_audio_ms");
          const auto stall = vendor::take_milliseconds(link.choice, "stall_ms");
          for (const auto* option : {&first_audio, &stall}) {
            if (!*option && !bad_option_) bad_option_ = option->error();
          }
          voices.push_back(
              {link.port, first_audio ? first_audio->value_or(deadlines.first_audio) : deadlines.first_audio,
               stall ? stall->value_or(deadlines.stall) : deadlines.stall});
        }
        return voices;
      }()),
      course_(course_of(links)) {}

Result<void> FailoverTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice&) {
  if (bad_option_) return fail(*bad_option_);
  for (std::size_t i = 0; i < voices_.size(); ++i) {
    if (auto prepared = voices_[i].port.prepare(agent, course_.steps[i].choice); !prepared) return prepared;
  }
  return {};
}

void FailoverTts::warm(const TtsRequest& request) {
  const auto index = course_.likely();
  auto one = request;
  one.choice = course_.steps[index].choice;
  voices_[index].port.warm(one);
}

std::unique_ptr<TtsJob> FailoverTts::start(TtsRequest request, TtsListener& listener) {
  return std::make_unique<Job>(*this, std::move(request), listener);
}

}  // namespace parley::speech
