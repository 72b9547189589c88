// Calls that the carrier speaks of: placed, announced, ringing, never answered, handed on.
#include <gmock/gmock.h>

#include "storage/tests/call_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CallRecord placed_call(const std::string& id, WallMillis at = 1000) {
  CallRecord call;
  call.id = id;
  call.session_id = "session-" + id;
  call.direction = "outbound";
  call.carrier = "exotel";
  call.agent = "clinic";
  call.from = "08030752400";
  call.to = "+919876543210";
  call.started_at = at;
  call.status = CallStatus::queued;
  call.telephony_config_id = "account-7";
  call.variables = R"({"name":"Asha"})";
  call.custom_field = "field-1";
  return call;
}

CarrierWord word_of(const std::string& id, std::optional<CallStatus> status,
                    const std::string& carrier_status = {}) {
  CarrierWord word;
  word.call_id = id;
  word.status = status;
  word.carrier_status = carrier_status;
  word.at = 5000;
  return word;
}

TEST_P(CallStoreContract, a_call_is_a_row_from_the_moment_it_is_placed) {
  store_->append_call(placed_call("A1"));
  const CallSummary call = summary();
  EXPECT_EQ(call.status, CallStatus::queued);
  EXPECT_EQ(call.call.status, CallStatus::queued);
  EXPECT_EQ(call.call.direction, "outbound");
  EXPECT_EQ(call.call.telephony_config_id, "account-7");
  EXPECT_EQ(call.call.variables, R"({"name":"Asha"})");
  EXPECT_EQ(call.call.custom_field, "field-1");
  EXPECT_EQ(call.carrier_status, "");
  EXPECT_EQ(call.carrier_seconds, std::nullopt);
  EXPECT_FALSE(call.transfer);
  EXPECT_EQ(session_ended(), "0");
  EXPECT_EQ(value("SELECT caller FROM sessions WHERE id = 'session-A1'"), "+919876543210");
}

TEST_P(CallStoreContract, the_stream_fills_in_what_it_knows_and_leaves_the_rest) {
  store_->append_call(placed_call("A1"));
  CarrierWord word = word_of("A1", CallStatus::ringing, "ringing");
  word.carrier_call_id = "sid-1";
  store_->put_carrier_word(word);
  CallRecord stream;
  stream.id = "A1";
  stream.session_id = "session-A1";
  stream.stream_id = "stream-1";
  stream.account_id = "acme1";
  stream.phone_id = "front";
  stream.agent = "clinic";
  stream.agent_version = "3";
  stream.agent_text = "name: clinic";
  stream.from = "9876543210";
  stream.to = "100";
  stream.sample_rate_hz = 16000;
  stream.started_at = 4000;
  store_->append_call(stream);

  const CallSummary call = summary();
  EXPECT_EQ(call.status, CallStatus::in_progress);
  EXPECT_EQ(call.call.direction, "outbound") << "as first told";
  EXPECT_EQ(call.call.from, "08030752400");
  EXPECT_EQ(call.call.to, "+919876543210");
  EXPECT_EQ(call.call.carrier, "exotel");
  EXPECT_EQ(call.call.carrier_call_id, "sid-1");
  EXPECT_EQ(call.call.stream_id, "stream-1");
  EXPECT_EQ(call.call.account_id, "acme1");
  EXPECT_EQ(call.call.phone_id, "front");
  EXPECT_EQ(call.call.agent_version, "3");
  EXPECT_EQ(call.call.sample_rate_hz, 16000);
  EXPECT_EQ(call.call.started_at, 1000) << "whatever came first";
  EXPECT_EQ(call.call.variables, R"({"name":"Asha"})");
  EXPECT_EQ(call.call.custom_field, "field-1");
  EXPECT_EQ(call.call.telephony_config_id, "account-7");
  EXPECT_EQ(value("SELECT agent_text FROM sessions WHERE id = 'session-A1'"), "name: clinic");
  EXPECT_EQ(value("SELECT count(*) FROM calls"), "1");
}

