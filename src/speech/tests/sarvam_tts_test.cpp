// Sarvam's voices over the WebSocket against an imposter on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "speech/tests/sarvam_tts_fixture.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using vendor::Fault;

TEST_F(SarvamTtsTest, SpeaksASentence) {
  serve_vendor();
  start_voice();
  answer_flush({audio(samples(100)), audio(samples(60)), std::string(kFinal)});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  EXPECT_EQ(listening.sound, std::vector<std::int16_t>(160, 1000));
  EXPECT_THAT(requests_, ElementsAre("/text-to-speech/ws?model=bulbul%3Av2&send_completion_event=true"));
  EXPECT_THAT(keys_, ElementsAre("secret-key"));
  ASSERT_EQ(sessions_[0]->heard.size(), 3U);
  EXPECT_THAT(sessions_[0]->heard[0], HasSubstr(R"("target_language_code":"hi-IN")"));
  EXPECT_EQ(sessions_[0]->heard[1], R"({"type":"text","data":{"text":"Hello there."}})");
  EXPECT_EQ(usage_.total_characters(), 12);
  ASSERT_EQ(usage_.reported.size(), 1U);
  EXPECT_FALSE(usage_.reported[0].estimated);
}

TEST_F(SarvamTtsTest, HeadersAndOddBytesInMessagesAreNoSound) {
  serve_vendor();
  start_voice();
  answer_flush({audio(wav(50)), audio(wav(30)), audio(samples(20)), std::string(kFinal)});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.sound, std::vector<std::int16_t>(100, 1000));
}

TEST_F(SarvamTtsTest, AMessageThatEndsInHalfASampleIsNoNoise) {
  serve_vendor();
  start_voice();
  const auto whole = samples(100, 0x0102);
  answer_flush({audio(whole.substr(0, 101)), audio(whole.substr(101)), std::string(kFinal)});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  EXPECT_GE(listening.sound.size(), 99U);
}

TEST_F(SarvamTtsTest, BinarySoundIsSound) {
  serve_vendor();
  start_voice();
  on_message_ = [](Session& session, std::string_view message) {
    if (message != kSarvamTtsFlush) return;
    session.send_binary(samples(40));
    session.send(kFinal);
  };
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.sound.size(), 40U);
}

TEST_F(SarvamTtsTest, TheNextSentenceUsesTheSameSocket) {
  serve_vendor();
  start_voice();
  answer_flush({audio(samples(100)), std::string(kFinal), std::string(kFinal)});
  for (int i = 0; i < 3; ++i) {
    Listening listening;
    speak(listening);
    run_until([&] { return listening.over(); });
    EXPECT_EQ(listening.ends, 1);
    EXPECT_EQ(listening.sound.size(), 100U);
  }
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(SarvamTtsTest, AnEndWithoutSoundFailsAtOnce) {
  serve_vendor();
  start_voice();
  answer_flush({std::string(kFinal)});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::protocol);
}

TEST_F(SarvamTtsTest, ALateEndOfTheLastJobIsNotThisOnes) {
  serve_vendor();
  start_voice();
  answer_flush({audio(samples(10)), std::string(kFinal)});
  Listening first;
  speak(first);
  run_until([&] { return first.over(); });
  answer_flush({std::string(kFinal), audio(samples(100)), std::string(kFinal)});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.sound.size(), 100U);
}

TEST_F(SarvamTtsTest, AWarmSocketIsUsed) {
  serve_vendor();
  start_voice({.ping = 2ms});
  voice_->warm(request());
  voice_->warm(request());
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->has(kSarvamTtsPing); });
  answer_flush({audio(samples(10)), std::string(kFinal)});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(SarvamTtsTest, IdleSocketsArePinged) {
  serve_vendor();
  start_voice({.ping = 5ms});
  voice_->warm(request());
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->count(kSarvamTtsPing) >= 2; });
}

