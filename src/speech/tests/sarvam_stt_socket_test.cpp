// The sockets of Sarvam's recognisers: kept, lost, refused, full of garbage, and let go of in each phase.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "speech/tests/sarvam_stt_fixture.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vendor::Fault;
using SarvamSttSocketTest = SarvamSttTest;

// --- what keeps the socket

TEST_F(SarvamSttSocketTest, SilenceKeepsAnIdleSocket) {
  serve_vendor();
  Hearing hearing;
  open(hearing, {}, {.keep_alive = 5ms});
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->heard.size() >= 2; });
  EXPECT_EQ(samples_heard() % 800, 0U);
  hearing.stream.reset();
  EXPECT_NEAR(usage_.total_seconds(), static_cast<double>(samples_heard()) / 8000, 0.1001);
}

TEST_F(SarvamSttSocketTest, APingKeepsAnIdleRealtimeSocket) {
  serve_vendor();
  Hearing hearing;
  open(hearing, "saaras:v4", {.keep_alive = 5ms});
  run_until([&] { return sessions_.size() == 1 && sessions_[0]->has(R"({"event":"ping"})"); });
}

TEST_F(SarvamSttSocketTest, AnIdleSocketThatClosesIsOpenedAgainByTheNextUtterance) {
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

TEST_F(SarvamSttSocketTest, ARefusedHandshakeSaysWhy) {
  refuse_ =
      net::HttpResponse{.status = 403,
                        .content_type = "application/json",
                        .body = R"({"error":{"message":"bad secret-key","code":"invalid_api_key_error",)"
                                R"("request_id":"20261121_x"}})",
                        .headers = {},
                        .source = nullptr,
                        .source_bytes = {}};
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

TEST_F(SarvamSttSocketTest, ABreakInTheMiddleOfAnUtteranceFails) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view) { session.cut(); };
  Hearing hearing;
  open(hearing);
  say(hearing, 1);
  run_until([&] { return hearing.error.has_value(); });
  EXPECT_EQ(hearing.error->fault, Fault::unreachable);
  EXPECT_EQ(hearing.failures, 1);
}

TEST_F(SarvamSttSocketTest, GarbageFailsAsAProtocolFault) {
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

TEST_F(SarvamSttSocketTest, BinaryForTextIsReadAllTheSame) {
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

TEST_F(SarvamSttSocketTest, ATranscriptWithoutEndFails) {
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

TEST_F(SarvamSttSocketTest, DestructionInEachPhaseLeavesNothing) {
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

TEST_F(SarvamSttSocketTest, TheListenerMayDestroyTheStreamInEveryCall) {
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

TEST_F(SarvamSttSocketTest, WithoutAKeyItSaysWhichSettingIsMissing) {
  vendor::Account keyless{"sarvam", "http://127.0.0.1:1", "", "SARVAM_API_KEY"};
  SarvamStt stt(keyless, system_clock());
  const auto ready = stt.prepare(agent(), choice(""));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::permission_denied);
  EXPECT_THAT(ready.error().message, HasSubstr("SARVAM_API_KEY"));
}

}  // namespace
}  // namespace parley::speech
