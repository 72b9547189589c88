#include "speech/elevenlabs/elevenlabs_protocol.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/base64.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

namespace json = vendor::json;

constexpr std::string_view kDefaultModel = "eleven_flash_v2_5";
// The voice of the vendor's own first examples: there for every account.
constexpr std::string_view kDefaultVoice = "JBFqnCBsd6RMkjVDRZzb";
// The longest the vendor allows; a socket waits in the pool for less.
constexpr int kInactivityTimeoutS = 180;

constexpr std::array<std::string_view, 10> kOptions{
    "transport", "language",           "stability", "similarity_boost", "style", "speaker_boost",
    "speed",     "text_normalization", "seed",      "logging"};
constexpr std::array<std::string_view, 2> kTransports{"websocket", "http"};
constexpr std::array<std::string_view, 3> kNormalizations{"auto", "on", "off"};

bool is_v3(std::string_view model) {
  return model.starts_with("eleven_v3");
}

// The others refuse a language, or guess it from the text.
bool takes_language(std::string_view model) {
  return model.ends_with("_v2_5") || is_v3(model);
}

std::string voice_path(const ElevenLabsVoice& voice) {
  return "/v1/text-to-speech/" + net::url_encode(voice.voice);
}

std::string text_of(json::object object) {
  return vendor::to_text(json::value(std::move(object)));
}

// Some messages say it as text.
bool is_true(const json::object& object, std::string_view name) {
  return vendor::text_member(object, name) == "true";
}

std::size_t spoken_of(const json::object& object) {
  const auto* alignment = vendor::object_member(object, "alignment");
  const auto* chars = alignment == nullptr ? nullptr : vendor::array_member(*alignment, "chars");
  std::size_t spoken = 0;
  if (chars == nullptr) return spoken;
  for (const auto& one : *chars) {
    if (const auto* text = one.if_string()) spoken += count_visible({text->data(), text->size()});
  }
  return spoken;
}

vendor::Fault fault_of(std::string_view code, int status) {
  using vendor::Fault;
  struct Row {
    std::string_view code;
    Fault fault;
  };
  static constexpr std::array<Row, 19> kRows{{{"invalid_api_key", Fault::bad_key},
                                              {"missing_permissions", Fault::bad_key},
                                              {"needs_authorization", Fault::bad_key},
                                              {"detected_unusual_activity", Fault::bad_key},
                                              {"quota_exceeded", Fault::no_credit},
                                              {"insufficient_credits", Fault::no_credit},
                                              {"payment_required", Fault::no_credit},
                                              {"voice_not_found", Fault::unknown_model},
                                              {"model_not_found", Fault::unknown_model},
                                              {"invalid_model_id", Fault::unknown_model},
                                              {"invalid_uid", Fault::unknown_model},
                                              {"too_many_concurrent_requests", Fault::rate_limited},
                                              {"concurrent_limit_exceeded", Fault::rate_limited},
                                              {"max_active_conversations", Fault::rate_limited},
                                              {"rate_limit_exceeded", Fault::rate_limited},
                                              {"system_busy", Fault::overloaded},
                                              {"internal_server_error", Fault::overloaded},
                                              {"input_timeout_exceeded", Fault::timeout},
                                              {"max_character_limit_exceeded", Fault::bad_request}}};
  for (const auto& row : kRows) {
    if (code == row.code) return row.fault;
  }
  if (code.starts_with("only_for_")) return Fault::unknown_model;  // a voice, format or model of dearer plans
  if (status == 402) return Fault::no_credit;
  if (status == 1008) return Fault::bad_request;
  if (status == 1011 || status == 1013) return Fault::overloaded;
  if (status >= 400 && status < 600) return vendor::fault_of_status(status);
  return status >= 1000 ? Fault::unreachable : Fault::bad_request;
}

}  // namespace

