#include "speech/deepgram/deepgram_live_protocol.hpp"

#include <fmt/core.h>

#include "speech/deepgram/deepgram_common.hpp"
#include "speech/deepgram/flux_protocol.hpp"
#include "speech/deepgram/nova_protocol.hpp"

namespace parley::speech::deepgram {
namespace {

constexpr std::string_view kDefaultModel = "nova-3";

// Deepgram's own default of 10 ms cuts a sentence at each breath; with 300 ms the last words are final
// shortly before the call's own endpointing asks for them.
constexpr std::string_view kEndpointingMs = "300";

}  // namespace

bool is_flux(std::string_view model) {
  return model.starts_with("flux");
}

std::string live_model(const agent::ProviderChoice& choice) {
  return choice.model.empty() ? std::string(kDefaultModel) : choice.model;
}

Result<void> check_live(const vendor::Account& account, const agent::ProviderChoice& choice) {
  if (is_flux(live_model(choice))) {
    return check_choice(account, choice,
                        {"eot_threshold", "eot_timeout_ms", "keyterm", "language_hint", "mip_opt_out",
                         "numerals", "profanity_filter", "tag", "final_ms"},
                        {{"eot_threshold", 0.5, 0.9}, {"eot_timeout_ms", 500, 10'000}});
  }
  auto options = choice;
  // "false" switches it off.
  if (option(options, "endpointing") == "false") options.options.erase("endpointing");
  return check_choice(
      account, options,
      {"language", "endpointing", "smart_format", "punctuate", "numerals", "profanity_filter", "filler_words",
       "keyterm", "keywords", "redact", "replace", "mip_opt_out", "tag", "version", "final_ms"},
      {{"endpointing", 10, 5'000}});
}

std::string live_url(const vendor::Account& account, const agent::ProviderChoice& choice,
                     std::string_view language, int sample_rate_hz) {
  const auto model = live_model(choice);
  Query query;
  query.add("model", model);
  query.add("encoding", "linear16");
  query.add("sample_rate", std::to_string(sample_rate_hz));
  for (const auto* name : {"mip_opt_out", "numerals", "profanity_filter"})
    query.add_option(choice, name);
  query.add_list(choice, "keyterm");
  query.add_list(choice, "tag");
  if (is_flux(model)) {
    query.add_option(choice, "eot_threshold");
    query.add_option(choice, "eot_timeout_ms");
    if (choice.options.contains("language_hint")) {
      query.add_list(choice, "language_hint");
    } else if (model.ends_with("-multi") && !language.empty()) {
      query.add("language_hint", language.substr(0, language.find('-')));
    }
    return account.websocket_url() + "/v2/listen" + query.text();
  }
  const auto wanted = option(choice, "language", listen_language(language));
  if (!wanted.empty()) query.add("language", wanted);
  query.add("channels", "1");
  query.add("interim_results", "true");
  query.add("endpointing", option(choice, "endpointing", kEndpointingMs));
  query.add("smart_format", option(choice, "smart_format", "true"));
  for (const auto* name : {"punctuate", "filler_words", "version"})
    query.add_option(choice, name);
  for (const auto* name : {"keywords", "redact", "replace"})
    query.add_list(choice, name);
  return account.websocket_url() + "/v1/listen" + query.text();
}

std::unique_ptr<LiveProtocol> make_live_protocol(std::string_view model, int sample_rate_hz,
                                                 const LiveTiming& timing) {
  if (is_flux(model)) return std::make_unique<FluxProtocol>(sample_rate_hz, timing);
  return std::make_unique<NovaProtocol>(sample_rate_hz, timing);
}

}  // namespace parley::speech::deepgram
