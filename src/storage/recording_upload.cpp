#include "storage/recording_upload.hpp"

#include <algorithm>

#include "async/on_pool.hpp"
#include "async/wait.hpp"
#include "storage/blob_files.hpp"

namespace parley::storage {
namespace {

using async::Task;

constexpr std::string_view kContentType = "audio/wav";

}  // namespace

RecordingUpload::RecordingUpload(UploadContext& context, RecordingBlob row, std::string path)
    : context_(context),
      row_(std::move(row)),
      path_(std::move(path)),
      log_(log::Logger("recording").with_call(row_.call_id)),
      may_be_there_(!row_.upload_token.empty()) {}

void RecordingUpload::write_row() {
  if (upload_) row_.upload_token = upload_->token();
  context_.calls.put_recording_blob(row_);
}

Task<Result<std::uint64_t>> RecordingUpload::file_size() {
  auto size = co_await async::on_pool<std::uint64_t>(
      context_.executor, context_.pool,
      [file = context_.data_dir / path_] { return blob_files::size_of(file); });
  file_is_gone_ = !size && size.error().code == Errc::not_found;
  co_return size;
}

Task<Result<void>> RecordingUpload::begin() {
  auto begun = co_await context_.blobs.start_upload(row_.key, std::string(kContentType));
  if (!begun) co_return fail(begun.error());
  upload_ = std::move(*begun);
  row_.bytes = static_cast<std::int64_t>(upload_->part_bytes());
  write_row();
  co_return Result<void>{};
}

Task<Result<void>> RecordingUpload::put_part(std::uint64_t first, std::uint64_t end) {
  auto bytes = co_await async::on_pool<std::string>(
      context_.executor, context_.pool, [file = context_.data_dir / path_, first, end] {
        return blob_files::read_range(file, {.first = first, .end = end});
      });
  if (!bytes) co_return fail(bytes.error());
  if (bytes->size() != end - first) co_return fail(Errc::io, "the recording's file became shorter");
  const auto number = static_cast<int>(first / upload_->part_bytes()) + 1;
  co_return co_await upload_->put_part(number, std::move(*bytes));
}

Task<Result<void>> RecordingUpload::put_grown() {
  const auto size = co_await file_size();
  // It may not have been opened yet.
  if (!size && file_is_gone_) co_return Result<void>{};
  if (!size) co_return fail(size.error());
  // A part of its own size is known only from an upload; before there is one, this is S3's.
  constexpr std::uint64_t kUsualPart = 5UL * 1024 * 1024;
  for (;;) {
    const std::uint64_t part = upload_ ? upload_->part_bytes() : kUsualPart;
    const std::uint64_t done = upload_ ? static_cast<std::uint64_t>(row_.bytes) : part;
    if (*size < done + part) co_return Result<void>{};
    const auto slot = co_await context_.slots.take();
    if (!upload_) {
      if (const auto begun = co_await begin(); !begun) co_return begun;
      continue;
    }
    const auto put = co_await put_part(done, done + part);
    if (!put) {
      const bool lost = put.error().code == Errc::not_found;
      if (lost) co_await begin_again();
      co_return put;
    }
    row_.bytes = static_cast<std::int64_t>(done + part);
    write_row();
  }
}

// The upload of the process before, if it is still there.
Task<Result<void>> RecordingUpload::take_up(std::uint64_t size) {
  auto resumed = co_await context_.blobs.resume_upload(row_.key, row_.upload_token);
  if (!resumed && resumed.error().code != Errc::not_found) co_return fail(resumed.error());
  if (resumed) upload_ = std::move(*resumed);
  // Behind a power failure the file may be shorter than it was; parts of another size are of another time.
  const auto done = static_cast<std::uint64_t>(std::max<std::int64_t>(row_.bytes, 0));
  const bool fits =
      upload_ && done >= upload_->part_bytes() && done <= size && done % upload_->part_bytes() == 0;
  if (!fits) co_await begin_again();
  co_return Result<void>{};
}

Task<> RecordingUpload::begin_again() {
  if (upload_) {
    const auto aborted = co_await upload_->abort();
    if (!aborted) log_.debug("an upload was left behind reason=\"{}\"", aborted.error().message);
  }
  upload_.reset();
  row_.upload_token.clear();
  row_.bytes = 0;
}

Task<Result<bool>> RecordingUpload::is_there(std::uint64_t size) {
  const auto found = co_await context_.blobs.head(row_.key);
  if (!found && found.error().code == Errc::not_found) co_return false;
  if (!found) co_return fail(found.error());
  co_return found->size == size;
}

Task<Result<void>> RecordingUpload::put_missing_parts(std::uint64_t size) {
  if (!upload_) {
    const auto slot = co_await context_.slots.take();
    if (const auto begun = co_await begin(); !begun) co_return begun;
  }
  const std::uint64_t part = upload_->part_bytes();
  while (static_cast<std::uint64_t>(row_.bytes) < size) {
    const auto first = static_cast<std::uint64_t>(row_.bytes);
    const std::uint64_t end = std::min(first + part, size);
    const auto slot = co_await context_.slots.take();
    if (const auto put = co_await put_part(first, end); !put) co_return put;
    row_.bytes = static_cast<std::int64_t>(end);
    if (end - first == part) write_row();
  }
  const auto slot = co_await context_.slots.take();
  if (const auto put = co_await put_part(0, std::min(part, size)); !put) co_return put;
  may_be_there_ = true;
  co_return co_await upload_->complete();
}

Task<Result<void>> RecordingUpload::put_parts(std::uint64_t size) {
  const auto put = co_await put_missing_parts(size);
  if (put) co_return put;
  // The last part is short: if it counts as done, what comes behind a failure is still completed.
  const bool useless = put.error().code == Errc::not_found || put.error().code == Errc::conflict;
  if (useless) co_await begin_again();
  co_return put;
}

Task<Result<void>> RecordingUpload::put_all(std::uint64_t size) {
  if (!row_.upload_token.empty() && !upload_) {
    if (const auto taken = co_await take_up(size); !taken) co_return taken;
  }
  constexpr std::uint64_t kPlainPut = 5UL * 1024 * 1024;
  if (upload_ || size > kPlainPut) co_return co_await put_parts(size);
  const auto slot = co_await context_.slots.take();
  auto bytes = co_await async::on_pool<std::string>(
      context_.executor, context_.pool, [file = context_.data_dir / path_, size] {
        return blob_files::read_range(file, {.first = 0, .end = size});
      });
  if (!bytes) co_return fail(bytes.error());
  may_be_there_ = true;
  co_return co_await context_.blobs.put(row_.key, std::move(*bytes), std::string(kContentType));
}

Task<Result<void>> RecordingUpload::write_stored(std::uint64_t size) {
  row_.upload_token.clear();
  row_.bytes = static_cast<std::int64_t>(size);
  row_.stored = true;
  context_.calls.put_recording_blob(row_);
  auto written = co_await async::on_callback(
      context_.executor, [&calls = context_.calls](auto done) { calls.flush(std::move(done)); });
  if (!written) row_.stored = false;
  co_return written;
}

Task<Result<void>> RecordingUpload::store(std::int64_t duration_ms) {
  const auto size = co_await file_size();
  if (!size) {
    if (file_is_gone_ && upload_) co_await begin_again();
    co_return fail(size.error());
  }
  // With files it is where it belongs already.
  const bool copied = context_.blobs.kind() != "files";
  if (copied) {
    bool there = false;
    if (may_be_there_) {
      const auto found = co_await is_there(*size);
      if (!found) co_return fail(found.error());
      there = *found;
    }
    if (!there) {
      if (const auto put = co_await put_all(*size); !put) co_return put;
      const auto found = co_await is_there(*size);
      if (!found) co_return fail(found.error());
      if (!*found) {
        co_await begin_again();
        co_return fail(Errc::conflict, "what was stored has another size than the recording");
      }
    }
    upload_.reset();
  }
  if (const auto written = co_await write_stored(*size); !written) co_return written;
  if (copied && !context_.keep_local) co_await remove_file(duration_ms);
  co_return Result<void>{};
}

// The row goes last: a file that no row names would never be found again.
Task<> RecordingUpload::remove_file(std::int64_t duration_ms) {
  const auto removed =
      co_await async::on_pool<void>(context_.executor, context_.pool,
                                    [file = context_.data_dir / path_] { return blob_files::remove(file); });
  if (!removed) {
    log_.warn("the file of a stored recording stays reason=\"{}\"", removed.error().message);
    co_return;
  }
  context_.calls.put_recording(
      {.call_id = row_.call_id, .path = {}, .duration_ms = duration_ms, .complete = true});
}

}  // namespace parley::storage
