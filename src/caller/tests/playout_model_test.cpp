#include "caller/playout_model.hpp"

#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

struct PlayoutModelTest : ::testing::Test {
  PlayoutModel model{8000, MarksAtClear::echo};
  std::vector<std::int16_t> frame = std::vector<std::int16_t>(160);

  std::vector<std::string> play(int frames = 1) {
    std::vector<std::string> marks;
    for (int i = 0; i < frames; ++i) {
      model.play(frame);
      for (const std::string& name : model.take_due_marks())
        marks.push_back(name);
    }
    return marks;
  }
};

using Names = std::vector<std::string>;

TEST_F(PlayoutModelTest, PlaysInOrderAndFillsWithSilence) {
  model.push_audio(std::vector<std::int16_t>(100, 1));
  model.push_audio(std::vector<std::int16_t>(100, 2));
  EXPECT_EQ(model.play(frame), 160U);
  EXPECT_EQ(frame[99], 1);
  EXPECT_EQ(frame[100], 2);
  EXPECT_EQ(model.play(frame), 40U);
  EXPECT_EQ(frame[39], 2);
  EXPECT_EQ(frame[40], 0);
  EXPECT_EQ(model.play(frame), 0U);
  EXPECT_EQ(model.figures().played_samples, 200);
}

TEST_F(PlayoutModelTest, EchoesAMarkOnceTheAudioBeforeItHasBeenPlayed) {
  model.push_audio(std::vector<std::int16_t>(320, 1));
  model.push_mark("a");
  model.push_audio(std::vector<std::int16_t>(160, 1));
  model.push_mark("b");
  EXPECT_EQ(play(), Names{});
  EXPECT_EQ(play(), Names{"a"});
  EXPECT_EQ(play(), Names{"b"});
}

TEST_F(PlayoutModelTest, EchoesAMarkWithNothingBeforeItAtOnce) {
  model.push_mark("b");
  const auto due = model.take_due_marks();
  EXPECT_EQ(Names(due.begin(), due.end()), Names{"b"});
}

TEST_F(PlayoutModelTest, ClearLetsThePieceInPlayFinishAndEchoesTheMarksOfTheRest) {
  model.push_audio(std::vector<std::int16_t>(320, 1));
  model.push_mark("in play");
  model.push_audio(std::vector<std::int16_t>(800, 2));
  model.push_mark("dropped");
  play();
  model.clear();
  EXPECT_EQ(model.queued_samples(), 160);
  EXPECT_EQ(model.figures().cleared_samples, 800);
  EXPECT_EQ(play(), (Names{"in play", "dropped"}));
  EXPECT_EQ(frame[0], 1);
  EXPECT_EQ(model.play(frame), 0U);
}

TEST_F(PlayoutModelTest, ClearDropsAPieceThatHasNotBegun) {
  model.push_audio(std::vector<std::int16_t>(160, 1));
  model.push_audio(std::vector<std::int16_t>(160, 2));
  play();
  model.clear();
  EXPECT_EQ(model.queued_samples(), 0);
  EXPECT_EQ(model.play(frame), 0U);
}

TEST_F(PlayoutModelTest, CanDropTheMarksOfClearedAudio) {
  PlayoutModel dropping(8000, MarksAtClear::drop);
  dropping.push_audio(std::vector<std::int16_t>(320, 1));
  dropping.push_mark("a");
  dropping.clear();
  dropping.push_audio(std::vector<std::int16_t>(160, 1));
  dropping.push_mark("b");
  dropping.play(frame);
  const auto due = dropping.take_due_marks();
  EXPECT_EQ(Names(due.begin(), due.end()), Names{"b"});
}

TEST_F(PlayoutModelTest, CountsAHoleWhenSoundGoesOnSoonAfterTheQueueRanDry) {
  model.push_audio(std::vector<std::int16_t>(240, 1));
  play(2);  // dry for 80 samples
  model.push_audio(std::vector<std::int16_t>(160, 1));
  play();
  EXPECT_EQ(model.figures().holes, 1);
  EXPECT_EQ(model.figures().hole_samples, 80);
  model.push_audio(std::vector<std::int16_t>(160, 1));  // just in time
  play();
  EXPECT_EQ(model.figures().holes, 1);
}

TEST_F(PlayoutModelTest, DoesNotCallAPauseOrAClearAHole) {
  model.push_audio(std::vector<std::int16_t>(160, 1));
  play(30);
  model.push_audio(std::vector<std::int16_t>(160, 1));
  play(2);
  model.clear();
  model.push_audio(std::vector<std::int16_t>(160, 1));
  play();
  EXPECT_EQ(model.figures().holes, 0);
}

TEST_F(PlayoutModelTest, KeepsItsPlaceOverALongStream) {
  std::int64_t played = 0;
  for (int i = 0; i < 2000; ++i) {
    model.push_audio(std::vector<std::int16_t>(200, static_cast<std::int16_t>(i % 7 + 1)));
    played += static_cast<std::int64_t>(model.play(frame));
  }
  while (const std::size_t more = model.play(frame))
    played += static_cast<std::int64_t>(more);
  EXPECT_EQ(played, 2000 * 200);
}

}  // namespace
}  // namespace parley::caller
