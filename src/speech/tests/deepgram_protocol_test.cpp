// Deepgram's failures, voices and transcription of files without a network.
#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "speech/deepgram/deepgram_common.hpp"
#include "speech/deepgram/file_protocol.hpp"
#include "speech/deepgram/speak_protocol.hpp"
#include "speech/vendor_options.hpp"

namespace parley::speech::deepgram {
namespace {

agent::ProviderChoice chosen(std::string model, std::string voice = {},
                             std::map<std::string, std::string> options = {}) {
  agent::ProviderChoice choice;
  choice.model = std::move(model);
  choice.voice = std::move(voice);
  choice.options = std::move(options);
  return choice;
}

using vendor::Fault;

const vendor::Account kAccount{.vendor = "deepgram",
                               .url = "https://api.deepgram.com",
                               .key = "0123456789abcdef0123456789abcdef01234567",
                               .key_setting = "DEEPGRAM_API_KEY"};

vendor::VendorError failure(int status, std::string_view body, const net::HeaderList& headers = {}) {
  return http_failure(kAccount, "nova-3", status, headers, body, {});
}

TEST(DeepgramFailure, EveryRowOfTheVendorsTableIsToldApart) {
  struct Row {
    int status;
    std::string_view body;
    Fault fault;
    std::string_view code;
  };
  for (
      const auto& [status, body, fault, code] : std::initializer_list<Row>{
          {400, R"({"err_code":"Bad Request","err_msg":"Invalid sample rate.","request_id":"r"})",
           Fault::bad_request, "Bad Request"},
          {400,
           R"({"err_code":"Bad Request","err_msg":"No such model/language/tier combination found.","request_id":"r"})",
           Fault::unknown_model, "Bad Request"},
          {400,
           R"({"category":"INVALID_JSON","message":"Invalid JSON.","details":"line 1","request_id":"r"})",
           Fault::bad_request, "INVALID_JSON"},
          {401, R"({"err_code":"INVALID_AUTH","err_msg":"Invalid credentials.","request_id":"r"})",
           Fault::bad_key, "INVALID_AUTH"},
          {401, R"({"err_code":"INSUFFICIENT_PERMISSIONS","err_msg":"No right.","request_id":"r"})",
           Fault::bad_key, "INSUFFICIENT_PERMISSIONS"},
          {402, R"({"err_code":"ASR_PAYMENT_REQUIRED","err_msg":"No credit.","request_id":"r"})",
           Fault::no_credit, "ASR_PAYMENT_REQUIRED"},
          {403, R"({"err_code":"INSUFFICIENT_PERMISSIONS","err_msg":"No access.","request_id":"r"})",
           Fault::unknown_model, "INSUFFICIENT_PERMISSIONS"},
          {404, R"({"err_code":"PROJECT_NOT_FOUND","err_msg":"Project not found.","request_id":"r"})",
           Fault::bad_request, "PROJECT_NOT_FOUND"},
          {404, "Not Found", Fault::bad_request, ""},
          {408, "", Fault::timeout, ""},
          {429, R"({"err_code":"TOO_MANY_REQUESTS","err_msg":"Too many.","request_id":"r"})",
           Fault::rate_limited, "TOO_MANY_REQUESTS"},
          {500, "oops", Fault::overloaded, ""},
          {502, R"({"err_code":7})", Fault::overloaded, "7"},
          {503, "[]", Fault::overloaded, ""},
          {504, "", Fault::timeout, ""}}) {
    const auto error = failure(status, body);
    EXPECT_EQ(error.fault, fault) << status << body;
    EXPECT_EQ(error.code, code) << status << body;
    EXPECT_EQ(error.status, status);
    EXPECT_EQ(error.vendor, "deepgram");
    EXPECT_EQ(error.model, "nova-3");
    EXPECT_EQ(error.key_setting, "DEEPGRAM_API_KEY");
    if (body.find("request_id") != std::string_view::npos) EXPECT_EQ(error.request_id, "r");
  }
}

TEST(DeepgramFailure, HeadersTellWhatTheBodyDoesNot) {
  const auto error =
      failure(429, "", {{"dg-error", "Too many requests"}, {"DG-Request-Id", "r-5"}, {"Retry-After", "3"}});
  EXPECT_EQ(error.detail, "Too many requests");
  EXPECT_EQ(error.request_id, "r-5");
  EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
}

TEST(DeepgramFailure, NeverHoldsTheKey) {
  const auto error = failure(401, "{\"err_msg\":\"bad key " + kAccount.key + "\",\"err_code\":\"" +
                                      kAccount.key + "\",\"request_id\":\"" + kAccount.key + "\"}");
  EXPECT_EQ(vendor::describe(error).find(kAccount.key), std::string::npos) << vendor::describe(error);
  EXPECT_EQ(error.request_id.find(kAccount.key), std::string::npos);
}

TEST(DeepgramFailure, ARefusedHandshakeIsReadAsTheSameTable) {
  net::ConnectError refused{
      {Errc::permission_denied, "refused"},
      net::RefusedUpgrade{401, {{"dg-request-id", "r"}}, R"({"err_code":"INVALID_AUTH"})"}};
  EXPECT_EQ(refusal(kAccount, "nova-3", refused, {}).fault, Fault::bad_key);
  EXPECT_EQ(refusal(kAccount, "nova-3", {{Errc::timeout, "slow"}, {}}, {}).fault, Fault::timeout);
  EXPECT_EQ(refusal(kAccount, "nova-3", {{Errc::unavailable, "away"}, {}}, {}).fault, Fault::unreachable);
}

TEST(DeepgramFailure, CloseCodesAreToldApart) {
  const auto fault = [](std::uint16_t code, std::string reason) {
    return closure(kAccount, "nova-3", {.code = code, .reason = std::move(reason)}).fault;
  };
  EXPECT_EQ(
      fault(1011, "no audio data or text message within the timeout window. See https://dpgr.am/net0001"),
      Fault::timeout);
  EXPECT_EQ(fault(1011, "NET-0000"), Fault::overloaded);
  EXPECT_EQ(fault(1011, ""), Fault::overloaded);
  EXPECT_EQ(fault(1008, "DATA-0000: audio cannot be decoded"), Fault::bad_request);
  EXPECT_EQ(fault(1002, "DATA-0000"), Fault::bad_request);
  EXPECT_EQ(fault(1002, ""), Fault::protocol);
  EXPECT_EQ(fault(1006, ""), Fault::unreachable);
  EXPECT_EQ(fault(1000, ""), Fault::unreachable) << "an end that comes too early";
  EXPECT_EQ(closure(kAccount, "", {.code = 1011, .reason = "see net0001"}).code, "NET-0001");
}

TEST(DeepgramFailure, ErrorsInsideAStreamAreToldApart) {
  EXPECT_EQ(in_band(kAccount, "", "NET-0001", "idle").fault, Fault::timeout);
  EXPECT_EQ(in_band(kAccount, "", "DATA-0000", "?").fault, Fault::bad_request);
  EXPECT_EQ(in_band(kAccount, "", "", "MESSAGE-0000: text").fault, Fault::bad_request);
  EXPECT_EQ(in_band(kAccount, "", "INVALID_AUTH", "").fault, Fault::bad_key);
  EXPECT_EQ(in_band(kAccount, "", "ASR_PAYMENT_REQUIRED", "").fault, Fault::no_credit);
  EXPECT_EQ(in_band(kAccount, "", "TOO_MANY_REQUESTS", "").fault, Fault::rate_limited);
  EXPECT_EQ(in_band(kAccount, "", "WHAT", "ever").fault, Fault::overloaded);
}

// --- voices

TEST(DeepgramVoice, TheNameMayStandInVoiceOrModel) {
  EXPECT_EQ(speak_model({}, "en-IN"), "aura-2-thalia-en");
  EXPECT_EQ(speak_model(chosen("", "aura-2-luna-en"), "en"), "aura-2-luna-en");
  EXPECT_EQ(speak_model(chosen("aura-2-luna-en", ""), "en"), "aura-2-luna-en");
  EXPECT_EQ(speak_model(chosen("aura-2", "celeste"), "es-419"), "aura-2-celeste-es");
  EXPECT_EQ(speak_model(chosen("", "luna"), ""), "aura-2-luna-en");
}

TEST(DeepgramVoice, TheNearestHigherRateIsAsked) {
  EXPECT_EQ(speak_rate(8000), 8000);
  EXPECT_EQ(speak_rate(11025), 16000);
  EXPECT_EQ(speak_rate(44100), 48000);
  EXPECT_EQ(speak_rate(96000), 48000);
}

TEST(DeepgramVoice, ChoicesAreCheckedBeforeACall) {
  EXPECT_TRUE(check_speak(kAccount, {}, "en-IN"));
  EXPECT_TRUE(
      check_speak(kAccount, chosen("", "", {{"transport", "http"}, {"first_audio_ms", "900"}}), "en-IN"));
  EXPECT_FALSE(check_speak(kAccount, chosen("", "", {{"transport", "pigeon"}}), "en-IN"));
  EXPECT_FALSE(check_speak(kAccount, chosen("", "", {{"speed", "2"}}), "en-IN"));
  EXPECT_FALSE(check_speak(kAccount, {}, "hi-IN")) << "the default voice has no Hindi";
  EXPECT_TRUE(check_speak(kAccount, chosen("", "aura-3-asha-hi"), "hi-IN"));
  EXPECT_FALSE(check_speak(kAccount, chosen("aura-2-luna-en", "aura-2-thalia-en"), "en"));
  EXPECT_FALSE(check_speak(vendor::Account(), {}, "en"));
}

TEST(DeepgramVoice, AddressesHoldNoKey) {
  EXPECT_EQ(speak_url(kAccount, {}, SpeakTransport::websocket, "en", 8000),
            "wss://api.deepgram.com/v1/speak?model=aura-2-thalia-en&encoding=linear16&sample_rate=8000");
  EXPECT_EQ(speak_url(kAccount, {}, SpeakTransport::http, "en", 16000),
            "https://api.deepgram.com/v1/speak?model=aura-2-thalia-en&encoding=linear16&sample_rate=16000&"
            "container=none");
}

TEST(DeepgramVoice, LongTextIsCutBetweenWordsAndStaysTheSame) {
  std::string text;
  while (text.size() < 9000)
    text += "नमस्ते caller ";
  const auto parts = split_text(text);
  EXPECT_GT(parts.size(), 1U);
  std::string joined;
  for (const auto& part : parts) {
    EXPECT_LE(code_points(part), 2000U);
    joined += part;
  }
  EXPECT_EQ(joined, text);
  EXPECT_TRUE(parts[0].ends_with(' '));
  EXPECT_EQ(split_text(std::string(4500, 'a')).size(), 3U);
  EXPECT_TRUE(split_text("").empty());
}

TEST(DeepgramVoice, TextIsEscaped) {
  EXPECT_EQ(speak_message("say \"hi\"\n"), R"({"type":"Speak","text":"say \"hi\"\n"})");
}

TEST(DeepgramVoice, MessagesAreReadAndStrangeOnesToldApart) {
  using Kind = SpeakReading::Kind;
  EXPECT_EQ(read_speak(R"({"type":"Flushed","sequence_id":0})").kind, Kind::flushed);
  EXPECT_EQ(read_speak(R"({"type":"Cleared","sequence_id":0})").kind, Kind::cleared);
  EXPECT_EQ(read_speak(R"({"type":"Metadata","request_id":"r-2"})").request_id, "r-2");
  const auto warning = read_speak(R"({"type":"Warning","code":"W","description":"slow"})");
  EXPECT_EQ(warning.kind, Kind::warning);
  EXPECT_EQ(warning.code, "W");
  EXPECT_EQ(read_speak(R"({"type":"Error","code":"DATA-0000","description":"?"})").kind, Kind::error);
  for (const std::string_view bad : {"", "{", "[]", R"({"type":1})", "{\"type\":\"\xff\"}", "RIFF...."})
    EXPECT_EQ(read_speak(bad).kind, Kind::unreadable) << bad;
}

// --- files

std::string wav(int channels, int seconds, int rate = 8000) {
  const auto bytes = static_cast<std::uint32_t>(2 * channels * seconds * rate);
  return audio::wav_header(rate, channels, bytes) + std::string(bytes, '\0');
}

TEST(DeepgramFileProtocol, ReadsTheShapeOfARecordingWithoutCopyingIt) {
  const auto stereo = wav_shape(wav(2, 3));
  ASSERT_TRUE(stereo);
  EXPECT_EQ(stereo->channels, 2);
  EXPECT_EQ(stereo->sample_rate_hz, 8000);
  EXPECT_DOUBLE_EQ(stereo->seconds, 3);
  const auto cut = wav_shape(wav(1, 3).substr(0, 44 + 16000));
  ASSERT_TRUE(cut);
  EXPECT_DOUBLE_EQ(cut->seconds, 1);
  EXPECT_FALSE(wav_shape(wav(3, 1)));
  EXPECT_FALSE(wav_shape(""));
  EXPECT_FALSE(wav_shape("ID3 something that is no wave file"));
  const auto whole = wav(1, 1);
  for (std::size_t size = 0; size < 44; ++size)
    EXPECT_FALSE(wav_shape(std::string_view(whole).substr(0, size))) << size;
}

TEST(DeepgramFileProtocol, UtterancesBecomeSegmentsInOrderAndInsideTheRecording) {
  const WavShape shape{.sample_rate_hz = 8000, .channels = 2, .seconds = 10};
  const auto transcript = read_file_answer(R"({"metadata":{"request_id":"r"},"results":{"channels":[
      {"alternatives":[{"transcript":"not used"}]}],"utterances":[
      {"start":3,"end":12,"channel":1,"transcript":"hello"},
      {"start":-1,"end":2,"channel":0,"transcript":" hi "},
      {"start":5,"end":4,"channel":0,"transcript":"odd"},
      {"start":1,"end":2,"channel":7,"transcript":"nobody"},
      {"start":1,"end":2,"channel":0,"transcript":""}, 5]}})",
                                           shape, "en-IN");
  ASSERT_TRUE(transcript);
  const std::vector<FileSegment> expected{{0, 0, 2, "hi"}, {1, 3, 10, "hello"}, {0, 5, 5, "odd"}};
  EXPECT_EQ(transcript->segments, expected);
  EXPECT_EQ(transcript->language, "en-IN");
}

