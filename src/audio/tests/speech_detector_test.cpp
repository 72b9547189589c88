#include "audio/speech_detector.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace parley::audio {
namespace {

using Change = SpeechDetector::Change;

// One letter a frame: what the detector said. '.' none, 'S' started, 'P' paused, 'R' resumed.
std::string feed(SpeechDetector& detector, std::string_view frames) {
  std::string said;
  for (const char frame : frames) {
    switch (detector.on_frame(frame == '#')) {
      case Change::none:
        said += '.';
        break;
      case Change::started:
        said += 'S';
        break;
      case Change::paused:
        said += 'P';
        break;
      case Change::resumed:
        said += 'R';
        break;
    }
  }
  return said;
}

struct Case {
  const char* name;
  const char* frames;
  const char* said;
  std::int64_t speech_start;  // in frames
  std::int64_t last_voiced_end;
};

class SpeechDetectorTable : public ::testing::TestWithParam<Case> {};

TEST_P(SpeechDetectorTable, SaysAndPlacesItExactly) {
  const Case& c = GetParam();
  SpeechDetector detector({.frame_samples = 160, .start_frames = 5, .bridge_frames = 3});
  EXPECT_EQ(feed(detector, c.frames), c.said);
  EXPECT_EQ(detector.speech_start(), c.speech_start * 160);
  EXPECT_EQ(detector.last_voiced_end(), c.last_voiced_end * 160);
  EXPECT_EQ(detector.position(), static_cast<std::int64_t>(std::string_view(c.frames).size()) * 160);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, SpeechDetectorTable,
    ::testing::Values(Case{"starts_with_five_in_a_row", "__#####", "......S", 2, 7},
                      Case{"one_hole_is_allowed", "__##_###", ".......S", 2, 8},
                      Case{"a_hole_behind_the_first", "#_####", ".....S", 0, 6},
                      Case{"two_holes_are_not", "##_##_#", ".......", 0, 0},
                      Case{"starts_after_two_holes_once_enough", "##_##_####", "........S.", 3, 10},
                      Case{"too_short_a_noise", "_####____", ".........", 0, 0},
                      Case{"clicks_never_add_up", "#__#__#__#__#__#", "................", 0, 0},
                      Case{"two_unvoiced_are_bridged", "#####__#", "....S...", 0, 8},
                      Case{"three_are_a_pause", "#####___", "....S..P", 0, 5},
                      Case{"a_pause_is_told_once", "#####_______", "....S..P....", 0, 5},
                      Case{"a_lone_voiced_frame_is_no_resumption", "#####___#___", "....S..P....", 0, 5},
                      Case{"two_in_a_row_resume", "#####___##", "....S..P.R", 0, 10},
                      Case{"two_of_three_resume", "#####___#_#", "....S..P..R", 0, 11},
                      Case{"two_of_four_do_not", "#####___#__#", "....S..P....", 0, 5},
                      Case{"pauses_again_after_resuming", "#####___##___", "....S..P.R..P", 0, 10}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(SpeechDetector, ANewUtteranceNeedsAFullStartAgain) {
  SpeechDetector detector({});
  EXPECT_EQ(feed(detector, "#####___"), "....S..P");
  detector.end_utterance();
  EXPECT_FALSE(detector.in_utterance());
  EXPECT_EQ(feed(detector, "####_"), ".....");
  EXPECT_EQ(feed(detector, "_#####"), ".....S");
  EXPECT_EQ(detector.speech_start(), 14 * 160);
}

TEST(SpeechDetector, EndedInTheMiddleOfSpeechStartsAgainFromFreshFramesOnly) {
  SpeechDetector detector({});
  EXPECT_EQ(feed(detector, "######"), "....S.");
  detector.end_utterance();
  EXPECT_EQ(feed(detector, "#####"), "....S");
  EXPECT_EQ(detector.speech_start(), 6 * 160);
}

TEST(SpeechDetector, CountsVoicedFramesOfTheRunningSpeech) {
  SpeechDetector detector({});
  feed(detector, "####");
  EXPECT_EQ(detector.frames_of_speech(), 0);
  feed(detector, "#");
  EXPECT_EQ(detector.frames_of_speech(), 5);
  feed(detector, "_##");
  EXPECT_EQ(detector.frames_of_speech(), 7);
  EXPECT_TRUE(detector.speaking());
  feed(detector, "___");
  EXPECT_FALSE(detector.speaking());
  EXPECT_TRUE(detector.in_utterance());
  EXPECT_EQ(detector.frames_of_speech(), 0);
  feed(detector, "##");
  EXPECT_EQ(detector.frames_of_speech(), 2);
}

TEST(SpeechDetector, PositionsCountSamplesOfTheGivenFrame) {
  SpeechDetector detector({.frame_samples = 480, .start_frames = 1, .bridge_frames = 1});
  EXPECT_EQ(feed(detector, "__#_"), "..SP");
  EXPECT_EQ(detector.speech_start(), 960);
  EXPECT_EQ(detector.last_voiced_end(), 1440);
}

TEST(SpeechDetector, ALongThresholdIsKept) {
  SpeechDetector detector({.frame_samples = 160, .start_frames = 31, .bridge_frames = 3});
  EXPECT_EQ(feed(detector, std::string(31, '#')), std::string(30, '.') + "S");
  EXPECT_EQ(detector.speech_start(), 0);
}

}  // namespace
}  // namespace parley::audio