TEST_P(CallStoreContract, what_comes_late_does_not_take_a_call_back) {
  store_->append_call(placed_call("A1"));
  CallRecord announced = placed_call("A1", 900);
  announced.status = CallStatus::ringing;
  store_->append_call(announced);
  EXPECT_EQ(status(), CallStatus::ringing);
  store_->append_call(placed_call("A1"));
  store_->put_carrier_word(word_of("A1", CallStatus::queued, "queued"));
  EXPECT_EQ(status(), CallStatus::ringing);
  EXPECT_EQ(summary().call.started_at, 900);

  CallRecord stream = placed_call("A1");
  stream.status = CallStatus::in_progress;
  store_->append_call(stream);
  store_->append_call(announced);
  store_->put_carrier_word(word_of("A1", CallStatus::ringing, "ringing"));
  EXPECT_EQ(status(), CallStatus::in_progress);
  store_->put_carrier_word(word_of("A1", CallStatus::completed, "completed"));
  EXPECT_EQ(status(), CallStatus::in_progress) << "the stream is open: it ends when the stream ends";
  EXPECT_EQ(session_ended(), "0");

  store_->end_call("A1", {CallStatus::completed, "agent hung up", 9000, 5000, false});
  store_->append_call(stream);
  store_->put_carrier_word(word_of("A1", CallStatus::busy, "busy"));
  const CallSummary call = summary();
  EXPECT_EQ(call.status, CallStatus::completed) << "a call that its stream has ended does not begin again";
  EXPECT_EQ(call.end.reason, "agent hung up");
  EXPECT_EQ(call.end.duration_ms, 5000);
  EXPECT_EQ(call.carrier_status, "completed") << "the carrier's first last word counts";
  EXPECT_EQ(session_ended(), "1");
}

