#include "llm/option_reader.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text_value.hpp"

namespace parley::llm {

OptionReader::OptionReader(const agent::ProviderChoice& choice) : choice_(choice) {
  allow({"first_token_ms", "stall_ms", "max_context_tokens"});
}

const std::string* OptionReader::find(std::string_view name) {
  allow({name});
  const auto found = choice_.options.find(std::string(name));
  return found == choice_.options.end() ? nullptr : &found->second;
}

void OptionReader::complain(std::string_view name, std::string_view wanted) {
  if (mistake_.empty()) mistake_ = fmt::format("option {} must be {}", name, wanted);
}

void OptionReader::allow(std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
  }
}

std::string OptionReader::text(std::string_view name) {
  const auto* value = find(name);
  return value == nullptr ? std::string() : *value;
}

std::string OptionReader::one_of(std::string_view name, std::initializer_list<std::string_view> values) {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (std::ranges::find(values, *value) != values.end()) return *value;
  complain(name, fmt::format("one of {}", fmt::join(values, ", ")));
  return {};
}

std::optional<std::int64_t> OptionReader::integer(std::string_view name, std::int64_t least,
                                                  std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto parsed = parse_integer(*value);
  if (parsed && *parsed >= least && *parsed <= most) return parsed;
  complain(name, fmt::format("a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> OptionReader::number(std::string_view name, double least, double most) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  double parsed = 0;
  const char* end = value->data() + value->size();
  const auto [stopped, ec] = std::from_chars(value->data(), end, parsed);
  if (ec == std::errc() && stopped == end && parsed >= least && parsed <= most) return parsed;
  complain(name, fmt::format("a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> OptionReader::boolean(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto parsed = parse_boolean(*value);
  if (!parsed) complain(name, "true or false");
  return parsed;
}

Result<void> OptionReader::finish() const {
  if (!mistake_.empty()) return fail(Errc::invalid_argument, mistake_);
  for (const auto& [name, value] : choice_.options) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    return fail(Errc::invalid_argument, fmt::format("{} has no option {}; there is {}", choice_.provider,
                                                    name, fmt::join(known_, ", ")));
  }
  return {};
}

}  // namespace parley::llm
