#include <gtest/gtest.h>

#include "speech/openai/openai_faults.hpp"
#include "speech/openai/openai_file_transcriber.hpp"
#include "speech/openai/openai_stt_protocol.hpp"
#include "speech/openai/openai_tts.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;
using Kind = OpenAiHearingEvent::Kind;

const vendor::Account kAccount{.vendor = "openai",
                               .url = "https://api.openai.com/v1",
                               .key = "sk-secret-key-0123456789",
                               .key_setting = "OPENAI_API_KEY"};

agent::ProviderChoice with(std::string model, std::map<std::string, std::string> options = {}) {
  agent::ProviderChoice choice;
  choice.provider = "openai";
  choice.model = std::move(model);
  choice.options = std::move(options);
  return choice;
}

vendor::VendorError error_of(int status, std::string_view body, const net::HeaderList& headers = {}) {
  return OpenAiFaults(kAccount, "tts-1").of_response(status, headers, body, {});
}

TEST(OpenAiSpeech, ARequestForAVoiceAsksForRawSound) {
  auto choice = with("", {{"instructions", "calmly"}, {"speed", "2"}});
  choice.voice = "marin";
  const auto request = openai_speech_request(kAccount, choice, "Say \"hi\".");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->url, "https://api.openai.com/v1/audio/speech");
  EXPECT_EQ(request->body,
            R"({"model":"gpt-4o-mini-tts","voice":"marin","input":"Say \"hi\".","response_format":"pcm",)"
            R"("instructions":"calmly","speed":2E0})");
  EXPECT_EQ(net::find_header(request->headers, "authorization"), "Bearer " + kAccount.key);
}

TEST(OpenAiSpeech, WrongOptionsOfAVoiceAreNamed) {
  EXPECT_EQ(openai_speech_request(kAccount, with("", {{"speed", "9"}}), "").error().message,
            "openai's option speed is a number from 0.25 to 4");
  EXPECT_EQ(openai_speech_request(kAccount, with("", {{"pitch", "9"}}), "").error().message,
            "openai has no option 'pitch'; it has instructions, speed");
}

TEST(OpenAiSpeech, ErrorsAreToldApart) {
  struct Row {
    int status;
    std::string_view type;
    std::string_view code;
    Fault fault;
  };
  const Row rows[] = {{400, "invalid_request_error", R"("unsupported_parameter")", Fault::bad_request},
                      {400, "invalid_request_error", R"("context_length_exceeded")", Fault::bad_request},
                      {401, "invalid_request_error", R"("invalid_api_key")", Fault::bad_key},
                      {403, "x", R"("unsupported_country_region_territory")", Fault::region},
                      {403, "x", "null", Fault::bad_key},
                      {404, "invalid_request_error", R"("model_not_found")", Fault::unknown_model},
                      {429, "tokens", R"("rate_limit_exceeded")", Fault::rate_limited},
                      {429, "requests", R"("rate_limit_exceeded")", Fault::rate_limited},
                      {429, "insufficient_quota", R"("insufficient_quota")", Fault::no_credit},
                      {500, "server_error", "null", Fault::overloaded},
                      {503, "server_error", "503", Fault::overloaded}};
  for (const auto& [status, type, code, fault] : rows) {
    const auto body = std::string(R"({"error":{"message":"words","type":")") + std::string(type) +
                      R"(","param":null,"code":)" + std::string(code) + "}}";
    const auto error = error_of(status, body);
    EXPECT_EQ(error.fault, fault) << body;
    EXPECT_EQ(error.status, status);
    EXPECT_EQ(error.detail, "words");
    EXPECT_EQ(error.vendor, "openai");
    EXPECT_EQ(error.model, "tts-1");
  }
  EXPECT_EQ(error_of(400, R"({"error":{"code":"invalid_value","param":"voice","message":"m"}})").fault,
            Fault::unknown_model);
}

TEST(OpenAiSpeech, ErrorsOfCompatibleServersAreReadToo) {
  EXPECT_EQ(error_of(400, R"({"error":"text"})").detail, "text");
  EXPECT_EQ(error_of(400, R"({"object":"error","message":"flat","code":40301})").detail, "flat");
  EXPECT_EQ(error_of(400, R"({"object":"error","message":"flat","code":40301})").code, "40301");
  EXPECT_EQ(error_of(502, "<html>").fault, Fault::overloaded);
  EXPECT_EQ(error_of(200, R"({"text":"odd"})").fault, Fault::protocol);
  EXPECT_EQ(error_of(200, R"({"error":{"type":"server_error","message":"m"}})").fault, Fault::protocol);
  EXPECT_EQ(error_of(500, "\xff\xfe{").fault, Fault::overloaded);
}

TEST(OpenAiSpeech, WhatTheVendorSaysAboutRetryingIsKept) {
  const auto error = error_of(
      429, "{}", {{"X-Request-Id", "req_1"}, {"Retry-After-Ms", "250"}, {"X-Should-Retry", "false"}});
  EXPECT_EQ(error.request_id, "req_1");
  EXPECT_EQ(error.retry_after, std::chrono::milliseconds(250));
  EXPECT_EQ(error.should_retry, false);
}

