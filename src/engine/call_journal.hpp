// What a call leaves behind: its row, its events and its live transcript. Fills in ids and times, so that the
// call says only what happened. Thread: the call's shard.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"
#include "engine/call.hpp"

namespace parley::engine {

class CallJournal {
 public:
  // `dependencies` outlives the journal.
  CallJournal(std::string call_id, const CallDependencies& dependencies, std::string_view log_room);

  const std::string& id() const { return id_; }
  const log::Logger& log() const { return log_; }

  // The stream has started: the call's row.
  void open(const media::StreamStart& start);
  bool is_open() const { return open_; }

  // `offset_ms`: on the call's sample clock.
  void event(std::string_view kind, std::string detail, std::int64_t offset_ms);
  void turn(const storage::TurnRecord& row);
  void turn_over(const storage::TurnRecord& row);
  // A line of the live transcript; a later one with the same number replaces it.
  void line(int number, bool by_agent, std::string text, bool final, bool interrupted);

  // The final word on the call; only the first counts. `how` is one of few; `in_words`, which may be
  // anybody's, stands in its place in the call log.
  void close(storage::CallStatus status, std::string_view how, std::int64_t duration_ms,
             bool escalation_requested, std::string_view in_words = {});
  bool is_closed() const { return closed_; }

 private:
  const std::string id_;
  const CallDependencies& d_;
  log::Logger log_;
  bool open_ = false;
  bool closed_ = false;
};

}  // namespace parley::engine
