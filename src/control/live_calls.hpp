// Calls in progress with the last words said in them, for the live list.
//
// Thread: as engine::CallObserver, from every shard, which never waits here: what happens is passed on to the
// control thread. in_progress() from any. Lifetime: what was passed on refers to it, so the control context
// stops before it goes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/thread_annotations.hpp"
#include "engine/call.hpp"

namespace parley::control {

struct LiveCall {
  storage::CallRecord call;
  std::string stage;
  std::string last_line;
  std::map<std::string, std::string> slots{};  // what is known so far, by name
  int turns = 0;
  double last_response_ms = -1;  // of the last spoken turn, to the first sound of its answer; -1: none yet
};

class LiveCalls final : public engine::CallObserver {
 public:
  explicit LiveCalls(async::Executor control) : control_(std::move(control)) {}

  void on_call_started(const storage::CallRecord& call) override;
  void on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) override;
  void on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                     std::int64_t offset_ms) override;
  void on_turn(const storage::TurnRecord& turn) override;
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override;

  // Newest first; of one workspace.
  std::vector<LiveCall> in_progress(const std::string& workspace) const;
  std::size_t count(const std::string& workspace) const;
  // Is it one of this workspace's, and in progress?
  bool is_in_progress(const std::string& workspace, const std::string& call_id) const;

 private:
  template <class Change>
  void change(std::string call_id, Change change);

  const async::Executor control_;
  mutable Mutex mutex_;  // between the control thread and whoever reads; never a shard's

  std::map<std::string, LiveCall> calls_ PARLEY_GUARDED_BY(mutex_);  // ids sort by time
};

}  // namespace parley::control
