// Several who watch calls, as one. Thread: as CallObserver. Lifetime: all of them outlive it.
#pragma once

#include <utility>
#include <vector>

#include "engine/call.hpp"

namespace parley::app {

class CallObservers final : public engine::CallObserver {
 public:
  explicit CallObservers(std::vector<engine::CallObserver*> observers) : observers_(std::move(observers)) {}

  void on_call_started(const storage::CallRecord& call) override {
    for (auto* observer : observers_)
      observer->on_call_started(call);
  }
  void on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) override {
    for (auto* observer : observers_)
      observer->on_transcript_line(call_id, line);
  }
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override {
    for (auto* observer : observers_)
      observer->on_call_ended(call_id, end);
  }
  void on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                     std::int64_t offset_ms) override {
    for (auto* observer : observers_)
      observer->on_call_event(call_id, kind, detail, offset_ms);
  }
  void on_turn(const storage::TurnRecord& turn) override {
    for (auto* observer : observers_)
      observer->on_turn(turn);
  }
  void on_conversation(const std::string& call_id, const std::vector<llm::Message>& said) override {
    for (auto* observer : observers_)
      observer->on_conversation(call_id, said);
  }
  void on_recording_started(const storage::RecordingRecord& recording) override {
    for (auto* observer : observers_)
      observer->on_recording_started(recording);
  }
  void on_recording_whole(const storage::RecordingRecord& recording) override {
    for (auto* observer : observers_)
      observer->on_recording_whole(recording);
  }
  void on_recording_finished(const std::string& call_id, const agent::AgentPtr& agent,
                             const std::filesystem::path& file) override {
    for (auto* observer : observers_)
      observer->on_recording_finished(call_id, agent, file);
  }

 private:
  const std::vector<engine::CallObserver*> observers_;
};

}  // namespace parley::app
