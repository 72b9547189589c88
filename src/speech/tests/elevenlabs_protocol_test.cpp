#include "speech/elevenlabs/elevenlabs_protocol.hpp"

#include <gtest/gtest.h>

namespace parley::speech {
namespace {

using vendor::Fault;

const vendor::Account kAccount{.vendor = "elevenlabs",
                               .url = "https://api.elevenlabs.io",
                               .key = "secret-key-0123456789",
                               .key_setting = "ELEVENLABS_API_KEY"};

ElevenLabsVoice voice_of(agent::ProviderChoice choice, std::string_view language = "hi-IN") {
  const auto voice = read_elevenlabs_voice(choice, language);
  EXPECT_TRUE(voice) << voice.error().message;
  return voice.value_or(ElevenLabsVoice{});
}

std::string complaint(std::string model, std::map<std::string, std::string> options) {
  const auto voice = read_elevenlabs_voice({.provider = "elevenlabs",
                                            .model = std::move(model),
                                            .voice = {},
                                            .options = std::move(options),
                                            .fallbacks = {}},
                                           "en");
  return voice ? "" : voice.error().message;
}

vendor::VendorError error_of(int status, std::string_view body, net::HeaderList headers = {}) {
  return ElevenLabsFaults(kAccount, "eleven_flash_v2_5").of_response(status, headers, body, {});
}

TEST(ElevenLabsProtocol, TheAddressSaysModelFormatAndLanguage) {
  EXPECT_EQ(
      elevenlabs_socket_url(
          kAccount, voice_of({.provider = {}, .model = {}, .voice = "v 1", .options = {}, .fallbacks = {}}),
          8000),
      "wss://api.elevenlabs.io/v1/text-to-speech/v%201/multi-stream-input?model_id=eleven_flash_v2_5"
      "&output_format=pcm_8000&auto_mode=true&inactivity_timeout=180&language_code=hi");
}

TEST(ElevenLabsProtocol, ModelsThatTakeNoLanguageAreNotToldOne) {
  agent::ProviderChoice choice;
  choice.model = "eleven_multilingual_v2";
  EXPECT_TRUE(voice_of(choice).language.empty());
  choice.options["language"] = "ta";
  EXPECT_EQ(voice_of(choice).language, "ta") << "unless the agent insists";
}

TEST(ElevenLabsProtocol, AModelWithoutSocketsGoesOverHttp) {
  agent::ProviderChoice choice;
  choice.model = "eleven_v3";
  EXPECT_TRUE(voice_of(choice).over_http);
  EXPECT_EQ(complaint("eleven_v3", {{"transport", "websocket"}}),
            "eleven_v3 has no WebSocket: leave the option transport out");
  EXPECT_EQ(complaint("eleven_v3", {{"transport", "http"}}), "");
}

TEST(ElevenLabsProtocol, WrongOptionsAreNamed) {
  EXPECT_NE(complaint("", {{"stabilty", "1"}}).find("no option 'stabilty'; it has transport, "),
            std::string::npos);
  EXPECT_EQ(complaint("", {{"stability", "2"}}), "elevenlabs's option stability is a number from 0 to 1");
  EXPECT_EQ(complaint("", {{"speed", "2"}}), "elevenlabs's option speed is a number from 0.7 to 1.2");
  EXPECT_EQ(complaint("", {{"transport", "pigeon"}}),
            "elevenlabs's option transport is one of websocket, http");
  EXPECT_EQ(complaint("", {{"speaker_boost", "perhaps"}}),
            "elevenlabs's option speaker_boost is true or false");
  EXPECT_EQ(complaint("", {{"seed", "-1"}}),
            "elevenlabs's option seed is a whole number from 0 to 4294967295");
}

TEST(ElevenLabsProtocol, TheRateIsTheWantedOneOrTheNextAbove) {
  EXPECT_EQ(elevenlabs_rate_hz(8000), 8000);
  EXPECT_EQ(elevenlabs_rate_hz(11025), 16000);
  EXPECT_EQ(elevenlabs_rate_hz(16000), 16000);
  EXPECT_EQ(elevenlabs_rate_hz(24000), 24000);
  EXPECT_EQ(elevenlabs_rate_hz(48000), 24000);
}

TEST(ElevenLabsProtocol, AContextIsOpenedFedAndClosed) {
  agent::ProviderChoice choice;
  choice.options = {{"stability", "0.5"}, {"speaker_boost", "yes"}, {"speed", "1.1"}};
  EXPECT_EQ(
      elevenlabs_open_context("s1", voice_of(choice)),
      R"({"text":" ","context_id":"s1","voice_settings":{"stability":5E-1,"use_speaker_boost":true,"speed":1.1E0}})");
  EXPECT_EQ(elevenlabs_open_context("s1", voice_of({})), R"({"text":" ","context_id":"s1"})");
  EXPECT_EQ(elevenlabs_speak("s1", "Say \"hi\"."),
            R"({"text":"Say \"hi\". ","context_id":"s1","flush":true})");
  EXPECT_EQ(elevenlabs_close_context("s1"), R"({"context_id":"s1","close_context":true})");
}

TEST(ElevenLabsProtocol, TheHttpRequestHoldsTheKeyInAHeaderOnly) {
  agent::ProviderChoice choice;
  choice.voice = "v1";
  choice.options = {{"seed", "7"}, {"logging", "false"}, {"text_normalization", "off"}};
  const auto request = elevenlabs_request(kAccount, voice_of(choice), 16000, "Hello.");
  EXPECT_EQ(
      request.url,
      "https://api.elevenlabs.io/v1/text-to-speech/v1/stream?output_format=pcm_16000&enable_logging=false");
  EXPECT_EQ(request.body, R"({"text":"Hello.","model_id":"eleven_flash_v2_5","language_code":"hi",)"
                          R"("apply_text_normalization":"off","seed":7})");
  EXPECT_EQ(net::find_header(request.headers, "XI-API-KEY"), kAccount.key);
}

TEST(ElevenLabsProtocol, SoundComesWithItsContextInEitherSpelling) {
  for (const auto* name : {"contextId", "context_id"}) {
    const auto event = parse_elevenlabs(std::string(R"({"audio":"AAEC","isFinal":null,")") + name +
                                        R"(":"s1","alignment":{"chars":["H","i"," ","é",5]}})");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->context, "s1");
    EXPECT_EQ(event->audio, std::string("\0\1\2", 3));
    EXPECT_EQ(event->spoken, 3U);
    EXPECT_FALSE(event->is_final);
    EXPECT_FALSE(event->problem);
  }
}

