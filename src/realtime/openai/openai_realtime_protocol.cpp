#include "realtime/openai/openai_realtime_protocol.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "net/http_client.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/option_reader.hpp"

namespace parley::realtime {
namespace {

namespace json = vendor::json;
using Kind = RealtimeEvent::Kind;

constexpr std::string_view kOptionNames[] = {"max_output_tokens", "speed", "transcription_language",
                                             "transcription_model"};
constexpr std::string_view kDefaultModel = "gpt-realtime-2";
constexpr std::string_view kDefaultVoice = "marin";
constexpr std::string_view kDefaultTranscription = "gpt-4o-mini-transcribe";

json::value format_of(bool mulaw) {
  if (mulaw) return json::object{{"type", "audio/pcmu"}};
  return json::object{{"type", "audio/pcm"}, {"rate", 24000}};
}

struct Named {
  std::string_view name;
  Kind kind;
};
constexpr Named kEvents[] = {
    {"session.updated", Kind::session_ready},
    {"input_audio_buffer.committed", Kind::committed},
    {"conversation.item.input_audio_transcription.completed", Kind::caller_text},
    {"response.created", Kind::response_created},
    {"response.output_item.added", Kind::item_added},
    {"response.output_audio_transcript.delta", Kind::text},
    {"response.audio_transcript.delta", Kind::text},
    {"response.output_text.delta", Kind::text},
    {"response.text.delta", Kind::text},
    {"response.output_audio.delta", Kind::audio},
    {"response.audio.delta", Kind::audio},
    {"response.function_call_arguments.done", Kind::tool_call},
    {"response.done", Kind::response_done},
    {"error", Kind::error},
};

Kind kind_of(std::string_view type) {
  for (const Named& event : kEvents) {
    if (event.name == type) return event.kind;
  }
  return Kind::other;
}

std::int64_t count(const json::object* object, std::string_view name) {
  return object == nullptr ? 0 : std::max<std::int64_t>(0, vendor::integer_member(*object, name).value_or(0));
}

void read_usage(const json::object& object, vendor::Usage& usage) {
  const auto* in = vendor::object_member(object, "input_token_details");
  const auto* out = vendor::object_member(object, "output_token_details");
  const auto* cached = in == nullptr ? nullptr : vendor::object_member(*in, "cached_tokens_details");
  usage.audio_input_tokens = count(in, "audio_tokens");
  usage.input_tokens = in == nullptr ? count(&object, "input_tokens") : count(in, "text_tokens");
  usage.cached_input_tokens = std::min(usage.input_tokens, count(cached, "text_tokens"));
  usage.cached_audio_input_tokens = std::min(usage.audio_input_tokens, count(cached, "audio_tokens"));
  usage.audio_output_tokens = count(out, "audio_tokens");
  usage.output_tokens = out == nullptr ? count(&object, "output_tokens") : count(out, "text_tokens");
}

}  // namespace

Result<RealtimeOptions> read_realtime_options(const agent::ProviderChoice& choice, std::string_view language,
                                              int sample_rate_hz) {
  vendor::OptionReader reader(choice);
  reader.allow(kOptionNames);
  RealtimeOptions options;
  options.model = choice.model.empty() ? kDefaultModel : choice.model;
  options.voice = choice.voice.empty() ? kDefaultVoice : choice.voice;
  options.transcription_model = reader.text("transcription_model", kDefaultTranscription);
  if (options.transcription_model == "none") options.transcription_model.clear();
  options.transcription_language =
      reader.text("transcription_language", speech::language_without_region(language));
  options.speed = reader.number("speed", 0.25, 1.5);
  options.max_output_tokens = reader.integer("max_output_tokens", 1, 4096);
  options.mulaw = sample_rate_hz == 8000;
  if (auto sound = reader.finish(); !sound) return fail(std::move(sound.error()));
  return options;
}

std::size_t sound_bytes(const RealtimeOptions& options, std::chrono::milliseconds length) {
  const std::size_t a_millisecond = options.mulaw ? 8 : 48;
  return a_millisecond * static_cast<std::size_t>(std::max<std::int64_t>(0, length.count()));
}

std::chrono::milliseconds sound_length(const RealtimeOptions& options, std::size_t bytes) {
  return std::chrono::milliseconds(bytes / (options.mulaw ? 8 : 48));
}

std::string realtime_url(const vendor::Account& account, std::string_view model) {
  return account.websocket_url() + "/realtime?model=" + net::url_encode(model);
}

std::string session_update_message(const RealtimeOptions& options, std::string_view instructions,
                                   const std::vector<llm::ToolSpec>& tools) {
  json::object input{{"format", format_of(options.mulaw)}, {"turn_detection", nullptr}};
  if (!options.transcription_model.empty()) {
    json::object transcription{{"model", options.transcription_model}};
    if (!options.transcription_language.empty()) transcription["language"] = options.transcription_language;
    input["transcription"] = std::move(transcription);
  }
  json::object output{{"format", format_of(options.mulaw)}, {"voice", options.voice}};
  if (options.speed) output["speed"] = *options.speed;
  json::array functions;
  for (const llm::ToolSpec& tool : tools) {
    auto parameters = vendor::parse_json(tool.parameters);
    functions.push_back(json::object{{"type", "function"},
                                     {"name", tool.name},
                                     {"description", tool.description},
                                     {"parameters", parameters ? std::move(*parameters) : json::object{}}});
  }
  json::object session{{"type", "realtime"},
                       {"instructions", instructions},
                       {"output_modalities", json::array{"audio"}},
                       {"audio", json::object{{"input", std::move(input)}, {"output", std::move(output)}}},
                       {"tools", std::move(functions)},
                       {"tool_choice", "auto"}};
  if (options.max_output_tokens) session["max_output_tokens"] = *options.max_output_tokens;
  return vendor::to_text(
      json::object{{"type", "session.update"}, {"event_id", kAboutSession}, {"session", std::move(session)}});
}

void append_audio_message(std::span<const std::byte> audio, std::string& out) {
  out = R"({"type":"input_audio_buffer.append","audio":")";
  base64_encode(audio, out);
  out += "\"}";
}

