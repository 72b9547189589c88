// Whole calls against a server made of a few lines, frame by frame on a clock turned by hand.
#include "caller/caller_session.hpp"

#include "caller/base64.hpp"
#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

struct CallerSessionTest : ::testing::Test, CallerWire, CallListener {
  ManualClock clock;
  CallerParser parser;
  CallSetup setup;
  std::optional<CallerSession> session;
  std::vector<std::string> sent;
  std::vector<std::string> seen;
  bool closed = false;
  bool dropped = false;

  CallerSessionTest() { setup.identity = {"s1", "c1", "acme1", "0987", "0440", {}, 8000}; }

  void send(std::string_view message) override { sent.emplace_back(message); }
  void close() override { closed = true; }
  void cut() override { dropped = true; }
  void on_caller_said(const std::string& text) override { seen.push_back("caller: " + text); }
  void on_agent_said(const TranscriptLine& line) override { seen.push_back("agent: " + line.text); }
  void on_agent_sound(milliseconds length) override {
    seen.push_back(fmt::format("agent: ({} ms)", length.count()));
  }

  void start(std::string_view script = "") {
    if (!script.empty()) {
      PreparedScript prepared;
      const auto steps = parse_caller_script(script);
      for (const ScriptStep& step : *steps)
        prepared.push_back({step.line, step.action, tone(8000, 200)});
      setup.script = std::make_shared<const PreparedScript>(std::move(prepared));
    }
    session.emplace(setup, parser, *this, *this, clock);
    session->begin();
  }
  void frames(int ms) {
    for (int done = 0; done < ms; done += 20) {
      clock.advance(milliseconds(20));
      session->on_frame();
    }
  }
  void receive(std::string_view text) {
    const Padded padded(text);
    session->on_text(padded.view());
  }
  void receive_audio(int ms) {
    std::string payload;
    const std::vector<std::int16_t> sound = tone(8000, ms);
    append_base64(std::as_bytes(std::span(sound)), payload);
    receive(fmt::format(R"({{"event":"media","stream_sid":"s1","media":{{"payload":"{}"}}}})", payload));
  }
  long count(std::string_view part) const {
    return std::count_if(sent.begin(), sent.end(),
                         [part](const std::string& text) { return text.find(part) != std::string::npos; });
  }
};

TEST_F(CallerSessionTest, SendsConnectedStartAndSilenceWithoutAPause) {
  start();
  frames(1000);
  ASSERT_EQ(sent.size(), 52U);
  EXPECT_EQ(sent[0], R"({"event":"connected"})");
  EXPECT_NE(sent[1].find(R"("event":"start")"), std::string::npos);
  EXPECT_EQ(count(R"("event":"media")"), 50);
  EXPECT_NE(sent[51].find(R"("chunk":"50","timestamp":"1000")"), std::string::npos);
}

TEST_F(CallerSessionTest, SendsPiecesOfTheWantedSize) {
  setup.piece = milliseconds(100);
  start();
  frames(1000);
  EXPECT_EQ(count(R"("event":"media")"), 10);
}

TEST_F(CallerSessionTest, EchoesAMarkWhenItsAudioHasBeenPlayed) {
  start();
  receive_audio(100);
  receive(R"({"event":"mark","stream_sid":"s1","mark":{"name":"end"}})");
  frames(80);
  EXPECT_EQ(count(R"("mark":{"name":"end"})"), 0);
  frames(20);
  EXPECT_EQ(count(R"("mark":{"name":"end"})"), 1);
}

