#include "security/sha1.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace parley::security {
namespace {

constexpr std::size_t kBlockBytes = 64;

using State = std::array<std::uint32_t, 5>;
using Block = std::array<std::uint8_t, kBlockBytes>;

// RFC 3174 §6.1
void add_block(State& state, const Block& block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 16; ++i) {
    words[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
               std::uint32_t{block[4 * i + 2]} << 8 | std::uint32_t{block[4 * i + 3]};
  }
  for (std::size_t i = 16; i < 80; ++i)
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    std::uint32_t mixed = 0;
    if (i < 20) {
      mixed = ((b & c) | (~b & d)) + 0x5A827999;
    } else if (i < 40) {
      mixed = (b ^ c ^ d) + 0x6ED9EBA1;
    } else if (i < 60) {
      mixed = ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
    } else {
      mixed = (b ^ c ^ d) + 0xCA62C1D6;
    }
    const std::uint32_t next = std::rotl(a, 5) + mixed + e + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
}

std::string sha1(std::string_view first, std::string_view second) {
  State state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  Block block{};
  std::size_t filled = 0;
  const auto add = [&](std::uint8_t byte) {
    block[filled++] = byte;
    if (filled < kBlockBytes) return;
    add_block(state, block);
    filled = 0;
  };
  for (const std::string_view part : {first, second}) {
    for (const char c : part)
      add(static_cast<std::uint8_t>(c));
  }
  const std::uint64_t bits = (first.size() + second.size()) * 8;
  add(0x80);
  while (filled != kBlockBytes - 8)
    add(0);
  for (int shift = 56; shift >= 0; shift -= 8)
    add(static_cast<std::uint8_t>(bits >> shift));
  std::string digest;
  for (const std::uint32_t word : state) {
    for (int shift = 24; shift >= 0; shift -= 8)
      digest += static_cast<char>(word >> shift & 0xFFU);
  }
  return digest;
}

}  // namespace

std::string hmac_sha1(std::string_view key, std::string_view data) {
  std::string inner = key.size() > kBlockBytes ? sha1(key, {}) : std::string(key);
  inner.resize(kBlockBytes, '\0');
  std::string outer = inner;
  for (char& byte : inner)
    byte = static_cast<char>(byte ^ 0x36);
  for (char& byte : outer)
    byte = static_cast<char>(byte ^ 0x5C);
  return sha1(outer, sha1(inner, data));
}

}  // namespace parley::security
