#include "caller/turn_meter.hpp"

#include <gtest/gtest.h>

#include "caller/agent_hearing.hpp"

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

// One character for each 20 ms frame: '.' nobody, 'c' the caller, 'a' the agent, 'b' both, 'M' a media
// message just before a frame with nobody, 'X' a clear just before a frame of the agent.
struct TurnMeterTest : ::testing::Test {
  TurnMeter meter;
  milliseconds now{0};

  void frames(std::string_view text, int times = 1) {
    for (int i = 0; i < times; ++i) {
      for (const char c : text) {
        if (c == 'M') meter.on_media(now);
        if (c == 'X') meter.on_clear(now);
        meter.on_frame(c == 'c' || c == 'b', c == 'a' || c == 'b' || c == 'X');
        now += milliseconds(20);
      }
    }
  }
};

TEST_F(TurnMeterTest, MeasuresTheAnswerFromTheEndOfOwnSpeechAsHeard) {
  meter.begin("hello");
  frames("..ccc....M.aaa");
  ASSERT_EQ(meter.turns().size(), 1U);
  const TurnFigures& turn = meter.turns()[0];
  EXPECT_EQ(turn.said, "hello");
  EXPECT_EQ(turn.begin, milliseconds(40));
  EXPECT_EQ(turn.end, milliseconds(80));
  EXPECT_FALSE(turn.interrupted);
  EXPECT_EQ(turn.first_media, milliseconds(100));
  EXPECT_EQ(turn.response, milliseconds(140));
}

TEST_F(TurnMeterTest, MeasuresAnInterruptionUntilTheAgentIsHeardNoMore) {
  frames("aaaa");
  meter.begin("stop");
  frames("bbbbXaa");
  frames(".", 10);
  frames("aaa");
  ASSERT_EQ(meter.turns().size(), 1U);
  const TurnFigures& turn = meter.turns()[0];
  EXPECT_TRUE(turn.interrupted);
  EXPECT_EQ(turn.time_to_clear, milliseconds(80));
  EXPECT_EQ(turn.time_to_silence, milliseconds(140));
  EXPECT_EQ(turn.response, milliseconds(280)) << "the rest of the old reply is no answer";
}

TEST_F(TurnMeterTest, WithoutAClearAShortPauseOfTheAgentIsNotItsSilence) {
  frames("aaaa");
  meter.begin("stop");
  frames("bb");
  frames(".", 10);
  frames("aa");
  frames(".", 30);
  EXPECT_EQ(meter.turns()[0].time_to_silence, milliseconds(280));
}

TEST_F(TurnMeterTest, ATurnWithoutAnAnswerHasNoResponse) {
  meter.begin("one");
  frames("ccc");
  frames(".", 20);
  meter.begin("two");
  frames("ccc..a");
  ASSERT_EQ(meter.turns().size(), 2U);
  EXPECT_FALSE(meter.turns()[0].response);
  EXPECT_EQ(meter.turns()[1].response, milliseconds(60));
}

TEST_F(TurnMeterTest, FindsTheTurnsWithinOneRecording) {
  meter.begin("call.wav");
  frames("ccc.ac");
  EXPECT_EQ(meter.turns().size(), 1U) << "a sound during a short pause is no answer";
  EXPECT_FALSE(meter.turns()[0].response);
  frames("....a");
  frames(".", 30);
  frames("cc...a");
  ASSERT_EQ(meter.turns().size(), 2U);
  EXPECT_EQ(meter.turns()[0].response, milliseconds(100));
  EXPECT_EQ(meter.turns()[1].response, milliseconds(80));
}

struct AgentHearingTest : ::testing::Test {
  AgentHearing hearing{milliseconds(700)};
  void frames(bool voiced, int count) {
    for (int i = 0; i < count; ++i)
      hearing.on_frame(voiced);
  }
};

TEST_F(AgentHearingTest, APauseWithinSpeechDoesNotEndIt) {
  frames(true, 10);
  frames(false, 34);
  EXPECT_TRUE(hearing.speaking());
  frames(true, 1);
  frames(false, 35);
  EXPECT_FALSE(hearing.speaking());
  EXPECT_EQ(hearing.latest().number, 1);
  EXPECT_EQ(hearing.latest().begin, milliseconds(0));
  EXPECT_EQ(hearing.latest().end, milliseconds(900));
}

TEST_F(AgentHearingTest, AfterAnInterruptionAShortPauseEndsIt) {
  frames(true, 10);
  hearing.note_interruption();
  frames(true, 2);
  frames(false, 10);
  EXPECT_FALSE(hearing.speaking());
  frames(true, 1);
  frames(false, 20);
  EXPECT_TRUE(hearing.speaking()) << "the next utterance has its usual pauses";
  EXPECT_EQ(hearing.latest().number, 2);
}

TEST(IsVoiced, TellsSpeechFromTheLine) {
  EXPECT_FALSE(is_voiced(std::vector<std::int16_t>(160, 0)));
  EXPECT_FALSE(is_voiced(std::vector<std::int16_t>(160, 60)));
  EXPECT_TRUE(is_voiced(std::vector<std::int16_t>(160, 1000)));
  EXPECT_TRUE(is_voiced(std::vector<std::int16_t>(160, -32768)));
}

}  // namespace
}  // namespace parley::caller
