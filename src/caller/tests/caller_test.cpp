// Whole calls over loopback sockets.
#include "caller/caller.hpp"

#include "caller/load.hpp"
#include "caller/report.hpp"
#include "caller/tests/tiny_agent.hpp"

namespace parley::caller {
namespace {

struct CallerTest : ::testing::Test {
  LoadPlan plan;
  CallListener silent;

  CallerTest() {
    plan.hang_up_on_signal = false;
    plan.target.ask_transcript = false;
    plan.setup.agent_silence = milliseconds(400);
    plan.setup.max_duration = milliseconds(8000);
    plan.setup.identity = {"", "", "acme1", "0987", "0440", {}, 8000};
  }
  void script(std::string_view text) {
    PreparedScript prepared;
    const auto steps = parse_caller_script(text);
    ASSERT_TRUE(steps) << steps.error().message;
    for (const ScriptStep& step : *steps)
      prepared.push_back({step.line, step.action, tone(8000, 100)});
    plan.setup.script = std::make_shared<const PreparedScript>(std::move(prepared));
  }
  CallReport call(TinyAgent& agent, std::string_view scheme = "ws", std::string_view path = "/media") {
    plan.target.url = agent.address(scheme, path);
    LoadOutcome outcome = run_calls(plan, silent);
    return outcome.calls.empty() ? CallReport{} : std::move(outcome.calls[0]);
  }
};

TEST_F(CallerTest, HoldsAConversation) {
  TinyAgent agent({.greeting_ms = 200});
  script("wait agent\nsay \"hello\"\nwait agent\nhangup");
  const CallReport report = call(agent);
  EXPECT_EQ(report.failure, "");
  EXPECT_EQ(report.ended_by, EndedBy::caller);
  EXPECT_EQ(report.close_code, 1000);
  ASSERT_EQ(report.turns.size(), 1U);
  ASSERT_TRUE(report.turns[0].response);
  EXPECT_GE(*report.turns[0].response, milliseconds(60)) << "it answers after five pieces of silence";
  EXPECT_EQ(report.playout.marks_echoed, 2);
  EXPECT_EQ(report.violations, 0) << report.findings[0].text;
  EXPECT_TRUE(agent.saw(R"("mark":{"name":"m2"})"));
  EXPECT_TRUE(agent.saw(R"("reason":"callended")"));
  EXPECT_TRUE(agent.saw("closed 1000"));
}

TEST_F(CallerTest, AsksADynamicEndpointAndTellsTheQueryAsParameters) {
  TinyAgent agent({});
  agent.on_request = [&agent](const net::HttpRequest&) {
    return answer_of(200, "application/json",
                     fmt::format(R"({{"url":"{}"}})", agent.address("ws", "/stream/7?token=a%20b")));
  };
  script("silence 40ms\nhangup");
  const CallReport report = call(agent, "http", "/where?flow=2");
  EXPECT_EQ(report.failure, "");
  EXPECT_TRUE(agent.saw("GET /where?flow=2&CallSid=" + report.call_sid + "&CallFrom=0987&CallTo=0440"));
  EXPECT_TRUE(agent.saw("upgrade /stream/7?"));
  EXPECT_TRUE(agent.saw(R"("custom_parameters":{"token":"a b"})"));
}

TEST_F(CallerTest, LeavesTheQueryOnTheUpgradeWhenToldTo) {
  TinyAgent agent({});
  plan.target.keep_query = true;
  script("hangup");
  call(agent, "ws", "/media?token=1");
  EXPECT_TRUE(agent.saw("upgrade /media?token=1"));
}

TEST_F(CallerTest, TriesARefusedHandshakeOnceMore) {
  TinyAgent agent({.refused_handshakes = 1});
  script("hangup");
  EXPECT_EQ(call(agent).failure, "");
  TinyAgent stubborn({.refused_handshakes = 2});
  const CallReport report = call(stubborn);
  EXPECT_EQ(report.ended_by, EndedBy::refused);
  EXPECT_NE(report.failure, "");
  EXPECT_TRUE(has_failed(report));
}

TEST_F(CallerTest, DropsTheConnectionWithoutACloseFrame) {
  TinyAgent agent({});
  script("silence 100ms\ndrop");
  EXPECT_EQ(call(agent).ended_by, EndedBy::drop);
  EXPECT_TRUE(agent.saw("closed 1006"));
}

TEST_F(CallerTest, NoticesThatTheAgentHungUp) {
  TinyAgent agent({.hang_up_after_media = 5});
  const CallReport report = call(agent);
  EXPECT_EQ(report.ended_by, EndedBy::agent);
  EXPECT_EQ(report.close_code, 1000);
  EXPECT_EQ(report.failure, "") << "nothing was asked of it";
}

TEST_F(CallerTest, ReportsProtocolErrors) {
  TinyAgent agent({.greeting_ms = 200, .piece_bytes = 1000});
  script("wait agent\nhangup");
  const CallReport report = call(agent);
  EXPECT_EQ(report.violations, 1);
}

TEST_F(CallerTest, JitterKeepsTheOrderAndLosesNothing) {
  TinyAgent agent({.greeting_ms = 200});
  plan.target.jitter = milliseconds(60);
  script("wait agent\nsay \"hello\"\nwait agent\nhangup");
  const CallReport report = call(agent);
  EXPECT_EQ(report.failure, "");
  EXPECT_TRUE(agent.saw(R"("event":"stop","sequence_number":")"));
  EXPECT_TRUE(agent.saw("closed 1000"));
}

TEST_F(CallerTest, ExpectsWordsOfAServerThatTellsThem) {
  TinyAgent agent({});
  agent.on_request = [](const net::HttpRequest& request) {
    if (!request.path.starts_with("/api/v1/calls/by-carrier-id/")) return answer_of(404, "", "");
    return answer_of(
        200, "application/json",
        R"({"lines":[{"who":"agent","text":"Good morning.","final":true,"interrupted":false}]})");
  };
  script("expect \"good morning\" within 5s\nhangup");
  EXPECT_EQ(call(agent).failure, "");
}

TEST_F(CallerTest, CannotExpectWordsOfAServerThatTellsNone) {
  TinyAgent agent({});
  script("expect \"good morning\" within 5s\nhangup");
  EXPECT_EQ(call(agent).failure, "line 1: cannot expect \"good morning\": this server offers no transcript");
}

TEST_F(CallerTest, RunsManyCallsAtOnce) {
  TinyAgent agent({});
  plan.calls = 30;
  plan.ramp = milliseconds(200);
  plan.threads = 2;
  script("say \"hello\"\nwait agent\nhangup");
  plan.target.url = agent.address();
  const LoadOutcome outcome = run_calls(plan, silent);
  const Summary summary = summarise(outcome);
  EXPECT_EQ(summary.calls, 30U);
  EXPECT_EQ(summary.failed, 0U);
  EXPECT_EQ(summary.refused, 0U);
  EXPECT_EQ(summary.turns, 30U);
  EXPECT_EQ(summary.response.count, 30U);
}

struct FrameWheelTest : ::testing::Test {
  struct Counter final : FrameSubscriber {
    int frames = 0;
    std::function<void()> then;
    void on_frame_due() override {
      ++frames;
      if (then) then();
    }
  };
  ManualClock clock;
  async::asio::io_context context;
  FrameWheel wheel{context.get_executor(), clock};

  void turn(int ms) {
    clock.advance(milliseconds(ms));
    wheel.turn(clock.now());
  }
};

TEST_F(FrameWheelTest, GivesEachSubscriberItsFrameEveryTwentyMilliseconds) {
  std::vector<Counter> counters(50);
  for (Counter& counter : counters)
    wheel.add(counter);
  for (int i = 0; i < 1000; ++i)
    turn(1);
  for (const Counter& counter : counters)
    EXPECT_EQ(counter.frames, 50);
}

TEST_F(FrameWheelTest, MakesGoodWhatALateWakeUpMissed) {
  Counter counter;
  wheel.add(counter);
  turn(1000);
  EXPECT_EQ(counter.frames, 50);
  EXPECT_GE(wheel.worst_lag(), milliseconds(999));
}

TEST_F(FrameWheelTest, LetsASubscriberLeaveInItsFrame) {
  Counter counter;
  counter.then = [&] { wheel.remove(counter); };
  wheel.add(counter);
  turn(100);
  EXPECT_EQ(counter.frames, 1);
}

}  // namespace
}  // namespace parley::caller
