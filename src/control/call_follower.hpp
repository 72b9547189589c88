// Asks carriers for calls of which nothing was heard for long: a callback that never came, a call that
// another process had placed. What they answer goes the way that callbacks go.
//
// Thread: the executor's. Lifetime: what it is given outlives it; its coroutine ends before it goes.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "control/carrier_accounts.hpp"
#include "control/carrier_status.hpp"
#include "control/dialer.hpp"

namespace parley::control {

class CallFollower {
 public:
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const CarrierAccounts& accounts;
    FindCarrier carriers;
    CallSinks sinks;
    std::function<bool(const std::string& call_id)> is_placing;  // somebody else sees to it
    std::chrono::seconds ask_after;
    std::chrono::seconds give_up_after;
  };
  explicit CallFollower(Dependencies dependencies) : d_(std::move(dependencies)) {}

  // One round: asks for everything that is overdue, one after another.
  async::Task<> look();

 private:
  // Whoever gets no answer is asked less and less often.
  struct Asked {
    SteadyTime next{};
    std::chrono::seconds pause{0};
  };

  async::Task<> ask(BookedCall call);
  bool gave_up(const BookedCall& call);

  Dependencies d_;
  std::map<std::string, Asked> asked_;
};

}  // namespace parley::control
