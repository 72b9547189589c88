#include "caller/caller_script.hpp"

#include <gtest/gtest.h>

namespace parley::caller {
namespace {

template <class Step>
const Step& step(const CallerScript& script, std::size_t index) {
  return std::get<Step>(script.at(index).action);
}

TEST(CallerScript, ReadsEveryStep) {
  const auto script = parse_caller_script(
      "# the whole grammar\n"
      "say \"hello \\\"there\\\"\"   # and a comment\n"
      "\n"
      "play prompts/hello.wav\r\n"
      "wait agent\n"
      "wait agent 20s\n"
      "wait agent-speaking within 5s\n"
      "wait 250ms\n"
      "interrupt after 800ms say \"stop\"\n"
      "dtmf 1*#\n"
      "silence 1.5s\n"
      "expect \"good bye\"\n"
      "expect text \"good bye\" within 3s\n"
      "expect sound 1s..5s\n"
      "expect silence 2s\n"
      "hangup\n"
      "drop");
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->size(), 15U);
  EXPECT_EQ(step<SayStep>(*script, 0).text, "hello \"there\"");
  EXPECT_EQ(script->at(0).line, 2);
  EXPECT_EQ(step<PlayStep>(*script, 1).file, "prompts/hello.wav");
  EXPECT_EQ(script->at(1).line, 4);
  EXPECT_EQ(step<WaitAgentStep>(*script, 2).timeout, kDefaultAgentTimeout);
  EXPECT_EQ(step<WaitAgentStep>(*script, 3).timeout, milliseconds(20'000));
  EXPECT_EQ(step<WaitAgentSpeakingStep>(*script, 4).timeout, milliseconds(5000));
  EXPECT_EQ(step<SilenceStep>(*script, 5).length, milliseconds(250));
  EXPECT_EQ(step<InterruptStep>(*script, 6).after, milliseconds(800));
  EXPECT_EQ(step<InterruptStep>(*script, 6).text, "stop");
  EXPECT_EQ(step<DtmfStep>(*script, 7).digits, "1*#");
  EXPECT_EQ(step<SilenceStep>(*script, 8).length, milliseconds(1500));
  EXPECT_EQ(step<ExpectTextStep>(*script, 9).timeout, kDefaultExpectTimeout);
  EXPECT_EQ(step<ExpectTextStep>(*script, 10).timeout, milliseconds(3000));
  EXPECT_EQ(step<ExpectSoundStep>(*script, 11).longest, milliseconds(5000));
  EXPECT_EQ(step<ExpectSilenceStep>(*script, 12).length, milliseconds(2000));
  EXPECT_TRUE(std::holds_alternative<HangUpStep>(script->at(13).action));
  EXPECT_TRUE(std::holds_alternative<DropStep>(script->at(14).action));
}

TEST(CallerScript, NamesTheLineAndTheFault) {
  struct Case {
    std::string_view text;
    std::string_view message;
  };
  for (const Case& c : {
           Case{"say \"a\"\nshout \"b\"", "line 2: unknown step"},
           Case{"say hello", "line 1: what to say is missing; write it in quotes"},
           Case{"say \"\"", "line 1: what to say is missing"},
           Case{"say \"a", "line 1: the closing quote is missing"},
           Case{"\n\nsay \"a\" \"b\"", "line 3: there is something behind the step's end"},
           Case{"wait", "line 1: what to wait for (agent, agent-speaking or a time) is missing"},
           Case{"wait agent soon", "line 1: 'soon' is not a time"},
           Case{"silence -1s", "line 1: '-1s' is not a time"},
           Case{"silence 2h", "is not a time"},
           Case{"silence 61m", "is not a time"},
           Case{"interrupt after 800ms", "line 1: what to say is missing"},
           Case{"dtmf 12x", "line 1: dtmf takes the keys"},
           Case{"dtmf", "line 1: the keys to press is missing"},
           Case{"expect sound 5s", "line 1: expect sound needs"},
           Case{"expect sound 5s..1s", "line 1: the longest time"},
           Case{"# nothing\n", "the script has no step"},
       }) {
    const auto script = parse_caller_script(c.text);
    ASSERT_FALSE(script) << c.text;
    EXPECT_NE(script.error().message.find(c.message), std::string::npos) << script.error().message;
  }
}

TEST(CallerScript, OfSentencesWaitsForTheAgentInBetween) {
  const CallerScript script = script_of_sentences({"one", "two"});
  ASSERT_EQ(script.size(), 5U);
  EXPECT_FALSE(step<WaitAgentStep>(script, 0).required);
  EXPECT_EQ(step<SayStep>(script, 1).text, "one");
  EXPECT_TRUE(step<WaitAgentStep>(script, 2).required);
  EXPECT_EQ(step<SayStep>(script, 3).text, "two");
}

}  // namespace
}  // namespace parley::caller
