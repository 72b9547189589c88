#include "caller/load.hpp"

#include <csignal>
#include <future>
#include <list>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/shard.hpp"
#include "async/task_group.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"

namespace parley::caller {
namespace {

namespace asio = async::asio;

constexpr int kCallsPerThread = 800;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<async::Executor>{});

void log_failure(const std::exception_ptr& failure) {
  const log::Logger logger("caller");
  logger.error("call failed: {}", exception_text(failure));
}

// One thread with its share of the calls.
class Worker {
 public:
  Worker(const LoadPlan& plan, CallListener& listener, int number, int step)
      : plan_(plan),
        listener_(listener),
        number_(number),
        step_(step),
        shard_(fmt::format("caller-{}", number)) {}

  void start() {
    asio::co_spawn(shard_.context(), run(), [this](std::exception_ptr failure) {
      if (failure) log_failure(failure);
      done_.set_value();
    });
  }
  void join() { done_.get_future().wait(); }

  void hang_up() {
    asio::post(shard_.executor(), [this] {
      stopped_ = true;
      for (const auto& caller : callers_)
        caller->hang_up();
    });
  }

  async::Shard& shard() { return shard_; }
  std::vector<CallReport>& reports() { return reports_; }
  std::chrono::microseconds worst_lag() const { return wheel_.worst_lag(); }

 private:
  async::Task<> run() {
    async::TaskGroup wheel_group(shard_.executor(), log_failure);
    wheel_group.spawn(wheel_.run());
    async::TaskGroup calls(shard_.executor(), log_failure);
    const SteadyTime begun = system_clock().now();
    for (int index = number_; index < plan_.calls; index += step_) {
      const auto offset = plan_.calls > 1 ? plan_.ramp * index / (plan_.calls - 1) : milliseconds(0);
      calls.spawn(one_call(index, begun + offset));
    }
    co_await calls.join();
    wheel_.stop();
    co_await wheel_group.join();
  }

  async::Task<> one_call(int index, SteadyTime at) {
    async::Timer arrival(shard_.executor(), at);
    co_await arrival.async_wait(kAwait);
    if (stopped_) co_return;
    CallTarget target = plan_.target;
    target.seed += static_cast<std::uint64_t>(index);
    CallSetup setup = plan_.setup;
    setup.identity.call_sid = make_carrier_id();
    setup.identity.stream_sid = make_carrier_id();
    const Caller::Dependencies dependencies{shard_.executor(), system_clock(), wheel_, parser_, listener_};
    const auto place = callers_.insert(
        callers_.end(), std::make_unique<Caller>(dependencies, std::move(target), std::move(setup)));
    reports_.push_back(co_await (*place)->run());
    callers_.erase(place);
  }

  const LoadPlan& plan_;
  CallListener& listener_;
  const int number_;
  const int step_;
  async::Shard shard_;
  FrameWheel wheel_{shard_.executor(), system_clock()};
  CallerParser parser_;
  std::list<std::unique_ptr<Caller>> callers_;
  std::vector<CallReport> reports_;
  bool stopped_ = false;
  std::promise<void> done_;
};

int threads_for(const LoadPlan& plan) {
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int wanted = plan.threads > 0 ? plan.threads : (plan.calls + kCallsPerThread - 1) / kCallsPerThread;
  return std::clamp(wanted, 1, processors);
}

}  // namespace

std::string make_carrier_id() {
  static std::atomic<std::uint64_t> count{0};
  std::random_device device;
  std::mt19937_64 random((static_cast<std::uint64_t>(device()) << 32 | device()) + ++count);
  return fmt::format("{:016x}{:012x}18bl", random(), random() >> 16);
}

LoadOutcome run_calls(const LoadPlan& plan, CallListener& listener) {
  std::vector<std::unique_ptr<Worker>> workers;
  const int threads = threads_for(plan);
  workers.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i)
    workers.push_back(std::make_unique<Worker>(plan, listener, i, threads));

  // On a loop of its own, which ends before the workers do.
  async::Shard signals("caller-signals");
  std::optional<asio::signal_set> interrupts;
  if (plan.hang_up_on_signal) {
    interrupts.emplace(signals.context(), SIGINT, SIGTERM);
    interrupts->async_wait([&workers](boost::system::error_code error, int) {
      if (error) return;
      for (const auto& worker : workers)
        worker->hang_up();
    });
  }
  for (const auto& worker : workers)
    worker->start();
  LoadOutcome outcome;
  for (const auto& worker : workers) {
    worker->join();
    outcome.worst_lag = std::max(outcome.worst_lag, worker->worst_lag());
    std::move(worker->reports().begin(), worker->reports().end(), std::back_inserter(outcome.calls));
  }
  signals.stop();
  return outcome;
}

}  // namespace parley::caller
