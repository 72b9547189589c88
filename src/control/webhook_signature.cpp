#include "control/webhook_signature.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "security/hash.hpp"

namespace parley::control {

std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds, std::string_view body) {
  const std::string mac = security::hmac_sha256(secret, fmt::format("{}.{}", unix_seconds, body));
  return fmt::format("t={},v1={}", unix_seconds, security::to_hex(mac));
}

std::string make_webhook_secret() {
  return "whsec_" + random_token(24);
}

}  // namespace parley::control
