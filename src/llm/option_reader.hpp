// Reads the options of a provider choice, which are text in the agent file, and remembers the first mistake.
// Options that no one asked for are a mistake as well. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/result.hpp"

namespace parley::llm {

class OptionReader {
 public:
  // `choice` outlives the reader. Options of the layers above the adapters are known from the start.
  explicit OptionReader(const agent::ProviderChoice& choice);

  // Empty or nullopt: not set, or wrong (then finish() says so).
  std::string text(std::string_view name);
  std::string one_of(std::string_view name, std::initializer_list<std::string_view> values);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<bool> boolean(std::string_view name);
  // Names that are read elsewhere.
  void allow(std::initializer_list<std::string_view> names);

  // Errc::invalid_argument: "option temperature must be a number from 0 to 2", or an unknown option.
  Result<void> finish() const;

 private:
  const std::string* find(std::string_view name);
  void complain(std::string_view name, std::string_view wanted);

  const agent::ProviderChoice& choice_;
  std::vector<std::string> known_;
  std::string mistake_;
};

}  // namespace parley::llm