Result<ElevenLabsVoice> read_elevenlabs_voice(const agent::ProviderChoice& choice,
                                              std::string_view language) {
  vendor::OptionReader options(choice);
  options.allow(kOptions);
  ElevenLabsVoice voice;
  voice.voice = choice.voice.empty() ? kDefaultVoice : choice.voice;
  voice.model = choice.model.empty() ? kDefaultModel : choice.model;
  const bool asked_for_socket = !options.text("transport").empty();
  voice.over_http =
      options.one_of("transport", kTransports, is_v3(voice.model) ? "http" : "websocket") == "http";
  if (is_v3(voice.model) && asked_for_socket && !voice.over_http) {
    return fail(Errc::invalid_argument,
                fmt::format("{} has no WebSocket: leave the option transport out", voice.model));
  }
  voice.language = language_without_region(options.text("language"));
  if (voice.language.empty() && takes_language(voice.model))
    voice.language = language_without_region(language);
  voice.normalization = options.one_of("text_normalization", kNormalizations, "");
  voice.seed = options.integer("seed", 0, 4294967295);
  voice.logging = options.boolean("logging");
  if (const auto value = options.number("stability", 0, 1)) voice.settings["stability"] = *value;
  if (const auto value = options.number("similarity_boost", 0, 1))
    voice.settings["similarity_boost"] = *value;
  if (const auto value = options.number("style", 0, 1)) voice.settings["style"] = *value;
  if (const auto value = options.boolean("speaker_boost")) voice.settings["use_speaker_boost"] = *value;
  if (const auto value = options.number("speed", 0.7, 1.2)) voice.settings["speed"] = *value;
  if (auto sound = options.finish(); !sound) return fail(std::move(sound.error()));
  return voice;
}

int elevenlabs_rate_hz(int wanted_hz) {
  for (const int rate : {8000, 16000, 22050, 24000}) {
    if (rate >= wanted_hz) return rate;
  }
  return 24000;
}

std::string elevenlabs_socket_url(const vendor::Account& account, const ElevenLabsVoice& voice, int rate_hz) {
  // Whole sentences come, so the vendor need not wait for more text: auto_mode.
  auto url = fmt::format(
      "{}{}/multi-stream-input?model_id={}&output_format=pcm_{}&auto_mode=true&inactivity_timeout={}",
      account.websocket_url(), voice_path(voice), net::url_encode(voice.model), rate_hz, kInactivityTimeoutS);
  if (!voice.language.empty()) url += "&language_code=" + net::url_encode(voice.language);
  if (!voice.normalization.empty()) url += "&apply_text_normalization=" + voice.normalization;
  if (voice.seed) url += fmt::format("&seed={}", *voice.seed);
  if (voice.logging) url += fmt::format("&enable_logging={}", *voice.logging);
  return url;
}

net::ClientRequest elevenlabs_request(const vendor::Account& account, const ElevenLabsVoice& voice,
                                      int rate_hz, std::string_view text) {
  json::object body{{"text", text}, {"model_id", voice.model}};
  if (!voice.language.empty()) body["language_code"] = voice.language;
  if (!voice.normalization.empty()) body["apply_text_normalization"] = voice.normalization;
  if (voice.seed) body["seed"] = *voice.seed;
  if (!voice.settings.empty()) body["voice_settings"] = voice.settings;
  net::ClientRequest request;
  request.method = "POST";
  request.policy = account.policy;
  request.url = fmt::format("{}{}/stream?output_format=pcm_{}", account.url, voice_path(voice), rate_hz);
  if (voice.logging) request.url += fmt::format("&enable_logging={}", *voice.logging);
  request.headers = {{"xi-api-key", account.key}, {"Content-Type", "application/json"}};
  request.body = text_of(std::move(body));
  return request;
}

std::string elevenlabs_open_context(std::string_view context, const ElevenLabsVoice& voice) {
  json::object message{{"text", " "}, {"context_id", context}};
  if (!voice.settings.empty()) message["voice_settings"] = voice.settings;
  return text_of(std::move(message));
}

std::string elevenlabs_speak(std::string_view context, std::string_view text) {
  return text_of({{"text", std::string(text) + " "}, {"context_id", context}, {"flush", true}});
}

std::string elevenlabs_close_context(std::string_view context) {
  return text_of({{"context_id", context}, {"close_context", true}});
}