TEST_P(CallStoreContract, a_call_without_a_stream_ends_by_the_carriers_word) {
  store_->append_call(placed_call("A1"));
  CarrierWord word = word_of("A1", CallStatus::busy, "busy");
  word.reason = "the line is busy";
  word.cause = "USER_BUSY";
  word.seconds = 0;
  word.ended_at = 4500;
  store_->put_carrier_word(word);
  CallSummary call = summary();
  EXPECT_EQ(call.status, CallStatus::busy);
  EXPECT_EQ(call.end.reason, "the line is busy");
  EXPECT_EQ(call.end.ended_at, 4500);
  EXPECT_EQ(call.carrier_cause, "USER_BUSY");
  EXPECT_EQ(call.carrier_seconds, 0);
  EXPECT_EQ(session_ended(), "1");

  store_->append_call(placed_call("A2"));
  CarrierWord rang = word_of("A2", CallStatus::no_answer, "no-answer");
  rang.seconds = 31;
  store_->put_carrier_word(rang);
  call = summary("A2");
  EXPECT_EQ(call.status, CallStatus::no_answer);
  EXPECT_EQ(call.end.reason, "no answer");
  EXPECT_EQ(call.end.ended_at, 5000) << "when it was told";
  EXPECT_EQ(call.end.duration_ms, 0) << "it only rang";

  store_->append_call(placed_call("A3"));
  store_->put_carrier_word(word_of("A3", CallStatus::in_progress, "in-progress"));
  EXPECT_EQ(status("A3"), CallStatus::ringing) << "answered, and no stream has come";
  CarrierWord spoke = word_of("A3", CallStatus::completed, "completed");
  spoke.seconds = 31;
  spoke.answered_at = 2000;
  store_->put_carrier_word(spoke);
  call = summary("A3");
  EXPECT_EQ(call.end.duration_ms, 31'000);
  EXPECT_EQ(call.answered_at, 2000);
}

TEST_P(CallStoreContract, the_carriers_word_is_noted_beside_the_streams) {
  CallRecord stream = placed_call("A1");
  stream.status = CallStatus::in_progress;
  store_->append_call(stream);
  store_->end_call("A1", {CallStatus::failed, "stream broken", 9000, 5000, true});
  store_->put_carrier_word(word_of("A1", CallStatus::completed, "completed"));
  CarrierWord late = word_of("A1", std::nullopt, "in-progress");
  late.recording_url = "https://recordings.example.com/1.mp3";
  late.seconds = 12;
  late.answered_at = 1500;
  late.carrier_call_id = "sid-9";
  store_->put_carrier_word(late);
  const CallSummary call = summary();
  EXPECT_EQ(call.status, CallStatus::failed);
  EXPECT_EQ(call.end.reason, "stream broken");
  EXPECT_EQ(call.end.duration_ms, 5000);
  EXPECT_TRUE(call.end.escalation_requested);
  EXPECT_EQ(call.carrier_status, "completed") << "not by what comes late";
  EXPECT_EQ(call.carrier_recording_url, "https://recordings.example.com/1.mp3");
  EXPECT_EQ(call.carrier_seconds, 12);
  EXPECT_EQ(call.answered_at, 1500);
  EXPECT_EQ(call.call.carrier_call_id, "sid-9");

  store_->put_carrier_word(word_of("A1", std::nullopt, "on-hold"));
  EXPECT_EQ(summary().carrier_recording_url, "https://recordings.example.com/1.mp3");
}

TEST_P(CallStoreContract, a_word_of_the_carrier_that_nobody_knows_is_kept_as_it_is) {
  store_->append_call(placed_call("A1"));
  store_->put_carrier_word(word_of("A1", std::nullopt, "on-hold \xF0\x9F\x98\x80"));
  EXPECT_EQ(summary().carrier_status, "on-hold \xF0\x9F\x98\x80");
  EXPECT_EQ(status(), CallStatus::queued);
  store_->put_carrier_word(word_of("nobody", CallStatus::busy, "busy"));
  store_->put_transfer({"nobody", "100", "asked", ""});
  EXPECT_FALSE(flush_and_wait(*store_)) << "told, and the other rows stay";
  EXPECT_EQ(status(), CallStatus::queued);
}

TEST_P(CallStoreContract, a_stream_opens_a_call_again_that_the_carrier_had_ended) {
  store_->append_call(placed_call("A1"));
  CarrierWord early = word_of("A1", CallStatus::completed, "completed");
  early.seconds = 3;
  store_->put_carrier_word(early);
  EXPECT_EQ(session_ended(), "1");
  CallRecord stream = placed_call("A1", 6000);
  stream.status = CallStatus::in_progress;
  store_->append_call(stream);
  CallSummary call = summary();
  EXPECT_EQ(call.status, CallStatus::in_progress);
  EXPECT_EQ(call.end.reason, "");
  EXPECT_EQ(call.end.ended_at, 0);
  EXPECT_EQ(call.end.duration_ms, 0);
  EXPECT_EQ(call.carrier_status, "completed");
  EXPECT_EQ(session_ended(), "0");
  EXPECT_EQ(store_->unfinished_calls()->size(), 1U);
  store_->end_call("A1", {CallStatus::completed, "caller hung up", 9000, 3000, false});
  call = summary();
  EXPECT_EQ(call.end.reason, "caller hung up");
  EXPECT_EQ(call.end.duration_ms, 3000);
  EXPECT_EQ(session_ended(), "1");
}

TEST_P(CallStoreContract, a_call_that_could_not_be_placed_is_opened_by_a_stream_all_the_same) {
  store_->append_call(placed_call("A1"));
  store_->end_call("A1", {CallStatus::failed, "the carrier did not answer", 2000, 0, false});
  EXPECT_EQ(status(), CallStatus::failed);
  CallRecord stream = placed_call("A1", 6000);
  stream.status = CallStatus::in_progress;
  store_->append_call(stream);
  EXPECT_EQ(status(), CallStatus::in_progress);
}

TEST_P(CallStoreContract, a_session_goes_on_while_one_of_its_calls_does) {
  CallRecord first = placed_call("A1");
  first.status = CallStatus::in_progress;
  store_->append_call(first);
  store_->end_call("A1", {CallStatus::completed, "transferred", 3000, 1000, false});
  EXPECT_EQ(session_ended(), "1");
  CallRecord second = placed_call("A2", 4000);
  second.session_id = "session-A1";
  second.status = CallStatus::ringing;
  store_->append_call(second);
  EXPECT_EQ(session_ended(), "0") << "the caller has come back";
  store_->append_call(first);
  store_->put_carrier_word(word_of("A1", CallStatus::completed, "completed"));
  EXPECT_EQ(session_ended(), "0");
  store_->put_carrier_word(word_of("A2", CallStatus::canceled, "canceled"));
  EXPECT_EQ(session_ended(), "1");
}

TEST_P(CallStoreContract, the_rows_of_a_call_written_again_change_nothing) {
  const auto write = [&] {
    store_->append_call(placed_call("A1"));
    store_->put_carrier_word(word_of("A1", CallStatus::busy, "busy"));
    CallRecord stream = placed_call("A1");
    stream.status = CallStatus::in_progress;
    store_->append_call(stream);
    store_->put_transfer({"A1", "100", "failed", "no-answer"});
    store_->end_call("A1", {CallStatus::completed, "caller hung up", 9000, 3000, false});
    flush();
  };
  write();
  const CallSummary before = summary();
  write();
  const CallSummary after = summary();
  EXPECT_EQ(after.status, before.status);
  EXPECT_EQ(after.end.reason, "caller hung up");
  EXPECT_EQ(after.end.duration_ms, 3000);
  EXPECT_EQ(after.carrier_status, before.carrier_status);
  EXPECT_EQ(session_ended(), "1");
}

TEST_P(CallStoreContract, what_became_of_handing_the_caller_on_is_told) {
  store_->append_call(placed_call("A1"));
  store_->put_transfer({"A1", "+911140001000,+911140001001", "requested", ""});
  auto transfer = summary().transfer;
  ASSERT_TRUE(transfer);
  EXPECT_EQ(transfer->call_id, "A1");
  EXPECT_EQ(transfer->to, "+911140001000,+911140001001");
  EXPECT_EQ(transfer->status, "requested");
  store_->put_transfer({"A1", "", "failed", "no-answer"});
  transfer = summary().transfer;
  ASSERT_TRUE(transfer);
  EXPECT_EQ(transfer->to, "+911140001000,+911140001001") << "nothing else was told";
  EXPECT_EQ(transfer->status, "failed");
  EXPECT_EQ(transfer->detail, "no-answer");
}

TEST_P(CallStoreContract, a_call_is_found_by_the_carriers_id) {
  CallRecord first = placed_call("A1", 1000);
  first.carrier_call_id = "sid";
  CallRecord second = placed_call("A2", 2000);
  second.carrier_call_id = "sid";
  second.workspace_id = "other";
  CallRecord third = placed_call("A3", 3000);
  third.carrier_call_id = "sid";
  third.carrier = "twilio";
  for (const CallRecord& call : {first, second, third, placed_call("A4")})
    store_->append_call(call);
  flush();
  const auto found = store_->find_by_carrier_id("exotel", "sid");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->call.id, "A2") << "the newest, in any workspace";
  EXPECT_EQ((*store_->find_by_carrier_id("twilio", "sid"))->call.id, "A3");
  EXPECT_EQ(*store_->find_by_carrier_id("exotel", "other"), std::nullopt);
  EXPECT_EQ(*store_->find_by_carrier_id("exotel", ""), std::nullopt) << "not every call without an id";
  EXPECT_EQ(*store_->find_by_carrier_id("", "sid"), std::nullopt);
}

