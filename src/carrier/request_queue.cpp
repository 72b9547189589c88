#include "carrier/request_queue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "async/guarded.hpp"
#include "async/wait.hpp"

namespace parley::carrier {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);  // times stay within the clock

}  // namespace

// A bucket of tokens, kept as one time: `spent_until` is when the bucket would be full again, so a request
// may go when that is at most burst - 1 intervals away.
struct RequestQueue::Parts {
  struct Account;
  struct Waiter;
  struct Lane {
    std::string name;
    std::list<Waiter*> waiters;
  };
  struct Account {
    SteadyTime spent_until{};
    SteadyTime closed_until{};
    std::list<Lane> lanes;  // the front one is next
    std::size_t waiting = 0;
  };
  // Lives in the frame of turn(); what ends first, the frame or the queue, tells the other.
  struct Waiter {
    explicit Waiter(async::Executor on) : ended(on, async::Timer::time_point::max()) {}
    ~Waiter() {
      if (queue != nullptr) queue->remove(*this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Parts* queue = nullptr;  // while it waits there
    Account* account = nullptr;
    std::list<Lane>::iterator lane;
    std::list<Waiter*>::iterator place;
    std::multimap<SteadyTime, Waiter*>::iterator deadline;
    async::Timer ended;
    Result<void> result = fail(Errc::cancelled, "the request was cancelled before its turn");
  };

  Parts(async::Executor on, const Clock& time, RequestQueueOptions limits)
      : executor(on), clock(time), options(limits), wake(on) {
    options.per_minute = std::max(options.per_minute, 1);
    options.burst = std::max(options.burst, 1);
    interval = std::chrono::nanoseconds(std::chrono::minutes(1)) / options.per_minute;
  }
  ~Parts() {
    while (!deadlines.empty())
      finish(*deadlines.begin()->second, fail(Errc::cancelled, "the server is stopping"));
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  SteadyTime open_at(const Account& account) const {
    return std::max(account.spent_until - interval * (options.burst - 1), account.closed_until);
  }

  void spend(Account& account, SteadyTime now) const {
    account.spent_until = std::max(account.spent_until, now) + interval;
  }

  void add(Waiter& waiter, Account& account, std::string lane_name, SteadyTime until) {
    auto lane = std::ranges::find(account.lanes, lane_name, &Lane::name);
    if (lane == account.lanes.end())
      lane = account.lanes.insert(lane, Lane{.name = std::move(lane_name), .waiters = {}});
    waiter.queue = this;
    waiter.account = &account;
    waiter.lane = lane;
    waiter.place = lane->waiters.insert(lane->waiters.end(), &waiter);
    waiter.deadline = deadlines.emplace(until, &waiter);
    ++account.waiting;
  }

  void remove(Waiter& waiter) {
    waiter.lane->waiters.erase(waiter.place);
    if (waiter.lane->waiters.empty()) waiter.account->lanes.erase(waiter.lane);
    --waiter.account->waiting;
    deadlines.erase(waiter.deadline);
    waiter.queue = nullptr;
  }

  void finish(Waiter& waiter, Result<void> result) {
    remove(waiter);
    waiter.result = std::move(result);
    waiter.ended.cancel();
  }

  void let_through(Account& account, SteadyTime now) {
    while (account.waiting > 0 && open_at(account) <= now) {
      spend(account, now);
      Waiter& next = *account.lanes.front().waiters.front();
      // To the back with its lane before it may vanish with its last waiter.
      account.lanes.splice(account.lanes.end(), account.lanes, account.lanes.begin());
      finish(next, {});
    }
  }

  void run() {
    const SteadyTime now = clock.now();
    for (auto& [name, account] : accounts)
      let_through(account, now);
    while (!deadlines.empty() && deadlines.begin()->first <= now)
      finish(*deadlines.begin()->second, too_late());
    std::erase_if(accounts, [&](const auto& entry) {
      const Account& account = entry.second;
      return account.waiting == 0 && account.spent_until <= now && account.closed_until <= now;
    });
    schedule();
  }

  void schedule() {
    if (deadlines.empty()) {
      wake.cancel();
      return;
    }
    SteadyTime next = deadlines.begin()->first;
    for (const auto& [name, account] : accounts) {
      if (account.waiting > 0) next = std::min(next, open_at(account));
    }
    wake.expires_at(next);
    wake.async_wait([this, ticket = guard.ticket()](const boost::system::error_code& error) {
      if (!error && ticket.valid()) run();
    });
  }

  Result<void> too_late() const {
    return fail(Errc::timeout,
                fmt::format("the request waited too long for its turn: an account may be asked {} "
                            "times a minute",
                            options.per_minute));
  }

  async::Executor executor;
  const Clock& clock;
  RequestQueueOptions options;
  std::chrono::nanoseconds interval{};
  std::map<std::string, Account> accounts;
  std::multimap<SteadyTime, Waiter*> deadlines;  // of all that wait
  async::Timer wake;
  async::Guard guard;
};

RequestQueue::RequestQueue(async::Executor executor, const Clock& clock, RequestQueueOptions options)
    : parts_(std::make_unique<Parts>(executor, clock, options)) {}

RequestQueue::~RequestQueue() = default;

async::Task<Result<void>> RequestQueue::turn(std::string account_id, std::string lane,
                                             std::chrono::milliseconds patience) {
  parts_->run();
  const SteadyTime now = parts_->clock.now();
  Parts::Account& account = parts_->accounts[account_id];
  if (account.waiting == 0 && parts_->open_at(account) <= now) {
    parts_->spend(account, now);
    co_return Result<void>();
  }
  if (account.waiting >= parts_->options.most_waiting)
    co_return fail(Errc::overloaded,
                   fmt::format("{} requests of this account wait for their turn already", account.waiting));
  if (patience <= std::chrono::milliseconds(0)) co_return parts_->too_late();
  Parts::Waiter waiter(parts_->executor);
  parts_->add(waiter, account, std::move(lane), now + std::min(patience, kLongestWait));
  parts_->schedule();
  co_await async::wait(waiter.ended);
  co_return waiter.result;
}

void RequestQueue::back_off(const std::string& account_id, std::chrono::milliseconds wait) {
  Parts::Account& account = parts_->accounts[account_id];
  const SteadyTime until = parts_->clock.now() + std::clamp(wait, std::chrono::milliseconds(0), kLongestWait);
  account.closed_until = std::max(account.closed_until, until);
  // Behind it they go out one by one, not in a burst that earns the next refusal.
  if (wait > std::chrono::milliseconds(0))
    account.spent_until =
        std::max(account.spent_until, account.closed_until + parts_->interval * (parts_->options.burst - 1));
  parts_->run();
}

}  // namespace parley::carrier