TEST(ElevenLabsProtocol, TheEndIsToldInSeveralWays) {
  EXPECT_TRUE(parse_elevenlabs(R"({"audio":null,"isFinal":true,"contextId":"a"})")->is_final);
  EXPECT_TRUE(parse_elevenlabs(R"({"is_final":true})")->is_final);
  EXPECT_TRUE(parse_elevenlabs(R"({"isFinal":"true"})")->is_final);
  EXPECT_FALSE(parse_elevenlabs(R"({"isFinal":false})")->is_final);
  EXPECT_TRUE(parse_elevenlabs(R"({"type":"flush_done"})")->flushed);
}

TEST(ElevenLabsProtocol, WhatIsNotOfTheProtocolIsAnErrorAndNoCrash) {
  for (const std::string_view text : {"", "{", "[]", "null", "\xff\xfe", R"({"audio":5})",
                                      R"({"audio":"%%"})", R"({"audio":"A"})", "{\"audio\":\"\xff\"}"}) {
    const auto event = parse_elevenlabs(text);
    ASSERT_FALSE(event) << text;
    EXPECT_EQ(event.error().code, Errc::protocol);
  }
  EXPECT_TRUE(parse_elevenlabs(R"({"new":"thing"})"));
  EXPECT_TRUE(parse_elevenlabs(R"({"alignment":5,"contextId":{},"isFinal":[]})"));
}

TEST(ElevenLabsProtocol, ErrorsOfTheSocketAreToldApart) {
  const ElevenLabsFaults faults(kAccount, "m");
  const auto fault = [&faults](std::string_view text) {
    const auto event = parse_elevenlabs(text);
    EXPECT_TRUE(event && event->problem) << text;
    return event && event->problem ? faults.of_problem(*event->problem).fault : Fault::internal;
  };
  EXPECT_EQ(fault(R"({"message":"m","error":"input_timeout_exceeded","code":1008})"), Fault::timeout);
  EXPECT_EQ(fault(R"({"message":"m","error":"max_active_conversations","code":1008})"), Fault::rate_limited);
  EXPECT_EQ(fault(R"({"message":"m","error":"quota_exceeded","code":1008})"), Fault::no_credit);
  EXPECT_EQ(fault(R"({"message":"m","error":"invalid_api_key","code":1008})"), Fault::bad_key);
  EXPECT_EQ(fault(R"({"message":"m","error":"something","code":1008})"), Fault::bad_request);
  EXPECT_EQ(fault(R"({"message":"m","error":"something","code":1011})"), Fault::overloaded);
  EXPECT_EQ(fault(R"({"message":"m","error":{"odd":1},"code":"1011"})"), Fault::overloaded);
  EXPECT_EQ(fault(R"({"message":"only words"})"), Fault::bad_request);
}