std::string commit_message() {
  return R"({"type":"input_audio_buffer.commit","event_id":"commit"})";
}

std::string clear_message() {
  return R"({"type":"input_audio_buffer.clear"})";
}

std::string text_item_message(llm::Role role, std::string_view text) {
  const bool caller = role == llm::Role::caller;
  json::object content{{"type", caller ? "input_text" : "output_text"}, {"text", text}};
  json::object item{{"type", "message"},
                    {"role", caller ? "user" : "assistant"},
                    {"content", json::array{std::move(content)}}};
  return vendor::to_text(json::object{{"type", "conversation.item.create"}, {"item", std::move(item)}});
}

std::string tool_result_message(std::string_view call_id, std::string_view result) {
  json::object item{{"type", "function_call_output"}, {"call_id", call_id}, {"output", result}};
  return vendor::to_text(json::object{{"type", "conversation.item.create"}, {"item", std::move(item)}});
}

std::string response_create_message(std::string_view event_id) {
  return vendor::to_text(json::object{{"type", "response.create"}, {"event_id", event_id}});
}

std::string say_message(std::string_view words, std::string_view event_id) {
  const std::string instructions =
      fmt::format("Say exactly the following to the caller, in these words and nothing else: {}", words);
  return vendor::to_text(
      json::object{{"type", "response.create"},
                   {"event_id", event_id},
                   {"response", json::object{{"instructions", instructions}, {"tool_choice", "none"}}}});
}

std::string response_cancel_message(std::string_view response_id) {
  json::object message{{"type", "response.cancel"}, {"event_id", kAboutCancel}};
  if (!response_id.empty()) message["response_id"] = response_id;
  return vendor::to_text(message);
}

std::string truncate_message(std::string_view item_id, std::int64_t heard_ms) {
  return vendor::to_text(json::object{{"type", "conversation.item.truncate"},
                                      {"event_id", kAboutCut},
                                      {"item_id", item_id},
                                      {"content_index", 0},
                                      {"audio_end_ms", heard_ms}});
}

Result<RealtimeEvent> parse_realtime(std::string_view message) {
  auto parsed = vendor::parse_json(message);
  if (!parsed) return fail(parsed.error());
  if (!parsed->is_object()) return fail(Errc::protocol, "an event is not a JSON object");
  RealtimeEvent event;
  const json::object& object = parsed->get_object();
  event.kind = kind_of(vendor::string_member(object, "type"));
  event.response = vendor::string_member(object, "response_id");
  event.item = vendor::string_member(object, "item_id");
  switch (event.kind) {
    case Kind::caller_text:
      event.text = vendor::string_member(object, "transcript");
      break;
    case Kind::item_added:
      if (const auto* item = vendor::object_member(object, "item")) {
        // Function calls are items, too, and cannot be cut.
        if (vendor::string_member(*item, "type") == "message")
          event.item = vendor::string_member(*item, "id");
      }
      break;
    case Kind::text:
      event.text = vendor::string_member(object, "delta");
      break;
    case Kind::audio:
      event.audio = vendor::string_member(object, "delta");
      break;
    case Kind::tool_call:
      event.call.id = vendor::string_member(object, "call_id");
      event.call.name = vendor::string_member(object, "name");
      event.call.arguments = vendor::string_member(object, "arguments");
      break;
    case Kind::response_created:
    case Kind::response_done:
      if (const auto* response = vendor::object_member(object, "response")) {
        event.response = vendor::string_member(*response, "id");
        event.status = vendor::string_member(*response, "status");
        if (const auto* details = vendor::object_member(*response, "status_details")) {
          if (const auto* error = vendor::object_member(*details, "error")) event.error = *error;
        }
        if (const auto* usage = vendor::object_member(*response, "usage")) {
          event.has_usage = true;
          read_usage(*usage, event.usage);
        }
      }
      break;
    case Kind::error:
      if (const auto* error = vendor::object_member(object, "error")) {
        event.error = *error;
        event.about = vendor::string_member(*error, "event_id");
      }
      break;
    default:
      break;
  }
  return event;
}

}  // namespace parley::realtime