TEST_F(SarvamTtsTest, APooledSocketThatClosesUnderTheSentenceIsReplaced) {
  serve_vendor();
  start_voice();
  answer_flush({audio(samples(100)), std::string(kFinal)});
  Listening first;
  speak(first);
  run_until([&] { return first.over(); });
  on_message_ = [this](Session& session, std::string_view message) {
    if (message != kSarvamTtsFlush) return;
    if (sessions_.size() == 1) {
      session.close(1000, "idle");
    } else {
      session.send(audio(samples(70)));
      session.send(kFinal);
    }
  };
  Listening second;
  speak(second);
  run_until([&] { return second.over(); });
  EXPECT_EQ(second.ends, 1);
  EXPECT_EQ(second.sound.size(), 70U);
  EXPECT_EQ(sessions_.size(), 2U);
}

TEST_F(SarvamTtsTest, ACancelledSentenceCostsItsSocketAndANewOneWaits) {
  serve_vendor();
  start_voice({.ping = 2ms});
  answer_flush({audio(samples(100))});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.pieces > 0; });
  listening.job.reset();
  const auto heard = listening.sound.size();
  sessions_[0]->send(audio(samples(100)));
  run_until(
      [&] { return sessions_[0]->ended && sessions_.size() == 2 && sessions_[1]->has(kSarvamTtsPing); });
  EXPECT_EQ(listening.sound.size(), heard);
  EXPECT_FALSE(listening.over());
  EXPECT_EQ(usage_.total_characters(), 12);
  answer_flush({audio(samples(10)), std::string(kFinal)});
  Listening next;
  speak(next);
  run_until([&] { return next.over(); });
  EXPECT_EQ(sessions_.size(), 2U);
}

TEST_F(SarvamTtsTest, CancellingInEachPhaseLeavesNothingButOneWarmSocket) {
  serve_vendor();
  start_voice();
  {
    Listening connecting;
    speak(connecting);
  }
  EXPECT_EQ(usage_.total_characters(), 0);  // nothing was sent
  {
    Listening waiting;
    speak(waiting);
    run_until([&] { return flushes() == 1; });
  }
  {
    Listening started;
    speak(started);
    run_until([&] { return flushes() == 2; });
    for (const auto& session : sessions_)
      session->send(audio(samples(10)));
    run_until([&] { return started.pieces > 0; });
  }
  run_until([&] { return net::open_client_websockets() == 1; });
  voice_.reset();
  run_until([&] { return net::open_client_websockets() == 0; });
}

TEST_F(SarvamTtsTest, TheListenerMayDestroyTheJobInEveryCall) {
  serve_vendor();
  start_voice();
  answer_flush({audio(samples(100)), std::string(kFinal)});
  Listening at_audio;
  at_audio.drop_on_audio = true;
  speak(at_audio);
  run_until([&] { return !at_audio.job; });
  Listening at_end;
  at_end.drop_on_end = true;
  speak(at_end);
  run_until([&] { return !at_end.job; });
  answer_flush({"{"});
  Listening at_failure;
  at_failure.drop_on_failure = true;
  speak(at_failure);
  run_until([&] { return !at_failure.job; });
}

TEST_F(SarvamTtsTest, SoundThatStopsAfterTheWholeSentenceIsItsEnd) {
  serve_vendor();
  start_voice({.stall = 5ms});
  answer_flush({audio(samples(8000))});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  run_until([&] { return sessions_[0]->ended; });  // not fit for another job
}

TEST_F(SarvamTtsTest, SoundThatStopsInTheMiddleFails) {
  serve_vendor();
  start_voice({.stall = 5ms});
  answer_flush({audio(samples(100))});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::timeout);
}

TEST_F(SarvamTtsTest, SilenceFails) {
  serve_vendor();
  start_voice({.first_audio = 5ms});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::timeout);
}

TEST_F(SarvamTtsTest, ErrorsInMessagesKeepTheirMeaning) {
  serve_vendor();
  start_voice();
  answer_flush({R"({"type":"error","data":{"message":"Rate limited","code":429,"request_id":"r9"}})"});
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::rate_limited);
  EXPECT_EQ(listening.error->request_id, "r9");
  EXPECT_EQ(listening.error->model, "bulbul:v2");
}

