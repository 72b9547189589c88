// Sarvam's recognisers against an imposter on loopback.
#include "speech/sarvam/sarvam_stt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "speech/tests/sarvam_imposter.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vendor::Fault;

constexpr std::string_view kFlush = R"({"type":"flush"})";
constexpr std::string_view kStart =
    R"({"type":"events","data":{"event_type":"vad","signal_type":"START_SPEECH"}})";
constexpr std::string_view kEnd =
    R"({"type":"events","data":{"event_type":"vad","signal_type":"END_SPEECH"}})";

std::string data(std::string_view text) {
  return R"({"type":"data","data":{"request_id":"r","transcript":")" + std::string(text) +
         R"(","metrics":{}}})";
}
std::string final(int index, std::string_view text) {
  return R"({"event":"transcript.final","utterance_idx":)" + std::to_string(index) + R"(,"text":")" +
         std::string(text) + R"("})";
}

struct Hearing final : SttListener {
  void on_partial_transcript(std::uint64_t utterance, std::string text) override {
    partials.push_back(std::to_string(utterance) + " " + text);
    if (drop_on_partial) stream.reset();
  }
  void on_final_transcript(std::uint64_t utterance, Transcript transcript) override {
    finals.push_back(std::to_string(utterance) + " " + transcript.text);
    if (drop_on_final) stream.reset();
  }
  void on_stt_failed(vendor::VendorError failure) override {
    ++failures;
    error = std::move(failure);
    if (drop_on_failure) stream.reset();
  }
  std::unique_ptr<SttStream> stream;
  std::vector<std::string> partials;
  std::vector<std::string> finals;
  std::optional<vendor::VendorError> error;
  int failures = 0;
  bool drop_on_partial = false;
  bool drop_on_final = false;
  bool drop_on_failure = false;
};

class SarvamSttTest : public SarvamImposter {
 protected:
  SarvamStt& recogniser(SarvamSttTiming timing = {}) {
    recogniser_ = std::make_unique<SarvamStt>(account(), system_clock(), timing);
    return *recogniser_;
  }
  void open(Hearing& hearing, std::string model = {}, SarvamSttTiming timing = {}, int rate = 8000) {
    auto stream = recogniser(timing).open({.executor = executor(),
                                           .agent = agent(),
                                           .choice = choice(std::move(model)),
                                           .sample_rate_hz = rate,
                                           .log = log::Logger("speech"),
                                           .observer = usage_},
                                          hearing);
    ASSERT_TRUE(stream) << describe(stream.error());
    hearing.stream = std::move(*stream);
  }
  void say(Hearing& hearing, std::uint64_t utterance, double seconds = 0.2) {
    hearing.stream->start_utterance(utterance);
    const std::vector<std::int16_t> frame(160, 1000);
    for (int i = 0; i < static_cast<int>(seconds * 50); ++i)
      hearing.stream->write(frame);
  }
  // The samples that all sessions together were sent.
  std::size_t samples_heard() const {
    std::size_t samples = 0;
    for (const auto& session : sessions_)
      for (const auto& message : session->heard) {
        const auto at = message.find(message.contains(R"("data":")") ? R"("data":")" : R"("audio":")");
        if (at == std::string::npos) continue;
        const auto from = message.find(":\"", at) + 2;
        std::vector<std::byte> bytes(message.size());
        samples += base64_decode(std::string_view(message).substr(from, message.find('"', from) - from),
                                 bytes.data())
                       .value_or(0) /
                   2;
      }
    return samples;
  }
  std::unique_ptr<SarvamStt> recogniser_;
};

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

// --- what keeps the socket

TEST_F(SarvamSttTest, SilenceKeepsAnIdleSocket) {
  serve_vendor();
  Hearing hearing;
  open(hearing, {}, {.keep_alive = 5ms});
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->heard.size() >= 2; });
  EXPECT_EQ(samples_heard() % 800, 0U);
  hearing.stream.reset();
  EXPECT_NEAR(usage_.total_seconds(), static_cast<double>(samples_heard()) / 8000, 0.1001);
}

TEST_F(SarvamSttTest, APingKeepsAnIdleRealtimeSocket) {
  serve_vendor();
  Hearing hearing;
  open(hearing, "saaras:v4", {.keep_alive = 5ms});
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->has(R"({"event":"ping"})"); });
}

TEST_F(SarvamSttTest, AnIdleSocketThatClosesIsOpenedAgainByTheNextUtterance) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("again"));
  };
  Hearing hearing;
  open(hearing);
  run_until([&] { return sessions_.size() == 1; });
  sessions_[0]->close(1008, "inactivity timeout");
  run_until([&] { return sessions_[0]->ended && net::open_client_websockets() == 0; });
  EXPECT_FALSE(hearing.error);
  say(hearing, 1);
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("1 again"));
  EXPECT_EQ(sessions_.size(), 2U);
}

// --- what fails

