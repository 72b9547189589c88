#include "speech/elevenlabs/elevenlabs_tts.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "speech/tests/vendor_fixture.hpp"

namespace parley::speech {
namespace {

using testing::base64_of;
using testing::SpeechLog;
using vendor::Fault;

class ElevenLabsTest : public testing::VendorTest {
 protected:
  void TearDown() override {
    job_.reset();
    tts_.reset();
    VendorTest::TearDown();
  }

  void serve_voice(ElevenLabsTiming timing = {}) {
    serve_all();
    tts_.emplace(account("elevenlabs"), clock_, timing);
  }
  void start(std::string text, agent::ProviderChoice choice = {}) {
    job_ = tts_->start(tts_request(std::move(text), std::move(choice)), log_);
  }
  // Answers every flush with sound: 400 samples, then the end of the context.
  void speak_always() {
    on_message_ = [](Session& session, std::string_view message) {
      const auto context = flushed_context(message);
      if (context.empty()) return;
      session.socket->send_text(sound(context, 400));
      session.socket->send_text(final_of(context));
    };
  }
  static std::string flushed_context(std::string_view message) {
    const auto object = boost::json::parse(std::string(message)).as_object();
    if (!object.contains("flush")) return {};
    return std::string(object.at("context_id").as_string().c_str());
  }
  static std::string sound(const std::string& context, std::size_t samples, const std::string& more = "") {
    return R"({"audio":")" + base64_of(std::string(samples * 2, '\1')) + R"(","contextId":")" + context +
           "\"" + more + "}";
  }
  static std::string final_of(const std::string& context) {
    return R"({"audio":null,"isFinal":true,"contextId":")" + context + R"("})";
  }
  std::size_t count_sent(std::string_view part) const {
    std::size_t count = 0;
    for (const auto& session : sessions_) {
      for (const auto& message : session->heard.messages)
        count += message.find(part) != std::string::npos ? 1 : 0;
    }
    return count;
  }

  ManualClock clock_;
  std::optional<ElevenLabsTts> tts_;
  SpeechLog log_;
  std::unique_ptr<TtsJob> job_;
};

TEST_F(ElevenLabsTest, ASentenceIsSpokenOverASocketThatServesTheNextToo) {
  serve_voice();
  speak_always();
  start("Hello there.");
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.audio.size(), 400U);
  EXPECT_EQ(log_.audio.front(), 0x0101);
  start("And more.");
  run_until([&] { return log_.ends == 2; });
  EXPECT_EQ(log_.audio.size(), 800U);
  EXPECT_EQ(sessions_.size(), 1U);
  EXPECT_EQ(requests_.front().header("xi-api-key"), "secret-key-0123456789");
  EXPECT_EQ(requests_.front().query.find("secret"), std::string::npos);
  ASSERT_EQ(books_.usages.size(), 2U);
  EXPECT_EQ(books_.usages[0], (vendor::Usage{.part = vendor::Part::tts,
                                             .vendor = "elevenlabs",
                                             .model = "eleven_flash_v2_5",
                                             .characters = 12}));
}

TEST_F(ElevenLabsTest, AWarmedSocketIsUsed) {
  serve_voice();
  speak_always();
  tts_->warm(tts_request(""));
  tts_->warm(tts_request(""));
  run_until([&] { return sessions_.size() == 1; });
  run_until([&] { return sessions_[0]->socket != nullptr; });
  context_->run_for(std::chrono::milliseconds(50));  // until this side knows, too
  start("Hello.");
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(ElevenLabsTest, ACancelledSentenceIsClosedAtTheVendorAndItsLateSoundIsDropped) {
  serve_voice();
  std::string first;
  on_message_ = [&](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (context.empty()) return;
    if (first.empty()) {
      first = context;
      session.socket->send_text(sound(context, 100));
      return;
    }
    session.socket->send_text(sound(first, 5000));  // late
    session.socket->send_text(final_of(first));
    session.socket->send_text(R"({"message":"late","error":"x","code":1008,"contextId":")" + first + "\"}");
    session.socket->send_text(sound(context, 200));
    session.socket->send_text(final_of(context));
  };
  start("First.");
  run_until([&] { return !log_.audio.empty(); });
  job_.reset();
  log_ = {};
  start("Second.");
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 200U);
  EXPECT_EQ(sessions_.size(), 1U);
  EXPECT_EQ(count_sent("\"context_id\":\"" + first + "\",\"close_context\":true"), 1U);
}

