// Where recordings are kept: files in the data directory, or S3 and what speaks like it.
//
// Keys are made by us: segments of [A-Za-z0-9._-] with '/' between them, none of them "." or "..".
// Thread: all calls on the thread of the executor given; nothing blocks there. Lifetime: a store outlives
// what it has started.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/result.hpp"

namespace parley::storage {

struct BlobInfo {
  std::uint64_t size = 0;
  std::string etag;  // of the store; may be empty
};

// A half-open range of bytes.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

// One blob being uploaded in parts while it grows. Destroying it neither finishes nor aborts.
class BlobUpload {
 public:
  virtual ~BlobUpload() = default;
  // The smallest part but the last.
  virtual std::uint64_t part_bytes() const = 0;
  // Parts from 1 on; the same number again replaces the part.
  virtual async::Task<Result<void>> put_part(int number, std::string bytes) = 0;
  // All parts put so far, in order, become the blob.
  virtual async::Task<Result<void>> complete() = 0;
  virtual async::Task<Result<void>> abort() = 0;
  // What resume_upload() needs in another process.
  virtual std::string token() const = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual std::string_view kind() const = 0;  // "files" or "s3"

  // Errors: not_found; permission_denied (credentials, named as the setting to mend); unavailable (try
  // later); invalid_argument (a key, or the bucket's settings).
  virtual async::Task<Result<void>> put(std::string key, std::string bytes, std::string content_type) = 0;
  virtual async::Task<Result<BlobInfo>> head(std::string key) = 0;
  // The part of the range that exists.
  virtual async::Task<Result<std::string>> get(std::string key, ByteRange range) = 0;
  virtual async::Task<Result<void>> remove(std::string key) = 0;  // one that is not there is well removed

  virtual async::Task<Result<std::unique_ptr<BlobUpload>>> start_upload(std::string key,
                                                                        std::string content_type) = 0;
  // Errc::not_found: that upload is over or was never there.
  virtual async::Task<Result<std::unique_ptr<BlobUpload>>> resume_upload(std::string key,
                                                                         std::string token) = 0;

  // An address anyone may GET the blob from until then; nullopt: this store has none, read it with get().
  virtual std::optional<std::string> presigned_get(const std::string& key, std::chrono::seconds valid_for,
                                                   std::string_view download_name) = 0;
};

}  // namespace parley::storage
