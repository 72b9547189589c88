// Models that have ended or will soon, as data (tables/models.yaml): for warnings where an agent is loaded
// and in `parley doctor`. Nothing is refused by it. Immutable once read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::vendor {

struct ModelNote {
  std::string vendor;
  std::string model;    // "name*": every model that begins so
  std::string ends;     // ISO date; empty: not known, see note
  std::string instead;  // may be empty
  std::string as_of;
  std::string note;
};

class ModelNotes {
 public:
  // Errors name file, line and key.
  static Result<std::shared_ptr<const ModelNotes>> parse(std::string_view yaml, std::string_view source_name);
  static std::shared_ptr<const ModelNotes> bundled();

  const ModelNote* find(std::string_view vendor, std::string_view model) const;
  // "openai gpt-4o ends on 2027-01-14 (as of 2026-10-28); use gpt-6-luna instead"; nullopt: nothing is known.
  // `today` tells "ended" from "ends".
  std::optional<std::string> warning(std::string_view vendor, std::string_view model,
                                     std::string_view today) const;

 private:
  std::vector<ModelNote> notes_;
};

}  // namespace parley::vendor
