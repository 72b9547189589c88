// What goes over Sarvam's wire, as text: settings, addresses, messages and every kind of bad message.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "speech/sarvam/sarvam_stt_protocol.hpp"
#include "speech/sarvam/sarvam_tts_protocol.hpp"
#include "vendor/json.hpp"

namespace parley::speech {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Stt = SarvamSttEvent::Kind;
using Tts = SarvamTtsEvent::Kind;

agent::ProviderChoice choice(std::string model, std::string voice = {},
                             std::map<std::string, std::string> options = {}) {
  agent::ProviderChoice made;
  made.provider = "sarvam";
  made.model = std::move(model);
  made.voice = std::move(voice);
  made.options = std::move(options);
  return made;
}

std::string base64(std::string_view bytes) {
  std::string out;
  base64_encode(std::as_bytes(std::span(bytes)), out);
  return out;
}

// --- the recogniser's settings

TEST(SarvamStt, TheModelDecidesWhichProtocolIsSpoken) {
  const auto api = [](std::string model, std::map<std::string, std::string> options = {}) {
    return read_sarvam_stt(choice(std::move(model), {}, std::move(options)), "hi-IN", 8000).value().api;
  };
  using Api = SarvamSttSettings::Api;
  EXPECT_EQ(api(""), Api::streaming);
  EXPECT_EQ(api("saarika:v2.5"), Api::streaming);
  EXPECT_EQ(api("saaras:v3"), Api::streaming);
  EXPECT_EQ(api("saaras:v3-realtime"), Api::realtime);
  EXPECT_EQ(api("saaras:v4"), Api::realtime);
  EXPECT_EQ(api("saaras:v3", {{"api", "realtime"}}), Api::realtime);
  EXPECT_EQ(api("saaras:v4", {{"api", "streaming"}}), Api::streaming);
}

TEST(SarvamStt, TheAddressHoldsWhatTheStreamingProtocolAsksFor) {
  SarvamSttProtocol protocol(
      read_sarvam_stt(choice("saarika:v2.5", {}, {{"min_speech_frames", "3"}}), "or-IN", 8000).value());
  EXPECT_EQ(protocol.target(),
            "/speech-to-text/"
            "ws?language-code=od-IN&model=saarika%3Av2.5&sample_rate=8000&input_audio_codec=pcm_s16le"
            "&flush_signal=true&vad_signals=true&min_speech_frames=3");
  EXPECT_EQ(protocol.hello(), "");
  EXPECT_EQ(protocol.utterance_started(), "");
  EXPECT_EQ(protocol.utterance_finished(), R"({"type":"flush"})");
}

TEST(SarvamStt, TheAddressHoldsWhatTheRealtimeProtocolAsksFor) {
  SarvamSttProtocol protocol(
      read_sarvam_stt(choice("saaras:v4", {}, {{"mode", "codemix"}, {"prompt", "a & b"}}), "or-IN", 16000)
          .value());
  EXPECT_EQ(
      protocol.target(),
      "/speech-to-text-realtime/ws?model=saaras%3Av4&language_code=or-IN&stream_type=fast&endpointing=manual"
      "&encoding=linear16&sample_rate=16000&prompt=a%20%26%20b&mode=codemix");
  EXPECT_EQ(protocol.utterance_started(), R"({"event":"speech_start"})");
  EXPECT_EQ(protocol.utterance_finished(), R"({"event":"speech_end"})");
  EXPECT_EQ(protocol.keep_alive(), R"({"event":"ping"})");
}

TEST(SarvamStt, SendsAPromptFirstWhereTheAddressCannotHoldIt) {
  SarvamSttProtocol protocol(
      read_sarvam_stt(choice("saaras:v3", {}, {{"prompt", "loans"}}), "hi-IN", 8000).value());
  EXPECT_EQ(protocol.hello(), R"({"type":"config","prompt":"loans"})");
}

TEST(SarvamStt, OtherRatesAreSentAtSixteenThousand) {
  EXPECT_EQ(read_sarvam_stt(choice(""), "hi-IN", 24000).value().sample_rate_hz, 16000);
  EXPECT_EQ(read_sarvam_stt(choice(""), "hi-IN", 8000).value().sample_rate_hz, 8000);
}

TEST(SarvamStt, SaysWhatIsWrongWithAnAgentsOptions) {
  const auto complaint = [](std::string model, std::map<std::string, std::string> options,
                            std::string_view language = "hi-IN") {
    const auto settings = read_sarvam_stt(choice(std::move(model), {}, std::move(options)), language, 8000);
    return settings ? std::string() : settings.error().message;
  };
  EXPECT_THAT(complaint("", {{"colour", "red"}}), HasSubstr("'colour'"));
  EXPECT_THAT(complaint("", {{"colour", "red"}}), HasSubstr("mode"));
  EXPECT_THAT(complaint("", {{"mode", "sing"}}), HasSubstr("translit"));
  EXPECT_THAT(complaint("", {{"high_vad_sensitivity", "very"}}), HasSubstr("true or false"));
  EXPECT_THAT(complaint("", {{"min_speech_frames", "a&b"}}), HasSubstr("number"));
  EXPECT_THAT(complaint("saarika:v2.5", {{"mode", "translate"}}), HasSubstr("saaras"));
  EXPECT_THAT(complaint("", {}, "de-DE"), HasSubstr("'de-DE'"));
  EXPECT_THAT(complaint("saarika:v2.5", {}, "ur-IN"), HasSubstr("'ur-IN'"));
  EXPECT_EQ(complaint("", {{"final_ms", "1500"}, {"language", "ta-IN"}}, "de-DE"), "");
}

TEST(SarvamStt, SoundIsBase64OfLittleEndianSamples) {
  const std::array<std::int16_t, 2> samples = {0x0102, -2};
  SarvamSttProtocol streaming(read_sarvam_stt(choice(""), "hi-IN", 8000).value());
  EXPECT_EQ(streaming.audio(samples), R"({"audio":{"data":")" + base64("\x02\x01\xfe\xff") +
                                          R"(","sample_rate":8000,"encoding":"audio/wav"}})");
  SarvamSttProtocol realtime(read_sarvam_stt(choice("saaras:v4"), "hi-IN", 8000).value());
  EXPECT_EQ(realtime.audio(samples),
            R"({"event":"audio_input","audio":")" + base64("\x02\x01\xfe\xff") + R"("})");
}

