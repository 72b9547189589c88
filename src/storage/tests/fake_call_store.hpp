// The part of a call log that the uploader of recordings needs, in memory.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "async/blocking_pool.hpp"
#include "storage/call_store.hpp"

namespace parley::storage {

class FakeCallStore final : public CallStore {
 public:
  struct Row {
    RecordingRecord recording;
    std::optional<RecordingBlob> blob;
  };

  // What the next flushes answer; then they succeed.
  void fail_flushes(int flushes) {
    const std::scoped_lock lock(mutex_);
    failing_flushes_ = flushes;
  }
  std::optional<Row> row(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = rows_.find(id);
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
  }
  int listings() const {
    const std::scoped_lock lock(mutex_);
    return listings_;
  }

  void put_recording(RecordingRecord recording) override {
    const std::scoped_lock lock(mutex_);
    const std::string id = recording.call_id;
    rows_[id].recording = std::move(recording);
  }
  void put_recording_blob(RecordingBlob blob) override {
    const std::scoped_lock lock(mutex_);
    const std::string id = blob.call_id;
    rows_[id].blob = std::move(blob);
  }
  void flush(std::function<void(Result<void>)> done) override {
    (void)writer_.submit([this, done = std::move(done)](const auto&) {
      Result<void> result;
      {
        const std::scoped_lock lock(mutex_);
        if (failing_flushes_ > 0 && failing_flushes_-- > 0) result = fail(Errc::io, "the disk is full");
      }
      done(result);
    });
  }
  Result<std::vector<CallSummary>> unstored_recordings(const std::string& kind, int limit) override {
    const std::scoped_lock lock(mutex_);
    ++listings_;
    std::vector<CallSummary> found;
    for (const auto& [id, row] : rows_) {
      const bool begun = row.blob && !row.blob->upload_token.empty();
      const bool stored = row.blob && row.blob->kind == kind && row.blob->stored;
      if ((!row.recording.complete && !begun) || stored || static_cast<int>(found.size()) >= limit) continue;
      CallSummary summary;
      summary.call.id = id;
      summary.call.workspace_id = "w1";
      summary.recording = row.recording;
      summary.blob = row.blob;
      found.push_back(std::move(summary));
    }
    return found;
  }

  void append_call(CallRecord) override {}
  void end_call(std::string, CallEnd) override {}
  void put_carrier_word(CarrierWord) override {}
  void put_transfer(TransferRecord) override {}
  void put_turn(TurnRecord) override {}
  void append_event(EventRecord) override {}
  void put_usage(UsageRecord) override {}
  void put_transcript(TranscriptRecord) override {}
  Result<std::vector<CallSummary>> list_calls(const CallFilter&) override { return none(); }
  Result<CallDetail> find_call(const std::string&, const std::string&) override { return none(); }
  Result<std::optional<CallSummary>> find_by_carrier_id(const std::string&, const std::string&) override {
    return none();
  }
  Result<std::vector<CallSummary>> open_outbound_calls(int) override { return none(); }
  Result<std::vector<CallSummary>> unfinished_calls() override { return none(); }
  Result<std::vector<CallSummary>> unfinished_recordings(int) override { return none(); }
  Result<std::vector<UsageSum>> sum_usage(const std::string&, WallMillis, WallMillis, UsageGroup) override {
    return none();
  }
  Result<CallTally> tally(const std::string&, WallMillis, WallMillis) override { return none(); }
  Result<CallsSeen> seen(const std::string&, const std::string&) override { return none(); }
  Result<std::vector<RemovedRecording>> remove_call(const std::string&, const std::string&) override {
    return none();
  }
  Result<std::vector<RemovedRecording>> remove_caller(const std::string&, const std::string&, int*) override {
    return none();
  }
  Result<std::vector<RemovedRecording>> remove_older(const std::string&, WallMillis, bool, int) override {
    return none();
  }

 private:
  static std::unexpected<Error> none() { return fail(Errc::internal, "not part of this store"); }

  mutable std::mutex mutex_;
  std::map<std::string, Row> rows_;
  int failing_flushes_ = 0;
  int listings_ = 0;
  async::BlockingPool writer_{
      {.name = "writer", .threads = 1, .queue_limit = 4096}};  // last: uses the others
};

}  // namespace parley::storage
