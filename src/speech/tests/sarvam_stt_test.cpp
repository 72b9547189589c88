// What Sarvam's recognisers make of utterances, against an imposter on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "speech/tests/sarvam_stt_fixture.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using vendor::Fault;

TEST_F(SarvamSttTest, HearsAnUtterance) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("hello there"));
  };
  Hearing hearing;
  open(hearing);
  say(hearing, 7);
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("7 hello there"));
  EXPECT_THAT(requests_, ElementsAre(HasSubstr("/speech-to-text/ws?language-code=en-IN&model=saaras%3Av3")));
  EXPECT_THAT(keys_, ElementsAre("secret-key"));
  EXPECT_EQ(samples_heard(), 1600U);  // also what was said before the socket was open
  ASSERT_EQ(usage_.reported.size(), 1U);
  EXPECT_EQ(usage_.reported[0].part, vendor::Part::stt);
  EXPECT_EQ(usage_.reported[0].model, "saaras:v3");
  EXPECT_DOUBLE_EQ(usage_.total_seconds(), 0.2);
}

TEST_F(SarvamSttTest, JoinsWhatSarvamsOwnDetectorCutApart) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("three"));
  };
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  run_until([&] { return sessions_.size() == 1 && !sessions_[0]->heard.empty(); });
  for (const auto& message : {std::string(kStart), std::string(kEnd), data("one"), std::string(kStart),
                              std::string(kEnd), data("two"), std::string(kStart)})
    sessions_[0]->send(message);
  run_until([&] { return hearing.partials.size() == 2; });
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.partials, ElementsAre("1 one", "1 one two"));
  EXPECT_THAT(hearing.finals, ElementsAre("1 one two three"));
}

TEST_F(SarvamSttTest, WaitsForEveryAnswerThatIsOwed) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message != kFlush) return;
    session.send(data("two"));
    session.send(data("three"));
  };
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  run_until([&] { return sessions_.size() == 1 && !sessions_[0]->heard.empty(); });
  for (const auto& message : {std::string(kStart), std::string(kEnd), std::string(kStart), std::string(kEnd),
                              std::string(kStart), std::string(kEnd), data("one")})
    sessions_[0]->send(message);
  run_until([&] { return hearing.partials.size() == 1; });
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("1 one two three"));
}

TEST_F(SarvamSttTest, AnswersSoonWhenSarvamHasHeardAllOfIt) {
  serve_vendor();
  Hearing hearing;
  open(hearing, {}, {.final = 1h, .settled = 5ms});
  say(hearing, 1);
  run_until([&] { return sessions_.size() == 1 && !sessions_[0]->heard.empty(); });
  for (const auto& message : {std::string(kStart), std::string(kEnd), data("all of it")})
    sessions_[0]->send(message);
  run_until([&] { return hearing.partials.size() == 1; });
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("1 all of it"));
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(SarvamSttTest, AnswersWithWhatThereIsWhenSarvamSaysNothingAndTakesANewSocket) {
  serve_vendor();
  Hearing hearing;
  open(hearing, {}, {.final = 5ms});
  say(hearing, 1);
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("1 "));
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("second"));
  };
  say(hearing, 2);
  hearing.stream->finish_utterance();
  run_until([&] { return hearing.finals.size() == 2; });
  EXPECT_EQ(hearing.finals.back().substr(0, 2), "2 ");
}

TEST_F(SarvamSttTest, ACancelledUtterancesAnswerIsNeverTheNextOnes) {
  serve_vendor();
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  hearing.stream->finish_utterance();
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->has(kFlush); });
  hearing.stream->cancel_utterance();
  sessions_[0]->send(data("late"));
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("second"));
  };
  say(hearing, 2);
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("2 second"));
  EXPECT_EQ(sessions_.size(), 2U);
  run_until([&] { return sessions_[0]->ended; });
}

