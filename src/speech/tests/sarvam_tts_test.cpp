// Sarvam's voices against an imposter on loopback.
#include "speech/sarvam/sarvam_tts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "base/base64.hpp"
#include "speech/tests/sarvam_imposter.hpp"
#include "vendor/json.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using vendor::Fault;

constexpr std::string_view kFinal = R"({"type":"event","data":{"event_type":"final","message":"done"}})";
constexpr std::string_view kSentence = "Hello there.";

std::string samples(std::size_t count, std::int16_t value = 1000) {
  const std::vector<std::int16_t> pcm(count, value);
  return {reinterpret_cast<const char*>(pcm.data()), pcm.size() * 2};
}
std::string base64(std::string_view bytes) {
  std::string out;
  base64_encode(std::as_bytes(std::span(bytes)), out);
  return out;
}
std::string audio(std::string_view bytes) {
  return R"({"type":"audio","data":{"content_type":"audio/wav","audio":")" + base64(bytes) + R"("}})";
}
std::string wav(std::size_t count, int rate = 8000) {
  return audio::wav_header(rate, 1, static_cast<std::uint32_t>(count * 2)) + samples(count);
}

struct Listening final : TtsListener {
  void on_speech_audio(std::span<const std::int16_t> piece, SteadyTime) override {
    sound.insert(sound.end(), piece.begin(), piece.end());
    ++pieces;
    if (drop_on_audio) job.reset();
  }
  void on_speech_end() override {
    ++ends;
    if (drop_on_end) job.reset();
  }
  void on_speech_failed(vendor::VendorError failure) override {
    ++failures;
    error = std::move(failure);
    if (drop_on_failure) job.reset();
  }
  bool over() const { return ends + failures > 0; }
  std::unique_ptr<TtsJob> job;
  std::vector<std::int16_t> sound;
  std::optional<vendor::VendorError> error;
  int pieces = 0;
  int ends = 0;
  int failures = 0;
  bool drop_on_audio = false;
  bool drop_on_end = false;
  bool drop_on_failure = false;
};

class SarvamTtsTest : public SarvamImposter {
 protected:
  void start_voice(SarvamTtsTiming timing = {}) {
    voice_ = std::make_unique<SarvamTts>(account(), system_clock(), timing);
  }
  void TearDown() override {
    voice_.reset();
    SarvamImposter::TearDown();
  }
  TtsRequest request(std::string text = std::string(kSentence),
                     std::map<std::string, std::string> options = {}, std::string model = "bulbul:v2") {
    return {.executor = executor(),
            .text = std::move(text),
            .choice = choice(std::move(model), std::move(options)),
            .language = "hi-IN",
            .sample_rate_hz = 8000,
            .log = log::Logger("speech"),
            .observer = usage_};
  }
  void speak(Listening& listening, TtsRequest wanted) {
    listening.job = voice_->start(std::move(wanted), listening);
  }
  void speak(Listening& listening) { speak(listening, request()); }
  // The imposter answers a flush with these messages.
  void answer_flush(std::vector<std::string> messages) {
    on_message_ = [messages = std::move(messages)](Session& session, std::string_view message) {
      if (message != kSarvamTtsFlush) return;
      for (const auto& one : messages)
        session.send(one);
    };
  }
  std::ptrdiff_t flushes() const {
    std::ptrdiff_t count = 0;
    for (const auto& session : sessions_)
      count += session->count(kSarvamTtsFlush);
    return count;
  }
  std::unique_ptr<SarvamTts> voice_;
};

// --- WebSocket

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
                        .headers = {}};
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

// --- HTTP

net::HttpResponse json(int status, std::string body) {
  return {.status = status, .content_type = "application/json", .body = std::move(body), .headers = {}};
}
const std::map<std::string, std::string> kHttp = {{"transport", "http"}};
const std::map<std::string, std::string> kStream = {{"transport", "http"}, {"stream", "true"}};

TEST_F(SarvamTtsTest, SpeaksOverHttp) {
  serve_vendor();
  start_voice();
  on_request_ = [](const auto&) {
    return json(
        200, R"({"request_id":"r","audios":[")" + base64(wav(100)) + R"(",")" + base64(wav(50)) + R"("]})");
  };
  Listening listening;
  speak(listening, request(std::string(kSentence), kHttp, "bulbul:v3"));
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  EXPECT_EQ(listening.sound, std::vector<std::int16_t>(150, 1000));
  EXPECT_THAT(requests_, ElementsAre("/text-to-speech"));
  EXPECT_THAT(keys_, ElementsAre("secret-key"));
  EXPECT_THAT(bodies_[0], HasSubstr(R"("text":"Hello there.")"));
  EXPECT_EQ(usage_.total_characters(), 12);
}

