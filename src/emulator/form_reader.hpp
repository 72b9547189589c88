// Bodies of requests as fields, in order, repeated names kept: urlencoded and multipart/form-data.
//
// Pure. Bounded by the server's body limit; at most kMostFields fields.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace parley::emulator {

class Form {
 public:
  static constexpr std::size_t kMostFields = 200;

  std::vector<std::pair<std::string, std::string>> fields;

  // The first of that name; empty when there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  // Every value of name, name[] and name[0] …
  std::vector<std::string> all(std::string_view name) const;
};

// Errc::invalid_argument: another content type, or a body that is none of its kind.
Result<Form> read_form(std::string_view content_type, std::string_view body);

}  // namespace parley::emulator
