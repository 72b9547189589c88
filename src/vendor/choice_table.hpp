// What an editor of agents suggests for each part, as data (tables/choices.yaml): models, voices, languages.
// Nothing is refused by it. Immutable once read.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::vendor {

struct VoiceSuggestion {
  std::string id;
  std::string name;
  std::string gender;                  // "female", "male" or empty
  std::vector<std::string> languages;  // empty: the provider's
  std::vector<std::string> models;     // empty: all of the provider's
};

struct ProviderSuggestion {
  std::string provider;  // as an agent names it
  std::string label;     // as people call it
  std::string part;      // "stt", "llm", "tts", "sts"
  std::string default_model;
  std::vector<std::string> models;
  std::vector<std::string> languages;
  std::vector<VoiceSuggestion> voices;
};

struct LanguageSuggestion {
  std::string code;  // BCP 47
  std::string name;
};

class ChoiceTable {
 public:
  // Errors name file, line and key.
  static Result<std::shared_ptr<const ChoiceTable>> parse(std::string_view yaml,
                                                          std::string_view source_name);
  static std::shared_ptr<const ChoiceTable> bundled();

  // nullptr: nothing is known.
  const ProviderSuggestion* find(std::string_view provider, std::string_view part) const;
  const std::vector<ProviderSuggestion>& providers() const { return providers_; }  // in the file's order
  const std::vector<LanguageSuggestion>& languages() const { return languages_; }

 private:
  std::vector<ProviderSuggestion> providers_;
  std::vector<LanguageSuggestion> languages_;
};

}  // namespace parley::vendor