// --- the recogniser's answers

SarvamSttEvent streaming(std::string_view message) {
  return SarvamSttProtocol(read_sarvam_stt(choice("saaras:v3"), "hi-IN", 8000).value()).read(message);
}
SarvamSttEvent realtime(std::string_view message) {
  return SarvamSttProtocol(read_sarvam_stt(choice("saaras:v4"), "hi-IN", 8000).value()).read(message);
}

TEST(SarvamStt, ReadsTheStreamingProtocol) {
  const auto answer = streaming(
      R"({"type":"data","data":{"request_id":"r","transcript":"नमस्ते","timestamps":null,"language_code":"hi-IN",)"
      R"("metrics":{"audio_duration":1.9,"processing_latency":0.21}}})");
  EXPECT_EQ(answer.kind, Stt::final);
  EXPECT_EQ(answer.text, "नमस्ते");
  EXPECT_EQ(streaming(R"({"type":"data","data":{"transcript":null}})").kind, Stt::final);
  EXPECT_EQ(streaming(R"({"type":"events","data":{"signal_type":"START_SPEECH","occured_at":1.5}})").kind,
            Stt::speech_started);
  EXPECT_EQ(streaming(R"({"type":"events","data":{"signal_type":"END_SPEECH"}})").kind, Stt::speech_ended);
  const auto error =
      streaming(R"({"type":"error","data":{"error":"no","code":"rate_limit_exceeded_error"}})");
  EXPECT_EQ(error.kind, Stt::error);
  EXPECT_EQ(error.text, "no");
  EXPECT_EQ(error.code, "rate_limit_exceeded_error");
}

TEST(SarvamStt, ReadsTheRealtimeProtocol) {
  const auto partial = realtime(R"({"event":"transcript.partial","utterance_idx":2,"text":"one"})");
  EXPECT_EQ(partial.kind, Stt::partial);
  EXPECT_EQ(partial.utterance, 2);
  const auto answer = realtime(R"({"event":"transcript.final","utterance_idx":2,"text":"one two"})");
  EXPECT_EQ(answer.kind, Stt::final);
  EXPECT_EQ(answer.text, "one two");
  EXPECT_EQ(realtime(R"({"event":"session.begin","request_id":"r","config":{}})").kind, Stt::other);
  EXPECT_EQ(realtime(R"({"event":"pong"})").kind, Stt::other);
  EXPECT_EQ(realtime(R"({"event":"error","code":"invalid_config","is_fatal":false,"message":"m"})").kind,
            Stt::other);
  const auto error = realtime(
      R"({"event":"error","code":"quota","is_fatal":true,"message":"out of quota","status_code":429})");
  EXPECT_EQ(error.kind, Stt::error);
  EXPECT_EQ(error.status, 429);
}

