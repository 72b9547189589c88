#include "speech/deepgram/deepgram_tts.hpp"

#include <algorithm>

#include <gmock/gmock.h>

#include "speech/tests/vendor_fixture.hpp"

namespace parley::speech {
namespace {

agent::ProviderChoice chosen(std::string model, std::string voice = {},
                             std::map<std::string, std::string> options = {}) {
  agent::ProviderChoice choice;
  choice.model = std::move(model);
  choice.voice = std::move(voice);
  choice.options = std::move(options);
  return choice;
}

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SpeechLog;
using vendor::Fault;

constexpr const char* kFlushed = R"({"type":"Flushed","sequence_id":0})";
constexpr const char* kCleared = R"({"type":"Cleared","sequence_id":0})";

class DeepgramTtsTest : public testing::VendorTest {
 protected:
  void TearDown() override {
    job_.reset();
    tts_.reset();
    VendorTest::TearDown();
  }

  void serve_voice() {
    serve_all();
    tts_.emplace(account("deepgram"), clock_, SpeakTiming{.clear_deadline = 500ms, .after_cleared = 1ms});
  }
  void start(std::string text, agent::ProviderChoice choice = {}) {
    log_ = {};
    job_ = tts_->start(tts_request(std::move(text), std::move(choice)), log_);
  }
  void run_job() {
    run_until([&] { return log_.over(); });
  }
  static bool is(std::string_view message, std::string_view type) {
    return message.find("\"" + std::string(type) + "\"") != std::string_view::npos;
  }
  // Each flush gives 400 samples and the end; each Clear is confirmed.
  void speak_always() {
    on_message_ = [](Session& session, std::string_view message) {
      if (is(message, "Flush")) {
        session.socket->send_text(R"({"type":"Metadata","request_id":"r-6","model_name":"aura"})");
        session.socket->send_binary(std::string(400, '\1'));
        session.socket->send_binary(std::string(400, '\1'));
        session.socket->send_text(kFlushed);
      }
      if (is(message, "Clear")) session.socket->send_text(kCleared);
    };
  }
  std::int64_t characters() const {
    std::int64_t sum = 0;
    for (const auto& usage : books_.usages)
      sum += usage.characters;
    return sum;
  }

