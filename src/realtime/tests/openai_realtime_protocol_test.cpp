#include "realtime/openai/openai_realtime_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::realtime {
namespace {

using ::testing::HasSubstr;
using Kind = RealtimeEvent::Kind;

RealtimeEvent parsed(std::string_view text) {
  auto event = parse_realtime(text);
  EXPECT_TRUE(event) << text;
  return event ? std::move(*event) : RealtimeEvent();
}

TEST(OpenAiRealtimeOptions, NameWhatIsWrongAndHaveDefaults) {
  agent::ProviderChoice choice;
  const auto plain = read_realtime_options(choice, "hi-IN", 8000);
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->mulaw);
  EXPECT_EQ(plain->transcription_language, "hi");
  EXPECT_FALSE(plain->model.empty());
  EXPECT_FALSE(read_realtime_options(choice, "hi-IN", 16000)->mulaw);
  choice.options["transcription_model"] = "none";
  EXPECT_TRUE(read_realtime_options(choice, "hi-IN", 8000)->transcription_model.empty());
  choice.options["sped"] = "2";
  const auto unknown = read_realtime_options(choice, "hi-IN", 8000);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("sped"));
  EXPECT_THAT(unknown.error().message, HasSubstr("speed"));
}

TEST(OpenAiRealtimeMessages, TurnTheModelsOwnTurnDetectionOffAndOfferTheTools) {
  RealtimeOptions options{.model = "m",
                          .voice = "marin",
                          .transcription_model = "w",
                          .transcription_language = "en",
                          .speed = 1.1,
                          .max_output_tokens = {},
                          .mulaw = true};
  const auto message =
      session_update_message(options, "Be brief.", {{"weather", "Tells it", R"({"type":"object"})"}});
  auto json = vendor::parse_json_object(message);
  ASSERT_TRUE(json);
  const auto& session = json->at("session").as_object();
  const auto& input = session.at("audio").at("input").as_object();
  EXPECT_TRUE(input.at("turn_detection").is_null());
  EXPECT_EQ(input.at("format").at("type").as_string(), "audio/pcmu");
  EXPECT_EQ(input.at("transcription").at("model").as_string(), "w");
  EXPECT_EQ(session.at("tools").at(0).at("name").as_string(), "weather");
  EXPECT_EQ(session.at("tools").at(0).at("parameters").at("type").as_string(), "object");
  options.mulaw = false;
  EXPECT_THAT(session_update_message(options, "", {}), HasSubstr(R"("rate":24000)"));
}

TEST(OpenAiRealtimeMessages, EscapeWhatTheyCarry) {
  auto json = vendor::parse_json_object(text_item_message(llm::Role::caller, "say \"hi\"\n"));
  ASSERT_TRUE(json);
  EXPECT_EQ(json->at("item").at("content").at(0).at("text").as_string(), "say \"hi\"\n");
  json = vendor::parse_json_object(truncate_message("item_1", 1234));
  EXPECT_EQ(json->at("audio_end_ms").as_int64(), 1234);
  std::string message;
  const std::byte sound[] = {std::byte{0xff}, std::byte{0x00}};
  append_audio_message(sound, message);
  EXPECT_THAT(message, HasSubstr(R"("audio":"/wA=")"));
}

TEST(OpenAiRealtimeEvents, AreReadInBothSpellings) {
  for (const char* type : {"response.output_audio.delta", "response.audio.delta"}) {
    const auto event =
        parsed(std::string(R"({"type":")") + type + R"(","response_id":"r","item_id":"i","delta":"AAA="})");
    EXPECT_EQ(event.kind, Kind::audio);
    EXPECT_EQ(event.response, "r");
    EXPECT_EQ(event.audio, "AAA=");
  }
  EXPECT_EQ(parsed(R"({"type":"response.audio_transcript.delta","response_id":"r","delta":"Hi"})").text,
            "Hi");
  const auto call = parsed(
      R"({"type":"response.function_call_arguments.done","response_id":"r","call_id":"c","name":"f","arguments":"{}"})");
  EXPECT_EQ(call.kind, Kind::tool_call);
  EXPECT_EQ(call.call.name, "f");
  EXPECT_EQ(
      parsed(
          R"({"type":"response.output_item.added","response_id":"r","item":{"id":"i","type":"function_call"}})")
          .item,
      "");
  EXPECT_EQ(
      parsed(R"({"type":"response.output_item.added","response_id":"r","item":{"id":"i","type":"message"}})")
          .item,
      "i");
}

TEST(OpenAiRealtimeEvents, CountWhatWasUsed) {
  const auto done = parsed(R"({"type":"response.done","response":{"id":"r","status":"completed","usage":{
      "input_tokens":120,"input_token_details":{"text_tokens":40,"audio_tokens":80,"cached_tokens":30,
      "cached_tokens_details":{"text_tokens":10,"audio_tokens":20}},
      "output_tokens":60,"output_token_details":{"text_tokens":15,"audio_tokens":45}}}})");
  EXPECT_EQ(done.status, "completed");
  ASSERT_TRUE(done.has_usage);
  EXPECT_EQ(done.usage.input_tokens, 40);
  EXPECT_EQ(done.usage.cached_input_tokens, 10);
  EXPECT_EQ(done.usage.audio_input_tokens, 80);
  EXPECT_EQ(done.usage.cached_audio_input_tokens, 20);
  EXPECT_EQ(done.usage.output_tokens, 15);
  EXPECT_EQ(done.usage.audio_output_tokens, 45);
}

TEST(OpenAiRealtimeEvents, OfAnyShapeAreReadWithoutHarm) {
  EXPECT_FALSE(parse_realtime("{"));
  EXPECT_FALSE(parse_realtime("[]"));
  EXPECT_FALSE(parse_realtime("\xff"));
  EXPECT_EQ(parsed("{}").kind, Kind::other);
  EXPECT_EQ(parsed(R"({"type":7})").kind, Kind::other);
  EXPECT_EQ(parsed(R"({"type":"response.done","response":[]})").status, "");
  EXPECT_EQ(parsed(R"({"type":"response.done","response":{"usage":{"input_token_details":null}}})")
                .usage.input_tokens,
            0);
  EXPECT_EQ(parsed(R"({"type":"response.output_audio.delta","delta":{}})").audio, "");
  EXPECT_TRUE(parsed(R"({"type":"error","error":null})").error.empty());
}

}  // namespace
}  // namespace parley::realtime
