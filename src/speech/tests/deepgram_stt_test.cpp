#include "speech/deepgram/deepgram_stt.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include "audio/wav.hpp"
#include "speech/deepgram/deepgram_file.hpp"
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
using ::testing::HasSubstr;
using testing::HearingLog;
using vendor::Fault;

class DeepgramSttTest : public testing::VendorTest {
 protected:
  void TearDown() override {
    stream_.reset();
    stt_.reset();
    VendorTest::TearDown();
  }

  void serve_ears(deepgram::LiveTiming timing = {}) {
    serve_all();
    stt_.emplace(account("deepgram"), system_clock(), timing);
  }
  void open(agent::ProviderChoice choice = {}) {
    auto opened = stt_->open(stt_request(std::move(choice)), log_);
    ASSERT_TRUE(opened) << describe(opened.error());
    stream_ = std::move(*opened);
  }
  // One second of an utterance in pieces of 20 ms.
  void speak(std::uint64_t utterance) {
    stream_->start_utterance(utterance);
    const std::vector<std::int16_t> piece(160, 100);
    for (int at = 0; at < 50; ++at)
      stream_->write(piece);
  }
  void wait_until_heard(std::string_view message) {
    run_until([&] { return times_heard(message) > 0; });
  }
  std::ptrdiff_t times_heard(std::string_view message) const {
    std::ptrdiff_t times = 0;
    for (std::size_t at = 0; at < sessions_.size(); ++at)
      times += std::ranges::count(heard(at), message);
    return times;
  }
  std::size_t audio_bytes(std::size_t session = 0) const {
    std::size_t bytes = 0;
    for (const auto& message : heard(session))
      if (message.starts_with("binary:")) bytes += message.size() - std::string_view("binary:").size();
    return bytes;
  }
  double seconds_used() const {
    double seconds = 0;
    for (const auto& usage : books_.usages)
      seconds += usage.audio_seconds;
    return seconds;
  }
  static std::string results(std::string_view start, std::string_view duration, std::string_view text,
                             std::string_view flags = R"(,"is_final":true,"from_finalize":true)") {
    return R"({"type":"Results","start":)" + std::string(start) + R"(,"duration":)" + std::string(duration) +
           std::string(flags) + R"(,"channel":{"alternatives":[{"transcript":")" + std::string(text) +
           R"(","confidence":0.9}]},"metadata":{"request_id":"r-1"}})";
  }
  // Answers Finalize for all audio so far of its socket.
  void answer_always(std::string text) {
    on_message_ = [this, text = std::move(text)](Session& session, std::string_view message) {
      if (message != R"({"type":"Finalize"})") return;
      const auto at =
          std::ranges::find(sessions_, &session, &std::unique_ptr<Session>::get) - sessions_.begin();
      const auto seconds = static_cast<double>(audio_bytes(static_cast<std::size_t>(at))) / 16000;
      session.socket->send_text(results(std::to_string(seconds - 1), "1", text));
    };
  }

  HearingLog log_;
  std::optional<DeepgramStt> stt_;
  std::unique_ptr<SttStream> stream_;
};

constexpr const char* kFinalize = R"(text:{"type":"Finalize"})";

TEST_F(DeepgramSttTest, UtterancesOfOneSocketAreAnsweredEachByItsOwnText) {
  serve_ears();
  answer_always("yes please");
  open();
  speak(1);  // nothing is lost while the socket is still opening
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(log_.finals[1].text, "yes please");
  EXPECT_FLOAT_EQ(log_.finals[1].confidence, 0.9F);
  EXPECT_EQ(audio_bytes(), 16000U);
  speak(2);
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(2); });
  EXPECT_EQ(sessions_.size(), 1U);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].path, "/v1/listen");
  EXPECT_THAT(requests_[0].query, HasSubstr("model=nova-3&encoding=linear16&sample_rate=8000"));
  EXPECT_EQ(requests_[0].header("authorization"), "Token secret-key-0123456789");
  EXPECT_DOUBLE_EQ(seconds_used(), 2);
  EXPECT_EQ(books_.usages.at(0).model, "nova-3");
  EXPECT_FALSE(log_.error);
}