TEST(OpenAiSpeech, NoErrorShowsTheKey) {
  const auto error = error_of(
      401, R"({"error":{"code":"invalid_api_key","message":"Incorrect API key: sk-secret-key-0123456789"}})");
  EXPECT_EQ(vendor::describe(error).find("secret"), std::string::npos);
}

TEST(OpenAiHearing, TheSessionSaysFormatModelAndThatTurnsAreOurs) {
  EXPECT_EQ(openai_hearing_url(kAccount), "wss://api.openai.com/v1/realtime?intent=transcription");
  EXPECT_EQ(openai_session_update(*read_openai_hearing(with(""), "hi-IN", 8000)),
            R"({"type":"session.update","session":{"type":"transcription","audio":{"input":{)"
            R"("format":{"type":"audio/pcmu"},"transcription":{"model":"gpt-4o-transcribe","language":"hi"},)"
            R"("turn_detection":null,"noise_reduction":null}}}})");
  const auto wide = openai_session_update(*read_openai_hearing(
      with("gpt-live-transcribe", {{"noise_reduction", "near_field"}, {"prompt", "p"}}), "en", 16000));
  EXPECT_NE(wide.find(R"("format":{"type":"audio/pcm","rate":24000})"), std::string::npos);
  EXPECT_NE(wide.find(R"("languages":["en"],"prompt":"p")"), std::string::npos);
  EXPECT_NE(wide.find(R"("noise_reduction":{"type":"near_field"})"), std::string::npos);
  const auto detected = read_openai_hearing(with("", {{"language", "auto"}}), "hi", 8000);
  EXPECT_EQ(openai_session_update(*detected).find("language"), std::string::npos);
}

TEST(OpenAiHearing, WrongOptionsAreNamed) {
  EXPECT_EQ(read_openai_hearing(with("", {{"vad", "1"}}), "", 8000).error().message,
            "openai has no option 'vad'; it has language, prompt, noise_reduction, format");
  EXPECT_FALSE(read_openai_hearing(with("", {{"format", "pcmu"}}), "", 16000));
  EXPECT_FALSE(read_openai_hearing(with("", {{"noise_reduction", "much"}}), "", 8000));
}

TEST(OpenAiHearing, EventsAreReadInBothSpellings) {
  EXPECT_EQ(parse_openai_hearing(R"({"type":"session.updated"})")->kind, Kind::session_ready);
  EXPECT_EQ(parse_openai_hearing(R"({"type":"transcription_session.updated"})")->kind, Kind::session_ready);
  EXPECT_EQ(parse_openai_hearing(R"({"type":"session.created"})")->kind, Kind::other);
  const auto committed = parse_openai_hearing(R"({"type":"input_audio_buffer.committed","item_id":"i1"})");
  EXPECT_EQ(committed->kind, Kind::committed);
  EXPECT_EQ(committed->item, "i1");
  const auto delta = parse_openai_hearing(
      R"({"type":"conversation.item.input_audio_transcription.delta","item_id":"i1","delta":"Hel"})");
  EXPECT_EQ(delta->kind, Kind::delta);
  EXPECT_EQ(delta->text, "Hel");
  const auto completed = parse_openai_hearing(
      R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i1","transcript":"Hello"})");
  EXPECT_EQ(completed->kind, Kind::completed);
  EXPECT_EQ(completed->text, "Hello");
  const auto failed = parse_openai_hearing(
      R"({"type":"conversation.item.input_audio_transcription.failed","item_id":"i1","error":{"code":"c"}})");
  EXPECT_EQ(failed->kind, Kind::failed);
  const auto error = parse_openai_hearing(R"({"type":"error","error":{"code":"c","event_id":"u7"}})");
  EXPECT_EQ(error->kind, Kind::error);
  EXPECT_EQ(error->event_id, "u7");
  EXPECT_EQ(parse_openai_hearing(R"({"error":{"message":"m"}})")->kind, Kind::error);
  EXPECT_EQ(parse_openai_hearing(R"({"type":"error","error":"text"})")->kind, Kind::error);
}

TEST(OpenAiHearing, WhatIsNotOfTheProtocolIsAnErrorAndNoCrash) {
  for (const std::string_view text :
       {"", "{", "[1]", "7", "\xff",
        R"({"type":"conversation.item.input_audio_transcription.completed","transcript":{}})",
        R"({"type":"conversation.item.input_audio_transcription.delta","delta":5})"}) {
    const auto event = parse_openai_hearing(text);
    ASSERT_FALSE(event) << text;
    EXPECT_EQ(event.error().code, Errc::protocol);
  }
  EXPECT_EQ(parse_openai_hearing(R"({"type":5,"item_id":[]})")->kind, Kind::other);
}

TEST(OpenAiUtterances, AnswersFindTheirUtteranceInAnyOrder) {
  OpenAiUtterances utterances;
  utterances.committed(1);
  utterances.committed(2);
  utterances.named("a");
  utterances.named("a");
  utterances.named("b");
  EXPECT_EQ(utterances.completed("b", "two")->utterance, 2U);
  EXPECT_EQ(utterances.went_on("a", "on")->text, "on");
  EXPECT_EQ(utterances.went_on("a", "e")->text, "one");
  EXPECT_EQ(utterances.completed("a", "one")->utterance, 1U);
  EXPECT_FALSE(utterances.waiting());
}

