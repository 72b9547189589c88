#include "api/choice_routes.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "agent/agent_catalog.hpp"
#include "agent/agent_file.hpp"
#include "api/handler_support.hpp"
#include "control/agent_text.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using vendor::ProviderSuggestion;

// It measures the server: nobody talks to it.
constexpr std::string_view kForMeasuring = "bench";
constexpr std::string_view kParts[] = {"stt", "llm", "tts", "sts"};

json::array texts_to_json(const std::vector<std::string>& texts) {
  json::array all;
  for (const std::string& text : texts)
    all.emplace_back(text);
  return all;
}

ApiResult samples(const ApiRequest&) {
  json::array items;
  for (const auto& [name, text] : agent::bundled_agents()) {
    if (name == kForMeasuring) continue;
    const auto parsed = agent::parse_agent(text, name);
    auto config = control::agent_config(std::string(text));
    // Tests hold every bundled agent to being readable.
    if (!parsed || !config) continue;
    items.push_back({{"name", (*parsed)->name},
                     {"summary", (*parsed)->description},
                     {"language", (*parsed)->language},
                     {"yaml", text},
                     {"config", std::move(*config)}});
  }
  return json_answer(json::object{{"items", std::move(items)}});
}

class Choices {
 public:
  explicit Choices(ChoiceRoutesDependencies dependencies) : d_(std::move(dependencies)) {}

  ApiResult answer(const ApiRequest& request) const {
    const std::vector<ProviderInfo> providers = d_.providers(request.workspace());
    json::object body;
    for (const std::string_view part : kParts)
      body[part] = of_part(providers, part);
    json::array languages;
    for (const vendor::LanguageSuggestion& language : d_.choices->languages())
      languages.push_back({{"code", language.code}, {"name", language.name}});
    body["languages"] = std::move(languages);
    return json_answer(std::move(body));
  }

 private:
  // In the table's order; what it does not know comes last.
  json::array of_part(const std::vector<ProviderInfo>& providers, std::string_view part) const {
    const auto has_part = [part](const ProviderInfo& provider) {
      return std::ranges::find(provider.parts, part) != provider.parts.end();
    };
    json::array items;
    for (const ProviderSuggestion& known : d_.choices->providers()) {
      if (known.part != part) continue;
      const auto provider = std::ranges::find(providers, known.provider, &ProviderInfo::name);
      if (provider != providers.end() && has_part(*provider))
        items.push_back(to_json(known, provider->ready));
      else if (known.provider == "none")
        items.push_back(to_json(known, true));
    }
    for (const ProviderInfo& provider : providers) {
      if (!has_part(provider) || d_.choices->find(provider.name, part) != nullptr) continue;
      ProviderSuggestion unknown;
      unknown.provider = unknown.label = provider.name;
      items.push_back(to_json(unknown, provider.ready));
    }
    return items;
  }

  json::object to_json(const ProviderSuggestion& known, bool ready) const {
    json::array models;
    for (const std::string& model : known.models) {
      const vendor::ModelNote* note = d_.notes->find(known.provider, model);
      json::object item{{"id", model},
                        {"default", model == known.default_model},
                        {"note", note == nullptr ? std::string() : note->note},
                        {"endsOn", nullptr}};
      if (note != nullptr && !note->ends.empty()) item["endsOn"] = note->ends;
      models.push_back(std::move(item));
    }
    json::array voices;
    for (const vendor::VoiceSuggestion& voice : known.voices) {
      voices.push_back({{"id", voice.id},
                        {"name", voice.name},
                        {"gender", voice.gender},
                        {"languages", texts_to_json(voice.languages)},
                        {"models", texts_to_json(voice.models)}});
    }
    return {{"provider", known.provider},
            {"label", known.label},
            {"ready", ready},
            {"models", std::move(models)},
            {"voices", std::move(voices)},
            {"languages", texts_to_json(known.languages)}};
  }

  const ChoiceRoutesDependencies d_;
};

}  // namespace

void add_choice_routes(Api& api, ChoiceRoutesDependencies dependencies) {
  api.on("listSampleAgents", samples);
  const auto choices = std::make_shared<const Choices>(std::move(dependencies));
  api.on("listChoices", [choices](const ApiRequest& request) { return choices->answer(request); });
}

}  // namespace parley::api
