#include "speech/openai/openai_stt.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "audio/g711.hpp"
#include "speech/tests/vendor_fixture.hpp"

namespace parley::speech {
namespace {

using testing::HearingLog;
using vendor::Fault;

class OpenAiHearingTest : public testing::VendorTest {
 protected:
  void TearDown() override {
    stream_.reset();
    VendorTest::TearDown();
  }
  void open(OpenAiSttTiming timing = {}, int rate_hz = 8000) {
    if (!server_) serve_all();
    stt_.emplace(account("openai", "/v1"), clock_, timing);
    auto opened = stt_->open(stt_request({}, rate_hz), log_);
    ASSERT_TRUE(opened);
    stream_ = std::move(*opened);
  }
  // Sets the session up; a commit becomes item "iN", N from 1, and is answered by `on_commit_`.
  void serve_recogniser() {
    on_message_ = [this](Session& session, std::string_view message) {
      const auto object = boost::json::parse(std::string(message)).as_object();
      const std::string type = object.at("type").as_string().c_str();
      if (type == "session.update") session.socket->send_text(R"({"type":"session.updated","session":{}})");
      if (type == "input_audio_buffer.append") {
        std::string bytes(base64_decoded_max(object.at("audio").as_string().size()), '\0');
        bytes.resize(*base64_decode(object.at("audio").as_string().c_str(),
                                    reinterpret_cast<std::byte*>(bytes.data())));
        received_ += bytes;
      }
      if (type == "input_audio_buffer.clear") ++clears_;
      if (type == "input_audio_buffer.commit") {
        const auto item = "i" + std::to_string(++commits_);
        session.socket->send_text(R"({"type":"input_audio_buffer.committed","item_id":")" + item + "\"}");
        if (on_commit_) on_commit_(session, item);
      }
    };
  }
  static std::string event(std::string_view what, std::string_view item, std::string_view name,
                           std::string_view text) {
    return R"({"type":"conversation.item.input_audio_transcription.)" + std::string(what) +
           R"(","item_id":")" + std::string(item) + R"(",")" + std::string(name) + "\":" + std::string(text) +
           "}";
  }
  void say(std::uint64_t utterance, std::size_t samples = 1600) {
    stream_->start_utterance(utterance);
    stream_->write(std::vector<std::int16_t>(samples, 1000));
    stream_->finish_utterance();
  }

  ManualClock clock_;
  HearingLog log_;
  std::optional<OpenAiStt> stt_;
  std::unique_ptr<SttStream> stream_;
  std::string received_;
  int commits_ = 0;
  int clears_ = 0;
  std::function<void(Session&, const std::string&)> on_commit_;
};

TEST_F(OpenAiHearingTest, AnUtteranceBecomesPartialsAndOneTranscript) {
  serve_recogniser();
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("delta", item, "delta", "\"Hello\""));
    session.socket->send_text(event("completed", item, "transcript", "\"Hello there.\""));
    session.socket->send_text(event("completed", item, "transcript", "\"Hello there.\""));
  };
  open();
  say(1);  // before the connection is open: nothing is lost
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(log_.finals[1].text, "Hello there.");
  EXPECT_EQ(log_.calls, 2);
  EXPECT_EQ(received_, std::string(1600, static_cast<char>(audio::linear_to_mulaw(1000))));
  say(2);
  run_until([&] { return log_.finals.contains(2); });
  EXPECT_EQ(requests_.at(0).query, "intent=transcription");
  EXPECT_EQ(requests_.at(0).header("authorization"), "Bearer secret-key-0123456789");
  stream_.reset();
  double seconds = 0;
  for (const auto& usage : books_.usages)
    seconds += usage.audio_seconds;
  EXPECT_DOUBLE_EQ(seconds, 0.4);
  wait_for_all_sockets_to_go();
}

TEST_F(OpenAiHearingTest, WideCallsAreSentAt24KHz) {
  serve_recogniser();
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("completed", item, "transcript", "\"yes\""));
  };
  open({}, 16000);
  say(1, 3200);
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(received_.size(), 4800U * 2);
}

TEST_F(OpenAiHearingTest, AShortUtteranceIsFilledUpToWhatTheVendorTakes) {
  serve_recogniser();
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("completed", item, "transcript", "\"no\""));
  };
  open();
  say(1, 80);
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(received_.size(), 800U);
  say(2, 0);
  EXPECT_FALSE(log_.finals.contains(2)) << "not from inside the call";
  run_until([&] { return log_.finals.contains(2); });
  EXPECT_EQ(commits_, 1);
}

TEST_F(OpenAiHearingTest, ACancelledUtteranceIsForgotten) {
  serve_recogniser();
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("completed", item, "transcript", item == "i1" ? "\"one\"" : "\"two\""));
  };
  open();
  stream_->start_utterance(1);
  stream_->write(std::vector<std::int16_t>(1600, 5));
  stream_->cancel_utterance();
  say(2);
  stream_->cancel_utterance();
  say(3);
  run_until([&] { return log_.finals.contains(3); });
  EXPECT_EQ(log_.finals.size(), 1U);
  EXPECT_EQ(log_.finals[3].text, "two");
  EXPECT_EQ(clears_, 1);
}

