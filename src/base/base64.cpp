#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace parley {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// Any table value with this bit set marks a character outside the alphabet: or-ing four look-ups tells at
// once.
constexpr std::uint32_t kBad = 0x0100'0000;

// One table for each place in a group of four, already shifted: a group costs four look-ups and three ors.
using Table = std::array<std::uint32_t, 256>;
constexpr Table make_table(unsigned shift) {
  Table table{};
  table.fill(kBad);
  for (std::uint32_t i = 0; i < 64; ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = i << shift;
  return table;
}
constexpr Table kFirst = make_table(18);
constexpr Table kSecond = make_table(12);
constexpr Table kThird = make_table(6);
constexpr Table kFourth = make_table(0);

// Twelve bits to two characters: half the look-ups of the six-bit way.
constexpr std::array<std::array<char, 2>, 4096> make_pairs() {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = {kAlphabet[i >> 6U], kAlphabet[i & 63U]};
  return pairs;
}
constexpr auto kPairs = make_pairs();

std::uint32_t at(const Table& table, char c) {
  return table[static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<std::size_t> base64_decode(std::string_view text, std::byte* out) {
  std::size_t size = text.size();
  for (int padding = 0; padding < 2 && size > 0 && text[size - 1] == '='; ++padding)
    --size;
  const std::byte* const begin = out;
  const char* in = text.data();
  const char* const end_of_groups = in + size / 4 * 4;
  std::uint32_t seen = 0;
  for (; in != end_of_groups; in += 4, out += 3) {
    const std::uint32_t bits =
        at(kFirst, in[0]) | at(kSecond, in[1]) | at(kThird, in[2]) | at(kFourth, in[3]);
    seen |= bits;
    out[0] = static_cast<std::byte>(bits >> 16U);
    out[1] = static_cast<std::byte>(bits >> 8U);
    out[2] = static_cast<std::byte>(bits);
  }
  switch (size % 4) {
    case 1:
      return std::nullopt;
    case 2: {
      const std::uint32_t bits = at(kFirst, in[0]) | at(kSecond, in[1]);
      seen |= bits;
      *out++ = static_cast<std::byte>(bits >> 16U);
      break;
    }
    case 3: {
      const std::uint32_t bits = at(kFirst, in[0]) | at(kSecond, in[1]) | at(kThird, in[2]);
      seen |= bits;
      *out++ = static_cast<std::byte>(bits >> 16U);
      *out++ = static_cast<std::byte>(bits >> 8U);
      break;
    }
    default:
      break;
  }
  if ((seen & kBad) != 0) return std::nullopt;
  return static_cast<std::size_t>(out - begin);
}

void base64_encode(std::span<const std::byte> bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + base64_encoded_size(bytes.size()));
  char* to = out.data() + start;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t bits = std::to_integer<std::uint32_t>(bytes[i]) << 16U |
                               std::to_integer<std::uint32_t>(bytes[i + 1]) << 8U |
                               std::to_integer<std::uint32_t>(bytes[i + 2]);
    const auto& high = kPairs[bits >> 12U];
    const auto& low = kPairs[bits & 4095U];
    *to++ = high[0];
    *to++ = high[1];
    *to++ = low[0];
    *to++ = low[1];
  }
  if (i < bytes.size()) {
    const bool two = i + 2 == bytes.size();
    const std::uint32_t bits = std::to_integer<std::uint32_t>(bytes[i]) << 16U |
                               (two ? std::to_integer<std::uint32_t>(bytes[i + 1]) << 8U : 0U);
    *to++ = kAlphabet[bits >> 18U];
    *to++ = kAlphabet[bits >> 12U & 63U];
    *to++ = two ? kAlphabet[bits >> 6U & 63U] : '=';
    *to++ = '=';
  }
}

}  // namespace parley