TEST_F(DeepgramSttTest, InterimResultsArePartials) {
  serve_ears();
  open();
  speak(1);
  run_until([&] { return audio_bytes() == 16000; });
  sessions_[0]->socket->send_text(results("0", "0.5", "book", R"(,"is_final":false)"));
  run_until([&] { return log_.calls == 1; });
  EXPECT_TRUE(log_.finals.empty());
}

TEST_F(DeepgramSttTest, AudioBetweenUtterancesIsNotSent) {
  serve_ears();
  open();
  stream_->write(std::vector<std::int16_t>(800, 1));
  speak(1);
  stream_->cancel_utterance();
  stream_->write(std::vector<std::int16_t>(800, 1));
  wait_until_heard(kFinalize);
  EXPECT_EQ(audio_bytes(), 16000U);
  EXPECT_TRUE(log_.finals.empty());
}

TEST_F(DeepgramSttTest, NoAudioMessageIsEmptyOrLong) {
  serve_ears();
  open();
  stream_->start_utterance(1);
  stream_->write({});
  stream_->write(std::vector<std::int16_t>(8000 * 3 + 7, 1));
  stream_->finish_utterance();
  wait_until_heard(kFinalize);
  for (const auto& message : heard()) {
    EXPECT_NE(message, "binary:") << "an empty message ends the stream";
    EXPECT_LE(message.size(), 3200U + 7);
  }
  EXPECT_EQ(audio_bytes(), 2U * (8000 * 3 + 7));
}

TEST_F(DeepgramSttTest, WithoutAnAnswerTheUtteranceEndsWithWhatThereIs) {
  serve_ears({.final_wait = 20ms, .quiet_wait = 20ms});
  open();
  speak(1);
  run_until([&] { return audio_bytes() == 16000; });
  sessions_[0]->socket->send_text(results("0", "0.5", "half", R"(,"is_final":true)"));
  run_until([&] { return log_.calls == 1; });
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(log_.finals[1].text, "half");
  EXPECT_FALSE(log_.finals[1].rejected);
  speak(2);
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(2); });
  EXPECT_EQ(log_.finals[2].text, "");
}

TEST_F(DeepgramSttTest, ACancelledUtteranceIsNeverAnswered) {
  serve_ears({.final_wait = 1ms, .quiet_wait = 1ms});
  answer_always("late");
  open();
  speak(1);
  stream_->finish_utterance();
  stream_->cancel_utterance();
  wait_until_heard(kFinalize);
  speak(2);
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(2); });
  EXPECT_FALSE(log_.finals.contains(1));
}

TEST_F(DeepgramSttTest, AnIdleSocketIsHeldOpen) {
  serve_ears({.keep_alive_every = 5ms});
  open();
  run_until([&] { return times_heard(R"(text:{"type":"KeepAlive"})") >= 3; });
  EXPECT_EQ(audio_bytes(), 1600U) << "0.1 s of silence, once";
}

TEST_F(DeepgramSttTest, AnIdleSocketThatDeepgramClosesIsOpenedAgainAtTheNextUtterance) {
  serve_ears();
  answer_always("again");
  open();
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->socket != nullptr; });
  sessions_[0]->socket->close(net::CloseCode::internal, "no audio data. See https://dpgr.am/net0001");
  run_until([&] { return sessions_[0]->ended.has_value() && net::open_client_websockets() == 0; });
  EXPECT_FALSE(log_.error);
  speak(1);
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(1) || log_.error; });
  EXPECT_EQ(log_.finals[1].text, "again");
  EXPECT_EQ(sessions_.size(), 2U);
  EXPECT_FALSE(log_.error);
}

TEST_F(DeepgramSttTest, AConnectionThatEndsWithinAnUtteranceIsAFailure) {
  serve_ears();
  on_message_ = [](Session& session, std::string_view) {
    session.socket->send_text(R"({"type":"Metadata","request_id":"r-8"})");
    session.socket->close(net::CloseCode::internal, "NET-0000");
  };
  open();
  speak(1);
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::overloaded);
  EXPECT_EQ(log_.error->code, "NET-0000");
  EXPECT_EQ(log_.error->request_id, "r-8");
  stream_->write(std::vector<std::int16_t>(160, 1));
  stream_->finish_utterance();
  stream_->cancel_utterance();
  stream_->start_utterance(2);
  EXPECT_EQ(log_.calls, 1);
}

