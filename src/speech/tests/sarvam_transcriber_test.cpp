// Sarvam's recogniser of files against an imposter on loopback.
#include "speech/sarvam/sarvam_transcriber.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "speech/tests/sarvam_imposter.hpp"

namespace parley::speech {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using vendor::Fault;
using Outcome = std::expected<FileTranscript, vendor::VendorError>;

// Interleaved sound of two sides: for each second, who speaks ('c' caller, 'a' agent, ' ' nobody).
std::string recording(std::string_view seconds, int channels = 2) {
  std::vector<std::int16_t> samples;
  for (const char who : seconds)
    for (int i = 0; i < 8000; ++i) {
      const auto wave = static_cast<std::int16_t>(i % 8 < 4 ? 3000 : -3000);
      samples.push_back(who == 'c' ? wave : std::int16_t{0});
      if (channels == 2) samples.push_back(who == 'a' ? wave : std::int16_t{0});
    }
  const auto bytes = std::as_bytes(std::span(samples));
  auto wav = audio::wav_header(8000, channels, static_cast<std::uint32_t>(bytes.size()));
  return wav.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

net::HttpResponse json(int status, std::string body) {
  return {.status = status,
          .content_type = "application/json",
          .body = std::move(body),
          .headers = {},
          .source = nullptr,
          .source_bytes = {}};
}

class SarvamTranscriberTest : public SarvamImposter {
 protected:
  FileRequest request(std::string wav, std::map<std::string, std::string> options = {}) {
    return {.executor = executor(),
            .wav = std::move(wav),
            .choice = choice("", std::move(options)),
            .language = "hi-IN",
            .log = log::Logger("speech"),
            .observer = usage_};
  }
  Outcome transcribe(FileRequest wanted) {
    SarvamTranscriber transcriber(account(), system_clock());
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(executor(), transcriber.transcribe(std::move(wanted)),
                          [&](std::exception_ptr, Outcome got) { outcome = std::move(got); });
    run_until([&] { return outcome.has_value(); });
    return std::move(*outcome);
  }
};

TEST_F(SarvamTranscriberTest, TellsBothSidesInTheOrderOfTime) {
  serve_vendor();
  int asked = 0;
  on_request_ = [&](const auto&) {
    const char* texts[] = {"caller one", " caller two ", "agent"};
    return json(200, R"({"request_id":"r","transcript":")" + std::string(texts[asked++]) +
                         R"(","language_code":"od-IN"})");
  };
  const auto outcome = transcribe(request(recording(" cc   aa    c ")));
  ASSERT_TRUE(outcome) << vendor::describe(outcome.error());
  ASSERT_EQ(outcome->segments.size(), 3U);
  EXPECT_EQ(outcome->segments[0].channel, 0);
  EXPECT_EQ(outcome->segments[0].text, "caller one");
  EXPECT_NEAR(outcome->segments[0].start_s, 0.8, 0.05);
  EXPECT_NEAR(outcome->segments[0].end_s, 3.2, 0.05);
  EXPECT_EQ(outcome->segments[1].channel, 1);
  EXPECT_EQ(outcome->segments[1].text, "agent");
  EXPECT_EQ(outcome->segments[2].text, "caller two");
  EXPECT_EQ(outcome->language, "or-IN");
  EXPECT_NEAR(usage_.total_seconds(), 2.4 + 2.4 + 1.4, 0.1);
  EXPECT_THAT(requests_, ElementsAre("/speech-to-text", "/speech-to-text", "/speech-to-text"));
  EXPECT_EQ(keys_[0], "secret-key");
  EXPECT_THAT(bodies_[0], HasSubstr("saaras:v3"));
  EXPECT_THAT(bodies_[0], HasSubstr("hi-IN"));
  EXPECT_THAT(bodies_[0], HasSubstr("RIFF"));
}

TEST_F(SarvamTranscriberTest, NoPieceIsLongerThanSarvamTakes) {
  serve_vendor();
  std::size_t longest = 0;
  on_request_ = [&](const net::HttpRequest& got) {
    longest = std::max(longest, got.body.size());
    return json(200, R"({"transcript":"x","language_code":null})");
  };
  const auto outcome = transcribe(request(recording(std::string(70, 'c'), 1)));
  ASSERT_TRUE(outcome) << vendor::describe(outcome.error());
  EXPECT_GE(outcome->segments.size(), 3U);
  EXPECT_LE(longest, 29U * 16000 + 2000);
  EXPECT_EQ(outcome->language, "hi-IN");
  EXPECT_NEAR(usage_.total_seconds(), 70, 0.1);
}

TEST_F(SarvamTranscriberTest, SilenceIsNotSent) {
  serve_vendor();
  const auto outcome = transcribe(request(recording("     ")));
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->segments.empty());
  EXPECT_TRUE(requests_.empty());
}

TEST_F(SarvamTranscriberTest, WaitsWhenItWasTooFast) {
  serve_vendor();
  int asked = 0;
  on_request_ = [&](const auto&) {
    if (++asked > 1) return json(200, R"({"transcript":"x"})");
    auto response = json(429, R"({"error":{"message":"slow","code":"rate_limit_exceeded_error"}})");
    response.headers = {{"retry-after-ms", "1"}};
    return response;
  };
  const auto outcome = transcribe(request(recording(" c ")));
  ASSERT_TRUE(outcome) << vendor::describe(outcome.error());
  EXPECT_EQ(asked, 2);
}

TEST_F(SarvamTranscriberTest, ErrorsKeepTheirMeaning) {
  serve_vendor();
  on_request_ = [](const auto&) {
    return json(400,
                R"({"error":{"message":"Invalid model","code":"invalid_request_error","request_id":"q"}})");
  };
  const auto outcome = transcribe(request(recording(" c ")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::unknown_model);
  EXPECT_EQ(outcome.error().request_id, "q");
  EXPECT_EQ(usage_.total_seconds(), 0);
}

TEST_F(SarvamTranscriberTest, GarbageFailsAsAProtocolFault) {
  serve_vendor();
  for (const auto* body : {"", "{", "[]", "{}", R"({"transcript":5})", "\xff"}) {
    on_request_ = [body](const auto&) { return json(200, body); };
    const auto outcome = transcribe(request(recording(" c ")));
    ASSERT_FALSE(outcome) << body;
    EXPECT_EQ(outcome.error().fault, Fault::protocol) << body;
  }
}

TEST_F(SarvamTranscriberTest, WhatIsNoRecordingIsNotSent) {
  serve_vendor();
  for (const std::string& wav : {std::string(), std::string("not a WAV file"), std::string(100, '\0')}) {
    const auto outcome = transcribe(request(wav));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().fault, Fault::bad_request);
  }
  const auto outcome = transcribe(request(recording(" c "), {{"colour", "red"}}));
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().detail, HasSubstr("colour"));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(SarvamTranscriberTest, CancellingLeavesNoTransfer) {
  serve_vendor();
  SarvamTranscriber transcriber(account(), system_clock());
  boost::asio::cancellation_signal cancel;
  bool ended = false;
  boost::asio::co_spawn(
      executor(), transcriber.transcribe(request(recording(" c "))),
      boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, Outcome) { ended = true; }));
  run_until([&] { return net::http_client(executor()).transfers() == 1; });
  cancel.emit(boost::asio::cancellation_type::terminal);
  run_until([&] { return ended; });
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
}

}  // namespace
}  // namespace parley::speech
