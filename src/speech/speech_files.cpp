#include "speech/speech_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/ids.hpp"
#include "base/log.hpp"

namespace parley::speech {
namespace {

namespace fs = std::filesystem;

const log::Logger kLog("speech");

constexpr std::string_view kEnding = ".speech";
constexpr std::string_view kUnfinished = ".tmp";
constexpr std::chrono::minutes kTouchEvery{10};
// An unfinished file this old has nobody who writes it.
constexpr std::chrono::minutes kAbandonedAfter{10};

std::optional<StableHash> hash_of(std::string_view name) {
  if (name.size() != 32 + kEnding.size() || !name.ends_with(kEnding)) return std::nullopt;
  StableHash hash{};
  for (std::size_t i = 0; i < 2; ++i) {
    const char* const begin = name.data() + 16 * i;
    const auto read = std::from_chars(begin, begin + 16, hash[i], 16);
    if (read.ec != std::errc{} || read.ptr != begin + 16) return std::nullopt;
  }
  return hash;
}

class OpenFile {
 public:
  OpenFile(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  explicit operator bool() const { return fd_ >= 0; }

  // nullopt: larger than any of ours, or it cannot be read; errno is 0 in the first case.
  std::optional<std::string> read_all() const {
    struct stat status{};
    if (::fstat(fd_, &status) != 0) return std::nullopt;
    errno = 0;
    if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) > kMaxEntryBytes) return std::nullopt;
    std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t got = ::read(fd_, bytes.data() + at, bytes.size() - at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::nullopt;
      if (got == 0) break;
      at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return bytes;
  }
  bool write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

}  // namespace

SpeechFiles::SpeechFiles(fs::path directory, std::size_t max_bytes, SpeechCacheProbe& probe,
                         const Clock& clock)
    : directory_(std::move(directory)), max_bytes_(max_bytes), probe_(probe), clock_(clock) {}

bool SpeechFiles::may_have(const StableHash& name) const {
  const MutexLock lock(mutex_);
  return enabled() && (!loaded_ || files_.contains(name));
}

bool SpeechFiles::use(const StableHash& name) {
  const auto now = clock_.now();
  const MutexLock lock(mutex_);
  File* const file = files_.use(name);
  if (file == nullptr || now - file->touched < kTouchEvery) return false;
  file->touched = now;
  return true;
}

void SpeechFiles::load() {
  struct Seen {
    fs::file_time_type used;
    StableHash name;
    std::size_t bytes;
  };
  std::vector<Seen> seen;
  const auto now = fs::file_time_type::clock::now();
  std::error_code error;
  for (fs::directory_iterator entry(directory_, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;  // another process may clean up, too
    const auto used = entry->last_write_time(gone);
    const auto bytes = gone ? 0 : entry->file_size(gone);
    if (gone) continue;
    const std::string file_name = entry->path().filename().string();
    if (const auto name = hash_of(file_name)) {
      seen.push_back({used, *name, static_cast<std::size_t>(bytes)});
    } else if (file_name.ends_with(kUnfinished) && now - used > kAbandonedAfter) {
      fs::remove(entry->path(), gone);
    }
  }
  std::ranges::sort(seen, std::greater{}, &Seen::used);
  {
    const MutexLock lock(mutex_);
    for (const Seen& file : seen)
      files_.put_last({file.name, file.bytes, {}});
    loaded_ = true;
  }
  make_room(0);
}

void SpeechFiles::touch(const StableHash& name) {
  std::error_code ignored;  // it only makes the file look older than it is
  fs::last_write_time(path_of(name), fs::file_time_type::clock::now(), ignored);
}

std::optional<std::vector<std::int16_t>> SpeechFiles::read(const StableHash& name, std::string_view key) {
  const OpenFile file(path_of(name), O_RDONLY);
  if (!file) {
    if (errno != ENOENT) probe_.unreadable.add();
    forget(name);
    return std::nullopt;
  }
  const auto bytes = file.read_all();
  if (!bytes && errno != 0) {
    probe_.unreadable.add();
    return std::nullopt;
  }
  auto audio = read_entry(bytes ? *bytes : std::string_view(), key);
  if (audio) return std::move(*audio);
  if (audio.error() == EntryFault::damaged) {
    probe_.damaged.add();
    forget(name);
    ::unlink(path_of(name).c_str());
  }
  return std::nullopt;
}

void SpeechFiles::write(const StableHash& name, std::string_view key, std::span<const std::int16_t> audio) {
  const std::string bytes = write_entry(key, audio);
  if (bytes.size() > max_bytes_) return;
  make_room(bytes.size());
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return note_write_error("make the directory", error.value());
  const fs::path finished = path_of(name);
  const fs::path unfinished = directory_ / (make_id() + std::string(kUnfinished));
  {
    OpenFile file(unfinished, O_WRONLY | O_CREAT | O_EXCL);
    if (!file) return note_write_error("make a file", errno);
    const bool written = file.write_all(bytes) && file.close();
    if (!written || ::rename(unfinished.c_str(), finished.c_str()) != 0) {
      note_write_error("write a file", errno);
      ::unlink(unfinished.c_str());
      return;
    }
  }
  {
    const MutexLock lock(mutex_);
    files_.put({name, bytes.size(), {clock_.now()}});
  }
  make_room(0);
}

fs::path SpeechFiles::path_of(const StableHash& name) const {
  return directory_ / (hash_text(name) + std::string(kEnding));
}

void SpeechFiles::forget(const StableHash& name) {
  const MutexLock lock(mutex_);
  files_.erase(name);
  probe_.disk_bytes.set(static_cast<double>(files_.bytes()));
}

void SpeechFiles::make_room(std::size_t bytes) {
  std::vector<StableHash> oldest;
  {
    const MutexLock lock(mutex_);
    while (files_.bytes() + bytes > max_bytes_) {
      const auto file = files_.pop();
      if (!file) break;
      oldest.push_back(file->name);
    }
    probe_.disk_bytes.set(static_cast<double>(files_.bytes()));
  }
  for (const StableHash& name : oldest) {
    ::unlink(path_of(name).c_str());
    probe_.evicted.add();
  }
}

// The first is worth a line; a full disk would write one for every sentence.
void SpeechFiles::note_write_error(const char* what, int error) {
  probe_.unwritable.add();
  {
    const MutexLock lock(mutex_);
    if (std::exchange(complained_, true)) return;
  }
  kLog.warn("the speech cache in {} could not {} ({}): sentences are not kept", directory_.string(), what,
            std::strerror(error));
}

}  // namespace parley::speech
