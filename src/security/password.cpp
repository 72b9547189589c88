#include "security/password.hpp"

#include <algorithm>
#include <array>
#include <sodium.h>

#include "base/valid_text.hpp"
#include "security/sodium_ready.hpp"

namespace parley::security {
namespace {

constexpr std::size_t kFewest = 10;
constexpr std::size_t kMost = 256;
constexpr std::size_t kMostBytes = kMost * 4;
// Two passes over 64 MiB, the second choice of RFC 9106 §4 within what a small server has.
constexpr auto kPasses = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Result<void> check_password(std::string_view password, std::string_view email) {
  if (password.size() > kMostBytes || count_characters(password) > kMost)
    return fail(Errc::invalid_argument, "the password is too long: at most 256 characters");
  if (valid_text(password) != password)
    return fail(Errc::invalid_argument, "the password is not text in UTF-8");
  if (count_characters(password) < kFewest)
    return fail(Errc::invalid_argument, "the password is too short: at least 10 characters");
  if (!email.empty() && equal_ignoring_case(password, email))
    return fail(Errc::invalid_argument, "the password must not be the e-mail address");
  return {};
}

Result<std::string> hash_password(std::string_view password) {
  make_sodium_ready();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), kPasses, kMemory) != 0)
    return fail(Errc::unavailable, "there is not enough memory to hash a password (64 MiB)");
  return std::string(hash.data());
}

bool verify_password(std::string_view password, const std::string& hash) {
  make_sodium_ready();
  // No password of ours is longer or hashes to more: work is not done for what cannot be right.
  if (password.size() > kMostBytes || hash.empty() || hash.size() >= crypto_pwhash_STRBYTES) return false;
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void waste_a_verification(std::string_view password) {
  make_sodium_ready();
  if (password.size() > kMostBytes) return;
  const std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, 32> hash{};
  // Its answer is of no use; the call cannot be left out, since the library's work is opaque to the compiler.
  (void)crypto_pwhash(hash.data(), hash.size(), password.data(), password.size(), salt.data(), kPasses,
                      kMemory, crypto_pwhash_ALG_ARGON2ID13);
}

}  // namespace parley::security
