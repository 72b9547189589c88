#include "control/call_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CallEventsTest : public testing::Test {
 protected:
  CallEventsTest() {
    hub_.add_sink([this](const LiveEvent& event) { told_.push_back(event); });
    call_.id = "01JCALL0000000000000000001";
    call_.workspace_id = "acme";
    call_.session_id = "s-1";
    call_.from = "+919812345678";
    call_.to = "+918047112233";
    call_.agent = "clinic";
    call_.started_at = 1000;
  }
  std::vector<std::string> types() const {
    std::vector<std::string> all;
    for (const auto& event : told_)
      all.push_back(event.type);
    return all;
  }

  ManualClock clock_;
  EventHub hub_{clock_};
  std::vector<LiveEvent> told_;
  CallEvents events_{hub_};
  storage::CallRecord call_;
};

TEST_F(CallEventsTest, ACallIsToldFromItsStartToItsRecording) {
  events_.on_call_started(call_);
  events_.on_transcript_line(call_.id, {1, false, "hel", false, false});
  events_.on_transcript_line(call_.id, {1, false, "hello", true, false});
  storage::TurnRecord turn;
  turn.call_id = call_.id;
  turn.number = 1;
  turn.first_token_ms = 12.5;
  events_.on_turn(turn);
  events_.on_call_ended(call_.id, {storage::CallStatus::completed, "caller hung up", 9000, 8000, false});
  events_.on_recording_finished(call_.id, nullptr, "x.wav");
  EXPECT_THAT(types(), ElementsAre("call.started", "transcript.partial", "transcript.final", "turn.completed",
                                   "call.ended", "recording.ready"));
  for (const auto& event : told_) {
    EXPECT_EQ(event.workspace_id, "acme");
    EXPECT_EQ(event.call_id, call_.id);
    EXPECT_EQ(event.session_id, "s-1");
  }
  EXPECT_THAT(told_[0].data, HasSubstr(R"("from":"+919812345678")"));
  EXPECT_THAT(told_[2].data, HasSubstr(R"("speaker":"caller","text":"hello")"));
  EXPECT_THAT(told_[3].data, HasSubstr(R"("latencies":{"firstTokenMs":1.25E1})"));
  EXPECT_THAT(told_[4].data, HasSubstr(R"("status":"completed","reason":"caller hung up")"));
}

TEST_F(CallEventsTest, TheLogsKindsBecomeTypes) {
  events_.on_call_started(call_);
  events_.on_call_event(call_.id, "stage", "booking", 10);
  events_.on_call_event(call_.id, "slot", "city=Pune=East", 20);
  events_.on_call_event(call_.id, "tool_failed", "lookup in 30 ms", 30);
  events_.on_call_event(call_.id, "escalation_requested", "asked for a person", 40);
  events_.on_call_event(call_.id, "barge_in", "turn 3", 50);
  EXPECT_THAT(types(),
              ElementsAre("call.started", "stage.changed", "slot.filled", "tool.used", "escalation"));
  EXPECT_EQ(told_[1].data, R"({"stage":"booking","offsetMs":10})");
  EXPECT_EQ(told_[2].data, R"({"name":"city","value":"Pune=East","offsetMs":20})");
  EXPECT_THAT(told_[3].data, HasSubstr(R"("name":"lookup","failed":true)"));
  EXPECT_EQ(told_[4].data, R"({"reason":"asked for a person","offsetMs":40})");
}

TEST_F(CallEventsTest, WhatNobodyStartedIsNotTold) {
  events_.on_transcript_line("unknown", {1, false, "hello", true, false});
  events_.on_call_ended("unknown", {});
  EXPECT_TRUE(told_.empty());
}

TEST_F(CallEventsTest, ARecoveredCallEndsWithTheSameEventAsOneThatWasToldBeforeTheCrash) {
  events_.on_call_started(call_);
  events_.on_call_ended(call_.id, {storage::CallStatus::completed, "caller hung up", 9000, 8000, false});
  storage::CallSummary summary;
  summary.call = call_;
  summary.status = storage::CallStatus::interrupted;
  summary.recording = storage::RecordingRecord{call_.id, "recordings/x.wav", 5000, true};
  storage::CallSummary running = summary;
  running.status = storage::CallStatus::in_progress;
  publish_recovered(hub_, {summary, running});
  EXPECT_THAT(types(), ElementsAre("call.started", "call.ended", "call.ended", "recording.ready"));
  EXPECT_EQ(told_[1].id, told_[2].id);
  EXPECT_NE(told_[0].id, told_[1].id);
  EXPECT_EQ(told_[2].id.size(), 26U);
  EXPECT_EQ(told_[2].id.substr(0, 10), call_.id.substr(0, 10));
  EXPECT_THAT(told_[2].data, HasSubstr(R"("status":"interrupted")"));
}

}  // namespace
}  // namespace parley::control
