#include "storage/blob_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include <fmt/core.h>

#include "base/file_descriptor.hpp"
#include "base/ids.hpp"

namespace parley::storage::blob_files {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostRead = 256UL * 1024 * 1024;
constexpr std::uint64_t kCopyBytes = 1024UL * 1024;

std::unexpected<Error> failed(std::string_view what, const fs::path& file, int number) {
  Errc code = Errc::io;
  if (number == ENOENT || number == ENOTDIR) code = Errc::not_found;
  if (number == EACCES || number == EPERM || number == EROFS) code = Errc::permission_denied;
  if (number == ENOSPC || number == EDQUOT) code = Errc::unavailable;
  return fail(code, fmt::format("cannot {} {}: {}", what, file.string(), std::strerror(number)));
}

// A file beside its place, removed unless it was renamed.
class Beside {
 public:
  explicit Beside(const fs::path& place)
      : place_(place),
        path_(place.string() + "." + make_id() + ".tmp"),
        fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640)),
        error_(fd_.get() < 0 ? errno : 0) {}
  ~Beside() {
    if (fd_.get() >= 0 && !renamed_) ::unlink(path_.c_str());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  Result<void> write(std::string_view bytes) {
    if (error_ != 0) return failed("make", path_, error_);
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return failed("write", place_, written < 0 ? errno : EIO);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> put_in_place() {
    if (error_ != 0) return failed("make", path_, error_);
    if (::fsync(fd_.get()) != 0) return failed("write", place_, errno);
    if (::rename(path_.c_str(), place_.c_str()) != 0) return failed("rename", path_, errno);
    renamed_ = true;
    // Without this the name may be gone after a power failure although the bytes are there.
    const FileDescriptor directory(::open(place_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0)
      return failed("write", place_.parent_path(), errno);
    return {};
  }

 private:
  fs::path place_;
  fs::path path_;
  FileDescriptor fd_;
  int error_;
  bool renamed_ = false;
};

Result<void> make_directories(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return failed("make", directory, error.value());
  return {};
}

}  // namespace

Result<void> write_whole(const fs::path& file, std::string_view bytes) {
  if (auto made = make_directories(file.parent_path()); !made) return made;
  Beside beside(file);
  if (auto written = beside.write(bytes); !written) return written;
  return beside.put_in_place();
}

Result<std::uint64_t> size_of(const fs::path& file) {
  struct stat found{};
  if (::lstat(file.c_str(), &found) != 0) return failed("look at", file, errno);
  if (!S_ISREG(found.st_mode)) return failed("look at", file, ENOENT);
  return static_cast<std::uint64_t>(found.st_size);
}

Result<std::string> read_range(const fs::path& file, ByteRange range) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) return failed("open", file, errno);
  struct stat found{};
  if (::fstat(fd.get(), &found) != 0) return failed("look at", file, errno);
  if (!S_ISREG(found.st_mode)) return failed("open", file, ENOENT);
  const std::uint64_t end = std::min(range.end, static_cast<std::uint64_t>(found.st_size));
  if (range.first >= end) return std::string();
  std::string bytes(std::min(end - range.first, kMostRead), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        ::pread(fd.get(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(range.first + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", file, errno);
    if (got == 0) break;  // it was cut meanwhile
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Result<void> remove(const fs::path& file) {
  if (::unlink(file.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  return failed("remove", file, errno);
}

Result<void> join_parts(const fs::path& parts, const fs::path& file) {
  std::error_code error;
  std::vector<fs::path> names;
  for (fs::directory_iterator each(parts, error), end; !error && each != end; each.increment(error)) {
    if (each->path().extension() != ".tmp") names.push_back(each->path());
  }
  if (error) return failed("read", parts, error.value());
  if (names.empty()) return fail(Errc::invalid_argument, "an upload without parts is no blob");
  std::ranges::sort(names);
  if (auto made = make_directories(file.parent_path()); !made) return made;
  Beside beside(file);
  for (const auto& name : names) {
    for (std::uint64_t at = 0;; at += kCopyBytes) {
      const auto bytes = read_range(name, {.first = at, .end = at + kCopyBytes});
      if (!bytes) return fail(bytes.error());
      if (auto written = beside.write(*bytes); !written) return written;
      if (bytes->size() < kCopyBytes) break;
    }
  }
  if (auto placed = beside.put_in_place(); !placed) return placed;
  fs::remove_all(parts, error);  // what stays is a directory too many, no blob too few
  return {};
}

}  // namespace parley::storage::blob_files