TEST_F(DeepgramSttTest, ABrokenConnectionIsAFailure) {
  serve_ears();
  on_message_ = [](Session& session, std::string_view) { session.socket->cut(); };
  open();
  speak(1);
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::unreachable);
  EXPECT_TRUE(vendor::is_retryable(*log_.error));
}

TEST_F(DeepgramSttTest, AudioThatCannotBeDecodedIsAFailureEvenWhenIdle) {
  serve_ears();
  open();
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->socket != nullptr; });
  sessions_[0]->socket->close(net::CloseCode::policy, "DATA-0000");
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::bad_request);
}

TEST_F(DeepgramSttTest, ABadKeyIsToldAtOnceAndNotShown) {
  serve_ears();
  net::HttpResponse answer;
  answer.status = 401;
  answer.body = R"({"err_code":"INVALID_AUTH","err_msg":"Invalid credentials.","request_id":"r-4"})";
  refuse_ = answer;
  open();
  EXPECT_FALSE(log_.error) << "not from within open()";
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::bad_key);
  EXPECT_EQ(log_.error->status, 401);
  EXPECT_EQ(log_.error->request_id, "r-4");
  EXPECT_THAT(vendor::describe(*log_.error), HasSubstr("VENDOR_API_KEY"));
  EXPECT_TRUE(books_.usages.empty()) << "nothing was sent";
}

TEST_F(DeepgramSttTest, GarbageIsPassedOverOnceButNotForEver) {
  serve_ears();
  answer_always("fine");
  open();
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->socket != nullptr; });
  auto& socket = *sessions_[0]->socket;
  socket.send_text("{");
  socket.send_binary("\x01");
  socket.send_text(R"({"type":["Results"]})");
  speak(1);
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(log_.finals[1].text, "fine");
  for (int at = 0; at < 10; ++at)
    socket.send_text("no JSON");
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::protocol);
}

TEST_F(DeepgramSttTest, AnErrorMessageWithinAnUtteranceIsAFailure) {
  serve_ears();
  on_message_ = [](Session& session, std::string_view) {
    session.socket->send_text(R"({"type":"Error","description":"no more","variant":"TOO_MANY_REQUESTS"})");
  };
  open();
  speak(1);
  run_until([&] { return log_.error.has_value(); });
  EXPECT_EQ(log_.error->fault, Fault::rate_limited);
}

TEST_F(DeepgramSttTest, TheListenerMayDestroyTheStreamInItsAnswer) {
  struct Dropper final : SttListener {
    void on_partial_transcript(std::uint64_t, std::string) override { drop(); }
    void on_final_transcript(std::uint64_t, Transcript) override { drop(); }
    void on_stt_failed(vendor::VendorError) override { drop(); }
    void drop() {
      ++calls;
      stream.reset();
    }
    std::unique_ptr<SttStream> stream;
    int calls = 0;
  } dropper;
  serve_ears();
  answer_always("bye");
  dropper.stream = std::move(*stt_->open(stt_request(), dropper));
  dropper.stream->start_utterance(1);
  dropper.stream->write(std::vector<std::int16_t>(8000, 1));
  dropper.stream->finish_utterance();
  run_until([&] { return dropper.calls > 0; });
  wait_for_all_sockets_to_go();
  EXPECT_EQ(dropper.calls, 1);
  EXPECT_EQ(times_heard(R"(text:{"type":"CloseStream"})"), 1);
}

TEST_F(DeepgramSttTest, DestructionLeavesNothingBehindInAnyPhase) {
  serve_ears();
  open();
  stream_.reset();  // before it is connected
  wait_for_all_sockets_to_go();
  open();
  speak(1);
  run_until([&] { return audio_bytes(sessions_.size() - 1) > 0; });
  stream_.reset();
  wait_for_all_sockets_to_go();
  open();
  speak(1);
  stream_->finish_utterance();
  wait_until_heard(kFinalize);
  stream_.reset();
  wait_for_all_sockets_to_go();
  EXPECT_EQ(log_.calls, 0);
}

