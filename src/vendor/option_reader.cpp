#include "vendor/option_reader.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text_value.hpp"

namespace parley::vendor {

const std::string* OptionReader::find(std::string_view name) {
  allow({name});
  const auto found = choice_.options.find(std::string(name));
  return found == choice_.options.end() ? nullptr : &found->second;
}

void OptionReader::complain(std::string_view name, std::string_view wanted) {
  if (mistake_.empty()) mistake_ = fmt::format("{}'s option {} is {}", choice_.provider, name, wanted);
}

void OptionReader::allow(std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
  }
}

std::string OptionReader::text(std::string_view name, std::string_view otherwise) {
  const auto* value = find(name);
  return value == nullptr || value->empty() ? std::string(otherwise) : *value;
}

std::string OptionReader::one_of(std::string_view name, std::span<const std::string_view> values,
                                 std::string_view otherwise) {
  const auto* value = find(name);
  if (value == nullptr || value->empty()) return std::string(otherwise);
  if (std::ranges::find(values, *value) != values.end()) return *value;
  complain(name, fmt::format("one of {}", fmt::join(values, ", ")));
  return std::string(otherwise);
}

std::optional<std::int64_t> OptionReader::integer(std::string_view name, std::int64_t least,
                                                  std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = parse_integer(*value);
  if (number && *number >= least && *number <= most) return number;
  complain(name, fmt::format("a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> OptionReader::number(std::string_view name, double least, double most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = parse_number(*value);
  if (number && *number >= least && *number <= most) return number;
  complain(name, fmt::format("a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> OptionReader::boolean(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto flag = parse_boolean(*value);
  if (!flag) complain(name, "true or false");
  return flag;
}

Result<void> OptionReader::finish() const {
  if (!mistake_.empty()) return fail(Errc::invalid_argument, mistake_);
  for (const auto& [name, value] : choice_.options) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    return fail(Errc::invalid_argument, fmt::format("{} has no option '{}'; it has {}", choice_.provider,
                                                    name, fmt::join(known_, ", ")));
  }
  return {};
}

}  // namespace parley::vendor
