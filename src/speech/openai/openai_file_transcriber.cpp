#include "speech/openai/openai_file_transcriber.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "base/ascii.hpp"
#include "speech/openai/openai_faults.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> kOptions{"language", "prompt"};
constexpr std::size_t kMostSegments = 20'000;
constexpr double kFrameS = 0.02;
// Over the hum and hiss of a phone line, under the softest speech.
constexpr double kLoud = 200;
constexpr double kMarginS = 0.2;  // kept round a stretch: soft beginnings and ends of words
// The vendor takes 25 MB, and some models 25 minutes.
constexpr double kMostWithTimesS = 600;
constexpr double kMostStretchS = 60;
constexpr double kPauseS = 1;
constexpr double kNoPause = 1e9;

double loudness(std::span<const std::int16_t> samples) {
  double sum = 0;
  for (const auto sample : samples)
    sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

std::vector<std::int16_t> channel_of(const audio::WavAudio& wav, int channel) {
  std::vector<std::int16_t> samples;
  const auto step = static_cast<std::size_t>(wav.channels);
  samples.reserve(wav.samples.size() / step);
  for (auto at = static_cast<std::size_t>(channel); at < wav.samples.size(); at += step) {
    samples.push_back(wav.samples[at]);
  }
  return samples;
}

std::string wav_of(std::span<const std::int16_t> samples, int rate_hz) {
  auto bytes = audio::wav_header(rate_hz, 1, static_cast<std::uint32_t>(samples.size() * 2));
  bytes.append(reinterpret_cast<const char*>(samples.data()), samples.size() * 2);
  return bytes;
}

}  // namespace

std::vector<SpeechStretch> find_speech(std::span<const std::int16_t> samples, int sample_rate_hz,
                                       double pause_s, double most_s) {
  const auto frame = static_cast<std::size_t>(sample_rate_hz * kFrameS);
  const auto margin = static_cast<std::size_t>(sample_rate_hz * kMarginS);
  const double pause = sample_rate_hz * pause_s;
  const auto most = static_cast<std::size_t>(sample_rate_hz * most_s);
  std::vector<SpeechStretch> loud;
  for (std::size_t at = 0; at < samples.size(); at += frame) {
    const auto end = std::min(at + frame, samples.size());
    if (loudness(samples.subspan(at, end - at)) < kLoud) continue;
    const bool goes_on =
        !loud.empty() && static_cast<double>(at - loud.back().end) < pause && end - loud.back().begin <= most;
    if (goes_on) {
      loud.back().end = end;
    } else {
      loud.push_back({at, end});
    }
  }
  // The margins never reach into the neighbours.
  for (std::size_t i = 0; i < loud.size(); ++i) {
    const auto before = i == 0 ? 0 : loud[i - 1].end;
    const auto after = i + 1 == loud.size() ? samples.size() : loud[i + 1].begin;
    loud[i].begin -= std::min(margin, loud[i].begin - before);
    loud[i].end += std::min(margin, (after - loud[i].end) / 2);
  }
  return loud;
}

Result<OpenAiFileOptions> read_openai_file_options(const agent::ProviderChoice& choice,
                                                   std::string_view language) {
  vendor::OptionReader reader(choice);
  reader.allow(kOptions);
  OpenAiFileOptions options;
  options.model = choice.model.empty() ? "gpt-4o-transcribe" : choice.model;
  options.language = language_without_region(reader.text("language", language));
  options.prompt = reader.text("prompt");
  options.has_times = options.model.starts_with("whisper");
  if (auto sound = reader.finish(); !sound) return fail(std::move(sound.error()));
  return options;
}

net::ClientRequest openai_transcription_request(const vendor::Account& account,
                                                const OpenAiFileOptions& options, std::string wav) {
  std::vector<net::FormPart> parts;
  const auto field = [&parts](std::string name, std::string value) {
    parts.push_back(
        {.name = std::move(name), .value = std::move(value), .file_name = {}, .content_type = {}});
  };
  field("model", options.model);
  field("response_format", options.has_times ? "verbose_json" : "json");
  if (!options.language.empty()) field("language", options.language);
  if (!options.prompt.empty()) field("prompt", options.prompt);
  parts.push_back(
      {.name = "file", .value = std::move(wav), .file_name = "call.wav", .content_type = "audio/wav"});
  auto form = net::make_form(parts);
  net::ClientRequest request;
  request.method = "POST";
  request.policy = account.policy;
  request.url = account.url + "/audio/transcriptions";
  request.headers = {{"Authorization", "Bearer " + account.key},
                     {"Content-Type", std::move(form.content_type)}};
  request.body = std::move(form.body);
  request.head_deadline = 180s;
  request.idle_deadline = 30s;
  request.deadline = 300s;
  request.max_body_bytes = 8 * 1024 * 1024;
  return request;
}

