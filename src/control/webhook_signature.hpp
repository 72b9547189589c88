// What tells a webhook's receiver that a request is ours and new: `Parley-Signature: t=UNIX,v1=HEX`, where
// HEX is the HMAC-SHA256 of "UNIX.BODY" with the webhook's secret. Receivers compare HEX and refuse an old
// UNIX. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::control {

std::string webhook_signature(std::string_view secret, std::int64_t unix_seconds, std::string_view body);

// A new secret, shown once: "whsec_…". The whole text is the key.
std::string make_webhook_secret();

}  // namespace parley::control
