// The dates of mail and of HTTP headers (RFC 2822, RFC 9110): "Tue, 31 Aug 2010 20:36:28 +0000". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::carrier {

// Milliseconds since 1970-01-01 UTC; nullopt: it is none, or no such day. The weekday is not compared; "GMT"
// and "UT" are zones too. Between the years 1970 and 2200.
std::optional<std::int64_t> parse_mail_date(std::string_view text);

}  // namespace parley::carrier