TEST_F(DeepgramSttTest, FluxIsChosenByItsName) {
  serve_ears();
  on_message_ = [this](Session& session, std::string_view) {
    if (audio_bytes() == 16000 + 6400) {
      session.socket->send_text(
          R"({"type":"TurnInfo","event":"Update","turn_index":0,"audio_window_start":0,)"
          R"("audio_window_end":1.2,"transcript":"hello flux","words":[]})");
    }
  };
  open(chosen("flux-general-en", ""));
  speak(1);
  stream_->finish_utterance();
  run_until([&] { return log_.finals.contains(1); });
  EXPECT_EQ(log_.finals[1].text, "hello flux");
  EXPECT_EQ(requests_[0].path, "/v2/listen");
  EXPECT_EQ(times_heard(kFinalize), 0);
  EXPECT_NEAR(seconds_used(), 1.4, 1e-9) << "the silence counts";
}

TEST_F(DeepgramSttTest, AWrongOptionIsRefusedBeforeAnyConnection) {
  serve_ears();
  EXPECT_FALSE(stt_->prepare(std::make_shared<agent::Agent>(), chosen("", "", {{"speling", "x"}})));
  EXPECT_FALSE(stt_->open(stt_request(chosen("", "", {{"speling", "x"}})), log_));
  EXPECT_TRUE(requests_.empty());
}

// --- recordings

class DeepgramFileTest : public testing::VendorTest {
 protected:
  std::expected<FileTranscript, vendor::VendorError> transcribe(std::string wav,
                                                                agent::ProviderChoice choice = {}) {
    DeepgramFile file(account("deepgram"), system_clock());
    std::optional<std::expected<FileTranscript, vendor::VendorError>> result;
    FileRequest request{.executor = executor(),
                        .wav = std::move(wav),
                        .choice = std::move(choice),
                        .language = "en-IN",
                        .log = log::Logger("test"),
                        .observer = books_};
    boost::asio::co_spawn(executor(), file.transcribe(std::move(request)),
                          [&](std::exception_ptr, auto transcript) { result = std::move(transcript); });
    run_until([&] { return result.has_value(); });
    return *result;
  }
  void answer(int status, std::string body) {
    on_request_ = [status, body = std::move(body)](const net::HttpRequest&) {
      net::HttpResponse response;
      response.status = status;
      response.content_type = "application/json";
      response.body = body;
      response.headers = {{"dg-request-id", "r-3"}};
      return response;
    };
  }
  static std::string stereo() { return audio::wav_header(8000, 2, 64000) + std::string(64000, '\0'); }
};

TEST_F(DeepgramFileTest, ARecordingBecomesSegmentsOfBothSides) {
  serve_all();
  answer(
      200,
      R"({"results":{"channels":[],"utterances":[{"start":0.5,"end":1,"channel":1,"transcript":"hello"}]}})");
  const auto transcript = transcribe(stereo());
  ASSERT_TRUE(transcript) << vendor::describe(transcript.error());
  EXPECT_EQ(transcript->segments, (std::vector<FileSegment>{{1, 0.5, 1, "hello"}}));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].path, "/v1/listen");
  EXPECT_THAT(requests_[0].query, HasSubstr("multichannel=true"));
  EXPECT_EQ(requests_[0].header("content-type"), "audio/wav");
  EXPECT_EQ(requests_[0].header("authorization"), "Token secret-key-0123456789");
  EXPECT_EQ(requests_[0].body, stereo());
  ASSERT_EQ(books_.usages.size(), 1U);
  EXPECT_DOUBLE_EQ(books_.usages[0].audio_seconds, 4) << "both channels are paid";
}

TEST_F(DeepgramFileTest, FailuresAreTold) {
  serve_all();
  answer(402, R"({"err_code":"ASR_PAYMENT_REQUIRED","err_msg":"No credit."})");
  auto transcript = transcribe(stereo());
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().fault, Fault::no_credit);
  EXPECT_EQ(transcript.error().request_id, "r-3");
  answer(200, "<html>");
  transcript = transcribe(stereo());
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().fault, Fault::protocol);
  EXPECT_EQ(transcript.error().request_id, "r-3");
  transcript = transcribe("no wave file");
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().fault, Fault::bad_request);
  transcript = transcribe(stereo(), chosen("", "", {{"speling", "x"}}));
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().fault, Fault::bad_request);
}

}  // namespace
}  // namespace parley::speech
