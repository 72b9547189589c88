#include "speech/child_process.hpp"

#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace parley::speech {
namespace {

constexpr auto kLookAround = std::chrono::milliseconds(20);

std::unexpected<Error> system_failure(std::string_view what, int code) {
  return fail(Errc::io, fmt::format("{}: {}", what, std::strerror(code)));
}

void close_pair(std::array<int, 2>& pair) {
  for (auto& fd : pair) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
}

// posix_spawn's two argument objects, freed together.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnPlan(int child_in, int child_out) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, child_in, 0);
    posix_spawn_file_actions_adddup2(&actions, child_out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::string& program,
                                         const std::vector<std::string>& arguments) {
  // Input through a socket, because a write to one can be told not to raise SIGPIPE when the child is gone.
  std::array<int, 2> input{-1, -1};
  std::array<int, 2> output{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, input.data()) != 0) {
    return system_failure("cannot open a pipe to a child process", errno);
  }
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    const int code = errno;
    close_pair(input);
    return system_failure("cannot open a pipe from a child process", code);
  }
  // The child's end blocks as programs expect.
  ::fcntl(input[1], F_SETFL, 0);
  ::fcntl(output[0], F_SETFL, O_NONBLOCK);

  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const char* path = std::getenv("PATH");
  std::string path_entry = fmt::format("PATH={}", path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
  std::string locale = "LC_ALL=C.UTF-8";
  std::array<char*, 3> environment{path_entry.data(), locale.data(), nullptr};

  pid_t pid = -1;
  int code = 0;
  {
    const SpawnPlan plan(input[1], output[1]);
    code = ::posix_spawnp(&pid, program.c_str(), &plan.actions, &plan.attributes, argv.data(),
                          environment.data());
  }
  ::close(std::exchange(input[1], -1));
  ::close(std::exchange(output[1], -1));
  if (code != 0) {
    close_pair(input);
    close_pair(output);
    if (code == ENOENT) return fail(Errc::not_found, fmt::format("there is no program '{}'", program));
    return system_failure(fmt::format("cannot start '{}'", program), code);
  }
  return ChildProcess(pid, input[0], output[0]);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      in_(std::exchange(other.in_, -1)),
      out_(std::exchange(other.out_, -1)) {}

ChildProcess::~ChildProcess() {
  close_input();
  if (out_ >= 0) ::close(out_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

void ChildProcess::close_input() {
  if (in_ >= 0) ::close(std::exchange(in_, -1));
}

Result<void> ChildProcess::converse(std::string_view input, SteadyTime deadline,
                                    const std::function<bool()>& stop,
                                    const std::function<void(std::span<const std::byte>)>& on_output) {
  std::array<std::byte, 16384> buffer;
  if (input.empty()) close_input();
  for (;;) {
    if (stop()) return fail(Errc::cancelled, "cancelled");
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(Errc::timeout, "the child process took too long");
    std::array<pollfd, 2> polled{pollfd{out_, POLLIN, 0}, pollfd{in_, POLLOUT, 0}};
    if (::poll(polled.data(), in_ >= 0 ? 2 : 1, static_cast<int>(kLookAround.count())) < 0 &&
        errno != EINTR) {
      return system_failure("cannot wait for a child process", errno);
    }
    if (in_ >= 0 && polled[1].revents != 0) {
      const auto sent = ::send(in_, input.data(), input.size(), MSG_NOSIGNAL);
      if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
      // A child that does not want the rest tells by its output and exit code what was wrong.
      if (input.empty() || (sent < 0 && errno != EAGAIN && errno != EINTR)) close_input();
    }
    if (polled[0].revents == 0) continue;
    const auto got = ::read(out_, buffer.data(), buffer.size());
    if (got == 0) return {};
    if (got > 0) {
      on_output(std::span(buffer).first(static_cast<std::size_t>(got)));
    } else if (errno != EAGAIN && errno != EINTR) {
      return system_failure("cannot read from a child process", errno);
    }
  }
}

int ChildProcess::wait(SteadyTime deadline) {
  int status = 0;
  for (;;) {
    const auto done = ::waitpid(pid_, &status, WNOHANG);
    if (done == pid_) break;
    if (done < 0 && errno != EINTR) return 127;
    if (std::chrono::steady_clock::now() >= deadline) ::kill(pid_, SIGKILL);
    // A child that has closed its output is gone within a millisecond.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace parley::speech
