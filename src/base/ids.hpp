// Identifiers we make ourselves.
#pragma once

#include <string>
#include <string_view>

namespace parley {

// 26 characters that sort by time of making (ULID: 48 bits of milliseconds, 80 random bits). Any thread.
std::string make_id();

// `bytes` random bytes of the operating system as URL-safe text: for tokens that must not be guessed. Any
// thread.
std::string random_token(std::size_t bytes);

// Equal without telling by its time how much of a secret was right. The lengths are not hidden.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace parley