TEST(ElevenLabsProtocol, AClosedSocketTellsWhyByCodeOrReason) {
  const ElevenLabsFaults faults(kAccount, "m");
  EXPECT_EQ(faults.of_close({.code = 1008, .reason = "quota_exceeded"}).fault, Fault::no_credit);
  EXPECT_EQ(faults.of_close({.code = 1008, .reason = "bad message"}).fault, Fault::bad_request);
  EXPECT_EQ(faults.of_close({.code = 1011, .reason = ""}).fault, Fault::overloaded);
  EXPECT_EQ(faults.of_close({.code = 1000, .reason = ""}).fault, Fault::unreachable);
  EXPECT_EQ(faults.of_close({.code = 1006, .reason = ""}).status, 1006);
}

TEST(ElevenLabsProtocol, ErrorsOfHttpAreToldApartInTheOldAndTheNewForm) {
  struct Row {
    int status;
    std::string_view code;
    Fault fault;
  };
  const Row rows[] = {{401, "invalid_api_key", Fault::bad_key},
                      {401, "missing_permissions", Fault::bad_key},
                      {401, "quota_exceeded", Fault::no_credit},
                      {400, "quota_exceeded", Fault::no_credit},
                      {400, "voice_not_found", Fault::unknown_model},
                      {404, "voice_not_found", Fault::unknown_model},
                      {400, "max_character_limit_exceeded", Fault::bad_request},
                      {403, "only_for_creator+", Fault::unknown_model},
                      {429, "too_many_concurrent_requests", Fault::rate_limited},
                      {429, "concurrent_limit_exceeded", Fault::rate_limited},
                      {429, "rate_limit_exceeded", Fault::rate_limited},
                      {429, "system_busy", Fault::overloaded},
                      {500, "whatever", Fault::overloaded}};
  for (const auto& [status, code, fault] : rows) {
    const std::string name(code);
    const auto old = error_of(status, R"({"detail":{"status":")" + name + R"(","message":"words"}})");
    const auto newer = error_of(status, R"({"detail":{"type":"t","code":")" + name +
                                            R"(","status":"x","message":"words","request_id":"r1"}})");
    EXPECT_EQ(old.fault, fault) << status << name;
    EXPECT_EQ(newer.fault, fault) << status << name;
    EXPECT_EQ(old.code, name);
    EXPECT_EQ(newer.detail, "words");
    EXPECT_EQ(newer.request_id, "r1");
    EXPECT_EQ(newer.key_setting, "ELEVENLABS_API_KEY");
  }
  const auto invalid =
      error_of(422, R"({"detail":[{"loc":["body","text"],"msg":"field required","type":"missing"}]})");
  EXPECT_EQ(invalid.fault, Fault::bad_request);
  EXPECT_EQ(invalid.detail, "field required");
}

TEST(ElevenLabsProtocol, AnswersOfSomethingInBetweenAreUnderstoodByTheirStatus) {
  EXPECT_EQ(error_of(502, "<html>bad gateway</html>").fault, Fault::overloaded);
  EXPECT_EQ(error_of(401, "").fault, Fault::bad_key);
  EXPECT_EQ(error_of(404, R"({"detail":"Not Found"})").detail, "Not Found");
  EXPECT_EQ(error_of(400, R"({"detail":[]})").fault, Fault::bad_request);
  EXPECT_EQ(error_of(200, R"({"audio":"x"})").fault, Fault::protocol);
  const auto error = error_of(429, "", {{"Request-Id", "r2"}, {"Retry-After", "3"}});
  EXPECT_EQ(error.request_id, "r2");
  EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
}

TEST(ElevenLabsProtocol, NoErrorShowsTheKey) {
  const auto error =
      error_of(401, R"({"detail":{"status":"invalid_api_key","message":"secret-key-0123456789 is bad"}})");
  EXPECT_EQ(vendor::describe(error).find(kAccount.key), std::string::npos);
}

}  // namespace
}  // namespace parley::speech
