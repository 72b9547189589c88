#include "caller/bench_run.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <unistd.h>

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{1};
constexpr int kSlots = 20;
constexpr milliseconds kGoodbye{5000};
constexpr milliseconds kBurstOver{1000};
constexpr milliseconds kBurstBegins{1000};  // after measuring began

SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

// A call and its socket.
class Line final : private BenchWireListener, private BenchCallWire {
 public:
  Line(const BenchPlan& plan, BenchFigures& figures, std::uint32_t number)
      : wire_(*this), call_(plan.sounds, *this, figures, number, plan.behaviour) {}

  Result<void> connect(const BenchTarget& target) { return wire_.connect(target); }
  int descriptor() const { return wire_.descriptor(); }
  bool begun() const { return call_.begun(); }
  bool closed() const { return wire_.state() == BenchWire::State::closed; }
  bool hung_up() const { return hung_up_; }
  void on_ready(bool ended) { wire_.on_ready(ended); }
  void on_frame(SteadyTime now) {
    if (!closed()) call_.on_frame(now);
  }
  void hang_up() {
    if (std::exchange(hung_up_, true) || closed()) return;
    call_.hang_up();
  }

 private:
  void on_wire_open() override { call_.begin(steady_now()); }
  void on_wire_text(std::string_view text) override { call_.on_text(text, steady_now()); }
  void send(std::string_view text) override { wire_.send_text(text); }
  void close() override { wire_.send_close(); }

  BenchWire wire_;
  BenchCall call_;
  bool hung_up_ = false;
};

// utime and stime of /proc/PID/stat, fields 14 and 15; counted behind the name, which may hold anything.
std::optional<double> processor_seconds(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(behind_name + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::optional<std::int64_t> resident_kib(int process) {
  std::ifstream file(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoll(line.c_str() + 6, nullptr, 10);
  }
  return std::nullopt;
}

double own_processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Bench {
 public:
  explicit Bench(const BenchPlan& plan) : plan_(plan) {}
  ~Bench() {
    if (epoll_ >= 0) ::close(epoll_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  Result<BenchOutcome> run();

 private:
  Result<void> turn(SteadyTime now);
  Result<void> arrive(SteadyTime now);
  Result<void> add_line(BenchFigures& figures);
  void measure(SteadyTime now);
  void wait_for_sockets(SteadyTime until);
  bool all_closed() const;
  void count_ends();

  const BenchPlan& plan_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Line>> lines_;
  BenchOutcome outcome_;
  SteadyTime start_;
  SteadyTime next_tick_;
  std::size_t slot_ = 0;
  bool measuring_ = false;
  bool measured_ = false;
  SteadyTime measuring_since_;
  double server_before_ = 0;
  double client_before_ = 0;
};

Result<BenchOutcome> Bench::run() {
  if (plan_.server_process != 0 && !processor_seconds(plan_.server_process)) {
    return fail(Errc::not_found, fmt::format("no process {}", plan_.server_process));
  }
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return fail(Errc::io, std::strerror(errno));
  outcome_.running.counting = outcome_.burst.counting = false;
  outcome_.running.pacing_ms.reserve(1 << 20);
  start_ = steady_now();
  next_tick_ = start_ + kTick;
  const SteadyTime goodbye_until = start_ + plan_.ramp + plan_.settle + plan_.measure + kGoodbye;
  while (!measured_ || (!all_closed() && next_tick_ < goodbye_until)) {
    wait_for_sockets(next_tick_);
    while (next_tick_ <= steady_now()) {
      if (auto turned = turn(next_tick_); !turned) return fail(turned.error());
    }
  }
  count_ends();
  return std::move(outcome_);
}

void Bench::wait_for_sockets(SteadyTime until) {
  thread_local std::array<epoll_event, 256> events;
  const auto left = std::max<SteadyTime::duration>(until - steady_now(), SteadyTime::duration::zero());
  const timespec wait{0, std::chrono::nanoseconds(left).count()};
  const int count = ::epoll_pwait2(epoll_, events.data(), events.size(), &wait, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<Line*>(event.data.ptr)->on_ready((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
  }
}

Result<void> Bench::turn(SteadyTime now) {
  if (auto arrived = arrive(now); !arrived) return arrived;
  measure(now);
  const SteadyTime began = steady_now();
  if (measuring_) {
    outcome_.client_lag_ms.push_back(std::chrono::duration<float, std::milli>(began - now).count());
  }
  // Times of sending are read from the clock, not taken from the schedule: our own lateness is not the
  // server's.
  for (std::size_t i = slot_; i < lines_.size(); i += kSlots) {
    if (measured_) {
      lines_[i]->hang_up();
    } else {
      lines_[i]->on_frame(steady_now());
    }
  }
  slot_ = (slot_ + 1) % kSlots;
  next_tick_ += kTick;
  return {};
}

Result<void> Bench::arrive(SteadyTime now) {
  const auto due = [](int calls, SteadyTime::duration since, SteadyTime::duration over) {
    if (since >= over) return calls;
    return static_cast<int>(static_cast<double>(calls) * (since / std::chrono::duration<double>(over)));
  };
  int wanted = due(plan_.calls, now - start_, plan_.ramp);
  while (static_cast<int>(lines_.size()) < std::min(wanted, plan_.calls)) {
    if (auto added = add_line(outcome_.running); !added) return added;
  }
  if (!measuring_ || now < measuring_since_ + kBurstBegins) return {};
  wanted = plan_.calls + due(plan_.burst, now - measuring_since_ - kBurstBegins, kBurstOver);
  while (static_cast<int>(lines_.size()) < wanted) {
    if (auto added = add_line(outcome_.burst); !added) return added;
  }
  return {};
}

Result<void> Bench::add_line(BenchFigures& figures) {
  const auto number = static_cast<std::uint32_t>(lines_.size());
  auto& line = lines_.emplace_back(std::make_unique<Line>(plan_, figures, number));
  if (auto connected = line->connect(plan_.target); !connected) return connected;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = line.get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, line->descriptor(), &event) != 0) {
    return fail(Errc::io, std::strerror(errno));
  }
  return {};
}

void Bench::measure(SteadyTime now) {
  const SteadyTime begins = start_ + plan_.ramp + plan_.settle;
  if (!measuring_ && !measured_ && now >= begins) {
    measuring_ = true;
    measuring_since_ = now;
    outcome_.running.counting = outcome_.burst.counting = true;
    client_before_ = own_processor_seconds();
    server_before_ = processor_seconds(plan_.server_process).value_or(0);
  }
  if (!measuring_ || now < begins + plan_.measure) return;
  measuring_ = false;
  measured_ = true;
  outcome_.running.counting = outcome_.burst.counting = false;
  outcome_.seconds = std::chrono::duration<double>(steady_now() - measuring_since_).count();
  outcome_.client_processor_seconds = own_processor_seconds() - client_before_;
  for (const auto& line : lines_) {
    if (line->closed() && line->begun()) ++outcome_.lost;
  }
  if (plan_.server_process == 0) return;
  if (const auto after = processor_seconds(plan_.server_process)) {
    outcome_.server_processor_seconds = *after - server_before_;
  }
  outcome_.server_memory_kib = resident_kib(plan_.server_process);
}

bool Bench::all_closed() const {
  return std::all_of(lines_.begin(), lines_.end(), [](const auto& line) { return line->closed(); });
}

void Bench::count_ends() {
  for (const auto& line : lines_) {
    if (!line->begun()) ++outcome_.refused;
  }
}

}  // namespace

Result<BenchOutcome> run_bench(const BenchPlan& plan) {
  return Bench(plan).run();
}

}  // namespace parley::caller
