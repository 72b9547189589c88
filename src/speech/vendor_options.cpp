#include "speech/vendor_options.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/ranges.h>

#include "base/text_value.hpp"

namespace parley::speech {

OptionReader::OptionReader(const agent::ProviderChoice& choice, std::span<const std::string_view> known)
    : choice_(choice) {
  for (const auto& [name, value] : choice.options) {
    if (std::ranges::find(known, name) != known.end()) continue;
    complain(fmt::format("{} has no option '{}'; it has {}", choice.provider, name, fmt::join(known, ", ")));
  }
}

const std::string* OptionReader::find(std::string_view name) const {
  const auto at = choice_.options.find(std::string(name));
  return at == choice_.options.end() || at->second.empty() ? nullptr : &at->second;
}

void OptionReader::complain(std::string message) {
  if (!error_) error_ = Error{Errc::invalid_argument, std::move(message)};
}

std::string OptionReader::text(std::string_view name, std::string_view otherwise) {
  const auto* value = find(name);
  return value == nullptr ? std::string(otherwise) : *value;
}

std::string OptionReader::one_of(std::string_view name, std::span<const std::string_view> values,
                                 std::string_view otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return std::string(otherwise);
  if (std::ranges::find(values, *value) != values.end()) return *value;
  complain(fmt::format("{}'s option {} is one of {}", choice_.provider, name, fmt::join(values, ", ")));
  return std::string(otherwise);
}

std::optional<double> OptionReader::number(std::string_view name, double least, double most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = parse_number(*value);
  if (number && *number >= least && *number <= most) return number;
  complain(fmt::format("{}'s option {} is a number from {} to {}", choice_.provider, name, least, most));
  return std::nullopt;
}

std::optional<std::int64_t> OptionReader::integer(std::string_view name, std::int64_t least,
                                                  std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = parse_integer(*value);
  if (number && *number >= least && *number <= most) return number;
  complain(
      fmt::format("{}'s option {} is a whole number from {} to {}", choice_.provider, name, least, most));
  return std::nullopt;
}

std::optional<bool> OptionReader::boolean(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto flag = parse_boolean(*value);
  if (!flag) complain(fmt::format("{}'s option {} is true or false", choice_.provider, name));
  return flag;
}

std::string language_without_region(std::string_view tag) {
  std::string language(tag.substr(0, tag.find_first_of("-_")));
  std::ranges::transform(language, language.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (language == "multi" || language == "auto") language.clear();
  return language;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace parley::speech
