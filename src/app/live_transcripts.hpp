// The words of calls in progress and of the last that ended, for whoever watches live. Written by posting
// from the calls' shards, read on the control thread: one thread, no lock.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "async/task.hpp"
#include "engine/call.hpp"

namespace parley::app {

class LiveTranscripts final : public engine::CallObserver {
 public:
  // Ended calls are kept until so many newer ones have ended.
  static constexpr std::size_t kKeepEnded = 200;

  explicit LiveTranscripts(async::Executor control) : control_(control) {}

  // On the control thread. nullopt: not known (any more).
  std::optional<std::string> json(std::string_view carrier_call_id) const;

  void on_call_started(const storage::CallRecord& call) override;
  void on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) override;
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override;

 private:
  struct Transcript {
    std::string carrier_call_id;
    std::map<int, engine::TranscriptLine> lines;
    bool ended = false;
  };

  void forget_oldest();

  async::Executor control_;
  std::map<std::string, Transcript, std::less<>> calls_;  // by our id
  std::map<std::string, std::string, std::less<>> by_carrier_id_;
  std::deque<std::string> ended_;
};

}  // namespace parley::app
