// A program that reads its input from one pipe and writes its output to another, killed and reaped when its
// owner lets go of it. The child gets no file descriptor, signal mask or environment of ours: secrets stay
// here. Thread: one at a time.
#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace parley::speech {

class ChildProcess {
 public:
  // `program` is looked up in PATH. Errors: Errc::not_found when there is no such program.
  static Result<ChildProcess> start(const std::string& program, const std::vector<std::string>& arguments);
  // Kills and reaps.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  // Writes `input`, closes the child's stdin, and gives every piece of its stdout to `on_output` until it
  // closes it. Asks `stop` at least every 20 ms. Errors: Errc::cancelled, Errc::timeout, Errc::io.
  Result<void> converse(std::string_view input, SteadyTime deadline, const std::function<bool()>& stop,
                        const std::function<void(std::span<const std::byte>)>& on_output);

  // The exit code, or 128 and the signal's number. Waits until `deadline`, then kills.
  int wait(SteadyTime deadline);

  pid_t pid() const { return pid_; }

 private:
  ChildProcess(pid_t pid, int in, int out) : pid_(pid), in_(in), out_(out) {}
  void close_input();

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
};

}  // namespace parley::speech
