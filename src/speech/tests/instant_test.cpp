#include "speech/instant.hpp"

#include <gtest/gtest.h>

#include "speech/tests/listeners.hpp"

namespace parley::speech {
namespace {

using testing::HearingLog;
using testing::SpeechLog;

TEST(InstantTts, GivesExactlyTwoSecondsInOnePieceAfterStartHasReturned) {
  boost::asio::io_context context;
  InstantTts voice;
  for (const int rate : {8000, 16000, 24000}) {
    SpeechLog log;
    const auto job = voice.start(testing::say(context, "anything", "en", rate), log);
    EXPECT_EQ(log.pieces, 0);
    context.restart();
    context.run();
    EXPECT_EQ(log.audio.size(), static_cast<std::size_t>(2 * rate));
    EXPECT_EQ(log.pieces, 1);
    EXPECT_EQ(log.ends, 1);
    EXPECT_GT(testing::rms(log.audio), 1500);
    EXPECT_LT(testing::rms(log.audio), 5000);
  }
}

TEST(InstantTts, SaysNothingAfterItsJobIsGoneEvenFromWithinTheAudio) {
  boost::asio::io_context context;
  InstantTts voice;
  SpeechLog log;
  auto job = voice.start(testing::say(context, "a"), log);
  log.on_piece = [&] { job.reset(); };
  context.run();
  EXPECT_EQ(log.pieces, 1);
  EXPECT_EQ(log.ends, 0);
}

TEST(InstantStt, AnswersEachFinishedUtteranceByItsIdAndForgetsTheCancelled) {
  boost::asio::io_context context;
  auto agent = std::make_shared<agent::Agent>();
  agent->stt.options["text"] = "seven";
  InstantStt ears;
  HearingLog log;
  auto stream = ears.open({.executor = context.get_executor(),
                           .agent = agent,
                           .choice = agent->stt,
                           .log = log::Logger("speech"),
                           .observer = vendor::ignore_usage()},
                          log);
  ASSERT_TRUE(stream);
  (*stream)->start_utterance(1);
  (*stream)->finish_utterance();
  (*stream)->cancel_utterance();
  (*stream)->start_utterance(2);
  (*stream)->finish_utterance();
  EXPECT_TRUE(log.finals.empty());
  context.run();
  ASSERT_EQ(log.finals.size(), 1u);
  EXPECT_EQ(log.finals[2].text, "seven");

  (*stream)->start_utterance(3);
  (*stream)->finish_utterance();
  stream->reset();
  context.restart();
  context.run();
  EXPECT_EQ(log.finals.size(), 1u);
}

}  // namespace
}  // namespace parley::speech
