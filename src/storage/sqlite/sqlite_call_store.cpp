#include "storage/sqlite/sqlite_call_store.hpp"

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "storage/probe.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/migrator.hpp"
#include "storage/sqlite/queries.hpp"
#include "storage/sqlite/writer.hpp"

namespace parley::storage {
namespace {

using sqlite::Database;
using sqlite::Row;
using sqlite::Writer;

class SqliteCallStore final : public CallStore {
 public:
  // `writer` is null in a store that only reads.
  SqliteCallStore(Database reader, std::unique_ptr<Writer> writer, metrics::Registry& registry)
      : probe_(registry), reader_(std::move(reader)), writer_(std::move(writer)) {}

  void append_call(CallRecord call) override { push(std::move(call)); }
  void end_call(std::string call_id, CallEnd end) override {
    push(sqlite::EndRow{std::move(call_id), std::move(end)});
  }
  void put_turn(TurnRecord turn) override { push(std::move(turn)); }
  void append_event(EventRecord event) override { push(std::move(event)); }
  void put_recording(RecordingRecord recording) override { push(std::move(recording)); }
  void put_usage(UsageRecord usage) override { push(std::move(usage)); }
  void put_transcript(TranscriptRecord transcript) override { push(std::move(transcript)); }
  void put_recording_blob(RecordingBlob) override {}

  void flush(std::function<void(Result<void>)> done) override {
    if (writer_) {
      writer_->flush(std::move(done));
    } else {
      done(fail(Errc::permission_denied, "the call log is open for reading only"));
    }
  }

  Result<std::vector<CallSummary>> list_calls(const CallFilter& filter) override {
    const MutexLock lock(reader_mutex_);
    return sqlite::list_calls(reader_, filter);
  }
  Result<CallDetail> find_call(const std::string& id, const std::string&) override {
    const MutexLock lock(reader_mutex_);
    return sqlite::find_call(reader_, id);
  }
  Result<std::vector<CallSummary>> unfinished_calls() override {
    const MutexLock lock(reader_mutex_);
    return sqlite::unfinished_calls(reader_);
  }
  Result<std::vector<CallSummary>> unstored_recordings(const std::string&, int) override { return {}; }
  Result<std::vector<UsageSum>> sum_usage(const std::string&, WallMillis, WallMillis, UsageGroup) override {
    return {};
  }
  Result<std::vector<RemovedRecording>> remove_call(const std::string&, const std::string&) override {
    return {};
  }
  Result<std::vector<RemovedRecording>> remove_caller(const std::string&, const std::string&, int*) override {
    return {};
  }
  Result<std::vector<RemovedRecording>> remove_older(const std::string&, WallMillis, bool, int) override {
    return {};
  }

 private:
  void push(Row row) {
    if (writer_) {
      writer_->push(std::move(row));
    } else {
      probe_.rows_refused.add();
    }
  }

  CallLogProbe probe_;
  Mutex reader_mutex_;
  Database reader_ PARLEY_GUARDED_BY(reader_mutex_);
  std::unique_ptr<Writer> writer_;
};

WallMillis wall_millis() {
  const auto since_epoch = system_clock().wall_now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace

Result<std::unique_ptr<CallStore>> open_sqlite_call_store(const std::filesystem::path& path,
                                                          const SqliteOptions& options,
                                                          metrics::Registry& registry) {
  std::unique_ptr<Writer> writer;
  if (!options.read_only) {
    Result<Database> database = Database::open(path, Database::Mode::read_write, options.lock_patience);
    if (!database) return fail(database.error());
    const Result<int> migrated = sqlite::migrate(*database, sqlite::embedded_migrations(), wall_millis());
    if (!migrated) return fail(migrated.error());
    Writer::Options writing;
    writing.queue_limit = options.queue_limit;
    writing.batch_delay = options.batch_delay;
    writer = std::make_unique<Writer>(std::move(*database), writing, registry);
  }

  Result<Database> reader = Database::open(path, Database::Mode::read_only, options.lock_patience);
  if (!reader) return fail(reader.error());
  if (options.read_only) {
    if (Result<void> fits = sqlite::check_schema(*reader, sqlite::embedded_migrations()); !fits) {
      return fail(fits.error());
    }
  }
  return std::make_unique<SqliteCallStore>(std::move(*reader), std::move(writer), registry);
}

}  // namespace parley::storage