TEST_F(SarvamSttTest, ARefusedHandshakeSaysWhy) {
  refuse_ =
      net::HttpResponse{.status = 403,
                        .content_type = "application/json",
                        .body = R"({"error":{"message":"bad secret-key","code":"invalid_api_key_error",)"
                                R"("request_id":"20261121_x"}})",
                        .headers = {}};
  serve_vendor();
  Hearing hearing;
  open(hearing);
  run_until([&] { return hearing.error.has_value(); });
  EXPECT_EQ(hearing.error->fault, Fault::bad_key);
  EXPECT_EQ(hearing.error->status, 403);
  EXPECT_EQ(hearing.error->request_id, "20261121_x");
  EXPECT_THAT(vendor::describe(*hearing.error), HasSubstr("SARVAM_API_KEY"));
  EXPECT_THAT(vendor::describe(*hearing.error), Not(HasSubstr("secret-key")));
  hearing.stream->start_utterance(1);  // of no use, and no crash
  hearing.stream->write(std::vector<std::int16_t>(800));
  hearing.stream->finish_utterance();
  EXPECT_TRUE(usage_.reported.empty());
}

TEST_F(SarvamSttTest, ABreakInTheMiddleOfAnUtteranceFails) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view) { session.cut(); };
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  run_until([&] { return hearing.error.has_value(); });
  EXPECT_EQ(hearing.error->fault, Fault::unreachable);
  EXPECT_EQ(hearing.failures, 1);
}

TEST_F(SarvamSttTest, GarbageFailsAsAProtocolFault) {
  for (const std::string& garbage : {std::string("{"), std::string("\"text\""), std::string("[1]"),
                                     std::string(R"({"type":"data","data":{"transcript":5}})")}) {
    sessions_.clear();
    serve_vendor();
    on_message_ = [&](Session& session, std::string_view) { session.send(garbage); };
    Hearing hearing;
    open(hearing);
    say(hearing, 1);
    run_until([&] { return hearing.error.has_value(); });
    EXPECT_EQ(hearing.error->fault, Fault::protocol) << garbage;
    hearing.stream.reset();
    run_until([&] { return net::open_client_websockets() == 0 && all_ended(); });
  }
}

TEST_F(SarvamSttTest, BinaryForTextIsReadAllTheSame) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send_binary(data("as bytes"));
  };
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  hearing.stream->finish_utterance();
  run_until([&] { return !hearing.finals.empty(); });
  EXPECT_THAT(hearing.finals, ElementsAre("1 as bytes"));
}

TEST_F(SarvamSttTest, ATranscriptWithoutEndFails) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message.contains(R"("audio")"))
      for (int i = 0; i < 10; ++i)
        session.send(data(std::string(10'000, 'a')));
  };
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  run_until([&] { return hearing.error.has_value(); });
  EXPECT_EQ(hearing.error->fault, Fault::protocol);
}

// --- destruction

TEST_F(SarvamSttTest, DestructionInEachPhaseLeavesNothing) {
  serve_vendor();
  {
    Hearing connecting;
    open(connecting);
  }
  {
    Hearing idle;
    open(idle);
    run_until([&] { return sessions_.size() == 1; });
    context_->run_for(10ms);
  }
  {
    Hearing speaking;
    open(speaking);
    say(speaking, 1);
    run_until([&] { return sessions_.back()->heard.size() > 1; });
  }
  {
    Hearing waiting;
    open(waiting);
    say(waiting, 1);
    waiting.stream->finish_utterance();
    run_until([&] { return sessions_.back()->has(kFlush); });
    sessions_.back()->send(data("too late"));
    waiting.stream.reset();
    context_->run_for(10ms);
    EXPECT_TRUE(waiting.finals.empty());
  }
  run_until([&] { return net::open_client_websockets() == 0; });
}

TEST_F(SarvamSttTest, TheListenerMayDestroyTheStreamInEveryCall) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("last"));
    if (message.contains(R"("audio")")) session.send(data("part"));
  };
  Hearing at_partial;
  at_partial.drop_on_partial = true;
  open(at_partial);
  say(at_partial, 1);
  run_until([&] { return !at_partial.stream; });

  on_message_ = [](Session& session, std::string_view message) {
    if (message == kFlush) session.send(data("last"));
  };
  Hearing at_final;
  at_final.drop_on_final = true;
  open(at_final);
  say(at_final, 1);
  at_final.stream->finish_utterance();
  run_until([&] { return !at_final.stream; });

  on_message_ = [](Session& session, std::string_view) { session.send("{"); };
  Hearing at_failure;
  at_failure.drop_on_failure = true;
  open(at_failure);
  say(at_failure, 1);
  run_until([&] { return !at_failure.stream; });
  run_until([&] { return net::open_client_websockets() == 0; });
}

TEST_F(SarvamSttTest, WithoutAKeyItSaysWhichSettingIsMissing) {
  vendor::Account keyless{"sarvam", "http://127.0.0.1:1", "", "SARVAM_API_KEY"};
  SarvamStt stt(keyless, system_clock());
  const auto ready = stt.prepare(agent(), choice(""));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::permission_denied);
  EXPECT_THAT(ready.error().message, HasSubstr("SARVAM_API_KEY"));
}

}  // namespace
}  // namespace parley::speech
