#include "vendor/account.hpp"

#include <cstdint>
#include <random>

#include <fmt/core.h>

namespace parley::vendor {
namespace {

// Different in every process, so that an id that gets into a log cannot be used to test guesses of a key.
std::uint64_t process_seed() {
  static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  return seed;
}

std::uint64_t mix(std::uint64_t hash, const std::string& text) {
  for (const unsigned char byte : text) {
    hash = (hash ^ byte) * 1099511628211ULL;
  }
  return (hash ^ 0x100U) * 1099511628211ULL;  // no byte: keeps the parts apart
}

}  // namespace

std::string Account::websocket_url() const {
  if (url.starts_with("https://")) return "wss://" + url.substr(8);
  if (url.starts_with("http://")) return "ws://" + url.substr(7);
  return url;
}

std::string Account::id() const {
  return fmt::format("{}-{:016x}", vendor, mix(mix(mix(process_seed(), vendor), url), key));
}

}  // namespace parley::vendor
