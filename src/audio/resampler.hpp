// Stateful sample-rate conversion (speexdsp, quality 4): no click at the joints of a stream. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace parley::audio {

class Resampler {
 public:
  // Rates in Hz, 8000 … 48000. Equal rates copy.
  Resampler(int from_hz, int to_hz);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // Appends the converted audio to `out`.
  void process(std::span<const std::int16_t> in, std::vector<std::int16_t>& out);
  // Appends what the filter still holds back, and starts anew.
  void flush(std::vector<std::int16_t>& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::audio