TEST(DeepgramFileProtocol, WithoutUtterancesWordsAreCutAtPauses) {
  const WavShape shape{.sample_rate_hz = 8000, .channels = 1, .seconds = 10};
  const auto transcript =
      read_file_answer(R"({"results":{"channels":[{"detected_language":"hi","alternatives":[
      {"transcript":"a b c","words":[{"word":"a","start":0,"end":1},{"word":"b","punctuated_word":"B.","start":1.2,"end":2},
      {"word":"c","start":5,"end":6}]}]}]}})",
                       shape, "");
  ASSERT_TRUE(transcript);
  const std::vector<FileSegment> expected{{0, 0, 2, "a B."}, {0, 5, 6, "c"}};
  EXPECT_EQ(transcript->segments, expected);
  EXPECT_EQ(transcript->language, "hi");
}

TEST(DeepgramFileProtocol, AnswersThatAreNoneAreTold) {
  const WavShape shape{.sample_rate_hz = 8000, .channels = 1, .seconds = 10};
  for (const std::string_view bad :
       {"", "{", "[]", "{}", R"({"results":5})", R"({"results":{"channels":{}}})"})
    EXPECT_FALSE(read_file_answer(bad, shape, "en")) << bad;
  const auto silent = read_file_answer(R"({"results":{"channels":[{"alternatives":[]},7]}})", shape, "en");
  ASSERT_TRUE(silent);
  EXPECT_TRUE(silent->segments.empty());
}

TEST(DeepgramFileProtocol, AddressesAskForBothChannels) {
  EXPECT_EQ(
      file_url(kAccount, {}, "en-IN", 2),
      "https://api.deepgram.com/v1/listen?model=nova-3&language=en-IN&smart_format=true&utterances=true&"
      "multichannel=true");
  EXPECT_EQ(file_url(kAccount, chosen("nova-2", ""), "", 1),
            "https://api.deepgram.com/v1/"
            "listen?model=nova-2&detect_language=true&smart_format=true&utterances=true");
}

}  // namespace
}  // namespace parley::speech::deepgram
