#include "storage/redacting_call_store.hpp"

#include <map>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::storage {
namespace {

using testing::ElementsAre;

// Keeps what reaches it.
class KeptCallStore final : public CallStore {
 public:
  void append_call(CallRecord call) override { calls.push_back(std::move(call)); }
  void end_call(std::string call_id, CallEnd) override { ended.push_back(std::move(call_id)); }
  void put_carrier_word(CarrierWord word) override { words.push_back(std::move(word)); }
  void put_transfer(TransferRecord transfer) override { transfers.push_back(std::move(transfer)); }
  void put_turn(TurnRecord turn) override { turns.push_back(std::move(turn)); }
  void append_event(EventRecord event) override { events.push_back(std::move(event)); }
  void put_usage(UsageRecord) override { ++others; }
  void put_transcript(TranscriptRecord transcript) override { transcripts.push_back(std::move(transcript)); }
  void put_recording(RecordingRecord) override { ++others; }
  void put_recording_blob(RecordingBlob) override { ++others; }
  void flush(std::function<void(Result<void>)> done) override { done({}); }
  Result<std::vector<CallSummary>> list_calls(const CallFilter&) override { return asked("list"); }
  Result<CallDetail> find_call(const std::string& id, const std::string& workspace) override {
    return fail(Errc::not_found, id + " in " + workspace);
  }
  Result<std::optional<CallSummary>> find_by_carrier_id(const std::string& carrier,
                                                        const std::string& id) override {
    return asked(carrier + " " + id);
  }
  Result<std::vector<CallSummary>> open_outbound_calls(int) override { return asked("outbound"); }
  Result<std::vector<CallSummary>> unfinished_calls() override { return asked("unfinished"); }
  Result<std::vector<CallSummary>> unfinished_recordings(int) override {
    return asked("unfinished recordings");
  }
  Result<std::vector<CallSummary>> unstored_recordings(const std::string& kind, int) override {
    return asked(kind);
  }
  Result<std::vector<UsageSum>> sum_usage(const std::string&, WallMillis, WallMillis, UsageGroup) override {
    return asked("usage");
  }
  Result<CallTally> tally(const std::string&, WallMillis, WallMillis) override { return asked("tally"); }
  Result<CallsSeen> seen(const std::string&, const std::string&) override { return asked("seen"); }
  Result<std::vector<RemovedRecording>> remove_call(const std::string&, const std::string&) override {
    return asked("remove");
  }
  Result<std::vector<RemovedRecording>> remove_caller(const std::string&, const std::string&, int*) override {
    return asked("caller");
  }
  Result<std::vector<RemovedRecording>> remove_older(const std::string&, WallMillis, bool, int) override {
    return asked("older");
  }

  std::vector<CallRecord> calls;
  std::vector<std::string> ended;
  std::vector<CarrierWord> words;
  std::vector<TransferRecord> transfers;
  std::vector<TurnRecord> turns;
  std::vector<EventRecord> events;
  std::vector<TranscriptRecord> transcripts;
  int others = 0;

 private:
  static std::unexpected<Error> asked(const std::string& what) { return fail(Errc::internal, what); }
};

class RedactingCallStoreTest : public testing::Test {
 protected:
  RedactingCallStoreTest() {
    begin("open", "plain");
    begin("strict", "private");
  }
  void begin(const std::string& id, const std::string& workspace) {
    CallRecord call;
    call.id = id;
    call.workspace_id = workspace;
    call.from = "+919876543210";
    store_->append_call(std::move(call));
  }
  TurnRecord turn(const std::string& call) {
    TurnRecord record;
    record.call_id = call;
    record.caller_text = "I am 9876543210";
    record.agent_text = "So it is 98765 43210?";
    record.agent_heard = "So it is 987";
    store_->put_turn(record);
    return kept_.turns.back();
  }
  std::string detail(const std::string& call, const std::string& kind, const std::string& text,
                     std::int64_t at_ms = 0) {
    EventRecord event;
    event.call_id = call;
    event.kind = kind;
    event.detail = text;
    event.offset_ms = at_ms;
    store_->append_event(event);
    return kept_.events.back().detail;
  }

