#include "caller/bench_call.hpp"

#include "caller/base64.hpp"
#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

BenchSounds sounds_of(milliseconds piece) {
  BenchSounds sounds;
  sounds.piece = piece;
  sounds.speech.assign(5, "SPEECH");
  sounds.line_noise.assign(1, "NOISE");
  return sounds;
}

// A call, and a server of a few words at its other end.
struct BenchCallTest : ::testing::Test, BenchCallWire {
  BenchSounds sounds = sounds_of(milliseconds(20));
  BenchFigures figures;
  SteadyTime now{std::chrono::hours(1)};
  std::vector<std::string> sent;
  bool closed = false;

  void send(std::string_view text) override { sent.emplace_back(text); }
  void close() override { closed = true; }

  std::size_t count(std::string_view part) const {
    return static_cast<std::size_t>(std::count_if(sent.begin(), sent.end(), [&](const std::string& text) {
      return text.find(part) != std::string::npos;
    }));
  }
  void frames(BenchCall& call, int number) {
    for (int i = 0; i < number; ++i) {
      now += milliseconds(20);
      call.on_frame(now);
    }
  }
  void frames_until(BenchCall& call, std::string_view part) {
    for (int i = 0; i < 500 && count(part) == 0; ++i)
      frames(call, 1);
  }
  void audio(BenchCall& call, int ms) {
    std::string text = R"({"event":"media","media":{"payload":")";
    const auto sound = tone(8000, ms);
    append_base64(std::as_bytes(std::span(sound)), text);
    call.on_text(text + "\"}}", now);
  }
  void mark(BenchCall& call) { call.on_text(R"({"event":"mark","mark":{"name":"g1-1"}})", now); }
  void greet(BenchCall& call) {
    now += milliseconds(7);
    audio(call, 100);
    mark(call);
  }
};

TEST_F(BenchCallTest, MeasuresTheGreetingAndEchoesItsMarkWhenItHasBeenPlayed) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  EXPECT_EQ(count(R"("event":"start")"), 1U);
  greet(call);
  ASSERT_EQ(figures.greeting_ms.size(), 1U);
  EXPECT_FLOAT_EQ(figures.greeting_ms[0], 7);
  frames(call, 4);
  EXPECT_EQ(count("g1-1"), 0U);
  frames(call, 1);
  EXPECT_EQ(count("g1-1"), 1U);
}

TEST_F(BenchCallTest, SpeaksAfterTheGreetingAndMeasuresTheAnswerFromTheLastVoicedPiece) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  greet(call);
  frames_until(call, "SPEECH");
  frames(call, 4);
  EXPECT_EQ(count("SPEECH"), 5U);
  frames(call, 30);
  EXPECT_EQ(count("SPEECH"), 5U);
  audio(call, 100);
  ASSERT_EQ(figures.response_ms.size(), 1U);
  EXPECT_FLOAT_EQ(figures.response_ms[0], 600);
  EXPECT_EQ(figures.answered, 1U);
  EXPECT_EQ(figures.missed_turns, 0U);
}

TEST_F(BenchCallTest, CountsATurnThatIsNotAnsweredInTime) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  greet(call);
  frames_until(call, "SPEECH");
  frames(call, 4 + 74);
  EXPECT_EQ(figures.missed_turns, 0U);
  frames(call, 1);
  EXPECT_EQ(figures.missed_turns, 1U);
}

TEST_F(BenchCallTest, CountsAMissingGreeting) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  frames(call, 160);
  EXPECT_EQ(figures.missed_turns, 1U);
}

TEST_F(BenchCallTest, HearsAHoleInWhatTheAgentSaysButNotBetweenTwoThingsSaid) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  audio(call, 100);
  now += milliseconds(100);
  audio(call, 100);
  EXPECT_EQ(figures.holes, 0U) << "just in time";
  now += milliseconds(101);
  audio(call, 100);
  EXPECT_EQ(figures.holes, 1U);
  mark(call);
  now += milliseconds(300);
  audio(call, 100);
  EXPECT_EQ(figures.holes, 1U);
}

TEST_F(BenchCallTest, MeasuresPacingOnceTheLeadHasBeenMade) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  for (int i = 0; i < 4; ++i)
    audio(call, 100);
  EXPECT_TRUE(figures.pacing_ms.empty());
  now += milliseconds(103);
  audio(call, 100);
  ASSERT_EQ(figures.pacing_ms.size(), 1U);
  EXPECT_FLOAT_EQ(figures.pacing_ms[0], 3);
}

TEST_F(BenchCallTest, InterruptsEveryFourthAnswerAndMeasuresTheTimeToClear) {
  BenchCall call(sounds, *this, figures, 3, {.echo = false});
  call.begin(now);
  greet(call);
  frames_until(call, "SPEECH");
  frames(call, 20);
  const std::size_t said = count("SPEECH");
  for (int i = 0; i < 20; ++i)
    audio(call, 100);
  while (count("SPEECH") == said)
    frames(call, 1);
  frames(call, 2);
  call.on_text(R"({"event":"clear","stream_sid":"x"})", now);
  ASSERT_EQ(figures.clear_ms.size(), 1U);
  EXPECT_FLOAT_EQ(figures.clear_ms[0], 40);
  frames(call, 2);
  EXPECT_EQ(figures.interruptions, 1U);
  EXPECT_EQ(figures.unobeyed, 0U);
  audio(call, 100);
  EXPECT_EQ(figures.answered, 2U);
}

TEST_F(BenchCallTest, CountsAnInterruptionThatIsNotObeyed) {
  BenchCall call(sounds, *this, figures, 3, {.echo = false});
  call.begin(now);
  greet(call);
  frames_until(call, "SPEECH");
  frames(call, 20);
  for (int i = 0; i < 20; ++i)
    audio(call, 100);
  frames(call, 100);
  EXPECT_EQ(figures.unobeyed, 1U);
}

TEST_F(BenchCallTest, SendsLongPiecesAtTheirOwnPace) {
  sounds = sounds_of(milliseconds(100));
  BenchCall call(sounds, *this, figures, 0, {.echo = false});
  call.begin(now);
  frames(call, 50);
  EXPECT_EQ(count(R"("event":"media")"), 10U);
  EXPECT_EQ(count(R"("chunk":"10","timestamp":"900")"), 1U);
}

TEST_F(BenchCallTest, AnEchoCountsAsAHoleOnlyWhenItIsFurtherBehindThanTheUsualLead) {
  BenchCall call(sounds, *this, figures, 1, {.echo = true});
  call.begin(now);
  audio(call, 20);
  now += milliseconds(420);
  audio(call, 20);
  EXPECT_EQ(figures.holes, 0U);
  now += milliseconds(21);
  audio(call, 20);
  EXPECT_EQ(figures.holes, 1U);
}

TEST_F(BenchCallTest, HangsUpOnceWithAStop) {
  BenchCall call(sounds, *this, figures, 1, {.echo = false});
  call.begin(now);
  call.hang_up();
  call.hang_up();
  frames(call, 5);
  EXPECT_EQ(count(R"("event":"stop")"), 1U);
  EXPECT_EQ(count(R"("event":"media")"), 0U);
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace parley::caller