TEST_F(SarvamSttTest, ANoiseThatSarvamDidNotHearCostsNoSocket) {
  serve_vendor();
  Hearing hearing;
  open(hearing);
  // One utterance by which its detector becomes known.
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("first"));
  };
  say(hearing, 1);
  run_until([&] { return sessions_.size() == 1 && !sessions_[0]->heard.empty(); });
  sessions_[0]->send(std::string(kStart));
  sessions_[0]->send(std::string(kEnd));
  sessions_[0]->send(data("zero"));
  run_until([&] { return hearing.partials.size() == 1; });
  hearing.stream->finish_utterance();
  run_until([&] { return hearing.finals.size() == 1; });
  say(hearing, 2, 0.1);
  hearing.stream->cancel_utterance();
  say(hearing, 3);
  hearing.stream->finish_utterance();
  run_until([&] { return hearing.finals.size() == 2; });
  EXPECT_EQ(hearing.finals.back(), "3 first");
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(SarvamSttTest, AnAnswerThatNothingExplainsIsDropped) {
  serve_vendor();
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  run_until([&] { return sessions_.size() == 1 && !sessions_[0]->heard.empty(); });
  for (const auto& message : {std::string(kStart), std::string(kEnd), data("one"), data("one")})
    sessions_[0]->send(message);
  sessions_[0]->send(std::string(kStart));
  sessions_[0]->send(std::string(kEnd));
  sessions_[0]->send(data("two"));
  run_until([&] { return hearing.partials.size() == 2; });
  EXPECT_THAT(hearing.partials, ElementsAre("1 one", "1 one two"));
}

TEST_F(SarvamSttTest, TwoUtterancesInARowEachGetTheirOwn) {
  serve_vendor();
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  hearing.stream->finish_utterance();
  say(hearing, 2);
  hearing.stream->finish_utterance();
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->count(kFlush) == 2; });
  sessions_[0]->send(data("one"));
  sessions_[0]->send(data("two"));
  run_until([&] { return hearing.finals.size() == 2; });
  EXPECT_THAT(hearing.finals, ElementsAre("1 one", "2 two"));
}

TEST_F(SarvamSttTest, ResamplesWhatSarvamDoesNotTake) {
  serve_vendor();
  Hearing hearing;
  open(hearing, {}, {}, 24000);
  hearing.stream->start_utterance(1);
  hearing.stream->write(std::vector<std::int16_t>(24000, 1000));
  hearing.stream->finish_utterance();
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->has(kFlush); });
  EXPECT_THAT(requests_[0], HasSubstr("sample_rate=16000"));
  EXPECT_NEAR(static_cast<double>(samples_heard()), 16000, 400);
}

// --- the realtime protocol

TEST_F(SarvamSttTest, TheRealtimeProtocolGivesPartials) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == R"({"event":"speech_start"})")
      session.send(R"({"event":"transcript.partial","utterance_idx":0,"text":"good"})");
    if (message == R"({"event":"speech_end"})") {
      session.send(final(0, "good morning"));
      session.send(final(0, "good morning"));  // twice
    }
  };
  Hearing hearing;
  open(hearing, "saaras:v4");
  say(hearing, 3);
  run_until([&] { return !hearing.partials.empty(); });
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.partials, ElementsAre("3 good"));
  EXPECT_THAT(hearing.finals, ElementsAre("3 good morning"));
  EXPECT_THAT(requests_[0], HasSubstr("/speech-to-text-realtime/ws?model=saaras%3Av4"));
  EXPECT_EQ(sessions_[0]->heard.front(), R"({"event":"speech_start"})");
  // The second answer with the same number is not the next utterance's.
  on_message_ = [](Session& session, std::string_view message) {
    if (message == R"({"event":"speech_end"})") session.send(final(1, "bye"));
  };
  say(hearing, 4);
  hearing.stream->finish_utterance();
  run_until([&] { return hearing.finals.size() == 2; });
  EXPECT_EQ(hearing.finals.back(), "4 bye");
}

TEST_F(SarvamSttTest, AFatalRealtimeErrorFailsWithItsStatus) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view) {
    session.send(
        R"({"event":"error","code":"invalid_api_key_error","is_fatal":true,"message":"m","status_code":403})");
  };
  Hearing hearing;
  open(hearing, "saaras:v3-realtime");
  say(hearing, 1);
  run_until([&] { return hearing.error.has_value(); });
  EXPECT_EQ(hearing.error->fault, Fault::bad_key);
  EXPECT_EQ(hearing.error->status, 403);
}

}  // namespace
}  // namespace parley::speech
