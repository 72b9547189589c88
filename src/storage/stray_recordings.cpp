#include "storage/stray_recordings.hpp"

#include <array>
#include <cstring>
#include <fstream>
#include <future>

#include "base/log.hpp"
#include "storage/recording_file.hpp"

namespace parley::storage {
namespace {

const log::Logger kLog("recording");

constexpr std::int64_t kMomentSeconds = 2;
constexpr std::int64_t kMostRate = 48'000;
constexpr std::uintmax_t kMomentBytes =
    kRecordingHeaderBytes + kMomentSeconds * kMostRate * kRecordingFrameBytes;

// Its writer died within moments of its beginning.
bool was_just_begun(const std::filesystem::path& file, std::uintmax_t size) {
  if (size > kMomentBytes) return false;
  if (size < kRecordingHeaderBytes) return true;
  std::ifstream stream(file, std::ios::binary);
  std::array<char, kRecordingHeaderBytes> header{};
  if (!stream.read(header.data(), header.size())) return false;
  std::uint32_t rate = 0;
  std::uint32_t data_bytes = 0;
  std::memcpy(&rate, header.data() + 24, sizeof rate);
  std::memcpy(&data_bytes, header.data() + 40, sizeof data_bytes);
  const auto moment = static_cast<std::uintmax_t>(kMomentSeconds) * rate * kRecordingFrameBytes;
  // The true length is written at the end.
  return data_bytes > size && size - kRecordingHeaderBytes <= moment;
}

Result<void> all_rows_written(CallStore& store) {
  // Shared: the writer may still be inside set_value when we have the result.
  const auto flushed = std::make_shared<std::promise<Result<void>>>();
  store.flush([flushed](Result<void> result) { flushed->set_value(std::move(result)); });
  return flushed->get_future().get();
}

bool was_moved(const CallSummary& call, const std::string& path, const std::string& moved_to) {
  return !moved_to.empty() && call.blob && call.blob->stored && call.blob->kind == moved_to &&
         call.recording && (call.recording->path.empty() || call.recording->path == path);
}

}  // namespace

Result<int> remove_stray_recordings(CallStore& store, const StrayRecordings& strays,
                                    const std::atomic<bool>& stop) {
  // A call whose rows still wait on disk would look like one that nobody knows.
  if (auto written = all_rows_written(store); !written) return fail(std::move(written.error()));
  int removed = 0;
  std::error_code failed;
  std::filesystem::directory_iterator entries(strays.data_dir / "recordings", failed);
  for (; !failed && !stop && entries != std::filesystem::directory_iterator(); entries.increment(failed)) {
    const std::filesystem::path& file = entries->path();
    std::error_code gone;
    if (file.extension() != ".wav" || !entries->is_regular_file(gone)) continue;
    const auto changed = entries->last_write_time(gone);
    if (gone || changed >= strays.before) continue;
    const std::uintmax_t size = entries->file_size(gone);
    if (gone) continue;
    const bool just_begun = was_just_begun(file, size);
    if (!just_begun && strays.moved_to.empty()) continue;

    const std::string id = file.stem().string();
    const std::string path = "recordings/" + file.filename().string();
    const auto call = store.find_call(id);
    if (!call && call.error().code != Errc::not_found) return fail(call.error());
    // It finds by the beginning of an id, too.
    const bool known = call && call->summary.call.id == id;
    const bool moved = known && was_moved(call->summary, path, strays.moved_to);
    const bool named = known && (call->summary.recording || call->summary.status == CallStatus::in_progress);
    if (!moved && (named || !just_begun)) continue;
    if (!std::filesystem::remove(file, gone)) continue;
    ++removed;
    if (moved)
      store.put_recording(
          {.call_id = id, .path = {}, .duration_ms = call->summary.recording->duration_ms, .complete = true});
  }
  if (failed) return fail(Errc::io, "the recordings cannot be listed: " + failed.message());
  if (removed > 0) kLog.info("files left by a process that died were removed files={}", removed);
  return removed;
}

}  // namespace parley::storage