Result<std::vector<FileSegment>> parse_openai_transcription(std::string_view body, int channel,
                                                            double begin_s, double length_s) {
  const auto object = vendor::parse_json_object(body);
  if (!object) return fail(object.error());
  std::vector<FileSegment> segments;
  const auto add = [&](std::string_view text, double start, double end) {
    std::string words(trimmed(text));
    if (words.empty() || segments.size() >= kMostSegments) return;
    start = std::clamp(start, 0.0, length_s);
    end = std::clamp(end, start, length_s);
    segments.push_back(
        {.channel = channel, .start_s = begin_s + start, .end_s = begin_s + end, .text = std::move(words)});
  };
  if (const auto* list = vendor::array_member(*object, "segments")) {
    for (const auto& one : *list) {
      const auto* segment = one.if_object();
      if (segment == nullptr) continue;
      add(vendor::string_member(*segment, "text"), vendor::number_member(*segment, "start").value_or(0),
          vendor::number_member(*segment, "end").value_or(length_s));
    }
    if (!segments.empty()) return segments;
  }
  const auto* text = vendor::member(*object, "text");
  if (text == nullptr || !text->is_string()) return fail(Errc::protocol, "the answer has no text in it");
  add(vendor::string_member(*object, "text"), 0, length_s);
  return segments;
}

OpenAiFileTranscriber::OpenAiFileTranscriber(vendor::Account account, const Clock& clock)
    : account_(std::move(account)), clock_(clock) {}

Result<void> OpenAiFileTranscriber::prepare(const agent::AgentPtr& agent,
                                            const agent::ProviderChoice& choice) {
  if (!account_.has_key()) {
    return fail(Errc::permission_denied, fmt::format("{} is not set: the recognisers of {} need it",
                                                     account_.key_setting, account_.vendor));
  }
  const auto options = read_openai_file_options(choice, agent ? agent->language : "");
  if (!options) return fail(options.error());
  return {};
}

async::Task<std::expected<FileTranscript, vendor::VendorError>> OpenAiFileTranscriber::transcribe(
    FileRequest request) {
  const auto options = read_openai_file_options(request.choice, request.language);
  const OpenAiFaults faults(account_, options ? options->model : request.choice.model);
  if (!account_.has_key()) co_return std::unexpected(faults.no_key());
  if (!options) co_return std::unexpected(faults.make(vendor::Fault::bad_request, options.error().message));
  const auto wav = audio::parse_wav(std::as_bytes(std::span(request.wav)));
  if (!wav || wav->channels < 1 || wav->channels > 2 || wav->sample_rate_hz < 8000) {
    co_return std::unexpected(
        faults.make(vendor::Fault::bad_request, "the recording is no WAV file of one or two channels"));
  }
  const double rate = wav->sample_rate_hz;
  FileTranscript transcript{.segments = {}, .language = request.language};
  for (int channel = 0; channel < wav->channels; ++channel) {
    const auto samples = channel_of(*wav, channel);
    const auto stretches = find_speech(samples, wav->sample_rate_hz, options->has_times ? kNoPause : kPauseS,
                                       options->has_times ? kMostWithTimesS : kMostStretchS);
    for (const auto& stretch : stretches) {
      const std::span part = std::span(samples).subspan(stretch.begin, stretch.end - stretch.begin);
      auto post = openai_transcription_request(account_, *options, wav_of(part, wav->sample_rate_hz));
      const auto response = co_await net::fetch(request.executor, std::move(post));
      if (!response) co_return std::unexpected(faults.of_transport(response.error()));
      if (response->status < 200 || response->status >= 300) {
        co_return std::unexpected(
            faults.of_response(response->status, response->headers, response->body, clock_.wall_now()));
      }
      const double seconds = static_cast<double>(part.size()) / rate;
      request.observer.on_usage({.part = vendor::Part::stt,
                                 .vendor = account_.vendor,
                                 .model = options->model,
                                 .audio_seconds = seconds});
      auto segments = parse_openai_transcription(response->body, channel,
                                                 static_cast<double>(stretch.begin) / rate, seconds);
      if (!segments) {
        co_return std::unexpected(
            faults.of_response(response->status, response->headers, response->body, clock_.wall_now()));
      }
      std::ranges::move(*segments, std::back_inserter(transcript.segments));
    }
  }
  std::ranges::sort(transcript.segments, {},
                    [](const FileSegment& segment) { return std::pair(segment.start_s, segment.channel); });
  co_return transcript;
}

}  // namespace parley::speech
