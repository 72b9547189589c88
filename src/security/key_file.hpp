// The file that holds the vault's keys: 64 hex digits on a line, the first seals. Nobody but its owner may
// read it. A change is written beside it and renamed over it, so that a reader finds the old or the new
// whole; writers wait for each other by a lock on the directory.
//
// Blocking; any thread. Errors name the file and the fix, never a key.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace parley::security {

std::string new_hex_key();

// not_found: there is no such file. permission_denied: not ours, or open to others. invalid_argument: what
// is in it.
Result<std::vector<std::string>> read_key_file(const std::filesystem::path& file);

// Reads it, or makes it with a new key; of two who make it at once, both read the same.
Result<std::vector<std::string>> read_or_make_key_file(const std::filesystem::path& file);

// Replaces the keys by what `change` makes of them.
using ChangeKeys = std::function<Result<std::vector<std::string>>(std::vector<std::string>)>;
Result<std::vector<std::string>> change_key_file(const std::filesystem::path& file, const ChangeKeys& change);

}  // namespace parley::security
