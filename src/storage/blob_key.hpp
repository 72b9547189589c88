// What may be a blob's key: see blob_store.hpp. Pure, any thread.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace parley::storage {

// Errc::invalid_argument. The message repeats nothing of the key.
Result<void> check_blob_key(std::string_view key);

}  // namespace parley::storage
