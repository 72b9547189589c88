#include "security/vault.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

#include <fmt/core.h>

#include "security/hash.hpp"
#include "security/key_file.hpp"
#include "security/sodium_ready.hpp"

namespace parley::security {
namespace {

constexpr std::string_view kVersion = "v1.";
constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kIdDigits = 8;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kMostKeys = 32;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

struct Parts {
  std::string_view key_id;
  std::string_view box;  // base64
};

bool split(std::string_view sealed, Parts& parts) {
  if (!sealed.starts_with(kVersion)) return false;
  sealed.remove_prefix(kVersion.size());
  if (sealed.size() <= kIdDigits || sealed[kIdDigits] != '.') return false;
  // The library's decoder takes some bytes outside the alphabet for characters within.
  if (sealed.find_first_not_of(kAlphabet, kIdDigits + 1) != std::string_view::npos) return false;
  parts = {.key_id = sealed.substr(0, kIdDigits), .box = sealed.substr(kIdDigits + 1)};
  return true;
}

// What is authenticated beside the secret. The place comes last, so its bytes can be any.
std::string bound(std::string_view key_id, std::string_view place) {
  return fmt::format("parley vault {}{} {}", kVersion, key_id, place);
}

std::unexpected<Error> does_not_open() {
  return fail(
      Errc::permission_denied,
      "a stored secret does not open: it was sealed with another key or changed; check that the key file "
      "belongs to this database, or set the secret again");
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    std::string_view part = text.substr(0, text.find(','));
    const bool last = part.size() == text.size();
    if (!last) text.remove_prefix(part.size() + 1);
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t'))
      part.remove_prefix(1);
    while (!part.empty() &&
           (part.back() == ' ' || part.back() == '\t' || part.back() == '\n' || part.back() == '\r'))
      part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (last) return parts;
  }
}

}  // namespace

Result<Vault> Vault::from_keys(const std::vector<std::string>& hex_keys) {
  make_sodium_ready();
  if (hex_keys.empty()) return fail(Errc::invalid_argument, "the vault needs a key of 64 hex digits");
  if (hex_keys.size() > kMostKeys)
    return fail(Errc::invalid_argument,
                fmt::format("the vault has more than {} keys: drop the old ones", kMostKeys));
  Vault vault;
  for (std::size_t i = 0; i < hex_keys.size(); ++i) {
    std::string bytes(kKeyBytes, '\0');
    std::size_t length = 0;
    const std::string& hex = hex_keys[i];
    if (hex.size() != 2 * kKeyBytes ||
        sodium_hex2bin(bytes_of(bytes), bytes.size(), hex.data(), hex.size(), nullptr, &length, nullptr) !=
            0 ||
        length != kKeyBytes) {
      return fail(
          Errc::invalid_argument,
          fmt::format("key {} of the vault is not 64 hex digits (make one with: openssl rand -hex 32)",
                      i + 1));
    }
    std::string id = to_hex(sha256("parley vault key " + bytes)).substr(0, kIdDigits);
    if (std::ranges::any_of(vault.keys_, [&](const Key& key) { return key.bytes == bytes; })) continue;
    vault.keys_.push_back({.id = std::move(id), .bytes = std::move(bytes)});
  }
  return vault;
}

Result<Vault> Vault::open(const std::string& variable_value, const std::filesystem::path& file) {
  if (!variable_value.empty()) return from_keys(split_list(variable_value));
  const auto keys = read_or_make_key_file(file);
  if (!keys) return fail(keys.error());
  return from_keys(*keys);
}

Result<Vault> Vault::rotate(const std::filesystem::path& file) {
  const auto keys =
      change_key_file(file, [&](std::vector<std::string> old) -> Result<std::vector<std::string>> {
        if (old.size() >= kMostKeys) {
          return fail(Errc::conflict,
                      fmt::format("the key file {} holds {} keys already: finish the rotation before",
                                  file.string(), old.size()));
        }
        old.insert(old.begin(), new_hex_key());
        return old;
      });
  if (!keys) return fail(keys.error());
  return from_keys(*keys);
}

Result<void> Vault::drop_old_keys(const std::filesystem::path& file) {
  const auto keys =
      change_key_file(file, [](std::vector<std::string> all) -> Result<std::vector<std::string>> {
        all.resize(1);
        return all;
      });
  if (!keys) return fail(keys.error());
  return {};
}

std::string Vault::seal(std::string_view secret, std::string_view place) const {
  const Key& key = keys_.front();
  const std::string also = bound(key.id, place);
  std::string box(kNonceBytes + secret.size() + kTagBytes, '\0');
  randombytes_buf(box.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(box) + kNonceBytes, nullptr, bytes_of(secret),
                                             secret.size(), bytes_of(std::string_view(also)), also.size(),
                                             nullptr, bytes_of(box), bytes_of(std::string_view(key.bytes)));
  std::string text(sodium_base64_encoded_len(box.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(box), box.size(), kBase64);
  text.pop_back();  // the library's NUL
  return fmt::format("{}{}.{}", kVersion, key.id, text);
}

Result<std::string> Vault::open_sealed(std::string_view sealed, std::string_view place) const {
  Parts parts;
  if (!split(sealed, parts)) return does_not_open();
  std::string box(parts.box.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes_of(box), box.size(), parts.box.data(), parts.box.size(), nullptr, &length, &end,
                        kBase64) != 0 ||
      end != parts.box.data() + parts.box.size() || length < kNonceBytes + kTagBytes) {
    return does_not_open();
  }
  const std::string also = bound(parts.key_id, place);
  std::string secret(length - kNonceBytes - kTagBytes, '\0');
  for (const Key& key : keys_) {
    if (key.id != parts.key_id) continue;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            bytes_of(secret), nullptr, nullptr, bytes_of(box) + kNonceBytes, length - kNonceBytes,
            bytes_of(std::string_view(also)), also.size(), bytes_of(box),
            bytes_of(std::string_view(key.bytes))) == 0) {
      return secret;
    }
  }
  return does_not_open();
}

bool Vault::sealed_with_first_key(std::string_view sealed) const {
  Parts parts;
  return split(sealed, parts) && parts.key_id == keys_.front().id;
}

}  // namespace parley::security