TEST_F(ElevenLabsTest, CancellingInAnyPhaseLeavesNothing) {
  serve_voice();
  start("Not even connected.");
  job_.reset();
  start("Connected.");
  run_until([&] { return !sessions_.empty() && !heard(sessions_.size() - 1).empty(); });
  job_.reset();
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (!context.empty()) session.socket->send_text(sound(context, 100));
  };
  log_.on_piece = [&] { job_.reset(); };
  start("Cancelled by the listener.");
  run_until([&] { return log_.pieces == 1; });
  EXPECT_FALSE(log_.over());
  tts_.reset();
  wait_for_all_sockets_to_go();
  EXPECT_FALSE(log_.over());
}

TEST_F(ElevenLabsTest, AContextIsClosedOnceAllOfItsTextIsSpoken) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (!context.empty()) {
      session.socket->send_text(sound(context, 100, R"(,"alignment":{"chars":["H"]})"));
      session.socket->send_text(sound(context, 100, R"(,"alignment":{"chars":["i","."," "]})"));
    } else if (message.find("close_context") != std::string_view::npos) {
      session.socket->send_text(final_of("s1"));
    }
  };
  start("Hi.");
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 200U);
}

TEST_F(ElevenLabsTest, ASentenceThatIsNeverEndedEndsWhenItIsQuiet) {
  serve_voice({.first_sound = std::chrono::seconds(20), .quiet = std::chrono::milliseconds(20)});
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (!context.empty()) session.socket->send_text(sound(context, 100));
  };
  start("Hi.");
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(count_sent("close_context"), 1U);
}

TEST_F(ElevenLabsTest, AVendorThatNeverAnswersIsATimeout) {
  serve_voice({.first_sound = std::chrono::milliseconds(30), .quiet = std::chrono::milliseconds(20)});
  start("Hi.");
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::timeout);
}

TEST_F(ElevenLabsTest, ASocketThatWasGivenUpMeanwhileIsReplacedOnce) {
  serve_voice();
  speak_always();
  start("One.");
  run_until([&] { return log_.over(); });
  on_message_ = [this](Session& session, std::string_view message) {
    if (sessions_.size() == 1) {
      session.socket->cut();
    } else if (const auto context = flushed_context(message); !context.empty()) {
      session.socket->send_text(sound(context, 100));
      session.socket->send_text(final_of(context));
    }
  };
  start("Two.");
  run_until([&] { return log_.ends == 2 || log_.error; });
  EXPECT_FALSE(log_.error) << vendor::describe(*log_.error);
  EXPECT_EQ(sessions_.size(), 2U);
  EXPECT_EQ(books_.usages.size(), 2U);
}

TEST_F(ElevenLabsTest, ABreakInTheMiddleFails) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (context.empty()) return;
    session.socket->send_text(sound(context, 100));
    session.socket->close(net::CloseCode::internal, "sorry");
  };
  start("Hi.");
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::overloaded);
  EXPECT_EQ(log_.error->status, 1011);
  EXPECT_EQ(log_.audio.size(), 100U);
}

TEST_F(ElevenLabsTest, ABreakAfterAllOfTheTextWasToldIsABreakStill) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (context.empty()) return;
    session.socket->send_text(sound(context, 100, R"(,"alignment":{"chars":["H","i","."]})"));
    session.socket->close(net::CloseCode::internal, "sorry");
  };
  start("Hi.");
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::overloaded);
}

