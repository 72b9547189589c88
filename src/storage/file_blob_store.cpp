#include "storage/file_blob_store.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "async/on_pool.hpp"
#include "base/ids.hpp"
#include "storage/blob_files.hpp"
#include "storage/blob_key.hpp"

namespace parley::storage {
namespace {

namespace fs = std::filesystem;
using async::Task;

constexpr std::uint64_t kPartBytes = 5UL * 1024 * 1024;
constexpr int kMostParts = 10'000;

// Where it all happens; copied into uploads.
struct Place {
  async::Executor executor;
  async::BlockingPool* pool;
  fs::path directory;

  fs::path of(std::string_view key) const { return directory / key; }
  template <class T>
  Task<Result<T>> run(std::function<Result<T>()> work) const {
    return async::on_pool<T>(executor, *pool, std::move(work));
  }
};

class FileUpload final : public BlobUpload {
 public:
  FileUpload(Place place, const std::string& key, std::string token)
      : place_(std::move(place)),
        file_(place_.of(key)),
        parts_(parts_of(file_, token)),
        token_(std::move(token)) {}

  static fs::path parts_of(const fs::path& file, const std::string& token) {
    return file.string() + "." + token + ".part";
  }

  std::uint64_t part_bytes() const override { return kPartBytes; }
  std::string token() const override { return token_; }

  Task<Result<void>> put_part(int number, std::string bytes) override {
    if (number < 1 || number > kMostParts)
      co_return fail(Errc::invalid_argument, fmt::format("parts are numbered from 1 to {}", kMostParts));
    co_return co_await place_.run<void>(
        [part = parts_ / fmt::format("{:05}", number), bytes = std::move(bytes)] {
          return blob_files::write_whole(part, bytes);
        });
  }
  Task<Result<void>> complete() override {
    co_return co_await place_.run<void>(
        [parts = parts_, file = file_] { return blob_files::join_parts(parts, file); });
  }
  Task<Result<void>> abort() override {
    co_return co_await place_.run<void>([parts = parts_]() -> Result<void> {
      std::error_code error;
      fs::remove_all(parts, error);
      if (error) return fail(Errc::io, fmt::format("cannot remove {}: {}", parts.string(), error.message()));
      return {};
    });
  }

 private:
  Place place_;
  fs::path file_;
  fs::path parts_;
  std::string token_;
};

class FileBlobStore final : public BlobStore {
 public:
  explicit FileBlobStore(Place place) : place_(std::move(place)) {}

  std::string_view kind() const override { return "files"; }

  Task<Result<void>> put(std::string key, std::string bytes, std::string /*content_type*/) override {
    if (const auto sound = check_blob_key(key); !sound) co_return sound;
    co_return co_await place_.run<void>(
        [file = place_.of(key), bytes = std::move(bytes)] { return blob_files::write_whole(file, bytes); });
  }

  Task<Result<BlobInfo>> head(std::string key) override {
    if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
    const auto size =
        co_await place_.run<std::uint64_t>([file = place_.of(key)] { return blob_files::size_of(file); });
    if (!size) co_return fail(size.error());
    co_return BlobInfo{.size = *size, .etag = {}};
  }

  Task<Result<std::string>> get(std::string key, ByteRange range) override {
    if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
    co_return co_await place_.run<std::string>(
        [file = place_.of(key), range] { return blob_files::read_range(file, range); });
  }

  Task<Result<void>> remove(std::string key) override {
    if (const auto sound = check_blob_key(key); !sound) co_return sound;
    co_return co_await place_.run<void>([file = place_.of(key)] { return blob_files::remove(file); });
  }

  Task<Result<std::unique_ptr<BlobUpload>>> start_upload(std::string key,
                                                         std::string /*content_type*/) override {
    if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
    std::string token = make_id();
    const auto made =
        co_await place_.run<void>([parts = FileUpload::parts_of(place_.of(key), token)]() -> Result<void> {
          std::error_code error;
          fs::create_directories(parts, error);
          if (error)
            return fail(Errc::io, fmt::format("cannot make {}: {}", parts.string(), error.message()));
          return {};
        });
    if (!made) co_return fail(made.error());
    co_return std::make_unique<FileUpload>(place_, key, std::move(token));
  }

  Task<Result<std::unique_ptr<BlobUpload>>> resume_upload(std::string key, std::string token) override {
    if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
    const bool is_token = check_blob_key(token) && !token.contains('/');
    const auto there = co_await place_.run<bool>(
        [parts = FileUpload::parts_of(place_.of(key), token), is_token]() -> Result<bool> {
          std::error_code ignored;
          return is_token && fs::is_directory(parts, ignored);
        });
    if (!there) co_return fail(there.error());
    if (!*there) co_return fail(Errc::not_found, "there is no such upload");
    co_return std::make_unique<FileUpload>(place_, key, std::move(token));
  }

  std::optional<std::string> presigned_get(const std::string& /*key*/, std::chrono::seconds /*valid_for*/,
                                           std::string_view /*download_name*/) override {
    return std::nullopt;
  }

 private:
  Place place_;
};

}  // namespace

std::unique_ptr<BlobStore> make_file_blob_store(async::Executor executor, async::BlockingPool& pool,
                                                std::filesystem::path directory) {
  return std::make_unique<FileBlobStore>(Place{executor, &pool, std::move(directory)});
}

}  // namespace parley::storage
