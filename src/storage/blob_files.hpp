// What a FileBlobStore does on the disk. Everything blocks: pool only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/blob_store.hpp"

namespace parley::storage::blob_files {

// Errors: not_found, permission_denied, unavailable (the disk is full), io.
// The bytes are on disk and under their name, with its directories, or nothing is changed.
Result<void> write_whole(const std::filesystem::path& file, std::string_view bytes);
Result<std::uint64_t> size_of(const std::filesystem::path& file);
// The part of the range that exists.
Result<std::string> read_range(const std::filesystem::path& file, ByteRange range);
// One that is not there is well removed.
Result<void> remove(const std::filesystem::path& file);

// All files of the directory in the order of their names become `file`; the directory goes.
Result<void> join_parts(const std::filesystem::path& parts, const std::filesystem::path& file);

}  // namespace parley::storage::blob_files
