#include "speech/sarvam/sarvam_tts_protocol.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/json.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

using Kind = SarvamTtsEvent::Kind;
using Transport = SarvamTtsSettings::Transport;
namespace json = boost::json;

constexpr std::array<std::string_view, 13> kOptions = {"transport",
                                                       "stream",
                                                       "language",
                                                       "pace",
                                                       "pitch",
                                                       "loudness",
                                                       "temperature",
                                                       "dict_id",
                                                       "enable_preprocessing",
                                                       "min_buffer_size",
                                                       "max_chunk_length",
                                                       "first_audio_ms",
                                                       "stall_ms"};
constexpr std::array<std::string_view, 2> kTransports = {"websocket", "http"};

// A speaker of the other generation is refused by Sarvam with a sentence that does not say so. Names that
// stand in neither list pass: new ones come often.
constexpr std::array<std::string_view, 7> kSecondGeneration = {"anushka",  "manisha", "vidya", "arya",
                                                               "abhilash", "karun",   "hitesh"};
constexpr std::array<std::string_view, 37> kThirdGeneration = {
    "shubh",  "aditya",   "ritu",   "priya",   "neha",  "rahul", "pooja", "rohan", "simran", "kavya",
    "amit",   "dev",      "ishita", "shreya",  "ratan", "varun", "manan", "sumit", "roopa",  "kabir",
    "aayan",  "ashutosh", "advait", "anand",   "tanya", "tarun", "sunny", "mani",  "gokul",  "vijay",
    "shruti", "suhani",   "mohit",  "kavitha", "rehan", "soham", "rupali"};

bool is_second_generation(std::string_view model) {
  return model.starts_with("bulbul:v2");
}

std::optional<Error> check_speaker(std::string_view model, std::string_view speaker) {
  const bool second = std::ranges::find(kSecondGeneration, speaker) != kSecondGeneration.end();
  const bool third = std::ranges::find(kThirdGeneration, speaker) != kThirdGeneration.end();
  if (is_second_generation(model) && third)
    return Error{Errc::invalid_argument, fmt::format("sarvam: the speaker {} belongs to bulbul:v3; {} has {}",
                                                     speaker, model, fmt::join(kSecondGeneration, ", "))};
  if (model.starts_with("bulbul:v3") && second)
    return Error{
        Errc::invalid_argument,
        fmt::format("sarvam: the speaker {} belongs to bulbul:v2; {} has {} and others", speaker, model,
                    fmt::join(kThirdGeneration.begin(), kThirdGeneration.begin() + 21, ", "))};
  return std::nullopt;
}