Result<ElevenLabsEvent> parse_elevenlabs(std::string_view text) {
  const auto object = vendor::parse_json_object(text);
  if (!object) return fail(object.error());
  ElevenLabsEvent event;
  event.context = vendor::string_member(*object, "contextId");
  if (event.context.empty()) event.context = vendor::string_member(*object, "context_id");
  event.is_final = is_true(*object, "isFinal") || is_true(*object, "is_final");
  event.flushed = vendor::string_member(*object, "type") == "flush_done";
  if (const auto* audio = vendor::member(*object, "audio")) {
    const auto* encoded = audio->if_string();
    if (encoded == nullptr) return fail(Errc::protocol, "the sound is no text");
    event.audio.resize(base64_decoded_max(encoded->size()));
    const auto size =
        base64_decode({encoded->data(), encoded->size()}, reinterpret_cast<std::byte*>(event.audio.data()));
    if (!size) return fail(Errc::protocol, "the sound is not base64");
    event.audio.resize(*size);
  }
  event.spoken = spoken_of(*object);
  if (vendor::member(*object, "error") != nullptr) {
    event.problem =
        ElevenLabsEvent::Problem{.code = vendor::text_member(*object, "error"),
                                 .message = std::string(vendor::string_member(*object, "message")),
                                 .status = 0};
    const auto status = vendor::integer_member(*object, "code").value_or(0);
    if (status > 0 && status < 5000) event.problem->status = static_cast<int>(status);
  } else if (event.audio.empty() && !vendor::string_member(*object, "message").empty() && !event.is_final) {
    event.problem = ElevenLabsEvent::Problem{
        .code = {}, .message = std::string(vendor::string_member(*object, "message")), .status = 0};
  }
  return event;
}

std::size_t count_visible(std::string_view text) {
  return code_points(text) - static_cast<std::size_t>(std::ranges::count_if(
                                 text, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }));
}

ElevenLabsFaults::ElevenLabsFaults(const vendor::Account& account, std::string model)
    : account_(&account), model_(std::move(model)) {}

vendor::VendorError ElevenLabsFaults::make(vendor::Fault fault, std::string_view words) const {
  vendor::VendorError error(fault, account_->vendor, vendor::clean_detail(words, account_->key));
  error.model = model_;
  error.key_setting = account_->key_setting;
  return error;
}

vendor::VendorError ElevenLabsFaults::of_response(int status, const net::HeaderList& headers,
                                                  std::string_view body, WallTime now) const {
  const auto parsed = vendor::parse_json_object(body);
  std::string code;
  std::string message = fmt::format("HTTP status {}", status);
  std::string request_id(net::find_header(headers, "request-id").value_or(""));
  if (const auto* detail = parsed ? vendor::object_member(*parsed, "detail") : nullptr) {
    code = vendor::text_member(*detail, "code");
    const auto older = vendor::text_member(*detail, "status");
    // Newer bodies have both; whichever is known tells more.
    if (code.empty() || fault_of(code, 0) == vendor::Fault::bad_request) code = older.empty() ? code : older;
    if (const auto words = vendor::string_member(*detail, "message"); !words.empty()) message = words;
    if (request_id.empty()) request_id = vendor::text_member(*detail, "request_id");
  } else if (const auto* list = parsed ? vendor::array_member(*parsed, "detail") : nullptr) {
    const auto* first = list->empty() ? nullptr : list->front().if_object();
    if (first != nullptr) {
      code = vendor::text_member(*first, "type");
      message = vendor::string_member(*first, "msg");
    }
  } else if (parsed && !vendor::string_member(*parsed, "detail").empty()) {
    message = vendor::string_member(*parsed, "detail");
  }
  const bool fine = status >= 200 && status < 300;
  auto error = make(fine ? vendor::Fault::protocol : fault_of(code, status),
                    fine && code.empty() ? "the answer is not sound" : std::string_view(message));
  error.status = status;
  error.code = vendor::clean_detail(code, account_->key);
  error.request_id = vendor::clean_detail(request_id, account_->key);
  error.retry_after = vendor::parse_retry_after(net::find_header(headers, "retry-after-ms"),
                                                net::find_header(headers, "retry-after"), now);
  return error;
}

vendor::VendorError ElevenLabsFaults::of_problem(const ElevenLabsEvent::Problem& problem) const {
  auto error = make(fault_of(problem.code, problem.status), problem.message);
  error.status = problem.status;
  error.code = vendor::clean_detail(problem.code, account_->key);
  return error;
}

vendor::VendorError ElevenLabsFaults::of_connect(const net::ConnectError& error, WallTime now) const {
  if (error.refused)
    return of_response(error.refused->status, error.refused->headers, error.refused->body, now);
  return make(vendor::fault_of(error.error.code), error.error.message);
}

vendor::VendorError ElevenLabsFaults::of_close(const net::CloseInfo& close) const {
  // The reason is the message, or the code alone.
  auto error = of_problem({.code = close.reason, .message = close.reason, .status = close.code});
  if (close.reason.empty()) error.detail = "the connection was closed before all was spoken";
  error.code.clear();
  return error;
}

vendor::VendorError ElevenLabsFaults::no_key() const {
  return make(vendor::Fault::bad_key, fmt::format("{} is not set", account_->key_setting));
}

}  // namespace parley::speech