TEST_P(CallStoreContract, outbound_calls_that_nobody_has_answered_are_open) {
  store_.reset();
  store_ = database_->open("here");
  CallRecord inbound = placed_call("A1", 1000);
  inbound.direction = "inbound";
  store_->append_call(inbound);
  store_->append_call(placed_call("A3", 3000));
  store_->append_call(placed_call("A2", 2000));
  store_->append_call(placed_call("A4", 4000));
  store_->append_call(placed_call("A5", 5000));
  store_->put_carrier_word(word_of("A3", CallStatus::ringing, "ringing"));
  store_->put_carrier_word(word_of("A4", CallStatus::failed, "failed"));
  const auto open_ids = [&](int limit) {
    std::vector<std::string> ids;
    const auto calls = store_->open_outbound_calls(limit);
    EXPECT_TRUE(calls);
    for (const CallSummary& call : *calls)
      ids.push_back(call.call.id);
    return ids;
  };
  EXPECT_THAT(open_ids(10), ElementsAre("A2", "A3", "A5")) << "what is queued is waited for";
  EXPECT_THAT(open_ids(2), ElementsAre("A2", "A3"));
  EXPECT_THAT(*store_->unfinished_calls(), IsEmpty());
  store_.reset();
  store_ = database_->open("elsewhere");
  EXPECT_THAT(open_ids(10), IsEmpty());
}

