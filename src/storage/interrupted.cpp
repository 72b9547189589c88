#include "storage/interrupted.hpp"

#include <future>

#include "base/log.hpp"
#include "storage/recording.hpp"

namespace parley::storage {
namespace {

const log::Logger kLog("storage");

// At a start; more of them are a disk that was full for long, and the rest comes with the next.
constexpr int kRecordingsAtOnce = 10'000;

// The repaired recording; nullopt when there is none or it cannot be repaired.
std::optional<RecordingRecord> repair(const CallSummary& summary, const std::filesystem::path& data_dir) {
  if (!summary.recording) return std::nullopt;
  const Result<std::int64_t> samples = repair_recording(data_dir / summary.recording->path);
  if (!samples) {
    kLog.with_call(summary.call.id).warn("recording not repaired reason=\"{}\"", samples.error().message);
    return std::nullopt;
  }
  RecordingRecord repaired = *summary.recording;
  const std::int64_t rate = summary.call.sample_rate_hz;
  if (rate > 0) repaired.duration_ms = *samples * 1000 / rate;
  repaired.complete = true;
  return repaired;
}

// Places on the call's clock become calendar time through the call's start: the calendar may have been
// corrected while the call ran.
std::int64_t last_known_ms(const CallDetail& call, const std::optional<RecordingRecord>& recording) {
  std::int64_t last = recording ? recording->duration_ms : 0;
  for (const TurnRecord& turn : call.turns)
    last = std::max({last, turn.start_ms, turn.end_ms});
  for (const EventRecord& event : call.events)
    last = std::max(last, event.offset_ms);
  return last;
}

Result<void> close_call(CallStore& store, const CallSummary& summary, const std::filesystem::path& data_dir,
                        WallMillis now) {
  const Result<CallDetail> call = store.find_call(summary.call.id);
  if (!call) return fail(call.error());

  const std::optional<RecordingRecord> recording = repair(summary, data_dir);
  if (recording) store.put_recording(*recording);

  const WallMillis started_at = summary.call.started_at;
  CallEnd end;
  end.status = CallStatus::interrupted;
  end.reason = "the server stopped during the call";
  // A clock set back since then must not make the call end before it began.
  end.ended_at = std::max(started_at, std::min(now, started_at + last_known_ms(*call, recording)));
  end.duration_ms = end.ended_at - started_at;
  end.escalation_requested =
      std::any_of(call->events.begin(), call->events.end(),
                  [](const EventRecord& event) { return event.kind == "escalation_requested"; });
  store.end_call(summary.call.id, std::move(end));
  return {};
}

// The call ended, its file did not: its last rows were on their way when the process died.
Result<int> finish_recordings(CallStore& store, const std::filesystem::path& data_dir) {
  const Result<std::vector<CallSummary>> unfinished = store.unfinished_recordings(kRecordingsAtOnce);
  if (!unfinished) return fail(unfinished.error());
  int finished = 0;
  for (const CallSummary& summary : *unfinished) {
    const std::optional<RecordingRecord> recording = repair(summary, data_dir);
    if (!recording) continue;
    store.put_recording(*recording);
    ++finished;
  }
  return finished;
}

}  // namespace

Result<int> recover_interrupted_calls(CallStore& store, const std::filesystem::path& data_dir,
                                      WallMillis now) {
  const Result<std::vector<CallSummary>> unfinished = store.unfinished_calls();
  if (!unfinished) return fail(unfinished.error());
  const Result<int> recordings = finish_recordings(store, data_dir);
  if (!recordings) return fail(recordings.error());
  if (unfinished->empty() && *recordings == 0) return 0;
  for (const CallSummary& summary : *unfinished) {
    if (Result<void> closed = close_call(store, summary, data_dir, now); !closed) return fail(closed.error());
  }

  // Shared: the writer may still be inside set_value when we have the result.
  const auto flushed = std::make_shared<std::promise<Result<void>>>();
  store.flush([flushed](Result<void> result) { flushed->set_value(std::move(result)); });
  const Result<void> written = flushed->get_future().get();
  if (!written) return fail(written.error());
  kLog.info("closed calls of a server that died calls={} recordings_of_others={}", unfinished->size(),
            *recordings);
  return static_cast<int>(unfinished->size());
}

}  // namespace parley::storage
