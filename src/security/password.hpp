// Passwords, as argon2id (RFC 9106) over libsodium. Each takes about a tenth of a second and 64 MiB: on a
// pool, few at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::security {

// Errc::invalid_argument with a sentence: shorter than 10 or longer than 256 characters, not UTF-8, the
// e-mail address itself.
Result<void> check_password(std::string_view password, std::string_view email);

// The text holds its own parameters and salt.
Result<std::string> hash_password(std::string_view password);
bool verify_password(std::string_view password, const std::string& hash);
// Takes as long as verifying one: for users that do not exist, so that time does not tell.
void waste_a_verification(std::string_view password);

}  // namespace parley::security
