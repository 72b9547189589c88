// Telephones that ring, people who pick up or do not, and what two of them say to each other.
#include <algorithm>

#include "emulator/live_call.hpp"

namespace parley::emulator {
namespace {

// How a person ends the ringing, and when.
struct Outcome {
  std::size_t leg = 0;
  milliseconds after{0};
  bool up = false;
  std::string status;  // of the leg when it is not picked up
};

Outcome outcome_of(std::size_t leg, const Person& person, milliseconds limit) {
  using Answer = Person::Answer;
  if (person.answer == Answer::no_answer || person.after > limit)
    return {.leg = leg, .after = limit, .up = false, .status = "no-answer"};
  const bool up = person.answer == Answer::answers || person.answer == Answer::voicemail;
  return {.leg = leg,
          .after = person.after,
          .up = up,
          .status = up                              ? ""
                    : person.answer == Answer::busy ? "busy"
                                                    : "failed"};
}

// Both at once, one on each side.
Sound joined(const Sound& left, const Sound& right) {
  Sound both{left.sample_rate_hz, 2, {}};
  const std::size_t length = std::max(left.samples.size(), right.samples.size());
  both.samples.assign(2 * length, 0);
  for (std::size_t i = 0; i < left.samples.size(); ++i)
    both.samples[2 * i] = left.samples[i];
  for (std::size_t i = 0; i < right.samples.size(); ++i)
    both.samples[2 * i + 1] = right.samples[i];
  return both;
}

}  // namespace

async::Task<bool> LiveCall::ring(std::size_t leg, milliseconds limit) {
  std::vector<std::size_t> alone{leg};
  const auto up = co_await ring_together(std::move(alone), limit);
  co_return up.has_value();
}

async::Task<std::optional<std::size_t>> LiveCall::ring_together(std::vector<std::size_t> legs,
                                                                milliseconds limit) {
  std::vector<Outcome> outcomes;
  for (const std::size_t leg : legs) {
    const std::string& number = call_->legs[leg].number;
    call_->note("rings", {{"number", number}});
    outcomes.push_back(outcome_of(leg, parts_.world.person(number), limit));
  }
  std::ranges::sort(outcomes, {}, &Outcome::after);
  std::optional<std::size_t> up;
  milliseconds passed{0};
  for (const Outcome& outcome : outcomes) {
    const bool there = co_await pass(outcome.after - passed);
    if (!there) break;
    passed = outcome.after;
    if (outcome.up) {
      up = outcome.leg;
      call_->legs[*up].answered = parts_.clock.wall_now();
      call_->note("picks up", {{"number", call_->legs[*up].number}});
      break;
    }
    end_leg(outcome.leg, outcome.status);
  }
  for (const std::size_t leg : legs) {
    if (leg != up) end_leg(leg, "canceled");
  }
  co_return up;
}

async::Task<> LiveCall::talk(std::size_t leg, milliseconds at_most) {
  const Person& other = parts_.world.person(call_->legs[leg].number);
  call_->note("connected", {{"number", call_->legs[leg].number}, {"said", other.says}});
  // Speaking takes a while: only where somebody can listen to it.
  if (call_->record)
    call_->sounds[call_->legs[leg].sid] = joined(scripts_.message(person()), scripts_.message(other));
  co_await pass(std::min(other.talks_for, at_most));
  end_leg(leg, "completed");
}

}  // namespace parley::emulator
