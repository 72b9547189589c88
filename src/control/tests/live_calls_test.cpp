#include "control/live_calls.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace parley::control {
namespace {

storage::CallRecord call(const std::string& id, const std::string& workspace) {
  storage::CallRecord record;
  record.id = id;
  record.workspace_id = workspace;
  record.agent_text = "name: desk";
  return record;
}

class LiveCallsTest : public testing::Test {
 protected:
  // What shards have passed on arrives.
  void settle() {
    control.restart();
    control.poll();
  }

  async::asio::io_context control;
  LiveCalls live{control.get_executor()};
};

TEST_F(LiveCallsTest, ShowsWhatAWorkspaceHasInProgressNewestFirst) {
  live.on_call_started(call("01", "a"));
  live.on_call_started(call("02", "b"));
  live.on_call_started(call("03", "a"));
  live.on_transcript_line("03", {.number = 1, .by_agent = true, .text = "Hello"});
  live.on_call_event("03", "stage", "booking", 5);
  live.on_call_event("03", "barge_in", "x", 6);
  live.on_call_event("03", "slot", "day=Monday", 7);
  live.on_call_event("03", "slot", "day=Tuesday=free", 8);
  live.on_call_event("03", "slot", "no value", 9);
  storage::TurnRecord turn;
  turn.call_id = "03";
  turn.number = 2;
  turn.input_kind = "speech";
  turn.sent_ms = 820;
  live.on_turn(turn);
  turn.number = 1;
  turn.input_kind = "dtmf";
  turn.sent_ms = 5;
  live.on_turn(turn);
  EXPECT_TRUE(live.in_progress("a").empty()) << "a shard does not wait for whoever reads";
  settle();

  const auto calls = live.in_progress("a");
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].call.id, "03");
  EXPECT_EQ(calls[0].stage, "booking");
  EXPECT_EQ(calls[0].last_line, "Hello");
  EXPECT_EQ(calls[0].turns, 2);
  EXPECT_EQ(calls[0].slots, (std::map<std::string, std::string>{{"day", "Tuesday=free"}}));
  EXPECT_EQ(calls[0].last_response_ms, 820) << "a key is no wait for an answer";
  EXPECT_EQ(calls[1].last_response_ms, -1);
  EXPECT_EQ(live.count("a"), 2U);
  EXPECT_TRUE(calls[0].call.agent_text.empty());
  EXPECT_EQ(calls[1].call.id, "01");
}

TEST_F(LiveCallsTest, ForgetsACallThatHasEndedAndTellsNobodyElse) {
  live.on_call_started(call("01", "a"));
  settle();
  EXPECT_TRUE(live.is_in_progress("a", "01"));
  EXPECT_FALSE(live.is_in_progress("b", "01"));
  live.on_call_ended("01", {});
  settle();
  EXPECT_FALSE(live.is_in_progress("a", "01"));
  EXPECT_TRUE(live.in_progress("a").empty());
  live.on_transcript_line("01", {.number = 1, .text = "late"});
  settle();
  EXPECT_TRUE(live.in_progress("a").empty());
}

}  // namespace
}  // namespace parley::control
