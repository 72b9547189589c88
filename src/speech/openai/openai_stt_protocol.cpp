#include "speech/openai/openai_stt_protocol.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/base64.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

namespace json = vendor::json;

constexpr std::size_t kMostAnswered = 16;
constexpr std::size_t kMostWaiting = 16;
constexpr std::size_t kMostTextBytes = 64 * 1024;
constexpr std::array<std::string_view, 4> kOptions{"language", "prompt", "noise_reduction", "format"};
constexpr std::array<std::string_view, 3> kNoiseReductions{"none", "near_field", "far_field"};
constexpr std::array<std::string_view, 2> kFormats{"pcmu", "pcm"};

std::string text_of(json::object object) {
  return vendor::to_text(json::value(std::move(object)));
}

Result<std::string> words_of(const json::object& object, std::string_view name) {
  const auto* value = vendor::member(object, name);
  if (value == nullptr) return std::string();
  const auto* text = value->if_string();
  if (text == nullptr) return fail(Errc::protocol, fmt::format("\"{}\" is no text", name));
  return std::string(text->data(), std::min(text->size(), kMostTextBytes));
}

}  // namespace

Result<OpenAiHearing> read_openai_hearing(const agent::ProviderChoice& choice, std::string_view language,
                                          int sample_rate_hz) {
  vendor::OptionReader options(choice);
  options.allow(kOptions);
  OpenAiHearing hearing;
  hearing.model = choice.model.empty() ? "gpt-4o-transcribe" : choice.model;
  hearing.language = language_without_region(options.text("language", language));
  hearing.prompt = options.text("prompt");
  hearing.noise_reduction = options.one_of("noise_reduction", kNoiseReductions, "none");
  if (hearing.noise_reduction == "none") hearing.noise_reduction.clear();
  const auto format = options.one_of("format", kFormats, sample_rate_hz == 8000 ? "pcmu" : "pcm");
  if (format == "pcmu" && sample_rate_hz != 8000) {
    return fail(Errc::invalid_argument, "the format pcmu is for calls at 8 kHz; leave the option out");
  }
  hearing.mulaw = format == "pcmu";
  if (auto sound = options.finish(); !sound) return fail(std::move(sound.error()));
  return hearing;
}

std::string openai_hearing_url(const vendor::Account& account) {
  // The model stands in the session: an address with a model opens a session of another type.
  return account.websocket_url() + "/realtime?intent=transcription";
}

std::string openai_session_update(const OpenAiHearing& hearing) {
  json::object transcription{{"model", hearing.model}};
  if (!hearing.language.empty()) {
    // The live models take several languages.
    if (hearing.model.starts_with("gpt-live-")) {
      transcription["languages"] = json::array{json::value(hearing.language)};
    } else {
      transcription["language"] = hearing.language;
    }
  }
  if (!hearing.prompt.empty()) transcription["prompt"] = hearing.prompt;
  json::object format{{"type", hearing.mulaw ? "audio/pcmu" : "audio/pcm"}};
  if (!hearing.mulaw) format["rate"] = 24000;
  json::object input;
  input["format"] = std::move(format);
  input["transcription"] = std::move(transcription);
  input["turn_detection"] = nullptr;
  if (hearing.noise_reduction.empty()) {
    input["noise_reduction"] = nullptr;
  } else {
    input["noise_reduction"] = json::object{{"type", hearing.noise_reduction}};
  }
  json::object audio;
  audio["input"] = std::move(input);
  json::object session{{"type", "transcription"}};
  session["audio"] = std::move(audio);
  json::object message{{"type", "session.update"}};
  message["session"] = std::move(session);
  return text_of(std::move(message));
}

void openai_append_message(std::span<const std::byte> audio, std::string& out) {
  out = R"({"type":"input_audio_buffer.append","audio":")";
  base64_encode(audio, out);
  out += R"("})";
}

std::string openai_commit_message(std::uint64_t utterance) {
  return fmt::format(R"({{"type":"input_audio_buffer.commit","event_id":"u{}"}})", utterance);
}

std::string openai_clear_message() {
  return R"({"type":"input_audio_buffer.clear"})";
}

