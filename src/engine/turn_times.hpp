// The latencies of one turn: each stage as milliseconds after the end of the caller's speech, for the call
// log and the metrics. Thread: the call's shard.
#pragma once

#include <optional>

#include "engine/probe.hpp"
#include "engine/sample_clock.hpp"
#include "storage/call_store.hpp"

namespace parley::engine {

class TurnTimes {
 public:
  explicit TurnTimes(Probe& probe) : probe_(probe) {}

  // Where the caller's words begin that the next reply answers; speech that follows unanswered words goes
  // with them.
  void speech_began(StreamTime since);
  void speech_dropped() { began_.reset(); }
  // What the times count from. `decided` is the moment the server knew that it is its turn.
  void speech_ended(StreamTime last_voiced, StreamTime now, SteadyTime decided);
  // Keys, greetings and notices: there was no speech to wait for the end of.
  void count_from(StreamTime now, SteadyTime decided);

  void transcript_came(StreamTime now);

  // A row takes what is known before the reply begins; the stages after that go into it as they are reached.
  void fill(storage::TurnRecord& row);
  void first_token(StreamTime now, storage::TurnRecord& row) const;
  void first_audio(StreamTime now, storage::TurnRecord& row) const;  // counts once
  void sent(StreamTime now, SteadyTime steady, storage::TurnRecord& row) const;

 private:
  double ms_since_origin(StreamTime now) const;

  Probe& probe_;
  std::optional<StreamTime> began_;  // of speech not answered yet
  StreamTime origin_{};
  SteadyTime decided_{};
  double endpoint_ms_ = -1;
  double transcript_ms_ = -1;
};

}  // namespace parley::engine
