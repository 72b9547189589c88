// One call of a bench: it waits for the greeting, speaks for two seconds, waits for the answer, and now and
// then speaks over it. It measures as it goes and keeps nothing but numbers.
//
// A hole is audio that comes after everything before it has been played although the agent was not done: no
// mark behind it, no `clear`. An echo server has neither marks nor turns; against one (BenchPlan::echo) the
// caller talks by the clock and a hole is an echo more than the agent's usual lead behind.
//
// Pure: `now` comes in, messages go out. One thread. Wire, sounds and figures outlive the call.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "caller/bench_sounds.hpp"

namespace parley::caller {

// Of all calls of a group together; times in milliseconds.
struct BenchFigures {
  bool counting = true;  // only while true is anything but the greeting and faults written down
  std::uint64_t turns = 0;
  std::uint64_t answered = 0;
  std::uint64_t missed_turns = 0;  // no greeting or answer in time
  std::uint64_t holes = 0;         // silence while the agent speaks
  std::uint64_t interruptions = 0;
  std::uint64_t unobeyed = 0;      // no clear although the caller spoke two seconds over the agent
  std::uint64_t talked_over = 0;   // audio while the caller had the floor
  std::vector<float> greeting_ms;  // start sent to first audio
  std::vector<float> response_ms;  // last voiced piece sent to first audio
  std::vector<float> clear_ms;     // first voiced piece sent to clear
  std::vector<float> pacing_ms;    // |interval between two pieces of audio - length of the first|
};

struct BenchBehaviour {
  bool echo = false;
  // The first words come up to so long after the greeting: about the length of a turn, so that calls which
  // began together are at different points of their turns, as calls are.
  std::chrono::milliseconds first_pause{5600};
};

class BenchCallWire {
 public:
  virtual ~BenchCallWire() = default;
  virtual void send(std::string_view text) = 0;
  virtual void close() = 0;
};

class BenchCall {
 public:
  using milliseconds = std::chrono::milliseconds;

  static constexpr milliseconds kGreetingDeadline{3000};
  // Endpointing of 600 ms, the detector's hang-over and 750 ms to spare.
  static constexpr milliseconds kAnswerDeadline{1500};
  // What a caller of an echo server is ahead by before a piece counts as late: the agent's usual lead.
  static constexpr milliseconds kEchoAllowance{400};

  BenchCall(const BenchSounds& sounds, BenchCallWire& wire, BenchFigures& figures, std::uint32_t number,
            BenchBehaviour behaviour);

  // The socket is open: connected and start.
  void begin(SteadyTime now);
  // Every 20 ms; sends a piece when one is due.
  void on_frame(SteadyTime now);
  void on_text(std::string_view text, SteadyTime now);
  // Says stop and closes. Idempotent.
  void hang_up();

  bool begun() const { return begun_; }

 private:
  enum class State { greeting, listening, pausing, speaking, awaiting };
  struct Mark {
    SteadyTime due;
    std::string name;
  };

  void send_piece(SteadyTime now);
  void decide(SteadyTime now);
  void pause(SteadyTime now);
  void start_speaking(SteadyTime now, bool interrupting);
  void on_audio(milliseconds length, SteadyTime now);
  void play(milliseconds length, SteadyTime now);
  void note_pacing(milliseconds length, SteadyTime now);
  void on_clear(SteadyTime now);
  void on_mark(std::string_view name);
  void echo_marks(SteadyTime now);
  void send_mark(std::string_view name);
  bool agent_done(SteadyTime now) const;

  const BenchSounds& sounds_;
  BenchCallWire& wire_;
  BenchFigures& figures_;
  const bool echo_;
  milliseconds longest_pause_;  // of the next pause
  std::string stream_id_;
  std::minstd_rand random_;

  State state_ = State::greeting;
  bool begun_ = false;
  bool over_ = false;
  SteadyTime since_;  // of the state; for awaiting, when the last voiced piece was sent
  SteadyTime until_;  // of a pause, or when to interrupt
  bool will_interrupt_ = false;
  bool interrupting_ = false;
  bool cleared_ = false;
  std::uint32_t answers_;
  std::size_t spoken_ = 0;  // pieces of the sentence
  std::uint64_t sequence_ = 1;
  std::uint64_t chunk_ = 0;
  std::int64_t frames_to_piece_;

  // The agent's audio in the caller's ear.
  SteadyTime play_end_;
  bool agent_unfinished_ = false;
  SteadyTime last_audio_;
  milliseconds last_length_{0};
  std::vector<Mark> marks_;
};

}  // namespace parley::caller
