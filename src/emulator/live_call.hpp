// One call from the first ring to the last callback: rings people, carries out a flow applet by applet, or
// joins the person with a stream. live_call.cpp rings and ends, flow_run.cpp walks the flow, stream_run.cpp
// is the media stream, ringing_run.cpp are people who pick up or do not, connect_run.cpp and
// answer_url_run.cpp are the two large applets.
//
// Thread: the executor's. Lifetime: whoever runs it holds a shared_ptr until run() is over; hang_up() may
// come at any time.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "async/signal.hpp"
#include "caller/caller.hpp"
#include "emulator/exchange.hpp"
#include "emulator/status_callbacks.hpp"
#include "emulator/xml_reader.hpp"

namespace parley::emulator {

struct StreamPlan {
  std::string url;
  std::map<std::string, std::string> parameters;
  int sample_rate_hz = 8000;
  bool record = false;
};

struct CallPlan {
  const Flow* flow = nullptr;  // otherwise straight into `stream`, or to call->to
  std::optional<StreamPlan> stream;
  int fork_at_leg = 0;  // number to number: 1 or 2, when that leg answers
  bool incoming = false;
  bool waits = false;  // made as a leg: does nothing but what it is told
};

// Sounds of people, made once for each rate.
class ScriptStore {
 public:
  explicit ScriptStore(const Parts& parts) : parts_(parts) {}
  // For the `number`th stream of a call, from 0. A script that cannot be spoken is told of, and nothing is
  // said.
  std::shared_ptr<const caller::PreparedScript> script(const Person& person, std::size_t number, int rate,
                                                       EmulatedCall& call);
  // The person's message, for Record.
  Sound message(const Person& person);

 private:
  Parts parts_;
  std::map<std::string, std::shared_ptr<const caller::PreparedScript>> scripts_;
};

class LiveCall : public std::enable_shared_from_this<LiveCall> {
 public:
  LiveCall(const Parts& parts, StatusCallbacks& callbacks, ScriptStore& scripts,
           std::shared_ptr<EmulatedCall> call, CallPlan plan);

  async::Task<> run();
  // "user": the person on the line; anything else: the platform. Idempotent.
  void hang_up(std::string_view who);
  // Of a call made as a leg.
  void start_stream(StreamPlan plan);
  const std::shared_ptr<EmulatedCall>& call() const { return call_; }

 private:
  // What comes after an applet.
  struct Next {
    enum class Way { next, named, hang_up } way = Way::next;
    std::string name;
  };

  // live_call.cpp
  async::Task<bool> pass(milliseconds time);
  async::Task<> converse();
  async::Task<> talk_number_to_number();
  async::Task<> wait_for_orders();
  void answered();
  void finish(std::string status);
  void assemble_recording();
  std::size_t add_leg(std::string number);
  void end_leg(std::size_t leg, std::string status);
  void change(std::string status, std::string_view event);
  async::Task<> wait_change(milliseconds at_most);
  void wake();
  static async::Task<> hang_up_later(std::shared_ptr<LiveCall> self, milliseconds time, std::string who);
  const Variants& variants() const;
  const Person& person() const;
  const Account& account() const;

  // flow_run.cpp
  async::Task<> run_flow();
  async::Task<Next> carry_out(const Applet& applet);
  async::Task<Next> greet(const GreetingApplet& applet);
  async::Task<Next> pass_through(const PassthruApplet& applet);
  async::Task<Next> gather(const GatherApplet& applet);
  Next choose(const SwitchCaseApplet& applet);
  async::Task<> say(std::string text);
  Pairs applet_query() const;
  Pairs dial_query() const;
  void add_stream_keys(Pairs& pairs) const;

  // stream_run.cpp
  async::Task<> run_stream(StreamPlan plan, bool fork);
  static async::Task<> run_fork(std::shared_ptr<LiveCall> self, StreamPlan plan);
  async::Task<Result<std::string>> stream_address(const StreamPlan& plan);
  caller::CallSetup stream_setup(const StreamPlan& plan, bool fork);
  void take_report(caller::CallReport report, const StreamPlan& plan, LastStream stream, bool fork);
  void stream_failed(LastStream stream, std::string error);

  // connect_run.cpp
  async::Task<Next> connect(const ConnectApplet& applet);
  struct Targets {
    std::vector<std::string> numbers;
    milliseconds ringing{30'000};
    milliseconds talking{3'600'000};
    std::size_t at_once = 1;  // so many ring at the same time
    bool again = false;
    std::string greeting;
    std::string event_url;  // is told how each attempt ended
  };
  async::Task<Result<Targets>> ask_targets(std::string url);
  async::Task<bool> try_targets(Targets targets);
  async::Task<> tell_attempt(std::string url);

  // ringing_run.cpp
  async::Task<bool> ring(std::size_t leg, milliseconds limit);
  // All of them at once: which one was picked up, whose others are then canceled.
  async::Task<std::optional<std::size_t>> ring_together(std::vector<std::size_t> legs, milliseconds limit);
  // With whoever has picked up that leg.
  async::Task<> talk(std::size_t leg, milliseconds at_most);

  // answer_url_run.cpp
  async::Task<Next> answer_by_url(const AnswerUrlApplet& applet);
  async::Task<Result<XmlElement>> post_for_answer(std::string what, std::string url, Pairs fields);
  async::Task<Result<XmlElement>> record_message(const XmlElement& record);
  std::optional<StreamPlan> plan_of(const XmlElement& stream) const;

  Parts parts_;
  StatusCallbacks& callbacks_;
  ScriptStore& scripts_;
  const std::shared_ptr<EmulatedCall> call_;
  const CallPlan plan_;
  bool gone_ = false;
  std::set<async::Signal*> waiting_;  // one for each coroutine that waits for time or for the end
  caller::Caller* stream_ = nullptr;
  caller::Caller* fork_ = nullptr;
  std::optional<StreamPlan> ordered_;
  std::size_t streams_ = 0;
  std::string selected_;  // by a passthru's {"select"}
};

}  // namespace parley::emulator
