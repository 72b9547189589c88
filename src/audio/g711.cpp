#include "audio/g711.hpp"

#include <bit>

namespace parley::audio {
namespace {

// The bias that makes every mu-law segment start at a power of two, on the 16-bit scale.
constexpr int kMulawBias = 0x84;
constexpr int kMulawClip = 32767 - kMulawBias;

constexpr std::int16_t decode_mulaw(int code) {
  const int inverted = ~code & 0xff;
  const int segment = (inverted >> 4) & 7;
  const int magnitude = ((((inverted & 0x0f) << 3) + kMulawBias) << segment) - kMulawBias;
  return static_cast<std::int16_t>((inverted & 0x80) != 0 ? -magnitude : magnitude);
}

constexpr std::int16_t decode_alaw(int code) {
  const int value = code ^ 0x55;
  const int segment = (value >> 4) & 7;
  int magnitude = ((value & 0x0f) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return static_cast<std::int16_t>((value & 0x80) != 0 ? magnitude : -magnitude);
}

template <class Decode>
constexpr std::array<std::int16_t, 256> table_of(Decode decode) {
  std::array<std::int16_t, 256> table{};
  for (int code = 0; code < 256; ++code)
    table[static_cast<std::size_t>(code)] = decode(code);
  return table;
}

constexpr auto kMulaw = table_of(decode_mulaw);
constexpr auto kAlaw = table_of(decode_alaw);

}  // namespace

std::int16_t mulaw_to_linear(std::uint8_t code) {
  return kMulaw[code];
}

std::int16_t alaw_to_linear(std::uint8_t code) {
  return kAlaw[code];
}

// Arithmetic rather than a table: one bit scan costs less than a miss in the 64 KiB that a table would take.
std::uint8_t linear_to_mulaw(std::int16_t sample) {
  const int sign = sample < 0 ? 0x80 : 0;
  const int magnitude = std::min(sample < 0 ? -static_cast<int>(sample) : sample, kMulawClip) + kMulawBias;
  const int segment = std::bit_width(static_cast<unsigned>(magnitude)) - 8;
  const int step = (magnitude >> (segment + 3)) & 0x0f;
  return static_cast<std::uint8_t>(~(sign | (segment << 4) | step));
}

}  // namespace parley::audio
