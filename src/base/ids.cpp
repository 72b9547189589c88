#include "base/ids.hpp"

#include <sys/random.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace parley {
namespace {

void fill_random(unsigned char* out, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::getrandom(out + done, size - done, 0);
    // The kernel's generator cannot fail once seeded, except by a signal; going on without randomness would
    // be worse.
    if (got < 0 && errno != EINTR) std::abort();
    if (got > 0) done += static_cast<std::size_t>(got);
  }
}

}  // namespace

std::string make_id() {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  using namespace std::chrono;
  auto ms =
      static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  unsigned char random[16];
  fill_random(random, sizeof random);
  std::string id(26, '0');
  for (int i = 9; i >= 0; --i) {
    id[static_cast<std::size_t>(i)] = kAlphabet[ms & 31U];
    ms >>= 5U;
  }
  for (std::size_t i = 0; i < 16; ++i)
    id[10 + i] = kAlphabet[random[i] & 31U];
  return id;
}

std::string random_token(std::size_t bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::vector<unsigned char> random(bytes);
  fill_random(random.data(), random.size());
  std::string token;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const unsigned char byte : random) {
    bits = (bits << 8U) | byte;
    count += 8;
    while (count >= 6) {
      count -= 6;
      token += kAlphabet[(bits >> count) & 63U];
    }
  }
  if (count > 0) token += kAlphabet[(bits << (6 - count)) & 63U];
  return token;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace parley
