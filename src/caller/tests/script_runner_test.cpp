#include "caller/script_runner.hpp"

#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

struct ScriptRunnerTest : ::testing::Test, ScriptEvents {
  AgentHearing hearing{milliseconds(700)};
  Transcript transcript;
  std::optional<ScriptRunner> runner;
  std::vector<std::string> said;
  std::string digits;
  std::vector<milliseconds> digit_times;
  int own_frames = 0;

  void on_say(const std::string& text) override { said.push_back(text); }
  void on_dtmf(char digit) override {
    digits += digit;
    digit_times.push_back(hearing.now());
  }

  void start(std::string_view text) {
    auto script = parse_caller_script(text);
    ASSERT_TRUE(script) << script.error().message;
    PreparedScript prepared;
    for (ScriptStep& step : *script) {
      const bool speaks = step.action.index() == 0 || std::holds_alternative<PlayStep>(step.action) ||
                          std::holds_alternative<InterruptStep>(step.action);
      prepared.push_back({step.line, step.action, speaks ? tone(8000, 100) : std::vector<std::int16_t>()});
    }
    runner.emplace(std::make_shared<const PreparedScript>(std::move(prepared)), 8000, *this);
  }
  void frames(milliseconds time, bool agent) {
    for (milliseconds done{0}; done < time; done += milliseconds(20)) {
      hearing.on_frame(agent);
      if (!runner->on_frame(hearing, transcript).empty()) ++own_frames;
    }
  }
  void agent_speaks(int ms) { frames(milliseconds(ms), true); }
  void silence(int ms) { frames(milliseconds(ms), false); }
  ScriptRunner::State state() const { return runner->state(); }
};

using State = ScriptRunner::State;

TEST_F(ScriptRunnerTest, SaysWaitsForTheAnswerAndHangsUpAtTheEnd) {
  start("say \"one\"\nwait agent\nsay \"two\"");
  silence(200);
  EXPECT_EQ(own_frames, 5);
  silence(2000);
  EXPECT_EQ(said, std::vector<std::string>{"one"});
  agent_speaks(1000);
  silence(680);
  EXPECT_EQ(said.size(), 1U) << "the agent may only be taking a breath";
  silence(40);
  EXPECT_EQ(said, (std::vector<std::string>{"one", "two"}));
  silence(200);
  EXPECT_EQ(own_frames, 10);
  EXPECT_EQ(state(), State::hang_up);
}

TEST_F(ScriptRunnerTest, FailsWhenTheAgentDoesNotAnswer) {
  start("say \"one\"\nwait agent 2s");
  silence(2500);
  EXPECT_EQ(state(), State::failed);
  EXPECT_EQ(runner->failure(), "line 2: the agent did not speak within 2.0 s");
  EXPECT_TRUE(runner->missed_turn());
}

TEST_F(ScriptRunnerTest, ALongAnswerIsNoTimeout) {
  start("wait agent 2s");
  silence(1000);
  agent_speaks(5000);
  silence(700);
  EXPECT_EQ(state(), State::hang_up);
}

TEST_F(ScriptRunnerTest, InterruptsWhatTheAgentSaysAndWaitsForTheNewAnswer) {
  start("interrupt after 800ms say \"stop\"\nwait agent");
  silence(300);
  agent_speaks(780);
  EXPECT_TRUE(said.empty());
  agent_speaks(200);
  EXPECT_EQ(said, std::vector<std::string>{"stop"});
  silence(700);
  EXPECT_EQ(state(), State::running) << "what was interrupted is not the answer";
  agent_speaks(500);
  silence(700);
  EXPECT_EQ(state(), State::hang_up);
}

TEST_F(ScriptRunnerTest, PressesKeysOneAfterTheOther) {
  start("dtmf 12#");
  silence(1000);
  EXPECT_EQ(digits, "12#");
  EXPECT_EQ(digit_times[1] - digit_times[0], milliseconds(300));
  EXPECT_EQ(digit_times[2] - digit_times[1], milliseconds(300));
}

TEST_F(ScriptRunnerTest, ExpectsWordsOfTheAgentOnly) {
  transcript.state = TranscriptState::available;
  transcript.lines = {{false, "good bye", true, false}};
  start("expect \"good bye\" within 1s\nhangup");
  silence(500);
  EXPECT_EQ(state(), State::running);
  transcript.lines.push_back({true, "Well: GOOD-BYE, then.", true, false});
  silence(20);
  EXPECT_EQ(state(), State::hang_up);
}

TEST_F(ScriptRunnerTest, ExpectedWordsThatDoNotComeFail) {
  transcript.state = TranscriptState::available;
  start("\nexpect \"good bye\" within 1s");
  silence(1100);
  EXPECT_EQ(runner->failure(), "line 2: the agent did not say \"good bye\" within 1.0 s");
}

TEST_F(ScriptRunnerTest, ExpectedWordsNeedATranscript) {
  transcript.state = TranscriptState::unavailable;
  start("expect \"good bye\"");
  silence(20);
  EXPECT_EQ(runner->failure(), "line 1: cannot expect \"good bye\": this server offers no transcript");
}

TEST_F(ScriptRunnerTest, MeasuresTheLengthOfAnAnswer) {
  start("say \"one\"\nwait agent\nexpect sound 1s..2s\nsay \"two\"\nexpect sound 1s..2s");
  silence(300);
  agent_speaks(1500);
  silence(1000);
  ASSERT_EQ(said.size(), 2U) << runner->failure();
  agent_speaks(400);
  silence(1000);
  EXPECT_EQ(runner->failure(), "line 5: the agent spoke for 0.4 s, expected were 1.0 to 2.0 s");
}

TEST_F(ScriptRunnerTest, ExpectsSilence) {
  start("expect silence 1s\nexpect silence 1s");
  silence(1500);
  EXPECT_EQ(state(), State::running);
  agent_speaks(20);
  EXPECT_EQ(state(), State::failed);
}

TEST_F(ScriptRunnerTest, DropsTheConnectionWhenToldTo) {
  start("silence 100ms\ndrop");
  silence(200);
  EXPECT_EQ(state(), State::drop);
}

TEST_F(ScriptRunnerTest, AnAgentThatHangsUpAfterItsAnswerHasAnswered) {
  start("say \"bye\"\nwait agent\nsilence 1s\nhangup");
  silence(300);
  agent_speaks(500);
  runner->on_closed(hearing, transcript);
  EXPECT_EQ(state(), State::hang_up);
}

TEST_F(ScriptRunnerTest, AnAgentThatHangsUpInsteadOfAnsweringHasFailed) {
  start("say \"bye\"\nwait agent");
  silence(300);
  runner->on_closed(hearing, transcript);
  EXPECT_EQ(runner->failure(), "line 2: the agent hung up without an answer");
}

TEST_F(ScriptRunnerTest, AnAgentThatHangsUpBeforeTheScriptIsDoneHasFailed) {
  start("wait agent\nsay \"more\"");
  agent_speaks(300);
  runner->on_closed(hearing, transcript);
  EXPECT_EQ(runner->failure(), "line 2: the agent hung up before this step");
}

TEST(ContainsWords, ComparesWholeWords) {
  EXPECT_TRUE(contains_words("It's 10:30, OK?", "its 10 30"));
  EXPECT_FALSE(contains_words("goodbye", "good"));
  EXPECT_TRUE(contains_words("नमस्ते जी", "नमस्ते"));
}

}  // namespace
}  // namespace parley::caller
