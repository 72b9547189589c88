// What vendors charge, as data that people edit: a YAML file with prices by vendor, model, unit and date.
// Immutable once read; shared by calls as a snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vendor/usage.hpp"

namespace parley::vendor {

// Money in millionths of the currency's unit: exact sums.
struct Cost {
  std::int64_t micros = 0;
  std::string currency;  // ISO 4217
  std::string as_of;     // "2026-08-21": date of the oldest price used
  friend bool operator==(const Cost&, const Cost&) = default;
};

// Prices of one model from a date on; absent: this unit is not charged.
struct Price {
  std::string vendor;
  std::string model;  // "*": any model of the vendor without its own entry; "nova-3*": by its beginning
  Part part = Part::llm;
  std::string currency;
  std::string as_of;                    // when it was looked up
  std::string valid_from;               // empty: always
  std::optional<double> input_tokens;   // for a million
  std::optional<double> cached_tokens;  // for a million; absent: as input
  std::optional<double> output_tokens;  // for a million
  std::optional<double> audio_input_tokens;
  std::optional<double> cached_audio_tokens;
  std::optional<double> audio_output_tokens;
  std::optional<double> characters;  // for a million
  std::optional<double> minutes;     // of audio or of the line
};

class PriceTable {
 public:
  // Errors name file, line and key. The text of the bundled table: bundled_prices().
  static Result<std::shared_ptr<const PriceTable>> parse(std::string_view yaml, std::string_view source_name);
  static std::shared_ptr<const PriceTable> bundled();

  // `today` (ISO date) picks among entries with valid_from. nullopt: no price is known for it.
  std::optional<Cost> cost_of(const Usage& usage, std::string_view today) const;
  const std::vector<Price>& prices() const { return prices_; }

 private:
  std::vector<Price> prices_;
};

}  // namespace parley::vendor
