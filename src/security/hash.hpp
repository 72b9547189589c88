// Digests and tokens. Pure, any thread. Over libsodium.
#pragma once

#include <string>
#include <string_view>

namespace parley::security {

std::string sha256(std::string_view data);                             // 32 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 raw bytes; a key of any length
std::string to_hex(std::string_view bytes);                            // lower case

// SHA-256 over pieces as they come.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view data);
  std::string finish();  // 32 raw bytes; call once

 private:
  alignas(16) unsigned char state_[128];
};

// What the database keeps of a token that itself is long and random: SHA-256 in hex.
std::string hash_token(std::string_view token);

}  // namespace parley::security