  ManualClock clock_;
  SpeechLog log_;
  std::optional<DeepgramTts> tts_;
  std::unique_ptr<TtsJob> job_;
};

const agent::ProviderChoice kHttp = chosen("", "", {{"transport", "http"}});

TEST_F(DeepgramTtsTest, SentencesAreSpokenOverOneSocket) {
  serve_voice();
  speak_always();
  start("Good morning.");
  EXPECT_FALSE(log_.over());
  run_job();
  EXPECT_EQ(log_.audio.size(), 400U);
  EXPECT_EQ(log_.ends, 1);
  start("नमस्ते");
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(sessions_.size(), 1U);
  EXPECT_THAT(heard(),
              ElementsAre(R"(text:{"type":"Speak","text":"Good morning."})", R"(text:{"type":"Flush"})",
                          R"(text:{"type":"Speak","text":"नमस्ते"})", R"(text:{"type":"Flush"})"));
  EXPECT_EQ(requests_[0].path, "/v1/speak");
  EXPECT_EQ(requests_[0].query, "model=aura-2-thalia-en&encoding=linear16&sample_rate=8000");
  EXPECT_EQ(requests_[0].header("authorization"), "Token secret-key-0123456789");
  EXPECT_EQ(characters(), 13 + 6);
  EXPECT_FALSE(books_.usages[0].estimated);
}

TEST_F(DeepgramTtsTest, AWarmedSocketServesTheFirstSentence) {
  serve_voice();
  speak_always();
  tts_->warm(tts_request(""));
  tts_->warm(tts_request(""));
  run_until([&] { return sessions_.size() == 1; });
  const auto opened = [] { return net::open_client_websockets() == 1; };
  run_until(opened);
  context_->restart();
  context_->run_for(20ms);
  start("Hello.");
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(DeepgramTtsTest, ACancelledSentenceIsClearedAndItsLateSoundReachesNobody) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    if (is(message, "Flush")) session.socket->send_binary(std::string(400, '\1'));
    if (is(message, "Clear")) {
      session.socket->send_binary(std::string(800, '\2'));
      session.socket->send_text(kCleared);
      session.socket->send_text(kFlushed);  // crossed our Clear
    }
  };
  start("A long sentence.");
  run_until([&] { return log_.pieces == 1; });
  job_.reset();
  EXPECT_EQ(characters(), 16);
  EXPECT_TRUE(books_.usages.back().estimated);
  run_until([&] { return heard().size() == 3 && heard().back() == R"(text:{"type":"Clear"})"; });
  context_->restart();
  context_->run_for(50ms);
  EXPECT_EQ(log_.pieces, 1);
  EXPECT_EQ(net::open_client_websockets(), 1U) << "the socket waits for the next sentence";
  speak_always();
  start("Next.");
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 400U);
  EXPECT_EQ(log_.audio.front(), 0x0101);
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(DeepgramTtsTest, ASocketWhoseClearIsNotConfirmedIsLeft) {
  serve_voice();
  start("A sentence.");
  run_until([&] { return heard().size() == 2; });
  job_.reset();
  wait_for_all_sockets_to_go();
}

TEST_F(DeepgramTtsTest, ASentenceCancelledBeforeTheSocketIsOpenLeavesNothing) {
  serve_voice();
  start("A sentence.");
  job_.reset();
  wait_for_all_sockets_to_go();
  EXPECT_EQ(characters(), 0);
}

TEST_F(DeepgramTtsTest, TheListenerMayEndTheJobWithinItsSound) {
  serve_voice();
  speak_always();
  start("A sentence.");
  log_.on_piece = [&] { job_.reset(); };
  run_until([&] { return log_.pieces == 1; });
  context_->restart();
  context_->run_for(20ms);
  EXPECT_EQ(log_.pieces, 1);
  EXPECT_EQ(log_.ends, 0);
}

TEST_F(DeepgramTtsTest, ASocketClosedWhileIdleIsReplacedWithoutAWord) {
  serve_voice();
  speak_always();
  start("One.");
  run_job();
  on_message_ = [this](Session& session, std::string_view) {
    session.socket->close(net::CloseCode::internal, "NET-0004");
    speak_always();
  };
  start("Two.");
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 400U);
  EXPECT_EQ(sessions_.size(), 2U);
  EXPECT_EQ(characters(), 8) << "what was refused is not counted";
}

TEST_F(DeepgramTtsTest, FailuresOfTheSocketAreTold) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view) { session.socket->cut(); };
  start("A sentence.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unreachable);
  EXPECT_EQ(log_.error->model, "aura-2-thalia-en");

  on_message_ = [](Session& session, std::string_view message) {
    if (!is(message, "Flush")) return;
    session.socket->send_binary(std::string(400, '\1'));
    session.socket->close(net::CloseCode::normal, "");  // before it is over
  };
  start("A sentence.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.pieces, 1);
  EXPECT_EQ(log_.error->fault, Fault::unreachable);

  on_message_ = [](Session& session, std::string_view message) {
    if (is(message, "Flush"))
      session.socket->send_text(R"({"type":"Error","code":"DATA-0000","description":"?"})");
  };
  start("A sentence.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::bad_request);

  net::HttpResponse answer;
  answer.status = 429;
  answer.body = R"({"err_code":"TOO_MANY_REQUESTS","err_msg":"Too many."})";
  refuse_ = answer;
  start("A sentence.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::rate_limited);
}

TEST_F(DeepgramTtsTest, StrangeMessagesArePassedOverAndGarbageEndsTheJob) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    if (!is(message, "Flush")) return;
    session.socket->send_text("{");
    session.socket->send_text(R"({"type":"Warning","code":"W"})");
    session.socket->send_binary("\1");  // half a sample
    session.socket->send_binary("\1\1\1");
    session.socket->send_text(kFlushed);
    session.socket->send_text(kFlushed);  // answers twice
  };
  start("A sentence.");
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 2U);
  on_message_ = [](Session& session, std::string_view message) {
    if (!is(message, "Flush")) return;
    for (int at = 0; at < 5; ++at)
      session.socket->send_text("no JSON");
  };
  start("A sentence.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
}

TEST_F(DeepgramTtsTest, TextThatIsNotUtf8EndsTheJobAsAFaultOfTheVendor) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    if (is(message, "Flush")) session.socket->send_text("{\"type\":\"\xff\"}");
  };
  start("A sentence.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
}

