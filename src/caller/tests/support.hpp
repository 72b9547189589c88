// Small helpers shared by the room's tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "caller/exotel_caller_protocol.hpp"

namespace parley::caller {

// A square wave: loud enough to count as speech.
inline std::vector<std::int16_t> tone(int sample_rate_hz, int ms, std::int16_t level = 4000) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(sample_rate_hz) * static_cast<std::size_t>(ms) /
                                    1000);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(i % 16 < 8 ? level : -level);
  }
  return samples;
}

inline constexpr std::size_t kPadding = 64;

// Text with the readable bytes behind it that the parser asks for.
class Padded {
 public:
  explicit Padded(std::string_view text) : size_(text.size()), bytes_(text) { bytes_.append(kPadding, '\0'); }
  std::string_view view() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  std::size_t size_;
  std::string bytes_;
};

}  // namespace parley::caller
