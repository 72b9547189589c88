#include "speech/sarvam/sarvam_transcriber.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include <fmt/format.h>

#include "async/sleep.hpp"
#include "audio/wav.hpp"
#include "net/http_client.hpp"
#include "speech/sarvam/sarvam_common.hpp"
#include "speech/sarvam/sarvam_stt_protocol.hpp"
#include "speech/sarvam/sound_pieces.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/circuit_breaker.hpp"
#include "vendor/json.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;
using vendor::VendorError;

constexpr double kMostSeconds = 29;  // Sarvam's limit is 30
constexpr std::size_t kMostText = 64 * 1024;
constexpr std::array<std::string_view, 2> kOptions = {"language", "mode"};
constexpr std::array<std::string_view, 5> kModes = {"transcribe", "translate", "verbatim", "translit",
                                                    "codemix"};

struct Settings {
  std::string model;
  std::string language;  // Sarvam's spelling
  std::string mode;
};

Result<Settings> read(const agent::ProviderChoice& choice, std::string_view language) {
  vendor::OptionReader options(choice);
  options.allow(kOptions);
  Settings settings;
  settings.model = choice.model.empty() ? std::string(kSarvamSttModel) : choice.model;
  settings.mode = options.one_of("mode", kModes, "");
  const bool saarika = settings.model.starts_with("saarika");
  auto code = sarvam_language(options.text("language", language),
                              saarika ? SarvamLanguages::saarika : SarvamLanguages::saaras);
  if (auto sound = options.finish(); !sound) return fail(std::move(sound.error()));
  if (!code) return fail(code.error());
  if (saarika && !settings.mode.empty())
    return fail(Errc::invalid_argument, "sarvam: the option mode is of saaras; saarika only transcribes");
  settings.language = std::move(*code);
  return settings;
}

struct Answer {
  std::string text;
  std::string language;
};

Result<Answer> read_answer(std::string_view body) {
  const auto object = vendor::parse_json_object(body);
  if (!object) return fail(object.error());
  const auto* text = vendor::member(*object, "transcript");
  if (!text || !(text->is_string() || text->is_null()))
    return fail(Errc::protocol, "an answer without transcript");
  Answer answer{.text = std::string(vendor::string_member(*object, "transcript")),
                .language = bcp47_of_sarvam(vendor::string_member(*object, "language_code"))};
  if (answer.text.size() > kMostText) return fail(Errc::protocol, "a transcript without end");
  const auto first = answer.text.find_first_not_of(" \t\r\n");
  answer.text.erase(0, std::min(first, answer.text.size()));
  answer.text.erase(answer.text.find_last_not_of(" \t\r\n") + 1);
  return answer;
}

net::ClientRequest make_request(const vendor::Account& account, const Settings& settings,
                                std::span<const std::int16_t> audio, int rate) {
  const auto bytes = std::as_bytes(audio);
  auto wav = audio::wav_header(rate, 1, static_cast<std::uint32_t>(bytes.size()));
  wav.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<net::FormPart> parts = {
      {.name = "file", .value = std::move(wav), .file_name = "piece.wav", .content_type = "audio/wav"},
      {.name = "model", .value = settings.model, .file_name = {}, .content_type = {}},
      {.name = "language_code", .value = settings.language, .file_name = {}, .content_type = {}}};
  if (!settings.mode.empty())
    parts.push_back({.name = "mode", .value = settings.mode, .file_name = {}, .content_type = {}});
  auto form = net::make_form(parts);
  net::ClientRequest request;
  request.method = "POST";
  request.policy = account.policy;
  request.url = account.url + "/speech-to-text";
  request.headers = {{std::string(kSarvamKeyHeader), account.key}, {"content-type", form.content_type}};
  request.body = std::move(form.body);
  request.deadline = std::chrono::seconds(60);
  request.max_body_bytes = 1024 * 1024;
  return request;
}

