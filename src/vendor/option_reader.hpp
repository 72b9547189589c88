// An agent's options for a vendor, read with complaints that name the option and what is possible. Pure; one
// thread.
//
//   OptionReader reader(choice);
//   options.speed = reader.number("speed", 0.25, 4);
//   if (auto sound = reader.finish(); !sound) return fail(sound.error());
//
// What is asked for is what is allowed: finish() complains about every other option.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/result.hpp"

namespace parley::vendor {

class OptionReader {
 public:
  // `choice` outlives the reader.
  explicit OptionReader(const agent::ProviderChoice& choice) : choice_(choice) {}

  // An option that is not set, or is wrong, is `otherwise` or nullopt.
  std::string text(std::string_view name, std::string_view otherwise = {});
  std::string one_of(std::string_view name, std::span<const std::string_view> values,
                     std::string_view otherwise = {});
  std::string one_of(std::string_view name, std::initializer_list<std::string_view> values,
                     std::string_view otherwise = {}) {
    return one_of(name, std::span(values.begin(), values.size()), otherwise);
  }
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<bool> boolean(std::string_view name);
  // Names that are read elsewhere, or only of other models.
  void allow(std::span<const std::string_view> names);
  void allow(std::initializer_list<std::string_view> names) { allow(std::span(names.begin(), names.size())); }

  // Errc::invalid_argument: what was wrong first, or an option that nobody asked for.
  Result<void> finish() const;

 private:
  const std::string* find(std::string_view name);
  void complain(std::string_view name, std::string_view wanted);

  const agent::ProviderChoice& choice_;
  std::vector<std::string> known_;
  std::string mistake_;
};

}  // namespace parley::vendor
