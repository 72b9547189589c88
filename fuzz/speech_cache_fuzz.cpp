// Whatever lies in the speech cache's directory: a file is given out only if it is exactly what we would have
// written, and what we write is read again.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "speech/speech_entry.hpp"

namespace {

using namespace parley::speech;

void require(bool truth) {
  if (!truth) std::abort();
}

// The key that the bytes claim to have.
std::string_view key_in(std::string_view bytes) {
  if (bytes.size() < 32) return {};
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data() + 8, sizeof size);
  return bytes.substr(32, size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view key = key_in(bytes);
  if (const auto audio = read_entry(bytes, key)) require(write_entry(key, *audio) == bytes);

  // The input as key and sound of an entry, then that entry with one byte changed or its end cut off.
  if (size < 4) return 0;
  const std::size_t key_size = 1 + data[0] % (size - 3);
  const std::string_view own_key = bytes.substr(0, key_size);
  std::vector<std::int16_t> sound((size - key_size) / 2 + 1);
  std::memcpy(sound.data(), data + key_size, (size - key_size) / 2 * 2);
  if (!fits_entry(own_key, sound)) return 0;
  std::string entry = write_entry(own_key, sound);
  const auto read = read_entry(entry, own_key);
  require(read && *read == sound);
  const auto other = read_entry(entry, std::string(own_key) + "x");
  require(!other && other.error() == EntryFault::other_key);
  const std::size_t at = (data[1] * 256UL + data[2]) % entry.size();
  if (data[3] != 0) {
    entry[at] = static_cast<char>(entry[at] ^ data[3]);
  } else {
    entry.resize(at);
  }
  const auto damaged = read_entry(entry, own_key);
  require(!damaged && damaged.error() == EntryFault::damaged);
  return 0;
}
