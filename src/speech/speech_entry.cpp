#include "speech/speech_entry.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace parley::speech {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

constexpr std::string_view kMagic = "PARLEYS1";
constexpr std::size_t kSumAt = 16;
constexpr std::size_t kHeadBytes = 32;

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

template <class Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// The finaliser of splitmix64: every bit of the input changes about half of the output's.
// https://prng.di.unimi.it/splitmix64.c
std::uint64_t stir(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

class Hasher {
 public:
  // Each call's bytes end where they end: two calls are not the same as one with both.
  void take(std::string_view bytes) {
    const std::size_t size = bytes.size();
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8)
      mix(number_at<std::uint64_t>(bytes, at));
    std::uint64_t rest = 0;
    if (at < size) std::memcpy(&rest, bytes.data() + at, size - at);
    mix(rest);
    mix(size);
  }
  StableHash value() const { return {stir(low_ + 1), stir(high_ + 2)}; }

 private:
  void mix(std::uint64_t word) {
    low_ = stir(low_ ^ word) + 0x9e3779b97f4a7c15ULL;
    high_ = stir(high_ + std::rotl(word, 29) + 0xd1b54a32d192ed03ULL);
  }
  std::uint64_t low_ = 0x243f6a8885a308d3ULL;
  std::uint64_t high_ = 0x13198a2e03707344ULL;
};

StableHash checksum(std::string_view bytes) {
  Hasher hasher;
  hasher.take(bytes.substr(0, kSumAt));
  hasher.take(bytes.substr(kHeadBytes));
  return hasher.value();
}

}  // namespace

StableHash stable_hash(std::string_view bytes) {
  Hasher hasher;
  hasher.take(bytes);
  return hasher.value();
}

std::string hash_text(const StableHash& hash) {
  return fmt::format("{:016x}{:016x}", hash[0], hash[1]);
}

bool fits_entry(std::string_view key, std::span<const std::int16_t> audio) {
  return !key.empty() && key.size() <= kMaxEntryKeyBytes && !audio.empty() &&
         audio.size_bytes() <= kMaxEntryAudioBytes;
}

std::string write_entry(std::string_view key, std::span<const std::int16_t> audio) {
  std::string bytes;
  bytes.reserve(kHeadBytes + key.size() + audio.size_bytes());
  bytes += kMagic;
  append(bytes, static_cast<std::uint32_t>(key.size()));
  append(bytes, static_cast<std::uint32_t>(audio.size_bytes()));
  bytes.append(kHeadBytes - kSumAt, '\0');
  bytes += key;
  bytes.append(reinterpret_cast<const char*>(audio.data()), audio.size_bytes());
  const StableHash sum = checksum(bytes);
  std::memcpy(bytes.data() + kSumAt, sum.data(), sizeof sum);
  return bytes;
}

std::expected<std::vector<std::int16_t>, EntryFault> read_entry(std::string_view bytes,
                                                                std::string_view key) {
  const auto damaged = std::unexpected(EntryFault::damaged);
  if (bytes.size() < kHeadBytes || !bytes.starts_with(kMagic)) return damaged;
  const std::size_t key_bytes = number_at<std::uint32_t>(bytes, 8);
  const std::size_t audio_bytes = number_at<std::uint32_t>(bytes, 12);
  if (key_bytes == 0 || key_bytes > kMaxEntryKeyBytes) return damaged;
  if (audio_bytes == 0 || audio_bytes % 2 != 0 || audio_bytes > kMaxEntryAudioBytes) return damaged;
  if (bytes.size() != kHeadBytes + key_bytes + audio_bytes) return damaged;
  const StableHash sum{number_at<std::uint64_t>(bytes, kSumAt), number_at<std::uint64_t>(bytes, kSumAt + 8)};
  if (sum != checksum(bytes)) return damaged;
  if (bytes.substr(kHeadBytes, key_bytes) != key) return std::unexpected(EntryFault::other_key);
  std::vector<std::int16_t> audio(audio_bytes / 2);
  std::memcpy(audio.data(), bytes.data() + kHeadBytes + key_bytes, audio_bytes);
  return audio;
}

}  // namespace parley::speech
