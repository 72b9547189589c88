#include "vendor/choice_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "base/yaml_reader.hpp"
#include "vendor/bundled_data.hpp"

namespace parley::vendor {
namespace {

constexpr std::array<std::string_view, 4> kParts{"stt", "llm", "tts", "sts"};
constexpr std::array<std::string_view, 3> kGenders{"", "female", "male"};

std::vector<std::string> texts(yaml::Map& map, std::string_view key) {
  std::vector<std::string> all;
  for (yaml::Text& one : map.texts(key))
    all.push_back(std::move(one.text));
  return all;
}

std::string as_name(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// A group of voices that differ in their name alone.
void read_voices(yaml::Map group, std::vector<VoiceSuggestion>& voices) {
  const std::string id = group.text("id");
  const std::string prefix = group.text("prefix");
  const std::string suffix = group.text("suffix");
  VoiceSuggestion voice;
  voice.gender = group.text("gender");
  voice.languages = texts(group, "languages");
  voice.models = texts(group, "models");
  if (std::ranges::find(kGenders, voice.gender) == kGenders.end())
    group.problem("gender", "must be female or male, or left out");
  const std::vector<std::string> names = texts(group, "names");
  if (names.empty()) group.problem("names", "is needed");
  if (!id.empty() && names.size() > 1) group.problem("names", "an id is one voice's");
  for (const std::string& name : names) {
    voice.id = id.empty() ? fmt::format("{}{}{}", prefix, name, suffix) : id;
    voice.name = as_name(name);
    voices.push_back(voice);
  }
}

}  // namespace

Result<std::shared_ptr<const ChoiceTable>> ChoiceTable::parse(std::string_view yaml,
                                                              std::string_view source_name) {
  yaml::Reader reader(yaml, source_name);
  auto table = std::make_shared<ChoiceTable>();
  yaml::Map root = reader.root();
  for (yaml::Map map : root.list("choices")) {
    ProviderSuggestion& provider = table->providers_.emplace_back();
    provider.provider = map.text("provider");
    provider.label = map.text("label");
    provider.part = map.text("part");
    provider.default_model = map.text("default");
    provider.models = texts(map, "models");
    provider.languages = texts(map, "languages");
    for (yaml::Map group : map.list("voices"))
      read_voices(group, provider.voices);
    if (provider.provider.empty()) map.problem("provider", "is needed");
    if (provider.label.empty()) map.problem("label", "is needed");
    if (std::ranges::find(kParts, provider.part) == kParts.end())
      map.problem("part", "must be stt, llm, tts or sts");
    if (!provider.default_model.empty() &&
        std::ranges::find(provider.models, provider.default_model) == provider.models.end())
      map.problem("default", "must be one of models");
  }
  for (yaml::Map map : root.list("languages")) {
    LanguageSuggestion& language = table->languages_.emplace_back();
    language.code = map.text("code");
    language.name = map.text("name");
    if (language.code.empty()) map.problem("code", "is needed");
    if (language.name.empty()) map.problem("name", "is needed");
  }
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  return table;
}

std::shared_ptr<const ChoiceTable> ChoiceTable::bundled() {
  // A test holds the bundled file to being readable.
  auto table = parse(bundled_choices(), "choices.yaml");
  return table ? *table : std::make_shared<const ChoiceTable>();
}

const ProviderSuggestion* ChoiceTable::find(std::string_view provider, std::string_view part) const {
  const auto found = std::ranges::find_if(providers_, [&](const ProviderSuggestion& one) {
    return one.provider == provider && one.part == part;
  });
  return found == providers_.end() ? nullptr : &*found;
}

}  // namespace parley::vendor
