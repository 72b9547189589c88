// Rows on disk while the database is away, in the order they came: files call_log-NUMBER.jsonl of lines (see
// row_json.hpp), each begun anew after a few megabytes and removed when all of it is in the database.
//
// What a process that died left there is given out first by the next one. A last line that is torn was never
// acknowledged and is passed over; a damaged line is counted and costs only itself. Rows may be given out
// again after a crash: writing them twice is writing them once.
//
// Thread: one at a time. One process per directory.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/call_log/row.hpp"

namespace parley::storage::call_log {

class Spool {
 public:
  struct Options {
    std::filesystem::path directory;
    std::size_t segment_bytes = 8UL * 1024 * 1024;
  };
  // Makes the directory (mode 700). Errors name it.
  static Result<std::unique_ptr<Spool>> open(Options options);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // On disk for good when it succeeds, else none of them is there.
  Result<void> append(std::span<const Row> rows);

  bool empty() const { return segments_.empty(); }
  std::size_t rows() const { return rows_; }  // lines, damaged ones too

  // The oldest rows, up to `limit`; the same ones again until pop(). May be empty when only damage was left:
  // pop() all the same.
  Result<std::vector<Row>*> front(std::size_t limit);
  // Damaged lines passed over by the last front().
  std::size_t damaged() const { return damaged_; }
  // What front() gave is in the database.
  void pop();

 private:
  explicit Spool(Options options) : options_(std::move(options)) {}
  Result<void> begin_segment();
  void end_segment();
  Result<void> write_all(std::span<const Row> rows);
  Result<void> read_batch(std::size_t limit);
  std::filesystem::path file_of(std::uint64_t segment) const;
  std::unexpected<Error> failure(const char* what) const;

  const Options options_;
  std::deque<std::uint64_t> segments_;  // their numbers, oldest first
  std::uint64_t last_segment_ = 0;
  std::size_t rows_ = 0;

  int writing_ = -1;  // the last segment, open for appending
  std::size_t written_ = 0;

  // Of the first segment.
  std::size_t offset_ = 0;
  std::vector<Row> batch_;
  bool batch_read_ = false;
  bool segment_read_ = false;  // the batch reaches its end
  std::size_t batch_bytes_ = 0;
  std::size_t batch_lines_ = 0;
  std::size_t damaged_ = 0;
};

// The rows in the bytes of a segment from its beginning, as front() reads them.
struct SpoolText {
  std::vector<Row> rows;
  std::size_t bytes = 0;  // of whole lines
  std::size_t lines = 0;
  std::size_t damaged = 0;
};
SpoolText read_spool_text(std::string_view bytes, std::size_t limit);

}  // namespace parley::storage::call_log