  KeptCallStore kept_;
  std::map<std::string, RedactionKinds> kinds_{
      {"private", {.cards = true, .aadhaar = true, .pan = true, .phones = true, .emails = true}},
      {"", {.cards = true}}};
  std::unique_ptr<CallStore> store_ = make_redacting_call_store(kept_, [this](const std::string& workspace) {
    const auto found = kinds_.find(workspace);
    return found == kinds_.end() ? RedactionKinds{} : found->second;
  });
};

TEST_F(RedactingCallStoreTest, TurnsFollowTheSettingOfTheirCallsWorkspace) {
  const TurnRecord open = turn("open");
  EXPECT_EQ(open.caller_text, "I am 9876543210");
  EXPECT_EQ(open.agent_heard, "So it is 987");
  const TurnRecord strict = turn("strict");
  EXPECT_EQ(strict.caller_text, "I am [phone number]");
  EXPECT_EQ(strict.agent_text, "So it is [phone number]?");
  EXPECT_EQ(strict.agent_heard, "So it is [phone number]");
}

TEST_F(RedactingCallStoreTest, WhatTheCallIsKnownByStays) {
  EXPECT_EQ(kept_.calls.back().from, "+919876543210");
}

TEST_F(RedactingCallStoreTest, WhatIsPutIntoACallIsRedacted) {
  CallRecord call;
  call.id = "placed";
  call.workspace_id = "private";
  call.variables = R"({"name":"Asha","phone":"9876543210","card":4111111111111111})";
  call.custom_field = "order 7 of 9876543210";
  store_->append_call(call);
  EXPECT_EQ(kept_.calls.back().variables,
            R"({"name":"Asha","phone":"[phone number]","card":"[card number]"})");
  EXPECT_EQ(kept_.calls.back().custom_field, "order 7 of [phone number]");
  call.id = "open too";
  call.workspace_id = "plain";
  store_->append_call(call);
  EXPECT_EQ(kept_.calls.back().variables, call.variables);
}

TEST_F(RedactingCallStoreTest, EventsAreRedactedAsTextOrAsJson) {
  EXPECT_EQ(detail("open", "slot", "phone=9876543210"), "phone=9876543210");
  EXPECT_EQ(detail("strict", "slot", "phone=9876543210"), "phone=[phone number]");
  EXPECT_EQ(detail("strict", "tool_used", R"({"to":"9876543210","list":[9876543210,5],"ok":true})"),
            R"({"to":"[phone number]","list":["[phone number]",5],"ok":true})");
  EXPECT_EQ(detail("strict", "tool_used", R"({"broken: 9876543210)"), R"({"broken: [phone number])");
}

TEST_F(RedactingCallStoreTest, OnlyTheTextOfATranscriptIsRedacted) {
  TranscriptRecord transcript;
  transcript.call_id = "strict";
  transcript.segments = R"([{"channel":"9876543210","start":9876543210,"text":"It is 9876543210"}])";
  store_->put_transcript(transcript);
  EXPECT_EQ(kept_.transcripts.back().segments,
            R"([{"channel":"9876543210","start":9876543210,"text":"It is [phone number]"}])");
  transcript.call_id = "open";
  store_->put_transcript(transcript);
  EXPECT_EQ(kept_.transcripts.back().segments, transcript.segments);
}

TEST_F(RedactingCallStoreTest, ATranscriptThatComesAfterTheEndStillKnowsItsWorkspace) {
  store_->end_call("strict", {});
  TranscriptRecord transcript;
  transcript.call_id = "strict";
  transcript.segments = R"([{"text":"a@b.io"}])";
  store_->put_transcript(transcript);
  EXPECT_EQ(kept_.transcripts.back().segments, R"([{"text":"[e-mail address]"}])");
}

TEST_F(RedactingCallStoreTest, ACallFromBeforeTheStartGetsTheSettingOfNoWorkspace) {
  EXPECT_EQ(detail("unknown", "slot", "4111111111111111 of 9876543210"), "[card number] of 9876543210");
}

TEST_F(RedactingCallStoreTest, ManyKeysInARowAreHiddenFromTheSeventhOn) {
  std::string shown;
  for (int i = 0; i < 16; ++i)
    shown += detail("strict", "dtmf", "4", 1000 + i * 300);
  EXPECT_EQ(shown, "444444**********");
  // A menu later in the call is a new beginning.
  EXPECT_EQ(detail("strict", "dtmf", "2", 60'000), "2");
  std::string open;
  for (int i = 0; i < 10; ++i)
    open += detail("open", "dtmf", "4", 1000 + i * 300);
  EXPECT_EQ(open, "4444444444");
}

TEST_F(RedactingCallStoreTest, EverythingElsePassesThrough) {
  store_->put_usage({});
  store_->put_recording({});
  store_->put_recording_blob({});
  store_->end_call("open", {});
  store_->put_carrier_word({.call_id = "open",
                            .status = CallStatus::completed,
                            .reason = {},
                            .carrier_status = "completed",
                            .carrier_call_id = {},
                            .recording_url = {},
                            .cause = {},
                            .seconds = 4});
  store_->put_transfer({"open", "+911140001000", "asked", ""});
  ASSERT_EQ(kept_.words.size(), 1U);
  EXPECT_EQ(kept_.words[0].carrier_status, "completed");
  ASSERT_EQ(kept_.transfers.size(), 1U);
  EXPECT_EQ(kept_.transfers[0].to, "+911140001000") << "what the caller was handed on to is our own";
  EXPECT_EQ(kept_.others, 3);
  EXPECT_THAT(kept_.ended, ElementsAre("open"));
  bool flushed = false;
  store_->flush([&](const Result<void>& result) { flushed = result.has_value(); });
  EXPECT_TRUE(flushed);
  EXPECT_EQ(store_->list_calls({}).error().message, "list");
  EXPECT_EQ(store_->find_call("1", "w").error().message, "1 in w");
  EXPECT_EQ(store_->find_by_carrier_id("exotel", "sid").error().message, "exotel sid");
  EXPECT_EQ(store_->open_outbound_calls(3).error().message, "outbound");
  EXPECT_EQ(store_->unfinished_calls().error().message, "unfinished");
  EXPECT_EQ(store_->unfinished_recordings(1).error().message, "unfinished recordings");
  EXPECT_EQ(store_->unstored_recordings("s3", 1).error().message, "s3");
  EXPECT_EQ(store_->sum_usage("w", 0, 1, UsageGroup::day).error().message, "usage");
  EXPECT_EQ(store_->tally("w", 0, 1).error().message, "tally");
  EXPECT_EQ(store_->seen("w", "s").error().message, "seen");
  EXPECT_EQ(store_->remove_call("w", "1").error().message, "remove");
  EXPECT_EQ(store_->remove_caller("w", "1", nullptr).error().message, "caller");
  EXPECT_EQ(store_->remove_older("w", 1, false, 1).error().message, "older");
}

TEST_F(RedactingCallStoreTest, ARunningCallIsRemembered) {
  for (int i = 0; i < 45'000; ++i) {
    const std::string id = "short " + std::to_string(i);
    begin(id, "plain");
    store_->end_call(id, {});
    kept_.calls.clear();
  }
  EXPECT_EQ(turn("strict").caller_text, "I am [phone number]");
}

}  // namespace
}  // namespace parley::storage