TEST(SarvamStt, UnknownMessagesAreNoFault) {
  for (const auto* message : {"{}", R"({"type":"news"})", R"({"type":7,"data":{}})", R"({"event":null})",
                              R"({"type":"events","data":{"signal_type":9}})"}) {
    EXPECT_EQ(streaming(message).kind, Stt::other) << message;
    EXPECT_EQ(realtime(message).kind, Stt::other) << message;
  }
}

TEST(SarvamStt, BadMessagesAreToldApart) {
  const std::string endless =
      R"({"type":"data","data":{"transcript":")" + std::string(20'000, 'a') + R"("}})";
  const std::string deep(100, '[');
  for (const std::string& message :
       {std::string(""), std::string("{"), std::string("[]"), std::string("null"), std::string("\"text\""),
        deep, std::string("\xff\xfe{}"),
        std::string(R"({"type":"data","data":{"transcript":")") + "\xc3" + "\"}}",
        std::string(R"({"type":"data","data":{"transcript":["a"]}})"),
        std::string(R"({"type":"data","data":"x"})"), endless})
    EXPECT_EQ(streaming(message).kind, Stt::not_ours) << message.substr(0, 60);
  EXPECT_EQ(realtime(R"({"event":"transcript.final","text":5})").kind, Stt::not_ours);
  EXPECT_EQ(realtime(R"({"event":"transcript.final","text":"a","utterance_idx":"x"})").utterance, -1);
}

// --- the voice's settings

TEST(SarvamTts, ChoosesTheRateThatLosesNothing) {
  const auto rate = [](int wanted) {
    return read_sarvam_tts(choice(""), "hi-IN", wanted).value().sample_rate_hz;
  };
  EXPECT_EQ(rate(8000), 8000);
  EXPECT_EQ(rate(16000), 16000);
  EXPECT_EQ(rate(22050), 22050);
  EXPECT_EQ(rate(11025), 16000);
  EXPECT_EQ(rate(48000), 24000);
}

TEST(SarvamTts, EachGenerationHasItsSpeakers) {
  const auto read = [](std::string model, std::string voice) {
    return read_sarvam_tts(choice(std::move(model), std::move(voice)), "hi-IN", 8000);
  };
  EXPECT_EQ(read("", "").value().speaker, "shubh");
  EXPECT_EQ(read("bulbul:v2", "").value().speaker, "anushka");
  EXPECT_EQ(read("bulbul:v4-flash", "").value().speaker, "");
  EXPECT_EQ(read("bulbul:v3", "Ritu").value().speaker, "ritu");
  EXPECT_EQ(read("bulbul:v3", "someone_new").value().speaker, "someone_new");
  const auto older = read("bulbul:v3", "anushka");
  ASSERT_FALSE(older);
  EXPECT_THAT(older.error().message, HasSubstr("anushka belongs to bulbul:v2"));
  EXPECT_THAT(older.error().message, HasSubstr("shubh"));
  const auto newer = read("bulbul:v2", "rupali");
  ASSERT_FALSE(newer);
  EXPECT_THAT(newer.error().message, HasSubstr("rupali belongs to bulbul:v3"));
  EXPECT_THAT(newer.error().message, HasSubstr("vidya"));
}

TEST(SarvamTts, EachGenerationHasItsOptions) {
  const auto complaint = [](std::string model, std::map<std::string, std::string> options) {
    const auto settings = read_sarvam_tts(choice(std::move(model), {}, std::move(options)), "hi-IN", 8000);
    return settings ? std::string() : settings.error().message;
  };
  EXPECT_EQ(complaint("bulbul:v2", {{"pitch", "0.5"}, {"loudness", "2"}, {"pace", "3"}}), "");
  EXPECT_EQ(complaint("bulbul:v3", {{"temperature", "0.6"}, {"pace", "2"}, {"first_audio_ms", "900"}}), "");
  EXPECT_THAT(complaint("bulbul:v3", {{"pitch", "0.5"}}), HasSubstr("bulbul:v2"));
  EXPECT_THAT(complaint("bulbul:v2", {{"temperature", "0.5"}}), HasSubstr("bulbul:v3"));
  EXPECT_THAT(complaint("bulbul:v3", {{"pace", "2.5"}}), HasSubstr("0.5 to 2"));
  EXPECT_THAT(complaint("bulbul:v3", {{"pace", "nan"}}), HasSubstr("0.5 to 2"));
  EXPECT_THAT(complaint("", {{"stream", "true"}}), HasSubstr("transport=http"));
  EXPECT_THAT(complaint("", {{"tempo", "1"}}), HasSubstr("'tempo'"));
}

