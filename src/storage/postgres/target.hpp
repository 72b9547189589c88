// Where a PostgreSQL URL leads to.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace parley::storage::postgres {

struct Target {
  std::string connect;  // for libpq, with the password: never shown
  std::string place;    // "postgresql://host:5432/name": for messages
};

// The URL as libpq takes it (also "host=… dbname=…"). `patience` is how long connecting may take unless the
// URL says otherwise. Errc::invalid_argument; the message repeats nothing of the URL.
Result<Target> parse_target(const std::string& url, std::chrono::milliseconds patience);

// '?' becomes $1, $2 …, except inside quotes.
std::string numbered_placeholders(std::string_view sql);

}  // namespace parley::storage::postgres
