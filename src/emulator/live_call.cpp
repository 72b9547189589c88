#include "emulator/live_call.hpp"

#include <fmt/format.h>

#include "caller/load.hpp"

namespace parley::emulator {
namespace {

// A platform of one's own notices nothing of it; whoever reads the journal does.
constexpr int kBeepHz = 1000;
constexpr int kBeepMs = 500;
constexpr milliseconds kMachineListens{20'000};

std::vector<std::int16_t> beep(int rate) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(rate) * kBeepMs / 1000);
  const auto half_wave = static_cast<std::size_t>(rate / kBeepHz / 2);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = i / half_wave % 2 == 0 ? 6000 : -6000;
  return samples;
}

caller::CallerScript machine_script() {
  return {{0, caller::SayStep{"The person you have called cannot take your call. Please leave a message "
                              "after the tone."}},
          {0, caller::SilenceStep{kMachineListens}},
          {0, caller::HangUpStep{}}};
}

}  // namespace

std::shared_ptr<const caller::PreparedScript> ScriptStore::script(const Person& person, std::size_t number,
                                                                  int rate, EmulatedCall& call) {
  const bool machine = person.answer == Person::Answer::voicemail;
  if (person.scripts.empty() && !machine) return nullptr;
  const std::size_t index = person.scripts.empty() ? 0 : std::min(number, person.scripts.size() - 1);
  const std::string key = fmt::format("{}/{}/{}", static_cast<const void*>(&person), index, rate);
  if (const auto found = scripts_.find(key); found != scripts_.end()) return found->second;
  const caller::CallerScript steps = machine ? machine_script() : person.scripts[index];
  auto prepared = caller::prepare_script(steps, parts_.world.folder, rate, parts_.voice);
  if (!prepared) {
    parts_.report.add(call.sid, "world", fmt::format("the script of a person: {}", prepared.error().message));
    return nullptr;
  }
  if (machine) {
    auto with_beep = std::make_shared<caller::PreparedScript>(**prepared);
    const std::vector<std::int16_t> tone = beep(rate);
    with_beep->front().audio.insert(with_beep->front().audio.end(), tone.begin(), tone.end());
    prepared = std::move(with_beep);
  }
  return scripts_[key] = *prepared;
}

Sound ScriptStore::message(const Person& person) {
  auto samples = parts_.voice(person.says, 8000);
  return {8000, 1, samples ? *std::move(samples) : beep(8000)};
}

LiveCall::LiveCall(const Parts& parts, StatusCallbacks& callbacks, ScriptStore& scripts,
                   std::shared_ptr<EmulatedCall> call, CallPlan plan)
    : parts_(parts),
      callbacks_(callbacks),
      scripts_(scripts),
      call_(std::move(call)),
      plan_(std::move(plan)) {}

const Variants& LiveCall::variants() const {
  return plan_.flow == nullptr ? parts_.world.variants : plan_.flow->variants;
}
const Person& LiveCall::person() const {
  return parts_.world.person(call_->from);
}
const Account& LiveCall::account() const {
  return *parts_.world.account(call_->account);
}

void LiveCall::wake() {
  for (async::Signal* signal : waiting_)
    signal->notify();
}

async::Task<> LiveCall::wait_change(milliseconds at_most) {
  struct Registered {
    LiveCall& call;
    async::Signal signal;
    explicit Registered(LiveCall& of) : call(of), signal(of.parts_.executor) {
      call.waiting_.insert(&signal);
    }
    ~Registered() { call.waiting_.erase(&signal); }
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;
  } registered(*this);
  co_await registered.signal.wait_for(at_most);
}

// True when the time is over; false when the call was hung up before.
async::Task<bool> LiveCall::pass(milliseconds time) {
  const SteadyTime until = parts_.clock.now() + scaled(parts_.world, time);
  while (!gone_ && parts_.clock.now() < until) {
    co_await wait_change(
        std::chrono::ceil<milliseconds>(std::max(until - parts_.clock.now(), SteadyTime::duration(0))));
  }
  co_return !gone_;
}

async::Task<> LiveCall::hang_up_later(std::shared_ptr<LiveCall> self, milliseconds time, std::string who) {
  const bool still_going = co_await self->pass(time);
  if (still_going) self->hang_up(who);
}

std::size_t LiveCall::add_leg(std::string number) {
  call_->legs.push_back({.sid = caller::make_carrier_id(),
                         .number = std::move(number),
                         .status = {},
                         .answered = std::nullopt,
                         .ended = std::nullopt});
  return call_->legs.size() - 1;
}

