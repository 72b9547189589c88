#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "audio/g711.hpp"
#include "audio/wav.hpp"
#include "net/tcp.hpp"
#include "speech/openai/openai_file_transcriber.hpp"
#include "speech/openai/openai_stt.hpp"
#include "speech/openai/openai_tts.hpp"
#include "speech/tests/vendor_fixture.hpp"

namespace parley::speech {
namespace {

using testing::HearingLog;
using testing::SpeechLog;
using vendor::Fault;

class OpenAiVoiceTest : public testing::VendorTest {
 protected:
  void TearDown() override {
    job_.reset();
    VendorTest::TearDown();
  }
  void start(int rate_hz = 8000) {
    auto request = tts_request("Hello there.");
    request.sample_rate_hz = rate_hz;
    tts_.emplace(account("openai", "/v1"), clock_);
    job_ = tts_->start(std::move(request), log_);
  }
  void answer(int status, std::string type, std::string body) {
    on_request_ = [status, type = std::move(type), body = std::move(body)](const net::HttpRequest&) {
      net::HttpResponse response;
      response.status = status;
      response.content_type = type;
      response.body = body;
      return response;
    };
  }

  ManualClock clock_;
  std::optional<OpenAiTts> tts_;
  SpeechLog log_;
  std::unique_ptr<TtsJob> job_;
};

TEST_F(OpenAiVoiceTest, SoundComesAtTheRateOfTheCall) {
  serve_all();
  answer(200, "audio/pcm", std::string(48'001, '\1'));
  start();
  run_until([&] { return log_.over(); });
  ASSERT_FALSE(log_.error) << vendor::describe(*log_.error);
  EXPECT_EQ(log_.audio.size(), 8000U);
  EXPECT_EQ(requests_.at(0).path, "/v1/audio/speech");
  ASSERT_EQ(books_.usages.size(), 1U);
  EXPECT_EQ(books_.usages[0].characters, 12);
  EXPECT_FALSE(books_.usages[0].estimated);
}

TEST_F(OpenAiVoiceTest, AnErrorOfTheVendorIsToldWithItsFix) {
  serve_all();
  answer(404, "application/json",
         R"({"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}})");
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unknown_model);
  EXPECT_EQ(log_.error->model, "gpt-4o-mini-tts");
  EXPECT_TRUE(books_.usages.empty());
}

TEST_F(OpenAiVoiceTest, TextInPlaceOfSoundIsNotPlayed) {
  serve_all();
  answer(200, "application/json", R"({"hello":"there"})");
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
  EXPECT_TRUE(log_.audio.empty());
}

TEST_F(OpenAiVoiceTest, AnAnswerWithoutSoundIsAnError) {
  serve_all();
  answer(200, "audio/pcm", "");
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
}

TEST_F(OpenAiVoiceTest, EndlessSoundIsEnded) {
  serve_all();
  answer(200, "audio/pcm", std::string(6'000'000, '\1'));
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.ends, 0);
}

TEST_F(OpenAiVoiceTest, CancellingInAnyPhaseLeavesNoTransfer) {
  serve_all();
  answer(200, "audio/pcm", std::string(480'000, '\1'));
  start();
  job_.reset();
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  ASSERT_EQ(books_.usages.size(), 1U);
  EXPECT_TRUE(books_.usages[0].estimated);
  start();
  run_until([&] { return !requests_.empty(); });
  job_.reset();
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  log_.on_piece = [&] { job_.reset(); };
  start();
  run_until([&] { return log_.pieces == 1; });
  context_->run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  EXPECT_FALSE(log_.over());
  EXPECT_EQ(log_.pieces, 1);
}

// A server that breaks off in the middle of its answer.
async::Task<> break_off(net::TcpSocket socket) {
  std::string request;
  constexpr boost::asio::use_awaitable_t<async::Executor> token{};
  co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", token);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\nContent-Length: 100000\r\n\r\n" +
                             std::string(4801, '\1');
  co_await boost::asio::async_write(socket, boost::asio::buffer(answer), token);
}

TEST_F(OpenAiVoiceTest, ABreakInTheMiddleFails) {
  boost::asio::ip::tcp::acceptor acceptor(*context_, {boost::asio::ip::address_v4::loopback(), 0});
  net::TcpSocket peer(executor());
  std::exception_ptr failed;
  acceptor.async_accept(peer, [&](boost::system::error_code ec) {
    if (ec) return;
    boost::asio::co_spawn(executor(), break_off(std::move(peer)),
                          [&failed](std::exception_ptr e) { failed = e; });
  });
  tts_.emplace(vendor::Account{.vendor = "openai",
                               .url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()),
                               .key = "k-0123456789",
                               .key_setting = "K"},
               clock_);
  job_ = tts_->start(tts_request("Hello."), log_);
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unreachable);
  EXPECT_EQ(log_.error->vendor, "openai");
}

