#include "caller/base64.hpp"

namespace parley::caller {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xff;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

}  // namespace

void append_base64(std::span<const std::byte> bytes, std::string& out) {
  std::size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  const auto value = [&bytes](std::size_t index) { return std::to_integer<std::uint32_t>(bytes[index]); };
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = value(i) << 16 | value(i + 1) << 8 | value(i + 2);
    out[at++] = kAlphabet[group >> 18];
    out[at++] = kAlphabet[group >> 12 & 63];
    out[at++] = kAlphabet[group >> 6 & 63];
    out[at++] = kAlphabet[group & 63];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const std::uint32_t group = value(i) << 16 | (rest == 2 ? value(i + 1) << 8 : 0);
  out[at++] = kAlphabet[group >> 18];
  out[at++] = kAlphabet[group >> 12 & 63];
  out[at++] = rest == 2 ? kAlphabet[group >> 6 & 63] : '=';
  out[at] = '=';
}

Base64Outcome decode_base64(std::string_view text, std::vector<std::byte>& out) {
  Base64Outcome outcome;
  if (text.size() % 4 != 0) outcome.valid = false;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  out.resize(text.size() / 4 * 3 + 3);
  std::size_t written = 0;
  std::uint32_t group = 0;
  std::size_t count = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kInvalid) {
      outcome.valid = false;
      break;
    }
    group = group << 6 | value;
    if (++count == 4) {
      out[written++] = static_cast<std::byte>(group >> 16);
      out[written++] = static_cast<std::byte>(group >> 8);
      out[written++] = static_cast<std::byte>(group);
      group = 0;
      count = 0;
    }
  }
  if (count >= 2) out[written++] = static_cast<std::byte>(count == 2 ? group >> 4 : group >> 10);
  if (count == 3) out[written++] = static_cast<std::byte>(group >> 2);
  if (count == 1) outcome.valid = false;
  out.resize(written);
  outcome.bytes = written;
  return outcome;
}

}  // namespace parley::caller
