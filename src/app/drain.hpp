// How the server stops: on the first signal no new call comes in and running ones may finish, until a
// deadline; on the second, or at the deadline, they are ended. Thread: the control context's.
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/signal_set.hpp>

#include "async/task.hpp"
#include "engine/call_registry.hpp"

namespace parley::app {

class Drain {
 public:
  struct Options {
    std::chrono::milliseconds deadline{60'000};
    std::chrono::milliseconds farewell{5'000};  // for ended calls to say goodbye to their carriers
  };

  // `begun` is called once, with the first signal; `stopped` once, when no call is left or the farewell is
  // over.
  Drain(async::asio::io_context& control, engine::CallRegistry& registry, Options options,
        std::function<void()> begun, std::function<void()> stopped);

 private:
  void wait_for_signal();
  void on_signal();
  void end_calls();
  void watch();

  engine::CallRegistry& registry_;
  Options options_;
  std::function<void()> begun_;
  std::function<void()> stopped_;
  async::asio::signal_set signals_;
  async::Timer watch_;
  std::chrono::steady_clock::time_point deadline_;
  bool ending_ = false;
  bool done_ = false;
};

}  // namespace parley::app