TEST_F(OpenAiHearingTest, AVendorThatNeverAnswersGivesWhatIsKnown) {
  serve_recogniser();
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("delta", item, "delta", "\"Hel\""));
  };
  open({.ready = std::chrono::seconds(20), .answer = std::chrono::milliseconds(100)});
  say(1);
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_FALSE(log_.finals[1].rejected);
  EXPECT_FALSE(log_.error);
}

TEST_F(OpenAiHearingTest, ASessionThatIsNeverReadyFails) {
  open({.ready = std::chrono::milliseconds(30), .answer = std::chrono::seconds(20)});
  say(1);
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::timeout);
  EXPECT_TRUE(books_.usages.empty()) << "nothing was sent";
}

TEST_F(OpenAiHearingTest, ARefusedCommitIsAnEmptyTranscriptAndTheSessionGoesOn) {
  serve_recogniser();
  const auto plain = on_message_;
  on_message_ = [plain](Session& session, std::string_view message) {
    if (message.find("\"u1\"") == std::string_view::npos) {
      plain(session, message);
    } else {
      session.socket->send_text(
          R"({"type":"error","error":{"type":"invalid_request_error","code":"input_audio_buffer_commit_empty","message":"m","event_id":"u1"}})");
    }
  };
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("completed", item, "transcript", "\"two\""));
  };
  open();
  say(1);
  say(2);
  run_until([&] { return log_.finals.contains(2); });
  EXPECT_EQ(log_.finals[1].text, "");
  EXPECT_EQ(log_.finals[2].text, "two");
}

TEST_F(OpenAiHearingTest, AFailedTranscriptionEndsTheStream) {
  serve_recogniser();
  on_commit_ = [](Session& session, const std::string& item) {
    session.socket->send_text(event("failed", item, "error", R"({"type":"server_error","message":"m"})"));
    session.socket->send_text(event("completed", item, "transcript", "\"late\""));
  };
  open();
  say(1);
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::overloaded);
  context_->run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(log_.calls, 1);
}

TEST_F(OpenAiHearingTest, AnErrorBeforeTheSessionIsReadyEndsTheStream) {
  on_message_ = [](Session& session, std::string_view) {
    session.socket->send_text(
        R"({"type":"error","error":{"type":"invalid_request_error","code":"invalid_value","param":"session.audio.input.transcription.model","message":"m"}})");
  };
  open();
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::unknown_model);
}

TEST_F(OpenAiHearingTest, GarbageAndEarlyEndsAreOneErrorEach) {
  struct Case {
    std::string text;
    Fault fault;
  };
  serve_all();
  for (const auto& [text, fault] :
       {Case{"{", Fault::protocol}, Case{"\xff\xff", Fault::protocol}, Case{"binary", Fault::protocol},
        Case{"close", Fault::overloaded}, Case{"cut", Fault::unreachable}}) {
    log_ = {};
    on_message_ = [&text](Session& session, std::string_view) {
      if (text == "close") return session.socket->close(net::CloseCode::internal, "sorry");
      if (text == "cut") return session.socket->cut();
      text == "{" ? session.socket->send_text(text) : session.socket->send_binary(text);
      session.socket->send_text("{");
    };
    open();
    run_until([&] { return log_.error.has_value(); });
    EXPECT_EQ(log_.error->fault, fault) << text;
    EXPECT_EQ(log_.calls, 1);
  }
}

TEST_F(OpenAiHearingTest, ARefusedHandshakeNamesTheKey) {
  serve_all();
  refuse_ = testing::json_answer(401, R"({"error":{"code":"invalid_api_key","message":"m"}})");
  open();
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::bad_key);
  EXPECT_EQ(log_.error->key_setting, "VENDOR_API_KEY");
}

TEST_F(OpenAiHearingTest, DestroyingTheStreamInAnyPhaseLeavesNoSocket) {
  serve_recogniser();
  open();
  stream_.reset();
  wait_for_all_sockets_to_go();
  open();
  run_until([&] { return !sessions_.empty() && !sessions_.back()->heard.messages.empty(); });
  stream_.reset();
  wait_for_all_sockets_to_go();
  open();
  say(1);
  run_until([&] { return commits_ == 1; });
  stream_.reset();
  wait_for_all_sockets_to_go();
  EXPECT_EQ(log_.calls, 0);
}

TEST_F(OpenAiHearingTest, WithoutAKeyNothingIsTried) {
  auto without = account("openai");
  without.key.clear();
  OpenAiStt stt(without, clock_);
  EXPECT_EQ(stt.prepare(nullptr, {}).error().code, Errc::permission_denied);
  EXPECT_EQ(stt.open(stt_request(), log_).error().code, Errc::permission_denied);
}

}  // namespace
}  // namespace parley::speech