TEST_F(OpenAiVoiceTest, NobodyThereIsUnreachable) {
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unreachable);
  EXPECT_TRUE(books_.usages.empty());
}

// --- the live recogniser

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

// --- recordings

class OpenAiFileTest : public testing::VendorTest {
 protected:
  std::expected<FileTranscript, vendor::VendorError> transcribe(std::string wav, std::string model = {}) {
    OpenAiFileTranscriber transcriber(account("openai", "/v1"), clock_);
    agent::ProviderChoice choice;
    choice.model = std::move(model);
    FileRequest request{.executor = executor(),
                        .wav = std::move(wav),
                        .choice = std::move(choice),
                        .language = "en-IN",
                        .log = log::Logger("test"),
                        .observer = books_};
    std::optional<std::expected<FileTranscript, vendor::VendorError>> result;
    boost::asio::co_spawn(executor(), transcriber.transcribe(std::move(request)),
                          [&result](std::exception_ptr, auto done) { result = std::move(done); });
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }
  // Ten seconds: the caller speaks in the second, the agent in the fourth and the eighth.
  static std::string recording() {
    std::vector<std::int16_t> samples(160'000);
    const auto speak = [&samples](std::size_t channel, std::size_t second) {
      for (std::size_t i = second * 8000; i < (second + 1) * 8000; ++i)
        samples[i * 2 + channel] = i % 2 == 0 ? 3000 : -3000;
    };
    speak(0, 1);
    speak(1, 3);
    speak(1, 7);
    return audio::wav_header(8000, 2, 320'000) + testing::samples_as_bytes(samples);
  }
  ManualClock clock_;
};

TEST_F(OpenAiFileTest, EachSideIsPlacedWhereItSpoke) {
  serve_all();
  on_request_ = [this](const net::HttpRequest&) {
    net::HttpResponse response;
    response.content_type = "application/json";
    response.body = R"({"text":"part )" + std::to_string(requests_.size()) + "\"}";
    return response;
  };
  const auto transcript = transcribe(recording());
  ASSERT_TRUE(transcript) << vendor::describe(transcript.error());
  ASSERT_EQ(transcript->segments.size(), 3U);
  EXPECT_EQ(transcript->segments[0], (FileSegment{0, 0.8, 2.2, "part 1"}));
  EXPECT_EQ(transcript->segments[1].channel, 1);
  EXPECT_EQ(transcript->segments[1].text, "part 2");
  EXPECT_DOUBLE_EQ(transcript->segments[2].start_s, 6.8);
  EXPECT_EQ(books_.usages.size(), 3U);
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
}

TEST_F(OpenAiFileTest, SilenceIsNotSent) {
  serve_all();
  const auto transcript = transcribe(audio::wav_header(8000, 1, 16'000) + std::string(16'000, '\0'));
  ASSERT_TRUE(transcript);
  EXPECT_TRUE(transcript->segments.empty());
  EXPECT_TRUE(requests_.empty());
}

TEST_F(OpenAiFileTest, ErrorsAreTold) {
  serve_all();
  EXPECT_EQ(transcribe("no file").error().fault, Fault::bad_request);
  EXPECT_TRUE(requests_.empty());
  on_request_ = [](const net::HttpRequest&) {
    net::HttpResponse response;
    response.status = 401;
    response.body = R"({"error":{"code":"invalid_api_key","message":"m"}})";
    return response;
  };
  EXPECT_EQ(transcribe(recording()).error().fault, Fault::bad_key);
  on_request_ = [](const net::HttpRequest&) { return testing::json_answer(200, "hello"); };
  EXPECT_EQ(transcribe(recording(), "whisper-1").error().fault, Fault::protocol);
}

}  // namespace
}  // namespace parley::speech
