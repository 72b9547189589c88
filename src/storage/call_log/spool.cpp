#include "storage/call_log/spool.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file_descriptor.hpp"
#include "storage/call_log/row_json.hpp"

namespace parley::storage::call_log {
namespace {

constexpr std::string_view kPrefix = "call_log-";
constexpr std::string_view kSuffix = ".jsonl";
constexpr std::size_t kRowsPerWrite = 500;
constexpr std::size_t kReadBytes = 256UL * 1024;

bool write_bytes(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// A new or removed name is only there for good when the directory is on disk.
void sync_directory(const std::filesystem::path& directory) {
  const FileDescriptor file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() >= 0) ::fsync(file.get());
}

// The file from `offset` on, up to `limit` bytes more than `text` has.
bool read_more(int file, std::size_t offset, std::size_t limit, std::string& text) {
  const std::size_t had = text.size();
  text.resize(had + limit);
  ssize_t count = 0;
  do {
    count = ::pread(file, text.data() + had, limit, static_cast<off_t>(offset + had));
  } while (count < 0 && errno == EINTR);
  text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return count >= 0;
}

std::size_t count_lines(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::size_t lines = 0;
  std::size_t offset = 0;
  for (std::string text; file.get() >= 0; text.clear()) {
    if (!read_more(file.get(), offset, kReadBytes, text) || text.empty()) break;
    offset += text.size();
    lines += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  return lines;
}

std::uint64_t number_of(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  const char* const begin = name.data() + kPrefix.size();
  const char* const end = name.data() + name.size() - kSuffix.size();
  std::uint64_t number = 0;
  const auto [stop, wrong] = std::from_chars(begin, end, number);
  return wrong == std::errc() && stop == end ? number : 0;
}

}  // namespace

SpoolText read_spool_text(std::string_view bytes, std::size_t limit) {
  SpoolText text;
  while (text.lines < limit) {
    const std::size_t end = bytes.find('\n', text.bytes);
    if (end == std::string_view::npos) break;
    auto row = read_line(bytes.substr(text.bytes, end - text.bytes));
    if (row) {
      text.rows.push_back(std::move(*row));
    } else {
      ++text.damaged;
    }
    text.bytes = end + 1;
    ++text.lines;
  }
  return text;
}

Result<std::unique_ptr<Spool>> Spool::open(Options options) {
  std::unique_ptr<Spool> spool(new Spool(std::move(options)));
  const std::filesystem::path& directory = spool->options_.directory;
  std::error_code failed;
  if (std::filesystem::create_directories(directory, failed)) ::chmod(directory.c_str(), 0700);
  if (failed) {
    return fail(Errc::io, fmt::format("cannot make {} ({}): make its directory writable for this user",
                                      directory.string(), failed.message()));
  }
  std::filesystem::directory_iterator entries(directory, failed);
  for (; !failed && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
    if (const std::uint64_t number = number_of(entries->path().filename().string()); number > 0)
      spool->segments_.push_back(number);
  }
  if (failed) return fail(Errc::io, fmt::format("cannot read {}: {}", directory.string(), failed.message()));
  std::sort(spool->segments_.begin(), spool->segments_.end());
  for (const std::uint64_t segment : spool->segments_)
    spool->rows_ += count_lines(spool->file_of(segment));
  if (!spool->segments_.empty()) spool->last_segment_ = spool->segments_.back();
  return spool;
}

Spool::~Spool() {
  end_segment();
}

std::filesystem::path Spool::file_of(std::uint64_t segment) const {
  return options_.directory / fmt::format("{}{:016}{}", kPrefix, segment, kSuffix);
}

std::unexpected<Error> Spool::failure(const char* what) const {
  return fail(Errc::io,
              fmt::format("cannot {} {}: {}", what, options_.directory.string(), std::strerror(errno)));
}

Result<void> Spool::begin_segment() {
  const std::uint64_t number = last_segment_ + 1;
  writing_ = ::open(file_of(number).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (writing_ < 0) return failure("make a file in");
  sync_directory(options_.directory);
  last_segment_ = number;
  segments_.push_back(number);
  written_ = 0;
  return {};
}

void Spool::end_segment() {
  if (writing_ >= 0) ::close(writing_);
  writing_ = -1;
}

Result<void> Spool::append(std::span<const Row> rows) {
  if (writing_ >= 0 && written_ >= options_.segment_bytes) end_segment();
  if (writing_ < 0) {
    if (auto begun = begin_segment(); !begun) return begun;
  }
  const std::size_t before = written_;
  auto done = write_all(rows);
  if (!done) {
    // They are still in memory and will be written again: half of them must not be here too. If even that
    // fails they may come twice, which harms nothing, but nothing may follow a torn line.
    if (::ftruncate(writing_, static_cast<off_t>(before)) != 0) end_segment();
    written_ = before;
    return done;
  }
  rows_ += rows.size();
  // The first segment may have been read to its end just before.
  if (segments_.size() == 1 && batch_read_) segment_read_ = false;
  return {};
}

Result<void> Spool::write_all(std::span<const Row> rows) {
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += write_line(rows[i]);
    if ((i + 1) % kRowsPerWrite != 0 && i + 1 < rows.size()) continue;
    if (!write_bytes(writing_, text)) return failure("write to");
    written_ += text.size();
    text.clear();
  }
  if (::fdatasync(writing_) != 0) return failure("write to");
  return {};
}

Result<std::vector<Row>*> Spool::front(std::size_t limit) {
  if (!batch_read_ && !segments_.empty()) {
    if (auto read = read_batch(limit); !read) return fail(std::move(read.error()));
  }
  return &batch_;
}

Result<void> Spool::read_batch(std::size_t limit) {
  const FileDescriptor file(::open(file_of(segments_.front()).c_str(), O_RDONLY | O_CLOEXEC));
  // Somebody removed it: there is nothing in it any more.
  if (file.get() < 0 && errno != ENOENT) return failure("read");
  std::string bytes;
  SpoolText text;
  bool at_end = file.get() < 0;
  while (!at_end && text.lines < limit && bytes.size() < kLineLimit + kReadBytes) {
    const std::size_t had = bytes.size();
    if (!read_more(file.get(), offset_, kReadBytes, bytes)) return failure("read");
    at_end = bytes.size() - had < kReadBytes;
    if (at_end || bytes.find('\n', had) != std::string::npos) {
      text = read_spool_text(bytes, limit);
      if (text.lines > 0) break;
    }
  }
  if (text.lines == 0 && !at_end) {
    // A line beyond the limit: none of ours. The rest of this file is not to be trusted.
    text.damaged = 1;
    at_end = true;
  }
  batch_ = std::move(text.rows);
  batch_bytes_ = text.bytes;
  batch_lines_ = text.lines;
  damaged_ = text.damaged;
  batch_read_ = true;
  // What is left is a torn line, unless there were more lines than asked for.
  segment_read_ = at_end && bytes.find('\n', text.bytes) == std::string::npos;
  return {};
}

void Spool::pop() {
  if (!batch_read_) return;
  offset_ += batch_bytes_;
  rows_ -= std::min(rows_, batch_lines_);
  batch_.clear();
  batch_read_ = false;
  damaged_ = 0;
  if (!segment_read_) return;

  if (segments_.size() == 1) end_segment();
  std::error_code ignored;
  std::filesystem::remove(file_of(segments_.front()), ignored);
  sync_directory(options_.directory);
  segments_.pop_front();
  offset_ = 0;
  if (segments_.empty()) rows_ = 0;
}

}  // namespace parley::storage::call_log
