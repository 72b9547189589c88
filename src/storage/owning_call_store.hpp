// A call log together with the database it lies in.
#pragma once

#include <memory>

#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage {

class OwningCallStore final : public CallStore {
 public:
  OwningCallStore(std::unique_ptr<sql::Database> database, std::unique_ptr<CallStore> store)
      : database_(std::move(database)), store_(std::move(store)) {}

  void append_call(CallRecord call) override { store_->append_call(std::move(call)); }
  void end_call(std::string call_id, CallEnd end) override {
    store_->end_call(std::move(call_id), std::move(end));
  }
  void put_turn(TurnRecord turn) override { store_->put_turn(std::move(turn)); }
  void append_event(EventRecord event) override { store_->append_event(std::move(event)); }
  void put_carrier_word(CarrierWord word) override { store_->put_carrier_word(std::move(word)); }
  void put_transfer(TransferRecord transfer) override { store_->put_transfer(std::move(transfer)); }
  void put_usage(UsageRecord usage) override { store_->put_usage(std::move(usage)); }
  void put_transcript(TranscriptRecord transcript) override { store_->put_transcript(std::move(transcript)); }
  void put_recording(RecordingRecord recording) override { store_->put_recording(std::move(recording)); }
  void put_recording_blob(RecordingBlob blob) override { store_->put_recording_blob(std::move(blob)); }
  void flush(std::function<void(Result<void>)> done) override { store_->flush(std::move(done)); }

  Result<std::vector<CallSummary>> list_calls(const CallFilter& filter) override {
    return store_->list_calls(filter);
  }
  Result<CallDetail> find_call(const std::string& id, const std::string& workspace) override {
    return store_->find_call(id, workspace);
  }
  Result<std::optional<CallSummary>> find_by_carrier_id(const std::string& carrier,
                                                        const std::string& carrier_call_id) override {
    return store_->find_by_carrier_id(carrier, carrier_call_id);
  }
  Result<std::vector<CallSummary>> open_outbound_calls(int limit) override {
    return store_->open_outbound_calls(limit);
  }
  Result<std::vector<CallSummary>> unfinished_calls() override { return store_->unfinished_calls(); }
  Result<std::vector<CallSummary>> unfinished_recordings(int limit) override {
    return store_->unfinished_recordings(limit);
  }
  Result<std::vector<CallSummary>> unstored_recordings(const std::string& kind, int limit) override {
    return store_->unstored_recordings(kind, limit);
  }
  Result<std::vector<UsageSum>> sum_usage(const std::string& workspace, WallMillis since, WallMillis before,
                                          UsageGroup group) override {
    return store_->sum_usage(workspace, since, before, group);
  }
  Result<CallTally> tally(const std::string& workspace, WallMillis since, WallMillis before) override {
    return store_->tally(workspace, since, before);
  }
  Result<CallsSeen> seen(const std::string& workspace, const std::string& simulator) override {
    return store_->seen(workspace, simulator);
  }
  Result<std::vector<RemovedRecording>> remove_call(const std::string& workspace,
                                                    const std::string& id) override {
    return store_->remove_call(workspace, id);
  }
  Result<std::vector<RemovedRecording>> remove_caller(const std::string& workspace, const std::string& number,
                                                      int* calls) override {
    return store_->remove_caller(workspace, number, calls);
  }
  Result<std::vector<RemovedRecording>> remove_older(const std::string& workspace, WallMillis before,
                                                     bool only_recordings, int limit) override {
    return store_->remove_older(workspace, before, only_recordings, limit);
  }

 private:
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<CallStore> store_;  // last: goes first
};

}  // namespace parley::storage
