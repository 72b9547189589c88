#include "vendor/alarm.hpp"

#include "async/guarded.hpp"

namespace parley::vendor {
namespace {

class TimerAlarm final : public Alarm {
 public:
  explicit TimerAlarm(const async::Executor& executor) : timer_(executor) {}

  void set(SteadyTime at, std::function<void()> what) override {
    what_ = std::move(what);
    timer_.expires_at(at);  // cancels what waits
    timer_.async_wait([this, ticket = guard_.ticket(), turn = ++turn_](boost::system::error_code ec) {
      // A timer that had expired already cannot be cancelled any more: the turn tells.
      if (!ticket.valid() || ec || turn != turn_) return;
      const auto due = std::exchange(what_, nullptr);
      due();
    });
  }
  void cancel() override {
    ++turn_;
    what_ = nullptr;
    timer_.cancel();
  }

 private:
  async::Guard guard_;
  async::Timer timer_;
  std::function<void()> what_;
  unsigned turn_ = 0;
};

class TimerAlarms final : public Alarms {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  std::unique_ptr<Alarm> make(async::Executor executor) const override {
    return std::make_unique<TimerAlarm>(executor);
  }
};

}  // namespace

const Alarms& steady_alarms() {
  static const TimerAlarms alarms;
  return alarms;
}

}  // namespace parley::vendor
