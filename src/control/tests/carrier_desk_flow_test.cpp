#include <gtest/gtest.h>

#include "control/tests/desk_fixture.hpp"

namespace parley::control {
namespace {

using storage::CallStatus;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct CarrierFlowTest : DeskTest {
  engine::CallAgent streaming() {
    auto chosen = choose(start_of(), token_in(incoming(call_form())));
    if (!chosen) throw std::runtime_error(describe(chosen.error()));
    open(*chosen, start_of());
    return std::move(*chosen);
  }
  void wants_transfer(const engine::CallAgent& call, std::string_view to = "") {
    desk_->observer().on_call_event(call.call_id, "transfer_requested", to, 3000);
  }
  std::string transfer_status() {
    const auto call = all_calls().front();
    return call.transfer ? call.transfer->status + " " + call.transfer->to + " " + call.transfer->detail : "";
  }
};

TEST_F(CarrierFlowTest, BehindAStreamThatJustEndedTheFlowGoesOn) {
  const auto call = streaming();
  close(call.call_id);
  EXPECT_EQ(passthru(with(call_form(), "StreamStatus", "completed")), "end");
  EXPECT_THAT(kinds_of(only_call()), Contains("stream_report"));
  EXPECT_THAT(connect(call_form()), HasSubstr("nobody wants"));
}

TEST_F(CarrierFlowTest, PassthruMayOvertakeOurOwnClose) {
  const auto call = streaming();
  wants_transfer(call);
  EXPECT_EQ(passthru(call_form()), "transfer");
  EXPECT_EQ(passthru(call_form()), "transfer") << "it may ask again";
  close(call.call_id);
  EXPECT_EQ(passthru(call_form()), "transfer");
}

TEST_F(CarrierFlowTest, TheFlowIsToldWhomToConnect) {
  const auto call = streaming();
  wants_transfer(call);
  close(call.call_id);
  EXPECT_EQ(transfer_status(), "requested  ");
  const std::string answer =
      "connect +918040000077,+918040000078 as +918040000001 ring 25 \"A caller from 09876543210.\"";
  EXPECT_EQ(connect(call_form()), answer);
  EXPECT_EQ(connect(call_form()), answer) << "it may ask again";
  EXPECT_EQ(transfer_status(), "asked +918040000077,+918040000078 ");
  const auto kinds = kinds_of(only_call());
  EXPECT_EQ(std::ranges::count(kinds, "transfer_asked"), 1);
}

TEST_F(CarrierFlowTest, ANumberThatWasNamedBeatsTheAgents) {
  const auto call = streaming();
  wants_transfer(call, "09000000001, 09000000002");
  close(call.call_id);
  EXPECT_THAT(connect(call_form()), StartsWith("connect +919000000001,+919000000002 "));
}

TEST_F(CarrierFlowTest, WhatIsNoNumberConnectsNobody) {
  standard_->transfer.to = {"sales<Number>", "\r\nX: y"};
  const auto call = streaming();
  wants_transfer(call, "the manager");
  close(call.call_id);
  EXPECT_THAT(connect(call_form()), HasSubstr("not found"));
  EXPECT_THAT(transfer_status(), StartsWith("failed"));
}

TEST_F(CarrierFlowTest, TheLegsTellWhatCameOfATransfer) {
  const auto call = streaming();
  wants_transfer(call);
  close(call.call_id);
  connect(call_form());
  ASSERT_TRUE(
      status(with(with(with(call_form(), "Status", "completed"), "Leg1", "completed"), "Leg2", "completed")));
  EXPECT_THAT(transfer_status(), StartsWith("connected "));
  EXPECT_THAT(kinds_of(only_call()), Contains("transfer_connected"));
}

TEST_F(CarrierFlowTest, BehindTheConnectingNobodyIsConnectedAgain) {
  const auto call = streaming();
  wants_transfer(call);
  close(call.call_id);
  connect(call_form());
  EXPECT_EQ(passthru(with(call_form(), "DialCallStatus", "no-answer")), "end");
  EXPECT_EQ(transfer_status(), "failed +918040000077,+918040000078 no-answer");
}

TEST_F(CarrierFlowTest, ACallerWhoComesBackMeetsTheSameSessionAndWhatWasSaid) {
  const auto call = streaming();
  storage::TurnRecord turn;
  turn.call_id = call.call_id;
  turn.number = 1;
  turn.caller_text = "I want to speak to a human.";
  turn.agent_heard = "One moment.";
  desk_->observer().on_turn(turn);
  wants_transfer(call);
  close(call.call_id);
  connect(call_form());
  const auto address_again = desk_->stream_address(carrier_, address(), call_form());
  ASSERT_TRUE(address_again) << describe(address_again.error());
  const auto back = choose(start_of(), token_in(address_again->body));
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_NE(back->call_id, call.call_id);
  EXPECT_EQ(back->session_id, call.session_id);
  EXPECT_EQ(back->agent->first_message, "Nobody picked up.");
  ASSERT_THAT(back->earlier, SizeIs(2));
  EXPECT_EQ(back->earlier[0].text, "I want to speak to a human.");
  open(*back, start_of());
  ASSERT_THAT(all_calls(), SizeIs(2));
  const auto first = calls_->find_call(call.call_id);
  ASSERT_TRUE(first->summary.transfer);
  EXPECT_EQ(first->summary.transfer->status, "failed");
  EXPECT_EQ(passthru(call_form()), "end") << "the wish is over";
}

TEST_F(CarrierFlowTest, WhyATransferFailedIsToldOnceAndStaysWhenTheCallerComesBack) {
  const auto call = streaming();
  wants_transfer(call);
  close(call.call_id);
  connect(call_form());
  passthru(with(call_form(), "DialCallStatus", "busy"));
  passthru(with(call_form(), "DialCallStatus", "busy"));
  const auto address_again = desk_->stream_address(carrier_, address(), call_form());
  ASSERT_TRUE(address_again) << describe(address_again.error());
  const auto back = choose(start_of(), token_in(address_again->body));
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(back->agent->first_message, "Nobody picked up.");
  EXPECT_EQ(back->from, call.from);
  EXPECT_EQ(back->to, call.to);
  ASSERT_THAT(all_calls(), SizeIs(1));
  const auto first = calls_->find_call(call.call_id);
  ASSERT_TRUE(first->summary.transfer);
  EXPECT_EQ(first->summary.transfer->detail, "busy");
  const auto kinds = kinds_of(*first);
  EXPECT_EQ(std::ranges::count(kinds, "transfer_failed"), 1);
}

TEST_F(CarrierFlowTest, ACarrierWithARequestForItIsAsked) {
  carrier_.by_request = true;
  const auto call = streaming();
  wants_transfer(call);
  close(call.call_id);
  run_until([&] { return !carrier_.transfers.empty(); });
  EXPECT_THAT(carrier_.transfers, ElementsAre(std::string(kSid) + " to +918040000077"));
  run(desk_->stop());
  EXPECT_EQ(transfer_status(), "asked +918040000077 ");
}

TEST_F(CarrierFlowTest, WhereNothingIsBehindTheStreamNobodyIsTransferred) {
  const auto placed = [&](std::string_view sid, bool no_flow) {
    BookedCall call;
    call.workspace_id = storage::kDefaultWorkspace;
    call.phone_id = kPhoneId;
    call.carrier = "exotel";
    call.direction = "outbound";
    call.from = kOurs;
    call.to = kCaller;
    call.no_flow = no_flow;
    const auto made = book_.expect(std::move(call));
    const auto chosen = choose(start_of(sid), book_.issue_token(made.call_id));
    if (!chosen) throw std::runtime_error(describe(chosen.error()));
    return std::move(*chosen);
  };
  const auto direct = placed("direct", true);
  ASSERT_TRUE(direct.no_transfer);
  EXPECT_THAT(direct.no_transfer->why, HasSubstr("no flow follows"));
  EXPECT_TRUE(direct.no_transfer->agent_would);
  EXPECT_FALSE(direct.agent->transfer.enabled) << "the model is not told that it can";
  EXPECT_EQ(direct.agent->transfer.failed_say, "Nobody picked up.");
  EXPECT_EQ(direct.agent->first_message, "Hello there.");
  open(direct, start_of("direct"));
  desk_->observer().on_call_event(direct.call_id, "transfer_refused", direct.no_transfer->why, 3000);
  EXPECT_THAT(transfer_status(), AllOf(StartsWith("failed"), HasSubstr("no flow follows")));
  EXPECT_EQ(passthru(call_form("direct")), "end");

  const auto in_a_flow = placed("flow", false);
  EXPECT_FALSE(in_a_flow.no_transfer);
  EXPECT_TRUE(in_a_flow.agent->transfer.enabled);
  standard_->transfer.enabled = false;
  EXPECT_FALSE(placed("plain", true).no_transfer.value().agent_would);
  carrier_.by_request = true;
  EXPECT_FALSE(placed("by request", true).no_transfer) << "the carrier is asked for it";
}

TEST_F(CarrierFlowTest, ACallerWhoHangsUpBeforeTheTransferIsNotTransferred) {
  carrier_.by_request = true;
  const auto call = streaming();
  wants_transfer(call);
  desk_->observer().on_call_event(call.call_id, "transfer_not_done", "caller hung up", 4000);
  close(call.call_id);
  run(desk_->stop());
  EXPECT_THAT(carrier_.transfers, IsEmpty());
  EXPECT_THAT(transfer_status(), StartsWith("failed"));
}

TEST_F(CarrierFlowTest, AfterARestartTheLogKnowsTheWish) {
  const auto call = streaming();
  wants_transfer(call);
  close(call.call_id);
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
  const auto passed = run(after.passthru(carrier_, call_form()));
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->way, CarrierDesk::Way::transfer);
  const auto answer = run(after.connect_target(carrier_, call_form()));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_THAT(answer->body, StartsWith("connect +918040000077,"));
  run(after.stop());
}

TEST_F(CarrierFlowTest, AnUnknownCallGoesOn) {
  EXPECT_EQ(passthru(call_form("nobody")), "end");
  EXPECT_THAT(connect(call_form("nobody")), HasSubstr("not found"));
}

// The offline way.

TEST_F(CarrierFlowTest, ARecordingEndsTheCallAndIsHandedOverOnce) {
  incoming(call_form(), AnswerWith::record);
  const std::string session = "call_" + std::string(kSid);
  const Form form = with(call_form(), "RecordingUrl", "https://recordings.example.com/1.mp3");
  const auto answer = run(desk_->recording(carrier_, session, form));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "hang up \"Thank you. Goodbye.\"");
  const auto row = only_call();
  EXPECT_EQ(row.summary.status, CallStatus::completed);
  EXPECT_EQ(row.summary.end.reason, "recorded");
  EXPECT_EQ(row.summary.carrier_recording_url, "https://recordings.example.com/1.mp3");
  EXPECT_THAT(recorded_, ElementsAre(row.summary.call.id + " https://recordings.example.com/1.mp3"));
  ASSERT_TRUE(run(desk_->recording(carrier_, session, form)));
  ASSERT_TRUE(status(with(form, "Status", "completed")));
  EXPECT_THAT(recorded_, SizeIs(1));
}