TEST(SarvamTts, SaysTheLanguageUnderBothOfItsNames) {
  const auto settings = read_sarvam_tts(choice("bulbul:v2", {}, {{"pace", "1.5"}}), "or-IN", 8000).value();
  EXPECT_EQ(sarvam_tts_target(settings), "/text-to-speech/ws?model=bulbul%3Av2&send_completion_event=true");
  const auto config = vendor::parse_json_object(sarvam_tts_config(settings)).value();
  EXPECT_EQ(vendor::string_member(config, "type"), "config");
  const auto& data = *vendor::object_member(config, "data");
  EXPECT_EQ(vendor::string_member(data, "target_language_code"), "od-IN");
  EXPECT_EQ(vendor::string_member(data, "language_code"), "od-IN");
  EXPECT_EQ(vendor::string_member(data, "speaker"), "anushka");
  EXPECT_EQ(vendor::string_member(data, "speech_sample_rate"), "8000");
  EXPECT_EQ(vendor::string_member(data, "output_audio_codec"), "linear16");
  EXPECT_EQ(vendor::number_member(data, "pace"), 1.5);
  EXPECT_EQ(vendor::member(data, "pitch"), nullptr);
}

TEST(SarvamTts, ARequestHoldsTextAndSettings) {
  auto settings = read_sarvam_tts(choice("", {}, {{"transport", "http"}}), "hi-IN", 8000).value();
  const auto body = vendor::parse_json_object(sarvam_tts_body(settings, "कहो \"हाँ\"")).value();
  EXPECT_EQ(vendor::string_member(body, "text"), "कहो \"हाँ\"");
  EXPECT_EQ(vendor::string_member(body, "model"), "bulbul:v3");
  EXPECT_EQ(vendor::integer_member(body, "speech_sample_rate"), 8000);
  EXPECT_EQ(vendor::string_member(body, "output_audio_codec"), "wav");
}

// --- the voice's answers

TEST(SarvamTts, ReadsItsMessages) {
  const auto audio = read_sarvam_tts(R"({"type":"audio","data":{"content_type":"audio/wav","audio":")" +
                                     base64("abcd") + R"(","request_id":"r"}})");
  EXPECT_EQ(audio.kind, Tts::audio);
  EXPECT_EQ(audio.bytes, "abcd");
  EXPECT_EQ(read_sarvam_tts(R"({"type":"event","data":{"event_type":"final","message":"m"}})").kind,
            Tts::final);
  EXPECT_EQ(read_sarvam_tts(R"({"type":"event","data":{"event_type":"start"}})").kind, Tts::other);
  const auto error = read_sarvam_tts(
      R"({"type":"error","data":{"message":"bad text","code":422,"details":{},"request_id":"r1"}})");
  EXPECT_EQ(error.kind, Tts::error);
  EXPECT_EQ(error.status, 422);
  EXPECT_EQ(error.bytes, "bad text");
  EXPECT_EQ(error.request_id, "r1");
  EXPECT_EQ(read_sarvam_tts(R"({"type":"error","data":{"message":"x","code":"invalid_api_key_error"}})").code,
            "invalid_api_key_error");
}

TEST(SarvamTts, BadMessagesAreToldApart) {
  for (const std::string& message :
       {std::string(""), std::string("{"), std::string("7"), std::string("\xff"),
        std::string(R"({"type":"audio"})"), std::string(R"({"type":"audio","data":{}})"),
        std::string(R"({"type":"audio","data":{"audio":7}})"),
        std::string(R"({"type":"audio","data":{"audio":"*"}})"),
        std::string(R"({"type":"audio","data":{"audio":"QUJD","content_type":"audio/mpeg"}})"),
        R"({"type":"audio","data":{"audio":")" + base64("ID3 and an MP3") + R"("}})"})
    EXPECT_EQ(read_sarvam_tts(message).kind, Tts::not_ours) << message;
  for (const auto* message : {"{}", R"({"type":"event"})", R"({"type":["audio"]})", R"({"type":"pong"})"})
    EXPECT_EQ(read_sarvam_tts(message).kind, Tts::other) << message;
}

TEST(SarvamTts, AnAnswerHoldsFiles) {
  const auto files = read_sarvam_tts_answer(R"({"request_id":"r","audios":[")" + base64("one") + R"(",")" +
                                            base64("two") + R"("]})");
  ASSERT_TRUE(files);
  EXPECT_THAT(*files, ElementsAre("one", "two"));
  for (const auto* body : {"", "{}", R"({"audios":[]})", R"({"audios":[1]})", R"({"audios":["*"]})",
                           R"({"audios":"QUJD"})", "RIFF"})
    EXPECT_FALSE(read_sarvam_tts_answer(body)) << body;
}

}  // namespace
}  // namespace parley::speech
