#include "speech/deepgram/speak_protocol.hpp"

#include <algorithm>
#include <array>

#include <boost/json/object.hpp>
#include <fmt/core.h>

#include "base/valid_text.hpp"
#include "speech/deepgram/deepgram_common.hpp"
#include "vendor/json.hpp"

namespace parley::speech::deepgram {
namespace {

constexpr std::string_view kDefaultVoice = "aura-2-thalia-en";
constexpr std::size_t kMostCharacters = 2000;  // of one message

std::string_view base_language(std::string_view bcp47) {
  return bcp47.substr(0, bcp47.find('-'));
}

// "aura-2-thalia-en" is one, "aura-2", "aura" and "thalia" are none.
bool is_whole_name(std::string_view name) {
  return std::ranges::count(name, '-') >= 2;
}

}  // namespace

std::string speak_model(const agent::ProviderChoice& choice, std::string_view language) {
  if (is_whole_name(choice.voice)) return choice.voice;
  if (choice.voice.empty()) return choice.model.empty() ? std::string(kDefaultVoice) : choice.model;
  const auto family = choice.model.empty() ? std::string_view("aura-2") : std::string_view(choice.model);
  if (is_whole_name(family)) return std::string(family);
  const auto spoken = base_language(language);
  return fmt::format("{}-{}-{}", family, choice.voice, spoken.empty() ? "en" : spoken);
}

SpeakTransport speak_transport(const agent::ProviderChoice& choice) {
  return option(choice, "transport") == "http" ? SpeakTransport::http : SpeakTransport::websocket;
}

int speak_rate(int wanted_hz) {
  static constexpr std::array kRates{8000, 16000, 24000, 32000, 48000};
  const auto* found = std::ranges::lower_bound(kRates, wanted_hz);
  return found == kRates.end() ? kRates.back() : *found;
}

Result<void> check_speak(const vendor::Account& account, const agent::ProviderChoice& choice,
                         std::string_view language) {
  if (auto known = check_choice(account, choice, {"transport", "mip_opt_out", "tag", "first_audio_ms"});
      !known) {
    return known;
  }
  const auto transport = option(choice, "transport", "websocket");
  if (transport != "websocket" && transport != "http") {
    return fail(Errc::invalid_argument, account.vendor + " option 'transport' is websocket or http");
  }
  if (is_whole_name(choice.voice) && is_whole_name(choice.model) && choice.voice != choice.model) {
    return fail(Errc::invalid_argument,
                fmt::format("{}: voice '{}' and model '{}' both name a whole voice; leave one",
                            account.vendor, choice.voice, choice.model));
  }
  const auto spoken = base_language(language);
  if (choice.voice.empty() && choice.model.empty() && !spoken.empty() && spoken != "en") {
    return fail(Errc::invalid_argument,
                fmt::format("{}: the default voice {} speaks English, the agent '{}'; name a "
                            "voice of that language or another provider",
                            account.vendor, kDefaultVoice, language));
  }
  return {};
}

std::string speak_url(const vendor::Account& account, const agent::ProviderChoice& choice,
                      SpeakTransport transport, std::string_view language, int rate_hz) {
  Query query;
  query.add("model", speak_model(choice, language));
  query.add("encoding", "linear16");
  query.add("sample_rate", std::to_string(rate_hz));
  query.add_option(choice, "mip_opt_out");
  query.add_list(choice, "tag");
  if (transport == SpeakTransport::websocket) {
    return account.websocket_url() + "/v1/speak" + query.text();
  }
  query.add("container", "none");
  return account.url + "/v1/speak" + query.text();
}

std::vector<std::string> split_text(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::size_t at = 0;
    std::size_t characters = 0;
    std::size_t space = 0;  // behind the last one
    for (; at < text.size(); ++at) {
      if (begins_character(text[at]) && ++characters > kMostCharacters) break;
      if (text[at] == ' ') space = at + 1;
    }
    if (at < text.size() && space > 0) at = space;
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at);
  }
  return parts;
}

std::string speak_message(std::string_view text) {
  return vendor::to_text(
      boost::json::object{{"type", "Speak"}, {"text", boost::json::string_view(text.data(), text.size())}});
}

std::string speak_body(std::string_view text) {
  return vendor::to_text(boost::json::object{{"text", boost::json::string_view(text.data(), text.size())}});
}

bool has_words(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

SpeakReading read_speak(std::string_view message) {
  using Kind = SpeakReading::Kind;
  SpeakReading reading;
  const auto parsed = vendor::parse_json_object(message);
  const auto type = parsed ? vendor::string_member(*parsed, "type") : std::string_view();
  if (type.empty()) return reading;
  reading.kind = Kind::other;
  if (type == "Flushed") reading.kind = Kind::flushed;
  if (type == "Cleared") reading.kind = Kind::cleared;
  if (type == "Warning") reading.kind = Kind::warning;
  if (type == "Error") reading.kind = Kind::error;
  for (const auto* name : {"code", "warn_code", "err_code", "variant"})
    if (reading.code.empty()) reading.code = vendor::text_member(*parsed, name);
  for (const auto* name : {"description", "warn_msg", "err_msg", "message"})
    if (reading.words.empty()) reading.words = vendor::text_member(*parsed, name);
  reading.request_id = vendor::text_member(*parsed, "request_id");
  return reading;
}

}  // namespace parley::speech::deepgram
