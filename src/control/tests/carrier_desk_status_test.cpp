#include <gtest/gtest.h>

#include "control/tests/desk_fixture.hpp"

namespace parley::control {
namespace {

using storage::CallStatus;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

struct CarrierStatusTest : DeskTest {
  Form report(const std::string& word, std::string_view sid = kSid) {
    return with(call_form(sid), "Status", word);
  }
  // An outbound call on its way, without the carrier's id.
  BookedCall placed() {
    BookedCall call;
    call.call_id = "01HOUTBOUND000000000000001";
    call.session_id = "sess_out";
    call.workspace_id = storage::kDefaultWorkspace;
    call.phone_id = kPhoneId;
    call.telephony_config_id = "settings";
    call.carrier = "exotel";
    call.direction = "outbound";
    call.from = kOurs;
    call.to = "+919876543210";
    call.created_at = now();
    calls_->append_call(row_of(call, nullptr, ""));
    return book_.expect(call);
  }
};

struct FinalWord {
  std::string word;
  CallStatus status;
  std::string reason;
};
struct EveryFinalStatus : CarrierStatusTest, ::testing::WithParamInterface<FinalWord> {};

TEST_P(EveryFinalStatus, EndsACallThatNeverHadAStream) {
  const BookedCall call = placed();
  ASSERT_TRUE(status(with({{"CallSid", std::string(kSid)}, {"CustomField", "parley:" + call.call_id}},
                          "Status", GetParam().word)));
  const auto row = only_call();
  EXPECT_EQ(row.summary.status, GetParam().status);
  EXPECT_EQ(row.summary.end.reason, GetParam().reason);
  EXPECT_EQ(row.summary.carrier_status, GetParam().word);
  EXPECT_EQ(row.summary.call.carrier_call_id, kSid);
  EXPECT_THAT(told_, Contains("call.status"));
  EXPECT_THAT(told_, Contains("call.ended"));
}

INSTANTIATE_TEST_SUITE_P(Words, EveryFinalStatus,
                         ::testing::Values(FinalWord{"completed", CallStatus::completed,
                                                     "ended without a stream"},
                                           FinalWord{"busy", CallStatus::busy, "busy"},
                                           FinalWord{"failed", CallStatus::failed, "failed at the carrier"},
                                           FinalWord{"no-answer", CallStatus::no_answer, "no answer"},
                                           FinalWord{"canceled", CallStatus::canceled, "canceled"}));

TEST_F(CarrierStatusTest, AWordThatNobodyKnowsIsKeptAsTold) {
  incoming(call_form());
  ASSERT_TRUE(status(report("on-the-moon")));
  const auto row = only_call();
  EXPECT_EQ(row.summary.carrier_status, "on-the-moon");
  EXPECT_EQ(row.summary.status, CallStatus::ringing);
}

TEST_F(CarrierStatusTest, TheStreamsWordBeatsTheCarriers) {
  const auto chosen = choose(start_of(), token_in(incoming(call_form())));
  ASSERT_TRUE(chosen);
  open(*chosen, start_of());
  ASSERT_TRUE(status(report("failed")));
  EXPECT_EQ(only_call().summary.status, CallStatus::in_progress);
  close(chosen->call_id);
  ASSERT_TRUE(status(report("completed")));
  const auto row = only_call();
  EXPECT_EQ(row.summary.status, CallStatus::completed);
  EXPECT_EQ(row.summary.end.reason, "caller hung up");
}

TEST_F(CarrierStatusTest, WordsThatComeTheWrongWayRoundDoNotOpenACallAgain) {
  incoming(call_form());
  ASSERT_TRUE(status(report("busy")));
  ASSERT_TRUE(status(report("ringing")));
  ASSERT_TRUE(status(report("completed")));
  const auto row = only_call();
  EXPECT_EQ(row.summary.status, CallStatus::busy);
  EXPECT_EQ(std::ranges::count(told_, "call.ended"), 1);
}

TEST_F(CarrierStatusTest, ARepeatedWordIsTakenOnceAndALateRecordingIsNot) {
  incoming(call_form());
  ASSERT_TRUE(status(report("completed")));
  const auto told = told_.size();
  ASSERT_TRUE(status(report("completed")));
  EXPECT_EQ(told_.size(), told);
  EXPECT_THAT(only_call().events, SizeIs(1));
  ASSERT_TRUE(status(with(report("completed"), "RecordingUrl", "https://recordings.example.com/1.mp3")));
  EXPECT_EQ(only_call().summary.carrier_recording_url, "https://recordings.example.com/1.mp3");
}

TEST_F(CarrierStatusTest, ACallToANumberOfOursThatNobodyAnnouncedGetsARow) {
  ASSERT_TRUE(status(report("no-answer")));
  const auto row = only_call();
  EXPECT_EQ(row.summary.status, CallStatus::no_answer);
  EXPECT_EQ(row.summary.call.direction, "inbound");
  EXPECT_EQ(row.summary.call.phone_id, kPhoneId);
}

TEST_F(CarrierStatusTest, ACallFromANumberOfOursIsAnOutboundOne) {
  ASSERT_TRUE(
      status({{"CallSid", "x1"}, {"From", "08040000001"}, {"To", "09000000000"}, {"Status", "busy"}}));
  EXPECT_EQ(only_call().summary.call.direction, "outbound");
}

TEST_F(CarrierStatusTest, WhatIsToldBeforeTheCallTurnsUpIsAppliedThen) {
  ASSERT_TRUE(status({{"CallSid", std::string(kSid)}, {"Status", "completed"}}));
  EXPECT_THAT(all_calls(), IsEmpty());
  incoming(call_form());
  EXPECT_EQ(only_call().summary.status, CallStatus::completed);
}

TEST_F(CarrierStatusTest, WhatIsToldBeforeAStreamWithAnAgentOfItsOwnIsAppliedWhenItStarts) {
  ASSERT_TRUE(status(with({{"CallSid", std::string(kSid)}, {"Status", "in-progress"}}, "RecordingUrl",
                          "https://recordings.example.com/1.mp3")));
  storage::CallRecord row;
  row.id = "01HECHO";
  row.session_id = "01HECHO";
  row.carrier = "exotel";
  row.carrier_call_id = kSid;
  row.stream_id = "MZ1";
  row.started_at = now();
  calls_->append_call(row);
  desk_->observer().on_call_started(row);
  EXPECT_EQ(only_call().summary.carrier_status, "in-progress");
  EXPECT_EQ(only_call().summary.carrier_recording_url, "https://recordings.example.com/1.mp3");
}

TEST_F(CarrierStatusTest, WhatWasToldIsForgottenAfterTenMinutes) {
  ASSERT_TRUE(status({{"CallSid", std::string(kSid)}, {"Status", "completed"}}));
  clock_.advance(std::chrono::minutes(11));
  incoming(call_form());
  EXPECT_EQ(only_call().summary.status, CallStatus::ringing);
}

TEST_F(CarrierStatusTest, ACallThatOnlyTheLogKnowsIsFoundThere) {
  BookedCall old = placed();
  storage::CarrierWord word;
  word.call_id = old.call_id;
  word.carrier_call_id = kSid;
  word.at = now();
  calls_->put_carrier_word(word);
  flush();
  CallBook empty(clock_);
  CarrierDesk after(CarrierDesk::Dependencies{.executor = executor(),
                                              .pool = pool_,
                                              .clock = clock_,
                                              .registry = registry_,
                                              .calls = *calls_,
                                              .directory = *directory_,
                                              .accounts = *accounts_,
                                              .carriers = {},
                                              .book = empty,
                                              .events = events_,
                                              .accepts_calls = {},
                                              .webhook_secret = {},
                                              .on_recording = {}});
  ASSERT_TRUE(run(after.status(carrier_, "", {{"CallSid", std::string(kSid)}, {"Status", "no-answer"}})));
  const auto row = only_call();
  EXPECT_EQ(row.summary.call.id, old.call_id);
  EXPECT_EQ(row.summary.status, CallStatus::no_answer);
  EXPECT_EQ(empty.size(), 1U);
  run(after.stop());
}

TEST_F(CarrierStatusTest, AForgedIdIsRefusedAndChangesNothing) {
  const BookedCall call = placed();
  ASSERT_TRUE(
      status({{"CallSid", "real"}, {"CustomField", "parley:" + call.call_id}, {"Status", "ringing"}}));
  incoming(call_form("other"));
  const auto forged =
      status({{"CallSid", "other"}, {"CustomField", "parley:" + call.call_id}, {"Status", "failed"}});
  ASSERT_FALSE(forged);
  EXPECT_EQ(forged.error().code, Errc::permission_denied);
  for (const auto& row : all_calls())
    EXPECT_EQ(row.status, CallStatus::ringing) << row.call.id;
}

// Every order in which a call can be heard of makes one row: the request for its stream's address (d), the
// webhook (w), the stream (s), that it was answered (a) and that it is over (c).

struct EveryOrder : CarrierStatusTest, ::testing::WithParamInterface<std::string> {};

TEST_P(EveryOrder, IsOneCall) {
  std::string token;
  bool streamed = false;
  for (const char message : GetParam()) {
    if (message == 'd') {
      const auto answer = desk_->stream_address(carrier_, address(), call_form());
      ASSERT_TRUE(answer) << describe(answer.error());
      token = token_in(answer->body);
    } else if (message == 'w') {
      token = token_in(incoming(call_form()));
    } else if (message == 's') {
      const auto chosen = choose(start_of(), token);
      ASSERT_TRUE(chosen) << describe(chosen.error());
      open(*chosen, start_of());
      close(chosen->call_id);
      streamed = true;
    } else {
      ASSERT_TRUE(status(report(message == 'a' ? "in-progress" : "completed")));
    }
  }
  ASSERT_TRUE(streamed);
  const auto row = only_call();
  EXPECT_EQ(row.summary.call.carrier_call_id, kSid);
  EXPECT_EQ(row.summary.call.session_id, "call_" + std::string(kSid));
  EXPECT_EQ(row.summary.status, CallStatus::completed);
  EXPECT_EQ(row.summary.end.reason, "caller hung up") << "the stream knows better, whoever came first";
  EXPECT_EQ(row.summary.carrier_status, "completed");
}

INSTANTIATE_TEST_SUITE_P(Orders, EveryOrder,
                         ::testing::Values("dsc", "dasc", "adsc", "dsac", "dsca", "cds", "csd", "sdc", "scd",
                                           "wsc", "wasc", "awsc", "wsca", "cws", "csw", "swc", "scw", "dwsc",
                                           "wdsc", "sc", "sac", "asc", "cs"));

}  // namespace
}  // namespace parley::control
