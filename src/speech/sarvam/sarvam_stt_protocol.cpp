#include "speech/sarvam/sarvam_stt_protocol.hpp"

#include <array>
#include <bit>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/json.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

using Api = SarvamSttSettings::Api;
using Kind = SarvamSttEvent::Kind;
namespace json = boost::json;

static_assert(std::endian::native == std::endian::little, "samples are sent as they lie in memory");

constexpr std::array<std::string_view, 10> kDetectorKnobs = {
    "positive_speech_threshold",     "negative_speech_threshold",   "min_speech_frames",
    "first_turn_min_speech_frames",  "negative_frames_count",       "negative_frames_window",
    "start_speech_volume_threshold", "interrupt_min_speech_frames", "pre_speech_pad_frames",
    "num_initial_ignored_frames"};
constexpr std::array<std::string_view, 5> kModes = {"transcribe", "translate", "verbatim", "translit",
                                                    "codemix"};
constexpr std::array<std::string_view, 2> kApis = {"streaming", "realtime"};
constexpr std::array<std::string_view, 3> kStreamTypes = {"fast", "balanced", "simulated"};

// No sentence that anyone says is longer; what is longer is no transcript.
constexpr std::size_t kMostText = 16 * 1024;

void append(std::string& target, std::string_view name, std::string_view value) {
  target += target.contains('?') ? '&' : '?';
  target += name;
  target += '=';
  target += net::url_encode(value);
}

SarvamSttEvent of_text(Kind kind, std::string_view text, std::int64_t utterance) {
  if (text.size() > kMostText) return {.kind = Kind::not_ours, .text = "a transcript without end"};
  return {.kind = kind, .text = std::string(text), .utterance = utterance};
}

SarvamSttEvent of_error(const json::object& from) {
  std::string_view words = vendor::string_member(from, "message");
  if (words.empty()) words = vendor::string_member(from, "error");
  const auto status = vendor::integer_member(from, "status_code").value_or(0);
  return {.kind = Kind::error,
          .text = std::string(words.substr(0, 1024)),
          .status = status > 0 && status < 10'000 ? static_cast<int>(status) : 0,
          .code = vendor::text_member(from, "code"),
          .request_id = vendor::text_member(from, "request_id")};
}

SarvamSttEvent read_streaming(const json::object& message) {
  const auto type = vendor::string_member(message, "type");
  const auto* data = vendor::object_member(message, "data");
  if (type == "error") return of_error(data ? *data : message);
  if (!data) {
    if (type == "data" || type == "events") return {.kind = Kind::not_ours, .text = "a message without data"};
    return {};
  }
  if (type == "data") {
    // Null where nothing was understood; any other type is not a transcript.
    const auto* text = vendor::member(*data, "transcript");
    if (text && !text->is_string() && !text->is_null())
      return {.kind = Kind::not_ours, .text = "a transcript that is no text"};
    return of_text(Kind::final, vendor::string_member(*data, "transcript"), -1);
  }
  if (type == "events") {
    const auto signal = vendor::string_member(*data, "signal_type");
    if (signal == "START_SPEECH") return {.kind = Kind::speech_started};
    if (signal == "END_SPEECH") return {.kind = Kind::speech_ended};
  }
  return {};
}

SarvamSttEvent read_realtime(const json::object& message) {
  const auto event = vendor::string_member(message, "event");
  if (event == "transcript.partial" || event == "transcript.final") {
    const auto* text = vendor::member(message, "text");
    if (text && !text->is_string() && !text->is_null())
      return {.kind = Kind::not_ours, .text = "a transcript that is no text"};
    return of_text(event == "transcript.final" ? Kind::final : Kind::partial,
                   vendor::string_member(message, "text"),
                   vendor::integer_member(message, "utterance_idx").value_or(-1));
  }
  // An error that is not fatal is about a change of settings, which we never ask for.
  if (event == "error" && vendor::bool_member(message, "is_fatal", true)) return of_error(message);
  return {};
}

}  // namespace

