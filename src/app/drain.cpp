#include "app/drain.hpp"

#include <csignal>

#include "base/log.hpp"

namespace parley::app {
namespace {
constexpr std::chrono::milliseconds kLook{50};
const log::Logger kLog("app");
}  // namespace

Drain::Drain(async::asio::io_context& control, engine::CallRegistry& registry, Options options,
             std::function<void()> begun, std::function<void()> stopped)
    : registry_(registry),
      options_(options),
      begun_(std::move(begun)),
      stopped_(std::move(stopped)),
      signals_(control, SIGTERM, SIGINT),
      watch_(control.get_executor()) {
  wait_for_signal();
}

void Drain::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    on_signal();
    wait_for_signal();
  });
}

void Drain::on_signal() {
  if (registry_.draining()) {
    kLog.info("second signal: ending {} calls now", registry_.active());
    return end_calls();
  }
  kLog.info("draining: {} calls may finish within {} s", registry_.active(),
            options_.deadline.count() / 1000);
  registry_.drain();
  begun_();
  deadline_ = std::chrono::steady_clock::now() + options_.deadline;
  watch();
}

void Drain::end_calls() {
  if (std::exchange(ending_, true)) return;
  registry_.shut_down_all();
  deadline_ = std::chrono::steady_clock::now() + options_.farewell;
}

void Drain::watch() {
  const bool late = std::chrono::steady_clock::now() >= deadline_;
  if (registry_.active() == 0 || (late && ending_)) {
    if (!std::exchange(done_, true)) stopped_();
    return;
  }
  if (late) {
    kLog.warn("drain deadline: ending {} calls", registry_.active());
    end_calls();
  }
  watch_.expires_after(kLook);
  watch_.async_wait([this](const boost::system::error_code& error) {
    if (!error) watch();
  });
}

}  // namespace parley::app
