#include "speech/openai/openai_tts.hpp"

#include <array>

#include <fmt/core.h>

#include "speech/failed_speech.hpp"
#include "speech/http_speech_job.hpp"
#include "speech/openai/openai_faults.hpp"
#include "speech/vendor_options.hpp"
#include "vendor/option_reader.hpp"

namespace parley::speech {
namespace {

constexpr int kRateHz = 24000;
constexpr std::array<std::string_view, 2> kOptions{"instructions", "speed"};

}  // namespace

std::string openai_voice_model(const agent::ProviderChoice& choice) {
  return choice.model.empty() ? "gpt-4o-mini-tts" : choice.model;
}

Result<net::ClientRequest> openai_speech_request(const vendor::Account& account,
                                                 const agent::ProviderChoice& choice, std::string_view text) {
  if (!account.has_key()) {
    return fail(Errc::permission_denied,
                fmt::format("{} is not set: the voices of {} need it", account.key_setting, account.vendor));
  }
  vendor::OptionReader options(choice);
  options.allow(kOptions);
  vendor::json::object body{{"model", openai_voice_model(choice)},
                            {"voice", choice.voice.empty() ? "alloy" : choice.voice},
                            {"input", text},
                            {"response_format", "pcm"}};
  const auto instructions = options.text("instructions");
  if (!instructions.empty()) body["instructions"] = instructions;
  if (const auto speed = options.number("speed", 0.25, 4)) body["speed"] = *speed;
  if (auto sound = options.finish(); !sound) return fail(std::move(sound.error()));
  net::ClientRequest request;
  request.method = "POST";
  request.policy = account.policy;
  request.url = account.url + "/audio/speech";
  request.headers = {{"Authorization", "Bearer " + account.key}, {"Content-Type", "application/json"}};
  request.body = vendor::to_text(body);
  return request;
}

OpenAiTts::OpenAiTts(vendor::Account account, const Clock& clock)
    : account_(std::move(account)), clock_(clock) {}

Result<void> OpenAiTts::prepare(const agent::AgentPtr&, const agent::ProviderChoice& choice) {
  const auto request = openai_speech_request(account_, choice, "");
  if (!request) return fail(request.error());
  return {};
}

void OpenAiTts::warm(const TtsRequest& request) {
  if (account_.has_key() && !account_.policy) net::http_client(request.executor).warm(account_.url);
}

std::unique_ptr<TtsJob> OpenAiTts::start(TtsRequest request, TtsListener& listener) {
  const auto model = openai_voice_model(request.choice);
  const OpenAiFaults faults(account_, model);
  auto post = openai_speech_request(account_, request.choice, request.text);
  if (!post) {
    auto error =
        account_.has_key() ? faults.make(vendor::Fault::bad_request, post.error().message) : faults.no_key();
    return failed_speech(request.executor, listener, std::move(error));
  }
  HttpSpeech speech{.request = std::move(*post),
                    .from_hz = kRateHz,
                    .vendor = account_.vendor,
                    .model = model,
                    .read_error = {}};
  speech.read_error = [faults, &clock = clock_](int status, const net::HeaderList& headers,
                                                std::string_view body) {
    return faults.of_response(status, headers, body, clock.wall_now());
  };
  return std::make_unique<HttpSpeechJob>(request, std::move(speech), listener, clock_);
}

}  // namespace parley::speech