TEST_F(DeepgramTtsTest, SoundWithoutEndAndNoSoundAtAllAreFailures) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    if (!is(message, "Flush")) return;
    for (int at = 0; at < 50; ++at)
      session.socket->send_binary(std::string(16000, '\1'));
  };
  start("Hi.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
  on_message_ = [](Session& session, std::string_view message) {
    if (is(message, "Flush")) session.socket->send_text(kFlushed);
  };
  start("Hi.");
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
  start("...");
  run_job();
  EXPECT_EQ(log_.ends, 1) << "nothing to be heard is no failure";
}

TEST_F(DeepgramTtsTest, AHeaderInFrontOfTheSoundIsNotHeard) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    if (!is(message, "Flush")) return;
    std::string wave(
        "RIFF\xff\xff\xff\xffWAVEfmt "
        "\x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\xff\xff\xff\xff",
        44);
    session.socket->send_binary(wave + std::string(200, '\1'));
    session.socket->send_text(kFlushed);
  };
  start("A sentence.");
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 100U);
}

TEST_F(DeepgramTtsTest, ASocketIsNotFlushedMoreOftenThanDeepgramAllows) {
  serve_voice();
  speak_always();
  for (int at = 0; at < 20; ++at) {
    start("One.");
    run_job();
    ASSERT_EQ(log_.ends, 1);
  }
  EXPECT_EQ(sessions_.size(), 2U);
  EXPECT_EQ(std::ranges::count(heard(0), R"(text:{"type":"Flush"})"), 18);
}

TEST_F(DeepgramTtsTest, OverHttpEachSentenceIsARequest) {
  serve_voice();
  on_request_ = [](const net::HttpRequest&) {
    net::HttpResponse response;
    response.content_type = "audio/l16;rate=8000";
    response.body = std::string(801, '\1');
    return response;
  };
  start("Say \"hi\".", kHttp);
  run_job();
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 400U);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].method, "POST");
  EXPECT_EQ(requests_[0].path, "/v1/speak");
  EXPECT_THAT(requests_[0].query, HasSubstr("container=none"));
  EXPECT_EQ(requests_[0].body, R"({"text":"Say \"hi\"."})");
  EXPECT_EQ(requests_[0].header("authorization"), "Token secret-key-0123456789");
  EXPECT_EQ(characters(), 9);
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
}

TEST_F(DeepgramTtsTest, OverHttpFailuresAreToldAndCancellingEndsTheTransfer) {
  serve_voice();
  on_request_ = [](const net::HttpRequest&) {
    net::HttpResponse response;
    response.status = 401;
    response.content_type = "application/json";
    response.body = R"({"err_code":"INVALID_AUTH","err_msg":"Invalid credentials.","request_id":"r-1"})";
    return response;
  };
  start("A sentence.", kHttp);
  run_job();
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::bad_key);
  EXPECT_EQ(log_.error->request_id, "r-1");
  start("A sentence.", kHttp);
  job_.reset();
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
}

}  // namespace
}  // namespace parley::speech