TEST_F(ElevenLabsTest, GarbageFailsAsOneError) {
  struct Case {
    std::string text;
    bool binary;
  };
  for (const auto& [text, binary] : {Case{"{", false}, Case{R"({"audio":7,"contextId":"s1"})", false},
                                     Case{"abc", true}, Case{R"({"isFinal":true})", false}}) {
    if (!server_) serve_voice();
    log_ = {};
    on_message_ = [&](Session& session, std::string_view message) {
      if (flushed_context(message).empty()) return;
      binary ? session.socket->send_binary(text) : session.socket->send_text(text);
      session.socket->send_text(text);
    };
    start("Hi.");
    run_until([&] { return log_.over(); });
    ASSERT_TRUE(log_.error) << text;
    EXPECT_EQ(log_.error->fault, Fault::protocol);
    EXPECT_EQ(log_.error->vendor, "elevenlabs");
  }
}

TEST_F(ElevenLabsTest, EndlessSoundIsEnded) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    for (int i = 0; i < 40 && !context.empty(); ++i)
      session.socket->send_text(sound(context, 8000));
  };
  start("Hi.");
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
  EXPECT_LE(log_.audio.size(), 34U * 8000);
}

TEST_F(ElevenLabsTest, AHeaderAndOddBytesDoNotHarmTheSound) {
  serve_voice();
  on_message_ = [](Session& session, std::string_view message) {
    const auto context = flushed_context(message);
    if (context.empty()) return;
    session.socket->send_text(R"({"audio":")" + base64_of(std::string(3, '\1')) + R"(","contextId":")" +
                              context + "\"}");
    session.socket->send_text(R"({"audio":")" + base64_of(std::string(5, '\1')) + R"(","contextId":")" +
                              context + "\"}");
    session.socket->send_text(final_of(context));
    session.socket->send_text(final_of(context));
  };
  start("Hi.");
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.audio, std::vector<std::int16_t>(4, 0x0101));
  EXPECT_EQ(log_.ends, 1);
}

TEST_F(ElevenLabsTest, ARefusedHandshakeNamesTheKey) {
  serve_voice();
  refuse_ =
      testing::json_answer(401, R"({"detail":{"status":"invalid_api_key","message":"Invalid API key"}})");
  start("Hi.");
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::bad_key);
  EXPECT_EQ(log_.error->key_setting, "VENDOR_API_KEY");
  EXPECT_TRUE(books_.usages.empty());
}

TEST_F(ElevenLabsTest, OverHttpSoundComesAsTheBody) {
  serve_voice();
  on_request_ = [](const net::HttpRequest&) {
    net::HttpResponse response;
    response.content_type = "audio/pcm";
    response.body = std::string(801, '\1');
    return response;
  };
  agent::ProviderChoice choice;
  choice.model = "eleven_v3";
  start("Hello.", choice);
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.ends, 1);
  EXPECT_EQ(log_.audio.size(), 400U);
  ASSERT_EQ(books_.usages.size(), 1U);
  EXPECT_EQ(books_.usages[0].characters, 6);
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
}

TEST_F(ElevenLabsTest, WithoutAKeyNothingIsTried) {
  serve_all();
  auto without = account("elevenlabs");
  without.key.clear();
  tts_.emplace(without, clock_);
  const auto prepared = tts_->prepare(nullptr, {});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::permission_denied);
  EXPECT_NE(prepared.error().message.find("VENDOR_API_KEY"), std::string::npos);
  start("Hi.");
  EXPECT_FALSE(log_.over()) << "not from inside start()";
  run_until([&] { return log_.over(); });
  EXPECT_EQ(log_.error->fault, Fault::bad_key);
  EXPECT_TRUE(requests_.empty());
}

}  // namespace
}  // namespace parley::speech