TEST_P(CallStoreContract, calls_are_listed_by_the_new_statuses) {
  int at = 1000;
  for (const CallStatus one : {CallStatus::queued, CallStatus::ringing, CallStatus::busy,
                               CallStatus::no_answer, CallStatus::canceled}) {
    CallRecord call = placed_call(std::string(to_string(one)), ++at);
    call.status = one;
    store_->append_call(call);
  }
  flush();
  EXPECT_THAT(ids({.status = CallStatus::no_answer}), ElementsAre("no_answer"));
  EXPECT_THAT(ids({.status = CallStatus::ringing}), ElementsAre("ringing"));
  EXPECT_THAT(ids({}), ElementsAre("canceled", "no_answer", "busy", "ringing", "queued"));
}

TEST_P(CallStoreContract, a_call_that_is_not_over_is_not_removed_unless_it_is_forgotten) {
  constexpr WallMillis kDay = 24LL * 60 * 60 * 1000;
  store_->append_call(placed_call("A1", 10 * kDay));
  flush();
  EXPECT_EQ(store_->remove_call("default", "A1").error().code, Errc::conflict);
  int calls = -1;
  EXPECT_TRUE(store_->remove_caller("default", "+919876543210", &calls));
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(store_->remove_older("default", 10 * kDay + 1, false, 10));
  EXPECT_EQ(value("SELECT count(*) FROM calls"), "1");
  EXPECT_TRUE(store_->remove_older("default", 11 * kDay, false, 10));
  EXPECT_EQ(value("SELECT count(*) FROM calls"), "1");

  CallRecord running = placed_call("A2", 10 * kDay);
  running.status = CallStatus::in_progress;
  store_->append_call(running);
  EXPECT_TRUE(store_->remove_older("default", 11 * kDay + 1, false, 10));
  EXPECT_EQ(value("SELECT min(id) FROM calls"), "A2") << "nobody will say how the other has ended";
  EXPECT_EQ(value("SELECT count(*) FROM calls"), "1");
  EXPECT_EQ(session_ended(), "no row");
}

TEST_P(CallStoreContract, a_caller_goes_with_what_was_put_into_the_call) {
  store_->append_call(placed_call("A1"));
  store_->put_carrier_word(word_of("A1", CallStatus::no_answer, "no-answer"));
  flush();
  int calls = 0;
  EXPECT_TRUE(store_->remove_caller("default", "09876543210", &calls));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(value("SELECT count(*) FROM calls WHERE variables <> '' OR custom_field <> ''"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM sessions"), "0");
}

}  // namespace
}  // namespace parley::storage