TEST_F(CallerSessionTest, TalksWithAnAgentAndMeasuresItsAnswers) {
  setup.record = true;
  start("wait agent\nsay \"hello\"\nwait agent\nhangup");
  frames(100);
  receive_audio(1000);
  frames(2000);  // the greeting, its silence, the caller's 200 ms
  frames(300);
  receive_audio(1000);
  frames(1900);
  EXPECT_TRUE(closed);
  EXPECT_NE(sent.back().find(R"("reason":"callended")"), std::string::npos);
  session->on_closed(1000);
  CallReport report = session->report();
  EXPECT_EQ(report.ended_by, EndedBy::caller);
  EXPECT_EQ(report.failure, "");
  EXPECT_EQ(report.violations, 0);
  EXPECT_EQ(seen, (std::vector<std::string>{"agent: (1000 ms)", "caller: hello", "agent: (1000 ms)"}));
  ASSERT_EQ(report.turns.size(), 1U);
  EXPECT_EQ(report.turns[0].said, "hello");
  ASSERT_TRUE(report.turns[0].response);
  ASSERT_TRUE(report.turns[0].first_media);
  EXPECT_GE(*report.turns[0].response, milliseconds(300));
  EXPECT_LE(*report.turns[0].response - *report.turns[0].first_media, milliseconds(20));
  EXPECT_EQ(report.first_media, milliseconds(100));
  EXPECT_EQ(report.recorded.size(), static_cast<std::size_t>(report.duration.count()) * 8 * 2);
}

TEST_F(CallerSessionTest, MeasuresAnInterruptionAsHeard) {
  start("interrupt after 500ms say \"stop\"\nwait agent");
  for (int i = 0; i < 10; ++i)
    receive_audio(200);
  frames(600);
  ASSERT_EQ(seen, std::vector<std::string>{"caller: stop"});
  receive(R"({"event":"clear","stream_sid":"s1"})");
  frames(1000);
  session->on_closed(1000);
  const CallReport report = session->report();
  ASSERT_EQ(report.turns.size(), 1U);
  EXPECT_TRUE(report.turns[0].interrupted);
  ASSERT_TRUE(report.turns[0].time_to_clear);
  ASSERT_TRUE(report.turns[0].time_to_silence);
  EXPECT_GE(*report.turns[0].time_to_silence, *report.turns[0].time_to_clear - milliseconds(20));
  EXPECT_LE(*report.turns[0].time_to_silence - *report.turns[0].time_to_clear, milliseconds(200));
  EXPECT_EQ(report.playout.clears, 1);
  EXPECT_GT(report.playout.cleared_samples, 0);
}

TEST_F(CallerSessionTest, DropsTheConnectionWithoutAStop) {
  setup.drop_after = milliseconds(200);
  start();
  frames(1000);
  EXPECT_TRUE(dropped);
  EXPECT_EQ(count(R"("event":"stop")"), 0);
  EXPECT_EQ(count(R"("event":"media")"), 10);
  session->on_closed(1006);
  EXPECT_EQ(session->report().ended_by, EndedBy::drop);
  EXPECT_EQ(session->report().violations, 0);
}

TEST_F(CallerSessionTest, HangsUpAtItsTimeLimit) {
  setup.max_duration = milliseconds(1000);
  start();
  frames(1200);
  EXPECT_TRUE(closed);
  session->on_closed(1000);
  EXPECT_EQ(session->report().ended_by, EndedBy::time_limit);
  EXPECT_EQ(session->report().duration, milliseconds(1000));
}

TEST_F(CallerSessionTest, AnAgentThatCutsItsGoodbyeOffIsReported) {
  start();
  receive_audio(1000);
  frames(500);
  session->on_closed(1000);
  const CallReport report = session->report();
  EXPECT_EQ(report.ended_by, EndedBy::agent);
  ASSERT_EQ(report.violations, 1);
  EXPECT_EQ(report.findings.back().text, "the server hung up with 500 ms of its own audio not yet played");
}

TEST_F(CallerSessionTest, TellsTheAgentsWordsOnceTheyAreFinal) {
  start();
  session->on_transcript({TranscriptState::available, {{true, "Hello the", false, false}}});
  session->on_transcript(
      {TranscriptState::available, {{true, "Hello there.", true, false}, {false, "hi", true, false}}});
  receive_audio(200);
  frames(1000);
  EXPECT_EQ(seen, std::vector<std::string>{"agent: Hello there."});
}

TEST_F(CallerSessionTest, SurvivesWhatIsNoMessage) {
  start();
  receive("{");
  session->on_binary("1234");
  frames(100);
  EXPECT_EQ(count(R"("event":"media")"), 5);
  session->on_closed(1000);
  EXPECT_EQ(session->report().violations, 2);
}

}  // namespace
}  // namespace parley::caller