TEST_F(SarvamTtsTest, ResamplesAFileThatHasAnotherRateThanWasAskedFor) {
  serve_vendor();
  start_voice();
  on_request_ = [](const auto&) {
    return json(200, R"({"audios":[")" + base64(wav(2400, 24000)) + R"("]})");
  };
  Listening listening;
  speak(listening, request(std::string(kSentence), kHttp));
  run_until([&] { return listening.over(); });
  EXPECT_NEAR(static_cast<double>(listening.sound.size()), 800, 60);
}

TEST_F(SarvamTtsTest, StreamsOverHttp) {
  serve_vendor();
  start_voice();
  on_request_ = [](const auto&) {
    return net::HttpResponse{
        .status = 200, .content_type = "audio/wav", .body = wav(400) + std::string(1, 'x'), .headers = {}};
  };
  Listening listening;
  speak(listening, request(std::string(kSentence), kStream));
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  EXPECT_EQ(listening.sound, std::vector<std::int16_t>(400, 1000));
  EXPECT_THAT(requests_, ElementsAre("/text-to-speech/stream"));
}

TEST_F(SarvamTtsTest, LongTextsAreSeveralRequestsInOrder) {
  serve_vendor();
  start_voice();
  on_request_ = [](const net::HttpRequest& got) {
    const std::int16_t value = got.body.contains("first") ? 1 : 2;
    return json(200,
                R"({"audios":[")" + base64(audio::wav_header(8000, 1, 200) + samples(100, value)) + R"("]})");
  };
  Listening listening;
  speak(listening, request("first " + std::string(1494, 'a') + " second", kHttp));
  run_until([&] { return listening.over(); });
  EXPECT_EQ(bodies_.size(), 2U);
  ASSERT_EQ(listening.sound.size(), 200U);
  EXPECT_EQ(listening.sound.front(), 1);
  EXPECT_EQ(listening.sound.back(), 2);
}

TEST_F(SarvamTtsTest, HttpErrorsKeepTheirMeaning) {
  serve_vendor();
  start_voice();
  on_request_ = [](const auto&) {
    return json(403,
                R"({"error":{"message":"bad secret-key","code":"invalid_api_key_error","request_id":"q"}})");
  };
  for (const auto& options : {kHttp, kStream}) {
    Listening listening;
    speak(listening, request(std::string(kSentence), options));
    run_until([&] { return listening.over(); });
    ASSERT_TRUE(listening.error);
    EXPECT_EQ(listening.error->fault, Fault::bad_key);
    EXPECT_EQ(listening.error->request_id, "q");
    EXPECT_THAT(vendor::describe(*listening.error), Not(HasSubstr("secret-key")));
  }
  EXPECT_EQ(usage_.total_characters(), 0);
}

TEST_F(SarvamTtsTest, AnAnswerWithoutSoundFails) {
  serve_vendor();
  start_voice();
  for (const auto* body :
       {"", "{", "{}", R"({"audios":[]})", R"({"audios":[""]})", R"({"audios":["*"]})", "\xff"}) {
    on_request_ = [body](const auto&) { return json(200, body); };
    Listening listening;
    speak(listening, request(std::string(kSentence), kHttp));
    run_until([&] { return listening.over(); });
    ASSERT_TRUE(listening.error) << body;
    EXPECT_EQ(listening.error->fault, Fault::protocol) << body;
  }
}

TEST_F(SarvamTtsTest, CancellingOverHttpLeavesNoTransfer) {
  serve_vendor();
  start_voice();
  for (const auto& options : {kHttp, kStream}) {
    Listening listening;
    speak(listening, request(std::string(kSentence), options));
    EXPECT_EQ(net::http_client(executor()).transfers(), 1U);
    listening.job.reset();
    EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  }
  EXPECT_EQ(usage_.total_characters(), 24);
  EXPECT_TRUE(usage_.reported[0].estimated);
}

TEST_F(SarvamTtsTest, NobodyListeningIsUnreachable) {
  serve_vendor();
  voice_ = std::make_unique<SarvamTts>(vendor::Account{"sarvam", "http://127.0.0.1:1", "k", "SARVAM_API_KEY"},
                                       system_clock());
  for (const auto& options : {kHttp, std::map<std::string, std::string>{}}) {
    Listening listening;
    speak(listening, request(std::string(kSentence), options));
    run_until([&] { return listening.over(); });
    ASSERT_TRUE(listening.error);
    EXPECT_EQ(listening.error->fault, Fault::unreachable);
  }
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