// The nearest of Sarvam's rates that is not lower, so that nothing of the sound is lost; else its highest.
int rate_for(int wanted) {
  for (const int rate : {8000, 16'000, 22'050, 24'000})
    if (rate >= wanted) return rate;
  return 24'000;
}

void put_common(json::object& to, const SarvamTtsSettings& settings) {
  // Renamed in August 2026: old and new servers each ignore the other's name.
  to["target_language_code"] = settings.language;
  to["language_code"] = settings.language;
  if (!settings.speaker.empty()) to["speaker"] = settings.speaker;
  if (settings.pace) to["pace"] = *settings.pace;
  if (settings.pitch) to["pitch"] = *settings.pitch;
  if (settings.loudness) to["loudness"] = *settings.loudness;
  if (settings.temperature) to["temperature"] = *settings.temperature;
  if (settings.preprocessing) to["enable_preprocessing"] = *settings.preprocessing;
  if (!settings.dictionary.empty()) to["dict_id"] = settings.dictionary;
}

std::optional<std::string> decode(std::string_view text) {
  std::string bytes(base64_decoded_max(text.size()), '\0');
  const auto size = base64_decode(text, reinterpret_cast<std::byte*>(bytes.data()));
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

}  // namespace

Result<SarvamTtsSettings> read_sarvam_tts(const agent::ProviderChoice& choice, std::string_view language,
                                          int sample_rate_hz) {
  vendor::OptionReader options(choice);
  options.allow(kOptions);
  SarvamTtsSettings settings;
  settings.model = choice.model.empty() ? std::string(kSarvamTtsModel) : choice.model;
  settings.speaker = choice.voice;
  for (char& c : settings.speaker)  // "Ritu" is refused where "ritu" is meant
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');

  const bool second = is_second_generation(settings.model);
  const bool http = options.one_of("transport", kTransports, "websocket") == "http";
  const bool stream = options.boolean("stream").value_or(false);
  settings.transport = !http ? Transport::websocket : stream ? Transport::http_stream : Transport::http;
  settings.sample_rate_hz = rate_for(sample_rate_hz);
  settings.pace = second ? options.number("pace", 0.3, 3) : options.number("pace", 0.5, 2);
  settings.pitch = options.number("pitch", -0.75, 0.75);
  settings.loudness = options.number("loudness", 0.3, 3);
  settings.temperature = options.number("temperature", 0.01, 2);
  settings.preprocessing = options.boolean("enable_preprocessing");
  settings.min_buffer_size = options.integer("min_buffer_size", 30, 200);
  settings.max_chunk_length = options.integer("max_chunk_length", 50, 500);
  settings.dictionary = options.text("dict_id");
  settings.most_characters = second ? 1500 : 2500;
  if (auto sound = options.finish(); !sound) return fail(std::move(sound.error()));

  const bool of_second = settings.pitch || settings.loudness || settings.preprocessing;
  const bool of_others = settings.temperature || !settings.dictionary.empty();
  if (!second && of_second)
    return fail(
        Errc::invalid_argument,
        fmt::format("sarvam: pitch, loudness and enable_preprocessing are options of bulbul:v2, not of {}",
                    settings.model));
  if (second && of_others)
    return fail(Errc::invalid_argument,
                "sarvam: temperature and dict_id are options of bulbul:v3, not of bulbul:v2");
  if (stream && !http)
    return fail(Errc::invalid_argument, "sarvam: the option stream needs the option transport=http");

  if (auto wrong = check_speaker(settings.model, settings.speaker)) return fail(std::move(*wrong));
  if (settings.speaker.empty() && second) settings.speaker = "anushka";
  if (settings.speaker.empty() && settings.model.starts_with("bulbul:v3")) settings.speaker = "shubh";
  auto code = sarvam_language(options.text("language", language), SarvamLanguages::voice);
  if (!code) return fail(code.error());
  settings.language = std::move(*code);
  return settings;
}

std::string sarvam_tts_target(const SarvamTtsSettings& settings) {
  return "/text-to-speech/ws?model=" + net::url_encode(settings.model) + "&send_completion_event=true";
}

std::string sarvam_tts_config(const SarvamTtsSettings& settings) {
  json::object data;
  put_common(data, settings);
  data["speech_sample_rate"] = fmt::format("{}", settings.sample_rate_hz);  // text, as the description says
  data["output_audio_codec"] = "linear16";
  if (settings.min_buffer_size) data["min_buffer_size"] = *settings.min_buffer_size;
  if (settings.max_chunk_length) data["max_chunk_length"] = *settings.max_chunk_length;
  return vendor::to_text(json::object{{"type", "config"}, {"data", std::move(data)}});
}

std::string sarvam_tts_text(std::string_view text) {
  return vendor::to_text(json::object{{"type", "text"}, {"data", json::object{{"text", text}}}});
}

SarvamTtsEvent read_sarvam_tts(std::string_view message) {
  const auto object = vendor::parse_json_object(message);
  if (!object) return {.kind = Kind::not_ours, .bytes = object.error().message};
  const auto type = vendor::string_member(*object, "type");
  const auto* inner = vendor::object_member(*object, "data");
  const auto& data = inner ? *inner : *object;
  if (type == "audio") {
    if (!inner) return {.kind = Kind::not_ours, .bytes = "sound without data"};
    const auto kind = vendor::string_member(data, "content_type");
    if (kind.contains("mpeg") || kind.contains("mp3"))
      return {.kind = Kind::not_ours, .bytes = "MP3 where linear16 was asked for"};
    const auto* audio = vendor::member(data, "audio");
    if (!audio || !audio->is_string()) return {.kind = Kind::not_ours, .bytes = "sound that is no text"};
    auto bytes = decode(std::string_view(audio->get_string()));
    if (!bytes) return {.kind = Kind::not_ours, .bytes = "sound that is not base64"};
    if (looks_coded(*bytes))
      return {.kind = Kind::not_ours, .bytes = "coded sound where linear16 was asked for"};
    return {.kind = Kind::audio, .bytes = std::move(*bytes)};
  }
  if (type == "event" && vendor::string_member(data, "event_type") == "final") return {.kind = Kind::final};
  if (type == "error") {
    std::string_view words = vendor::string_member(data, "message");
    if (words.empty()) words = vendor::string_member(data, "error");
    SarvamTtsEvent event{.kind = Kind::error, .bytes = std::string(words.substr(0, 1024))};
    // The code is HTTP's number here, and a word elsewhere.
    const auto number = vendor::integer_member(data, "code");
    if (number && *number >= 0 && *number < 10'000) event.status = static_cast<int>(*number);
    if (!number) event.code = vendor::text_member(data, "code");
    event.request_id = vendor::text_member(data, "request_id");
    return event;
  }
  return {};
}

std::string sarvam_tts_body(const SarvamTtsSettings& settings, std::string_view text) {
  json::object body{{"text", text}, {"model", settings.model}};
  put_common(body, settings);
  body["speech_sample_rate"] = settings.sample_rate_hz;
  body["output_audio_codec"] = settings.transport == Transport::http_stream ? "linear16" : "wav";
  return vendor::to_text(body);
}

Result<std::vector<std::string>> read_sarvam_tts_answer(std::string_view body) {
  const auto object = vendor::parse_json_object(body);
  if (!object) return fail(object.error());
  const auto* audios = vendor::array_member(*object, "audios");
  if (!audios || audios->empty()) return fail(Errc::protocol, "the answer holds no sound");
  std::vector<std::string> files;
  for (const auto& audio : *audios) {
    if (!audio.is_string()) return fail(Errc::protocol, "the answer holds sound that is no text");
    auto bytes = decode(std::string_view(audio.get_string()));
    if (!bytes) return fail(Errc::protocol, "the answer holds sound that is not base64");
    if (looks_coded(*bytes))
      return fail(Errc::protocol, "the answer holds coded sound where WAV was asked for");
    files.push_back(std::move(*bytes));
  }
  return files;
}

bool looks_coded(std::string_view bytes) {
  return bytes.starts_with("ID3") || bytes.starts_with("OggS") || bytes.starts_with("fLaC");
}

}  // namespace parley::speech
