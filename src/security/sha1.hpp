// HMAC-SHA-1 (RFC 2104 over RFC 3174), for what others have chosen it for: Twilio signs its requests with it.
// Nothing of ours does.
//
// Our own, because libsodium leaves SHA-1 out and OpenSSL stays inside the network room. As an HMAC SHA-1 is
// not broken; as a digest it is, and so there is none here. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace parley::security {

std::string hmac_sha1(std::string_view key, std::string_view data);  // 20 raw bytes; a key of any length

}  // namespace parley::security