void LiveCall::end_leg(std::size_t leg, std::string status) {
  if (call_->legs[leg].ended) return;
  call_->legs[leg].status = std::move(status);
  call_->legs[leg].ended = parts_.clock.wall_now();
}

void LiveCall::change(std::string status, std::string_view event) {
  call_->status = std::move(status);
  call_->updated = parts_.clock.wall_now();
  call_->note(std::string(event), {{"status", call_->status}});
  callbacks_.send(call_, event);
}

void LiveCall::answered() {
  call_->started = parts_.clock.wall_now();
  call_->answered_by = person().answer == Person::Answer::voicemail ? "machine" : "human";
  change("in-progress", "answered");
  if (person().hangs_up_after)
    parts_.calls.spawn(hang_up_later(shared_from_this(), *person().hangs_up_after, "user"));
  if (call_->time_limit) parts_.calls.spawn(hang_up_later(shared_from_this(), *call_->time_limit, "limit"));
}

async::Task<> LiveCall::run() {
  const std::size_t first = add_leg(call_->from);
  if (!plan_.incoming) {
    change("ringing", "ringing");
    const bool up = co_await ring(first, call_->ring_limit.value_or(parts_.world.max_ringing));
    if (!up) {
      finish(call_->legs[first].status);
      co_return;
    }
  } else {
    call_->legs[first].answered = parts_.clock.wall_now();
  }
  answered();
  co_await converse();
  end_leg(first, "completed");
  if (call_->disconnected_by.empty()) call_->disconnected_by = "bot";
  finish("completed");
}

async::Task<> LiveCall::converse() {
  if (plan_.waits) {
    co_await wait_for_orders();
  } else if (plan_.flow != nullptr) {
    co_await run_flow();
  } else if (!call_->to.empty()) {
    co_await talk_number_to_number();
  } else if (plan_.stream) {
    co_await run_stream(*plan_.stream, false);
  }
}

async::Task<> LiveCall::talk_number_to_number() {
  if (plan_.stream && plan_.fork_at_leg == 1) parts_.calls.spawn(run_fork(shared_from_this(), *plan_.stream));
  const std::size_t second = add_leg(call_->to);
  const bool up = co_await ring(second, call_->ring_limit.value_or(parts_.world.max_ringing));
  if (!up) co_return;
  if (plan_.stream && plan_.fork_at_leg == 2) parts_.calls.spawn(run_fork(shared_from_this(), *plan_.stream));
  co_await talk(second, parts_.world.person(call_->to).talks_for);
}

async::Task<> LiveCall::wait_for_orders() {
  while (!gone_) {
    // What was ordered while it rang waits already.
    if (!ordered_) co_await wait_change(milliseconds(1000));
    if (!ordered_ || gone_) continue;
    const StreamPlan plan = *std::exchange(ordered_, std::nullopt);
    co_await run_stream(plan, false);
  }
}

void LiveCall::start_stream(StreamPlan plan) {
  ordered_ = std::move(plan);
  wake();
}

void LiveCall::hang_up(std::string_view who) {
  if (gone_) return;
  gone_ = true;
  if (call_->disconnected_by.empty()) call_->disconnected_by = who;
  call_->note("hangs up", {{"who", who}});
  wake();
  if (stream_ != nullptr) stream_->hang_up();
  if (fork_ != nullptr) fork_->hang_up();
}

void LiveCall::assemble_recording() {
  if (!call_->record) return;
  Sound whole{8000, 2, {}};
  for (const auto& [name, sound] : call_->sounds) {
    if (sound.channels != 2) continue;
    whole.sample_rate_hz = sound.sample_rate_hz;
    whole.samples.insert(whole.samples.end(), sound.samples.begin(), sound.samples.end());
  }
  if (whole.samples.empty()) return;
  call_->recording_url = fmt::format("{}/recordings/{}.wav", parts_.base_url, call_->sid);
  call_->sounds[call_->sid] = call_->dual ? std::move(whole) : mixed(whole);
}

void LiveCall::finish(std::string status) {
  gone_ = true;
  wake();
  if (fork_ != nullptr) fork_->hang_up();
  assemble_recording();
  call_->ended = parts_.clock.wall_now();
  change(std::move(status), "terminal");
}

}  // namespace parley::emulator
