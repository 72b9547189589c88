#include "security/key_file.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sodium.h>
#include <string_view>
#include <unistd.h>

#include <fmt/core.h>

#include "base/file_descriptor.hpp"
#include "base/ids.hpp"
#include "security/hash.hpp"
#include "security/sodium_ready.hpp"

namespace parley::security {
namespace {

constexpr std::size_t kMostBytes = 16 * 1024;

Error io_error(std::string_view what, const std::filesystem::path& file, int error) {
  return {error == EACCES || error == EPERM ? Errc::permission_denied : Errc::io,
          fmt::format("cannot {} the key file {}: {}", what, file.string(), std::strerror(error))};
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

Result<void> check_owner(int fd, const std::filesystem::path& file) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail(io_error("look at", file, errno));
  if (!S_ISREG(info.st_mode))
    return fail(Errc::invalid_argument, fmt::format("the key file {} is not a file", file.string()));
  if (info.st_uid != ::geteuid()) {
    return fail(Errc::permission_denied,
                fmt::format("the key file {0} belongs to another user: run as that user, or give it to this "
                            "one (chown {1} {0})",
                            file.string(), ::geteuid()));
  }
  if ((info.st_mode & 077U) != 0) {
    return fail(Errc::permission_denied,
                fmt::format("the key file {0} can be read by others: chmod 600 {0}, and change the key "
                            "if somebody may have read it",
                            file.string()));
  }
  if (static_cast<std::size_t>(info.st_size) > kMostBytes)
    return fail(Errc::invalid_argument, fmt::format("the key file {} is too long", file.string()));
  return {};
}

Result<std::vector<std::string>> parse_keys(std::string_view text, const std::filesystem::path& file) {
  std::vector<std::string> keys;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.size() != 64 || line.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
      return fail(
          Errc::invalid_argument,
          fmt::format("line {} of the key file {} is not a key (64 hex digits): put the file back from a "
                      "backup; without it the stored keys of carriers and vendors cannot be read",
                      number, file.string()));
    }
    keys.emplace_back(line);
  }
  if (keys.empty()) {
    return fail(
        Errc::invalid_argument,
        fmt::format("the key file {} holds no key: put it back from a backup, or remove it to begin with "
                    "a new key",
                    file.string()));
  }
  return keys;
}

Result<void> write_all(int fd, std::string_view text, const std::filesystem::path& file) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return fail(io_error("write", file, errno));
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return fail(io_error("write", file, errno));
  return {};
}

// The whole of a new key file under a name of its own beside `file`.
Result<std::filesystem::path> write_beside(const std::filesystem::path& file,
                                           const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys)
    text += key + "\n";
  auto beside = file;
  beside += "." + random_token(9);
  const FileDescriptor out(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.is_open()) return fail(io_error("make", beside, errno));
  // A strict umask may have taken the owner's own rights.
  if (::fchmod(out.get(), 0600) != 0) return fail(io_error("make", beside, errno));
  if (auto written = write_all(out.get(), text, beside); !written) {
    ::unlink(beside.c_str());
    return fail(written.error());
  }
  return beside;
}

}  // namespace

std::string new_hex_key() {
  make_sodium_ready();
  std::array<char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex({bytes.data(), bytes.size()});
}

Result<std::vector<std::string>> read_key_file(const std::filesystem::path& file) {
  const FileDescriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in.is_open()) {
    if (errno == ENOENT) return fail(Errc::not_found, fmt::format("there is no key file {}", file.string()));
    return fail(io_error("open", file, errno));
  }
  if (auto ours = check_owner(in.get(), file); !ours) return fail(ours.error());
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = ::read(in.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(io_error("read", file, errno));
    if (got == 0) return parse_keys(text, file);
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > kMostBytes)
      return fail(Errc::invalid_argument, fmt::format("the key file {} is too long", file.string()));
  }
}

Result<std::vector<std::string>> read_or_make_key_file(const std::filesystem::path& file) {
  auto keys = read_key_file(file);
  if (keys || keys.error().code != Errc::not_found) return keys;
  const FileDescriptor directory(::open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return fail(io_error("make", file, errno));
  const auto beside = write_beside(file, {new_hex_key()});
  if (!beside) return fail(beside.error());
  // A link is made whole or not at all, and never over what is there.
  const int linked = ::link(beside->c_str(), file.c_str()) == 0 ? 0 : errno;
  ::unlink(beside->c_str());
  if (linked != 0 && linked != EEXIST) return fail(io_error("make", file, linked));
  if (::fsync(directory.get()) != 0) return fail(io_error("write", file, errno));
  return read_key_file(file);
}

Result<std::vector<std::string>> change_key_file(const std::filesystem::path& file,
                                                 const ChangeKeys& change) {
  const FileDescriptor directory(::open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return fail(io_error("open the directory of", file, errno));
  if (::flock(directory.get(), LOCK_EX) != 0) return fail(io_error("lock the directory of", file, errno));
  auto keys = read_key_file(file);
  if (!keys) return fail(keys.error());
  auto changed = change(std::move(*keys));
  if (!changed) return changed;
  // A file that is a link stays one: what it points at is replaced.
  std::error_code ec;
  const auto target = std::filesystem::canonical(file, ec);
  if (ec) return fail(io_error("open", file, ec.value()));
  const auto beside = write_beside(target, *changed);
  if (!beside) return fail(beside.error());
  if (::rename(beside->c_str(), target.c_str()) != 0) {
    const int error = errno;
    ::unlink(beside->c_str());
    return fail(io_error("replace", file, error));
  }
  if (::fsync(directory.get()) != 0) return fail(io_error("write", file, errno));
  return changed;
}

}  // namespace parley::security