TEST(OpenAiUtterances, AnAnswerThatComesTwiceIsTakenOnce) {
  OpenAiUtterances utterances;
  utterances.committed(1);
  EXPECT_EQ(utterances.completed("a", "one")->utterance, 1U) << "though nobody named it";
  utterances.committed(2);
  EXPECT_FALSE(utterances.completed("a", "one"));
  EXPECT_FALSE(utterances.went_on("a", "one"));
  EXPECT_EQ(utterances.completed("b", "two")->utterance, 2U);
  EXPECT_FALSE(utterances.completed("c", "three"));
  EXPECT_FALSE(utterances.completed("", "nobody"));
}

TEST(OpenAiUtterances, ADroppedUtteranceKeepsItsItem) {
  OpenAiUtterances utterances;
  utterances.committed(1);
  utterances.drop_all();
  utterances.committed(2);
  utterances.named("a");
  utterances.named("b");
  EXPECT_FALSE(utterances.completed("a", "one"));
  EXPECT_EQ(utterances.completed("b", "two")->utterance, 2U);
}

TEST(OpenAiUtterances, ARefusedCommitIsAnsweredByWhatIsKnown) {
  OpenAiUtterances utterances;
  utterances.committed(7);
  EXPECT_FALSE(utterances.refused("u8"));
  EXPECT_EQ(utterances.refused("u7")->text, "");
  EXPECT_FALSE(utterances.refused("u7"));
}

TEST(OpenAiUtterances, GivingUpAnswersAllWithWhatIsKnown) {
  OpenAiUtterances utterances;
  for (std::uint64_t i = 0; i < 100; ++i)
    utterances.committed(i);
  utterances.went_on("a", "some");
  const auto answers = utterances.give_up();
  EXPECT_EQ(answers.size(), 16U) << "a vendor that never answers does not fill the memory";
  EXPECT_EQ(answers.front().text, "some");
  EXPECT_TRUE(utterances.give_up().empty());
  EXPECT_FALSE(utterances.completed("a", "late"));
}

TEST(OpenAiFile, SpeechIsFoundByItsLoudness) {
  std::vector<std::int16_t> samples(80'000);
  const auto speak = [&samples](std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i)
      samples[i] = i % 2 == 0 ? 3000 : -3000;
  };
  EXPECT_TRUE(find_speech(samples, 8000, 1, 60).empty());
  EXPECT_TRUE(find_speech({}, 8000, 1, 60).empty());
  speak(8000, 16000);
  speak(20000, 24000);  // half a second later
  speak(40000, 48000);
  EXPECT_EQ(find_speech(samples, 8000, 1, 60), (std::vector<SpeechStretch>{{6400, 25600}, {38400, 49600}}));
  EXPECT_EQ(find_speech(samples, 8000, 1e9, 600), (std::vector<SpeechStretch>{{6400, 49600}}));
  speak(0, 80'000);
  const auto cut = find_speech(samples, 8000, 1, 2);
  ASSERT_EQ(cut.size(), 5U);
  EXPECT_EQ(cut.back(), (SpeechStretch{64000, 80000}));
}

TEST(OpenAiFile, AnAnswerIsPlacedInTheRecording) {
  const auto plain = parse_openai_transcription(R"({"text":" Hello there. ","usage":{}})", 1, 10, 2);
  ASSERT_TRUE(plain);
  EXPECT_EQ(*plain, (std::vector<FileSegment>{{1, 10, 12, "Hello there."}}));
  const auto timed = parse_openai_transcription(
      R"({"text":"a b","segments":[{"start":0.5,"end":1,"text":" a"},{"start":-1,"end":99,"text":"b"},{"text":" "},5]})",
      0, 10, 2);
  ASSERT_TRUE(timed);
  EXPECT_EQ(*timed, (std::vector<FileSegment>{{0, 10.5, 11, "a"}, {0, 10, 12, "b"}}));
  EXPECT_TRUE(parse_openai_transcription(R"({"text":""})", 0, 0, 1)->empty());
  for (const std::string_view body : {"", "text", "[]", R"({"text":5})", R"({"segments":[]})", "\xff"}) {
    EXPECT_FALSE(parse_openai_transcription(body, 0, 0, 1)) << body;
  }
}

TEST(OpenAiFile, OnlyWhisperIsAskedForTimes) {
  const auto request = [](std::string model) {
    return openai_transcription_request(kAccount, *read_openai_file_options(with(std::move(model)), "hi-IN"),
                                        "RIFF")
        .body;
  };
  EXPECT_NE(request("whisper-1").find("verbose_json"), std::string::npos);
  EXPECT_EQ(request("gpt-transcribe").find("verbose_json"), std::string::npos);
  EXPECT_NE(request("").find("gpt-4o-transcribe"), std::string::npos);
  EXPECT_NE(request("").find("hi\r\n"), std::string::npos);
}

}  // namespace
}  // namespace parley::speech
