// Is a request Twilio's? Source: https://www.twilio.com/docs/usage/security#validating-requests. Pure.
#pragma once

#include <string>
#include <string_view>

#include "carrier/carrier.hpp"

namespace parley::carrier {

// The header X-Twilio-Signature: base64 of the HMAC-SHA-1, with the account's token, of the address followed
// by every field of the form, name and value, sorted by name; of values of one name each different one once,
// sorted.
std::string twilio_signature(std::string_view auth_token, std::string_view url, const Fields& form);

// Errc::permission_denied. Twilio is not of one mind about the port: the address counts as it is, without its
// port and with the scheme's own. A body that is no form is held against its hash in the address.
Result<void> verify_twilio_signature(std::string_view auth_token, const SignedRequest& request);

}  // namespace parley::carrier
