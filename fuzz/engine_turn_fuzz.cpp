// The turn machine under any order of events: its invariants (see turn_machine.hpp) must hold after each.
// Bytes choose events, times and settings.
#include <cstdlib>
#include <memory>

#include "engine/turn_machine.hpp"

namespace {

using namespace parley::engine;
using parley::agent::Agent;
using parley::agent::DtmfAction;
using std::chrono::milliseconds;

void require(bool condition) {
  if (!condition) std::abort();
}

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ == size_; }
  unsigned next() { return empty() ? 0 : data_[at_++]; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

// What the machine's driver knows of the world, from the actions alone.
struct World {
  std::uint64_t reply = 0;  // alive; 0: none
  std::uint64_t last_reply = 0;
  std::uint64_t utterance = 0;  // open; 0: none
  std::uint64_t last_utterance = 0;
  bool ended = false;
  bool transfers = false;       // the agent has a transfer of its own
  bool transfer_asked = false;  // from outside
  bool transfer_decided = false;
  bool may_end_otherwise = false;  // the caller, somebody from outside or the server ends it

  void operator()(const StartUtterance& a) {
    require(a.utterance > last_utterance);
    utterance = last_utterance = a.utterance;
  }
  void operator()(const FinishUtterance& a) {
    require(utterance == a.utterance);
    utterance = 0;
  }
  void operator()(const CancelUtterance&) { utterance = 0; }
  void start(std::uint64_t generation) {
    require(reply == 0);
    require(generation > last_reply);
    reply = last_reply = generation;
  }
  void operator()(const StartReply& a) {
    require(!transfer_decided);
    start(a.generation);
  }
  void operator()(const Say& a) {
    require(!transfer_decided || a.notice == Notice::transfer);
    require(transfer_decided || a.notice != Notice::transfer);
    start(a.generation);
  }
  void operator()(const CancelReply& a) {
    require(reply == a.generation);
    require(!transfer_decided || !a.by_caller);
    reply = 0;
  }
  void operator()(const RequestEscalation&) { require(!transfer_decided); }
  void operator()(const RequestTransfer&) {
    require(!transfer_decided);
    require(transfers || transfer_asked);
    transfer_decided = true;
  }
  void operator()(const TranscriptTimedOut&) {}
  void operator()(const EndCall& a) {
    require((a.reason == EndReason::transferred) == (transfer_decided && !may_end_otherwise));
    require(reply == 0);
    require(utterance == 0);
    ended = true;
  }
};

std::shared_ptr<const Agent> make_agent(Bytes& bytes) {
  auto agent = std::make_shared<Agent>();
  const unsigned bits = bytes.next();
  if ((bits & 1U) != 0) agent->first_message = "Hello.";
  agent->turn_taking.greeting_interruptible = (bits & 2U) != 0;
  if ((bits & 4U) != 0) agent->limits.max_duration_say = "Bye.";
  agent->dtmf.max_digits = static_cast<int>(bits >> 6U) + 1;
  if ((bits & 8U) != 0) agent->dtmf.keys['0'] = {DtmfAction::escalate, "Wait."};
  if ((bits & 16U) != 0) agent->dtmf.keys['#'] = {DtmfAction::hang_up, "Bye."};
  if ((bits & 32U) != 0) agent->dtmf.keys['*'] = {DtmfAction::hang_up, ""};
  const unsigned transfer = bytes.next();
  agent->transfer.enabled = (transfer & 1U) != 0;
  if ((transfer & 2U) != 0) agent->transfer.to = {"+918012", "+918034"};
  if ((transfer & 4U) != 0) agent->transfer.say = "I am putting you through.";
  if ((transfer & 16U) != 0) agent->transfer.failed_say = "Nobody is free.";
  if ((transfer & 8U) != 0) agent->dtmf.keys['9'] = {DtmfAction::escalate, ""};
  agent->turn_taking.interrupt_after = milliseconds(bytes.next() * 4);
  agent->turn_taking.interrupt_grace = milliseconds(bytes.next() * 4);
  agent->limits.max_duration = std::chrono::seconds(1 + bytes.next());
  return agent;
}

Event make_event(Bytes& bytes, const World& world, StreamTime now) {
  const auto generation = [&] { return world.last_reply - bytes.next() % 2; };
  switch (bytes.next() % 15) {
    case 0:
      return SpeechStarted{now - milliseconds(bytes.next())};
    case 1:
      return SpeechPaused{now - milliseconds(bytes.next())};
    case 2:
      return SpeechResumed{};
    case 3: {
      const bool words = bytes.next() % 2 == 0;
      return FinalTranscript{world.last_utterance - bytes.next() % 2, words ? "words" : "",
                             bytes.next() % 3 == 0};
    }
    case 4:
      return TranscriptFailed{};
    case 5:
      return ReplyAudible{generation()};
    case 6:
      return ReplyFailed{generation()};
    case 7:
      return EndCallWanted{generation()};
    case 8:
      return EscalationWanted{generation(), "why"};
    case 9:
      return DtmfPressed{"0123456789*#"[bytes.next() % 12]};
    case 10:
      return CallerGone{};
    case 11:
      return ShutdownWanted{};
    case 12:
      return HangUpWanted{};
    case 13:
      return TransferWanted{bytes.next() % 2 == 0 ? "+918099" : "",
                            bytes.next() % 2 == 0 ? "One moment." : ""};
    default:
      return ReplyHeard{generation()};
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const auto agent = make_agent(bytes);
  TurnMachine machine(agent);
  World world;
  world.transfers = agent->transfer.enabled;
  Actions actions;
  StreamTime now{};
  const auto settle = [&] {
    for (const Action& action : actions) {
      require(!world.ended);
      std::visit([&](const auto& what) { world(what); }, action);
    }
    actions.clear();
    require(machine.ended() == world.ended);
  };
  machine.on(StreamStarted{}, now, actions);
  settle();
  while (!bytes.empty()) {
    now += milliseconds(bytes.next() * 8);
    machine.advance(now, now - milliseconds(bytes.next()), actions);
    settle();
    const Event event = make_event(bytes, world, now);
    // The driver ends a reply before it says that it was heard; the machine must not start another meanwhile.
    if (const auto* heard = std::get_if<ReplyHeard>(&event);
        heard != nullptr && heard->generation == world.reply) {
      world.reply = 0;
    }
    world.transfer_asked = world.transfer_asked || std::holds_alternative<TransferWanted>(event);
    world.may_end_otherwise = std::holds_alternative<CallerGone>(event) ||
                              std::holds_alternative<ShutdownWanted>(event) ||
                              std::holds_alternative<HangUpWanted>(event);
    machine.on(event, now, actions);
    settle();
    world.may_end_otherwise = false;
    const auto deadline = machine.next_deadline();
    require(!machine.ended() || !deadline);
  }
  // Whatever has happened, time alone ends every wait and, by its longest duration, the call. Only a sound
  // that is being played is waited for without a deadline here: the playout has its own.
  for (int i = 0; i < 64 && !machine.ended(); ++i) {
    if (const auto deadline = machine.next_deadline()) {
      now = std::max(now, *deadline);
      machine.advance(now, now, actions);
    } else {
      world.reply = 0;
      machine.on(ReplyHeard{world.last_reply}, now, actions);
    }
    settle();
  }
  require(machine.ended());
  return 0;
}
