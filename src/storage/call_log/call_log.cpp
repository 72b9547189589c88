#include "storage/call_log.hpp"

#include "base/ids.hpp"
#include "storage/call_log/queries.hpp"
#include "storage/call_log/removal.hpp"
#include "storage/call_log/tally.hpp"
#include "storage/call_log/usage_sums.hpp"
#include "storage/call_log/writer.hpp"

namespace parley::storage {
namespace {

using call_log::Row;
using call_log::Writer;
using Removed = std::vector<RemovedRecording>;

class SqlCallStore final : public CallStore {
 public:
  // `writer` is null in a store that only reads.
  SqlCallStore(sql::Database& database, std::string node, std::unique_ptr<Writer> writer,
               metrics::Registry& registry)
      : probe_(registry), database_(database), node_(std::move(node)), writer_(std::move(writer)) {}

  void append_call(CallRecord call) override { push(call_log::CallRow{std::move(call), node_}); }
  void end_call(std::string call_id, CallEnd end) override {
    push(call_log::EndRow{std::move(call_id), std::move(end)});
  }
  void put_carrier_word(CarrierWord word) override { push(std::move(word)); }
  void put_transfer(TransferRecord transfer) override { push(std::move(transfer)); }
  void put_turn(TurnRecord turn) override { push(std::move(turn)); }
  void append_event(EventRecord event) override { push(call_log::EventRow{make_id(), std::move(event)}); }
  void put_recording(RecordingRecord recording) override { push(std::move(recording)); }
  void put_recording_blob(RecordingBlob blob) override { push(std::move(blob)); }
  void put_usage(UsageRecord usage) override { push(std::move(usage)); }
  void put_transcript(TranscriptRecord transcript) override { push(std::move(transcript)); }

  void flush(std::function<void(Result<void>)> done) override {
    if (writer_) {
      writer_->flush(std::move(done));
    } else {
      done(fail(Errc::permission_denied, "the call log is open for reading only"));
    }
  }

  Result<std::vector<CallSummary>> list_calls(const CallFilter& filter) override {
    return read<std::vector<CallSummary>>(
        [&](sql::Connection& connection) { return call_log::list_calls(connection, filter); });
  }
  Result<CallDetail> find_call(const std::string& id, const std::string& workspace) override {
    return read<CallDetail>(
        [&](sql::Connection& connection) { return call_log::find_call(connection, id, workspace); });
  }
  Result<std::optional<CallSummary>> find_by_carrier_id(const std::string& carrier,
                                                        const std::string& carrier_call_id) override {
    return read<std::optional<CallSummary>>([&](sql::Connection& connection) {
      return call_log::find_by_carrier_id(connection, carrier, carrier_call_id);
    });
  }
  Result<std::vector<CallSummary>> open_outbound_calls(int limit) override {
    // Their ends may be among what an earlier run has left in the spool.
    if (auto settled = settle(); !settled) return fail(std::move(settled.error()));
    return read<std::vector<CallSummary>>(
        [&](sql::Connection& connection) { return call_log::open_outbound_calls(connection, node_, limit); });
  }
  Result<std::vector<CallSummary>> unfinished_calls() override {
    if (auto settled = settle(); !settled) return fail(std::move(settled.error()));
    return read<std::vector<CallSummary>>(
        [&](sql::Connection& connection) { return call_log::unfinished_calls(connection, node_); });
  }
  Result<std::vector<CallSummary>> unfinished_recordings(int limit) override {
    if (auto settled = settle(); !settled) return fail(std::move(settled.error()));
    return read<std::vector<CallSummary>>([&](sql::Connection& connection) {
      return call_log::unfinished_recordings(connection, node_, limit);
    });
  }
  Result<std::vector<CallSummary>> unstored_recordings(const std::string& kind, int limit) override {
    return read<std::vector<CallSummary>>([&](sql::Connection& connection) {
      return call_log::unstored_recordings(connection, node_, kind, limit);
    });
  }
  Result<std::vector<UsageSum>> sum_usage(const std::string& workspace, WallMillis since, WallMillis before,
                                          UsageGroup group) override {
    return read<std::vector<UsageSum>>([&](sql::Connection& connection) {
      return call_log::sum_usage(connection, workspace, since, before, group);
    });
  }
  Result<CallTally> tally(const std::string& workspace, WallMillis since, WallMillis before) override {
    return read<CallTally>(
        [&](sql::Connection& connection) { return call_log::tally(connection, workspace, since, before); });
  }
  Result<CallsSeen> seen(const std::string& workspace, const std::string& simulator) override {
    return read<CallsSeen>(
        [&](sql::Connection& connection) { return call_log::seen(connection, workspace, simulator); });
  }

  Result<Removed> remove_call(const std::string& workspace, const std::string& id) override {
    return change(
        [&](sql::Connection& connection) { return call_log::remove_call(connection, workspace, id); });
  }
  Result<Removed> remove_caller(const std::string& workspace, const std::string& number,
                                int* calls) override {
    return change([&](sql::Connection& connection) {
      return call_log::remove_caller(connection, workspace, number, calls);
    });
  }
  Result<Removed> remove_older(const std::string& workspace, WallMillis before, bool only_recordings,
                               int limit) override {
    return change([&](sql::Connection& connection) {
      return call_log::remove_older(connection, workspace, before, only_recordings, limit);
    });
  }

 private:
  void push(Row row) {
    if (writer_) {
      writer_->push(std::move(row));
    } else {
      probe_.rows_refused.add();
    }
  }
  Result<void> settle() {
    if (!writer_) return {};
    return writer_->settle();
  }
  template <class T>
  Result<T> read(const std::function<Result<T>(sql::Connection&)>& work) {
    auto lease = database_.reader();
    if (!lease) return fail(std::move(lease.error()));
    return work(**lease);
  }
  Result<Removed> change(const std::function<Result<Removed>(sql::Connection&)>& work) {
    if (auto settled = settle(); !settled) return fail(std::move(settled.error()));
    return sql::in_transaction<Removed>(database_, work);
  }

  CallLogProbe probe_;
  sql::Database& database_;
  const std::string node_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<CallStore>> open_call_log(sql::Database& database, CallLogOptions options,
                                                 metrics::Registry& registry) {
  std::unique_ptr<call_log::Spool> spool;
  if (!options.spool_dir.empty()) {
    auto opened = call_log::Spool::open({.directory = options.spool_dir});
    if (!opened) return fail(std::move(opened.error()));
    spool = std::move(*opened);
  }
  const Writer::Options writing{.queue_limit = options.queue_limit,
                                .batch_delay = options.batch_delay,
                                .retry_delay = options.retry_delay};
  auto writer = std::make_unique<Writer>(database, std::move(spool), writing, registry);
  return std::make_unique<SqlCallStore>(database, std::move(options.node), std::move(writer), registry);
}

std::unique_ptr<CallStore> open_call_log_for_reading(sql::Database& database, metrics::Registry& registry) {
  return std::make_unique<SqlCallStore>(database, "", nullptr, registry);
}

}  // namespace parley::storage
