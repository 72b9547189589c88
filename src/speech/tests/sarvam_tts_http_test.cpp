// Sarvam's voices over HTTP against an imposter on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "speech/tests/sarvam_tts_fixture.hpp"

namespace parley::speech {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vendor::Fault;
using SarvamTtsHttpTest = SarvamTtsTest;

net::HttpResponse json(int status, std::string body) {
  return {.status = status,
          .content_type = "application/json",
          .body = std::move(body),
          .headers = {},
          .source = nullptr,
          .source_bytes = {}};
}
const std::map<std::string, std::string> kHttp = {{"transport", "http"}};
const std::map<std::string, std::string> kStream = {{"transport", "http"}, {"stream", "true"}};

TEST_F(SarvamTtsHttpTest, SpeaksOverHttp) {
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

TEST_F(SarvamTtsHttpTest, ResamplesAFileThatHasAnotherRateThanWasAskedFor) {
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

TEST_F(SarvamTtsHttpTest, StreamsOverHttp) {
  serve_vendor();
  start_voice();
  on_request_ = [](const auto&) {
    return net::HttpResponse{.status = 200,
                             .content_type = "audio/wav",
                             .body = wav(400) + std::string(1, 'x'),
                             .headers = {},
                             .source = nullptr,
                             .source_bytes = {}};
  };
  Listening listening;
  speak(listening, request(std::string(kSentence), kStream));
  run_until([&] { return listening.over(); });
  EXPECT_EQ(listening.ends, 1);
  EXPECT_EQ(listening.sound, std::vector<std::int16_t>(400, 1000));
  EXPECT_THAT(requests_, ElementsAre("/text-to-speech/stream"));
}

TEST_F(SarvamTtsHttpTest, LongTextsAreSeveralRequestsInOrder) {
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

TEST_F(SarvamTtsHttpTest, HttpErrorsKeepTheirMeaning) {
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

TEST_F(SarvamTtsHttpTest, AnAnswerWithoutSoundFails) {
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

TEST_F(SarvamTtsHttpTest, CancellingOverHttpLeavesNoTransfer) {
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

TEST_F(SarvamTtsHttpTest, NobodyListeningIsUnreachable) {
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

}  // namespace
}  // namespace parley::speech