TEST_F(SarvamTtsTest, ARefusedHandshakeSaysWhy) {
  refuse_ =
      net::HttpResponse{.status = 429,
                        .content_type = "application/json",
                        .body = R"({"error":{"message":"no credits","code":"insufficient_quota_error"}})",
                        .headers = {},
                        .source = nullptr,
                        .source_bytes = {}};
  serve_vendor();
  start_voice();
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::no_credit);
  EXPECT_EQ(usage_.total_characters(), 0);
}

TEST_F(SarvamTtsTest, ABreakInTheMiddleFails) {
  serve_vendor();
  start_voice();
  Listening listening;
  speak(listening);
  run_until([&] { return !sessions_.empty() && sessions_[0]->has(kSarvamTtsFlush); });
  sessions_[0]->send(audio(samples(100)));
  run_until([&] { return listening.pieces > 0; });
  sessions_[0]->cut();
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::unreachable);
}

TEST_F(SarvamTtsTest, GarbageFailsOnce) {
  for (const std::string& garbage :
       {std::string("{"), std::string("[]"), std::string(R"({"type":"audio","data":{"audio":5}})"),
        audio("ID3 this is an MP3"), audio(audio::wav_header(8000, 2, 400) + samples(200))}) {
    sessions_.clear();
    serve_vendor();
    start_voice();
    answer_flush({garbage, garbage, std::string(kFinal)});
    Listening listening;
    speak(listening);
    run_until([&] { return listening.over(); });
    context_->run_for(5ms);
    EXPECT_EQ(listening.failures, 1) << garbage;
    EXPECT_EQ(listening.ends, 0) << garbage;
    EXPECT_EQ(listening.error->fault, Fault::protocol) << garbage;
    voice_.reset();
    run_until([&] { return net::open_client_websockets() == 0 && all_ended(); });
  }
}

TEST_F(SarvamTtsTest, SoundWithoutEndFails) {
  serve_vendor();
  start_voice();
  answer_flush(std::vector<std::string>(6, audio(samples(60'000))));
  Listening listening;
  speak(listening);
  run_until([&] { return listening.over(); });
  ASSERT_TRUE(listening.error);
  EXPECT_EQ(listening.error->fault, Fault::protocol);
}

TEST_F(SarvamTtsTest, ALongTextGoesInPieces) {
  serve_vendor();
  start_voice();
  answer_flush({audio(samples(100)), std::string(kFinal)});
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += "word ";
  Listening listening;
  speak(listening, request(text));
  run_until([&] { return listening.over(); });
  EXPECT_EQ(std::ranges::count_if(sessions_[0]->heard,
                                  [](const auto& m) { return m.starts_with(R"({"type":"text")"); }),
            2);
  EXPECT_EQ(sessions_[0]->count(kSarvamTtsFlush), 1);
}

TEST_F(SarvamTtsTest, NothingToSayIsSaidAtOnce) {
  serve_vendor();
  start_voice();
  Listening listening;
  speak(listening, request("  "));
  EXPECT_FALSE(listening.over());
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  EXPECT_TRUE(requests_.empty());
}

// --- what cannot be done

TEST_F(SarvamTtsTest, PrepareSaysWhatIsMissing) {
  serve_vendor();
  start_voice();
  EXPECT_TRUE(voice_->prepare(agent(), choice("bulbul:v3")));
  EXPECT_FALSE(voice_->prepare(agent(), choice("bulbul:v3", {{"pitch", "0.1"}})));
  SarvamTts keyless({"sarvam", "http://127.0.0.1:1", "", "SARVAM_API_KEY"}, system_clock());
  const auto ready = keyless.prepare(agent(), choice("bulbul:v3"));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::permission_denied);
  EXPECT_THAT(ready.error().message, StartsWith("SARVAM_API_KEY"));
}

TEST_F(SarvamTtsTest, AHopelessRequestFailsFromTheLoop) {
  serve_vendor();
  start_voice();
  Listening listening;
  speak(listening, request(std::string(kSentence), {{"pitch", "9"}}));
  EXPECT_FALSE(listening.over());
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.error->fault, Fault::bad_request);
}

}  // namespace
}  // namespace parley::speech