Result<OpenAiHearingEvent> parse_openai_hearing(std::string_view message) {
  using Kind = OpenAiHearingEvent::Kind;
  const auto object = vendor::parse_json_object(message);
  if (!object) return fail(object.error());
  OpenAiHearingEvent event;
  const auto type = vendor::string_member(*object, "type");
  event.item = vendor::string_member(*object, "item_id").substr(0, 256);
  constexpr std::string_view kTranscription = "conversation.item.input_audio_transcription.";
  if (type == "session.updated" || type == "transcription_session.updated") {
    event.kind = Kind::session_ready;
  } else if (type == "input_audio_buffer.committed") {
    event.kind = Kind::committed;
  } else if (type == "error" || (type.empty() && vendor::member(*object, "error") != nullptr)) {
    event.kind = Kind::error;
  } else if (type.starts_with(kTranscription)) {
    const auto what = type.substr(kTranscription.size());
    const bool whole = what == "completed";
    if (whole || what == "delta") {
      auto words = words_of(*object, whole ? "transcript" : "delta");
      if (!words) return fail(words.error());
      event.text = std::move(*words);
      event.kind = whole ? Kind::completed : Kind::delta;
    } else if (what == "failed") {
      event.kind = Kind::failed;
    }
  }
  if (event.kind == Kind::error || event.kind == Kind::failed) {
    if (const auto* error = vendor::object_member(*object, "error")) event.error = *error;
    event.event_id = vendor::string_member(event.error, "event_id").substr(0, 64);
  }
  return event;
}

void OpenAiUtterances::committed(std::uint64_t utterance) {
  // A vendor that never answers would have us keep them all.
  if (waiting_.size() >= kMostWaiting) waiting_.pop_front();
  waiting_.push_back({.utterance = utterance, .item = {}, .text = {}});
}

void OpenAiUtterances::named(std::string_view item) {
  if (item.empty()) return;
  const auto has_it = [item](const Waiting& waiting) { return waiting.item == item; };
  if (std::ranges::any_of(waiting_, has_it) || std::ranges::find(answered_, item) != answered_.end()) return;
  for (auto& waiting : waiting_) {
    if (!waiting.item.empty()) continue;
    waiting.item = item;
    return;
  }
}

OpenAiUtterances::Waiting* OpenAiUtterances::find(std::string_view item) {
  named(item);
  for (auto& waiting : waiting_) {
    if (!item.empty() && waiting.item == item) return &waiting;
  }
  return nullptr;
}

void OpenAiUtterances::forget(const Waiting& waiting) {
  if (!waiting.item.empty()) answered_.push_back(waiting.item);
  if (answered_.size() > kMostAnswered) answered_.pop_front();
  std::erase_if(waiting_, [&waiting](const Waiting& other) { return &other == &waiting; });
}

std::optional<OpenAiUtterances::Answer> OpenAiUtterances::went_on(std::string_view item,
                                                                  std::string_view delta) {
  auto* waiting = find(item);
  if (waiting == nullptr) return std::nullopt;
  waiting->text.append(delta.substr(0, kMostTextBytes - std::min(kMostTextBytes, waiting->text.size())));
  if (!waiting->wanted) return std::nullopt;
  return Answer{waiting->utterance, waiting->text};
}

std::optional<OpenAiUtterances::Answer> OpenAiUtterances::completed(std::string_view item,
                                                                    std::string_view text) {
  const auto* waiting = find(item);
  if (waiting == nullptr) return std::nullopt;
  const Answer answer{waiting->utterance, std::string(text)};
  const bool wanted = waiting->wanted;
  forget(*waiting);
  return wanted ? std::optional(answer) : std::nullopt;
}

std::optional<OpenAiUtterances::Answer> OpenAiUtterances::refused(std::string_view event_id) {
  for (const auto& waiting : waiting_) {
    if (event_id != fmt::format("u{}", waiting.utterance)) continue;
    const Answer answer{waiting.utterance, waiting.text};
    const bool wanted = waiting.wanted;
    forget(waiting);
    return wanted ? std::optional(answer) : std::nullopt;
  }
  return std::nullopt;
}

void OpenAiUtterances::drop_all() {
  for (auto& waiting : waiting_)
    waiting.wanted = false;
}

std::vector<OpenAiUtterances::Answer> OpenAiUtterances::give_up() {
  std::vector<Answer> answers;
  for (auto& waiting : waiting_) {
    if (waiting.wanted) answers.push_back({waiting.utterance, waiting.text});
    waiting.wanted = false;
  }
  return answers;
}

bool OpenAiUtterances::waiting() const {
  return std::ranges::any_of(waiting_, [](const Waiting& waiting) { return waiting.wanted; });
}

}  // namespace parley::speech