TEST_F(CarrierFlowTest, ARecordingOfACallThatAnotherProcessAnsweredIsTakenOnce) {
  incoming(call_form(), AnswerWith::record);
  flush();
  CallBook empty(clock_);
  CarrierDesk after(
      CarrierDesk::Dependencies{.executor = executor(),
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
                                .on_recording = [this](const BookedCall& call, std::string url) {
                                  recorded_.push_back(call.call_id + " " + url);
                                }});
  const Form form = with(call_form(), "RecordingUrl", "https://recordings.example.com/1.mp3");
  ASSERT_TRUE(run(after.recording(carrier_, "call_" + std::string(kSid), form)));
  EXPECT_THAT(recorded_, SizeIs(1));
  EXPECT_EQ(only_call().summary.end.reason, "recorded");
  ASSERT_TRUE(run(after.recording(carrier_, "call_" + std::string(kSid), form)));
  EXPECT_THAT(recorded_, SizeIs(1));
  run(after.stop());
}

TEST_F(CarrierFlowTest, ARecordingThatOnlyTheStatusTellsOfIsTakenToo) {
  incoming(call_form(), AnswerWith::record);
  ASSERT_TRUE(
      status(with(with(call_form(), "Status", "completed"), "RecordingUrl", "https://r.example.com/2")));
  EXPECT_THAT(recorded_, ElementsAre(HasSubstr("https://r.example.com/2")));
}

TEST_F(CarrierFlowTest, ARecordingOfAnotherSessionIsRefused) {
  incoming(call_form(), AnswerWith::record);
  const Form form = with(call_form(), "RecordingUrl", "https://evil.example.com/1.mp3");
  EXPECT_FALSE(run(desk_->recording(carrier_, "call_other", form)));
  EXPECT_FALSE(run(desk_->recording(carrier_, "nothing", {{"RecordingUrl", "https://evil.example.com"}})));
  EXPECT_FALSE(run(desk_->recording(carrier_, "call_" + std::string(kSid),
                                    {{"CallSid", "another"}, {"RecordingUrl", "https://evil.example.com"}})));
  EXPECT_THAT(recorded_, IsEmpty());
}

}  // namespace
}  // namespace parley::control
