// An agent's options for a vendor, read with complaints that name the option and what is possible. Pure; one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "base/result.hpp"

namespace parley::speech {

class OptionReader {
 public:
  // `known`: all names that may be there; another one is an error that lists them. Outlives neither argument.
  OptionReader(const agent::ProviderChoice& choice, std::span<const std::string_view> known);

  std::string text(std::string_view name, std::string_view otherwise = {});
  // One of `values`; else `otherwise` and an error.
  std::string one_of(std::string_view name, std::span<const std::string_view> values,
                     std::string_view otherwise);
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> boolean(std::string_view name);

  // What was asked wrongly first: Errc::invalid_argument.
  const std::optional<Error>& error() const { return error_; }

 private:
  const std::string* find(std::string_view name) const;
  void complain(std::string message);

  const agent::ProviderChoice& choice_;
  std::optional<Error> error_;
};

// What vendors that know languages without regions call a BCP 47 tag: "hi-IN" → "hi". Empty for "multi" and
// "auto".
std::string language_without_region(std::string_view tag);

// Unicode code points of UTF-8: what voices are paid by.
std::size_t code_points(std::string_view text);

}  // namespace parley::speech
