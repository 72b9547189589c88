// Asks carriers for calls of which they have not told enough: a callback that never came, a call that another
// process had placed; and, of a call that is over and had a stream, what became of its transfer, its length,
// price and recording. What they answer goes the way that callbacks go.
//
// Many are asked at once, so that a carrier that does not answer keeps nobody else's call waiting; each takes
// its turn in its account's queue, in a lane of its own beside the workspaces that place calls.
//
// Thread: the executor's. Lifetime: what it is given outlives it; the group is joined before it goes.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task_group.hpp"
#include "control/carrier_accounts.hpp"
#include "control/carrier_status.hpp"
#include "control/dialer.hpp"

namespace parley::control {

class CallFollower {
 public:
  static constexpr int kAtOnceOfAnAccount = 4;
  static constexpr std::size_t kAtOnce = 32;
  static constexpr int kMostTries = 3;  // for what a call that is over leaves untold

  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const CarrierAccounts& accounts;
    FindCarrier carriers;
    CallSinks sinks;
    async::TaskGroup& group;                                     // of the requests
    std::function<bool(const std::string& call_id)> is_placing;  // somebody else sees to it
    std::chrono::seconds ask_after;
    std::chrono::seconds give_up_after;
  };
  explicit CallFollower(Dependencies dependencies) : d_(std::move(dependencies)) {}

  // One round: asks for everything that is due and does not wait for the answers.
  void look();

 private:
  // Whoever gets no answer is asked less and less often.
  struct Asked {
    SteadyTime next{};
    std::chrono::seconds pause{0};
    int tries = 0;
    int pass = 0;  // the last one through the untold calls that it was met in
  };
  using AskedCalls = std::map<std::string, Asked>;
  class Turn;

  void look_for_ends();
  void look_for_the_rest();
  bool may_ask(const BookedCall& call) const;
  bool gave_up(const BookedCall& call);
  // The carrier's answer, or why it cannot be asked.
  async::Task<carrier::CarrierResult<carrier::CallReport>> describe_call(BookedCall call);
  async::Task<> ask(BookedCall call);
  async::Task<> ask_for_the_rest(BookedCall call);
  void take_rest(const BookedCall& call, const CallBook::Untold& untold, const carrier::CallReport& report);
  // Nobody asks any more; of a transfer it is written down that nothing is known.
  void settle(const CallBook::Untold& untold);

  Dependencies d_;
  AskedCalls ends_;  // calls of which nobody has said how they ended
  AskedCalls rest_;  // calls that are over
  int pass_ = 1;
  std::set<std::string> busy_;
  std::map<std::string, int> busy_accounts_;
};

}  // namespace parley::control