Result<SarvamSttSettings> read_sarvam_stt(const agent::ProviderChoice& choice, std::string_view language,
                                          int sample_rate_hz) {
  std::vector<std::string_view> known = {"api",         "language", "mode", "prompt", "high_vad_sensitivity",
                                         "stream_type", "final_ms"};
  known.insert(known.end(), kDetectorKnobs.begin(), kDetectorKnobs.end());
  vendor::OptionReader options(choice);
  options.allow(known);

  SarvamSttSettings settings;
  settings.model = choice.model.empty() ? std::string(kSarvamSttModel) : choice.model;
  const bool newer = settings.model.contains("realtime") || settings.model.starts_with("saaras:v4");
  const auto api = options.one_of("api", kApis, newer ? "realtime" : "streaming");
  settings.api = api == "realtime" ? Api::realtime : Api::streaming;
  settings.mode = options.one_of("mode", kModes, "");
  settings.prompt = options.text("prompt");
  if (settings.api == Api::realtime) {
    settings.stream_type = options.one_of("stream_type", kStreamTypes, "fast");
  } else {
    if (const auto sensitive = options.boolean("high_vad_sensitivity"))
      settings.passed_on.emplace_back("high_vad_sensitivity", *sensitive ? "true" : "false");
    for (const auto knob : kDetectorKnobs)
      if (const auto value = options.number(knob, 0, 1000))
        settings.passed_on.emplace_back(knob, options.text(knob));
  }
  settings.sample_rate_hz = sample_rate_hz == 8000 ? 8000 : 16'000;
  if (auto sound = options.finish(); !sound) return fail(std::move(sound.error()));

  const bool saarika = settings.model.starts_with("saarika");
  if (saarika && !settings.mode.empty())
    return fail(Errc::invalid_argument, "sarvam: the option mode is of saaras; saarika only transcribes");
  const auto list = settings.api == Api::realtime ? SarvamLanguages::realtime
                    : saarika                     ? SarvamLanguages::saarika
                                                  : SarvamLanguages::saaras;
  auto code = sarvam_language(options.text("language", language), list);
  if (!code) return fail(code.error());
  settings.language = std::move(*code);
  return settings;
}

std::string SarvamSttProtocol::target() const {
  const auto rate = fmt::format("{}", settings_.sample_rate_hz);
  std::string target;
  if (settings_.api == Api::realtime) {
    target = "/speech-to-text-realtime/ws";
    append(target, "model", settings_.model);
    append(target, "language_code", settings_.language);
    append(target, "stream_type", settings_.stream_type);
    append(target, "endpointing", "manual");  // the call's own detector decides when an utterance is over
    append(target, "encoding", "linear16");
    append(target, "sample_rate", rate);
    if (!settings_.prompt.empty()) append(target, "prompt", settings_.prompt);
  } else {
    target = "/speech-to-text/ws";
    append(target, "language-code", settings_.language);  // with a hyphen, unlike anywhere else
    append(target, "model", settings_.model);
    append(target, "sample_rate", rate);
    append(target, "input_audio_codec", "pcm_s16le");
    append(target, "flush_signal", "true");
    append(target, "vad_signals", "true");  // they tell how many answers are still owed
  }
  if (!settings_.mode.empty()) append(target, "mode", settings_.mode);
  for (const auto& [name, value] : settings_.passed_on)
    append(target, name, value);
  return target;
}

std::string SarvamSttProtocol::hello() const {
  if (settings_.api == Api::realtime || settings_.prompt.empty()) return {};
  return vendor::to_text(json::object{{"type", "config"}, {"prompt", settings_.prompt}});
}

std::string SarvamSttProtocol::utterance_started() const {
  return settings_.api == Api::realtime ? R"({"event":"speech_start"})" : std::string();
}

std::string SarvamSttProtocol::utterance_finished() const {
  return settings_.api == Api::realtime ? R"({"event":"speech_end"})" : R"({"type":"flush"})";
}

std::string SarvamSttProtocol::keep_alive() const {
  return settings_.api == Api::realtime ? R"({"event":"ping"})" : std::string();
}

std::string_view SarvamSttProtocol::audio(std::span<const std::int16_t> samples) {
  if (settings_.api == Api::realtime) {
    out_ = R"({"event":"audio_input","audio":")";
    base64_encode(std::as_bytes(samples), out_);
    out_ += "\"}";
  } else {
    out_ = R"({"audio":{"data":")";
    base64_encode(std::as_bytes(samples), out_);
    // "audio/wav" is the only encoding the message may name; that it is bare PCM stands in the address.
    fmt::format_to(std::back_inserter(out_), R"(","sample_rate":{},"encoding":"audio/wav"}}}})",
                   settings_.sample_rate_hz);
  }
  return out_;
}

SarvamSttEvent SarvamSttProtocol::read(std::string_view message) const {
  const auto object = vendor::parse_json_object(message);
  if (!object) return {.kind = Kind::not_ours, .text = object.error().message};
  return settings_.api == Api::realtime ? read_realtime(*object) : read_streaming(*object);
}

}  // namespace parley::speech
