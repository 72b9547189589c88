// Values that people write in files, variables and options: durations, whole numbers, switches. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley {

// "600ms", "2s", "10m", "1h", "0". A bare number other than zero has no unit and is refused; so is more than
// ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back: 600ms, 2s, 10m, 1h.
std::string duration_text(std::chrono::milliseconds duration);

// Decimal, with a sign if need be, and nothing else round it.
std::optional<std::int64_t> parse_integer(std::string_view text);

// Decimal, with a sign, a point or an exponent if need be; finite.
std::optional<double> parse_number(std::string_view text);

// true, false, yes, no, on, off; case is ignored.
std::optional<bool> parse_boolean(std::string_view text);

// The candidate that `word` is probably meant to be; empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace parley
