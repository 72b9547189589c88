#include "security/hash.hpp"

#include <new>
#include <sodium.h>

namespace parley::security {
namespace {

static_assert(sizeof(crypto_hash_sha256_state) <= 128 && alignof(crypto_hash_sha256_state) <= 16);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

crypto_hash_sha256_state* state_of(unsigned char* storage) {
  return std::launder(reinterpret_cast<crypto_hash_sha256_state*>(storage));
}

}  // namespace

Sha256::Sha256() {
  crypto_hash_sha256_init(new (state_) crypto_hash_sha256_state);
}

void Sha256::add(std::string_view data) {
  crypto_hash_sha256_update(state_of(state_), bytes_of(data), data.size());
}

std::string Sha256::finish() {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(state_of(state_), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string sha256(std::string_view data) {
  Sha256 hash;
  hash.add(data);
  return hash.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(data), data.size());
  std::string digest(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string hash_token(std::string_view token) {
  return to_hex(sha256(token));
}

}  // namespace parley::security