async::Task<std::expected<Answer, VendorError>> ask(async::Executor executor, const SarvamFaults& faults,
                                                    net::ClientRequest request, const Clock& clock) {
  std::minstd_rand random(std::random_device{}());
  for (int tries = 1;; ++tries) {
    const auto response = co_await net::fetch(executor, request);
    if (!response) co_return std::unexpected(faults.of_transport(response.error()));
    if (response->status >= 200 && response->status < 300) {
      auto answer = read_answer(response->body);
      if (!answer) co_return std::unexpected(faults.make(Fault::protocol, answer.error().message));
      co_return std::move(*answer);
    }
    auto error = faults.of_response(response->status, response->headers, response->body, clock.wall_now());
    if (error.fault != Fault::rate_limited || tries >= vendor::kMostTries)
      co_return std::unexpected(std::move(error));
    co_await async::sleep_for(
        executor, vendor::retry_wait(error, tries, std::uniform_real_distribution<>(0, 1)(random)));
  }
}

std::vector<std::int16_t> side(const audio::WavAudio& wav, int channel) {
  const auto step = static_cast<std::size_t>(wav.channels);
  std::vector<std::int16_t> samples;
  samples.reserve(wav.samples.size() / step);
  for (auto at = static_cast<std::size_t>(channel); at < wav.samples.size(); at += step)
    samples.push_back(wav.samples[at]);
  return samples;
}

}  // namespace

SarvamTranscriber::SarvamTranscriber(vendor::Account account, const Clock& clock)
    : account_(std::move(account)), clock_(clock) {}

Result<void> SarvamTranscriber::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  const auto settings = read(choice, agent->language);
  if (!settings) return fail(settings.error());
  if (!account_.has_key())
    return fail(Errc::permission_denied,
                fmt::format("{} is not set: it is needed to transcribe recordings with sarvam",
                            account_.key_setting));
  return {};
}

async::Task<std::expected<FileTranscript, VendorError>> SarvamTranscriber::transcribe(FileRequest request) {
  const auto settings = read(request.choice, request.language);
  const SarvamFaults faults(account_, settings ? settings->model : request.choice.model);
  if (!settings) co_return std::unexpected(faults.make(Fault::bad_request, settings.error().message));
  if (!account_.has_key())
    co_return std::unexpected(faults.make(Fault::bad_key, account_.key_setting + " is not set"));
  const auto wav = audio::parse_wav(std::as_bytes(std::span(request.wav)));
  if (!wav) co_return std::unexpected(faults.make(Fault::bad_request, wav.error().message));
  if (wav->channels < 1 || wav->channels > 2)
    co_return std::unexpected(faults.make(Fault::bad_request, "the recording has more than two channels"));

  FileTranscript transcript;
  std::map<std::string, std::size_t> languages;  // by how much was said in them
  const double rate = wav->sample_rate_hz;
  for (int channel = 0; channel < wav->channels; ++channel) {
    const auto samples = side(*wav, channel);
    for (const auto& piece : cut_at_silences(samples, wav->sample_rate_hz, kMostSeconds)) {
      auto form = make_request(account_, *settings, std::span(samples).subspan(piece.first, piece.samples),
                               wav->sample_rate_hz);
      const auto answer = co_await ask(request.executor, faults, std::move(form), clock_);
      if (!answer) co_return std::unexpected(answer.error());
      const auto seconds = static_cast<double>(piece.samples) / rate;
      vendor::Usage usage;
      usage.part = vendor::Part::stt;
      usage.vendor = account_.vendor;
      usage.model = settings->model;
      usage.audio_seconds = seconds;
      request.observer.on_usage(usage);
      if (answer->text.empty()) continue;
      const double start = static_cast<double>(piece.first) / rate;
      transcript.segments.push_back(
          {.channel = channel, .start_s = start, .end_s = start + seconds, .text = answer->text});
      if (!answer->language.empty()) languages[answer->language] += answer->text.size();
    }
  }
  std::ranges::sort(transcript.segments, {},
                    [](const FileSegment& segment) { return std::pair(segment.start_s, segment.channel); });
  transcript.language = request.language;
  const auto most =
      std::ranges::max_element(languages, {}, &std::pair<const std::string, std::size_t>::second);
  if (most != languages.end()) transcript.language = most->first;
  co_return transcript;
}

}  // namespace parley::speech
