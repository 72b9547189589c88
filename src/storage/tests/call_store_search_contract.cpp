// Finding calls: workspaces, filters, pages, words.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/call_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

CallRecord call_in(std::string workspace, std::string id, WallMillis at = 1'700'000'000'000) {
  CallRecord call = sample_call(std::move(id), at);
  call.workspace_id = std::move(workspace);
  return call;
}

TurnRecord turn_of(const std::string& call, int number, std::string said, std::string heard = "") {
  TurnRecord turn = sample_turn(call, number);
  turn.caller_text = std::move(said);
  turn.agent_heard = std::move(heard);
  return turn;
}

TEST_P(CallStoreContract, a_call_is_seen_in_its_own_workspace_only) {
  store_->append_call(call_in("red", "A1", 1));
  store_->append_call(call_in("blue", "A2", 2));
  CallRecord same = call_in("blue", "A3", 3);
  same.session_id = "session-A1";
  store_->append_call(same);
  flush();
  EXPECT_THAT(ids({.workspace = "red"}), ElementsAre("A1"));
  EXPECT_THAT(ids({.workspace = "blue"}), ElementsAre("A3", "A2"));
  EXPECT_THAT(ids({.workspace = "green"}), IsEmpty());
  EXPECT_THAT(ids({}), ElementsAre("A3", "A2", "A1"));
  EXPECT_THAT(ids({.limit = 2}), ElementsAre("A3", "A2"));
  EXPECT_EQ(value("SELECT count(*) FROM sessions WHERE id = 'session-A1'"), "2");

  EXPECT_TRUE(store_->find_call("A1", "red"));
  EXPECT_EQ(store_->find_call("A1", "blue").error().code, Errc::not_found);
  EXPECT_EQ(store_->find_call("A", "red")->summary.call.id, "A1") << "no other of this workspace begins so";
  EXPECT_EQ(store_->find_call("A", "blue").error().code, Errc::invalid_argument);
  EXPECT_EQ(store_->find_call("A3")->summary.call.workspace_id, "blue");
}

TEST_P(CallStoreContract, the_session_keeps_the_agent_it_began_with) {
  CallRecord call = call_in("red", "A1", 7);
  call.agent_text = "name: clinic";
  store_->append_call(call);
  call.id = "A2";
  call.agent_text = "name: other";
  call.direction = "outbound";
  store_->append_call(call);
  flush();
  EXPECT_EQ(value("SELECT agent_text FROM sessions"), "name: clinic");
  EXPECT_EQ(value("SELECT carrier_call_id FROM sessions"), "c5797dcbaaeed7678c4062a4a3ed2f8a");
  EXPECT_EQ(value("SELECT caller FROM sessions"), "+919876543210");
  EXPECT_EQ(store_->find_call("A2")->summary.call.direction, "outbound");
  store_->end_call("A1", {CallStatus::completed, "", 9, 2, false});
  flush();
  EXPECT_EQ(value("SELECT ended FROM sessions"), "0") << "the other call goes on";
  store_->end_call("A2", {CallStatus::completed, "", 11, 4, false});
  flush();
  EXPECT_EQ(value("SELECT ended FROM sessions"), "1");
  EXPECT_EQ(value("SELECT updated_at FROM sessions"), "11");
}

TEST_P(CallStoreContract, every_filter_narrows_the_listing) {
  for (int i = 0; i < 6; ++i) {
    CallRecord call = call_in("w", fmt::format("C{}", i), 1000 + i);
    call.from = i == 1 ? "098765-00001" : "+91 12345 67890";
    call.to = i == 2 ? "+919876500001" : "+918030752400";
    call.phone_id = i == 3 ? "back" : "front";
    call.carrier_call_id = fmt::format("sid{}", i);
    call.session_id = fmt::format("s{}", i / 2);
    call.direction = i % 4 == 1 ? "outbound" : "inbound";
    store_->append_call(call);
    store_->end_call(call.id,
                     {CallStatus::completed, i < 3 ? "caller hung up" : "agent hung up", 2000, 10, i == 4});
  }
  flush();
  EXPECT_THAT(ids({.workspace = "w", .number = "9876500001"}), ElementsAre("C2", "C1"));
  EXPECT_THAT(ids({.workspace = "w", .number = "+91-98765 00001", .limit = 1}), ElementsAre("C2"));
  EXPECT_THAT(ids({.workspace = "w", .number = "none"}), IsEmpty());
  EXPECT_THAT(ids({.workspace = "w", .outcome = "caller hung up"}), ElementsAre("C2", "C1", "C0"));
  EXPECT_THAT(ids({.workspace = "w", .outcome = "escalated"}), ElementsAre("C4"));
  EXPECT_THAT(ids({.workspace = "w", .direction = "outbound"}), ElementsAre("C5", "C1"));
  EXPECT_THAT(ids({.workspace = "w", .outcome = "agent hung up", .direction = "inbound"}),
              ElementsAre("C4", "C3"));
  EXPECT_THAT(ids({.workspace = "w", .phone_id = "back"}), ElementsAre("C3"));
  EXPECT_THAT(ids({.workspace = "w", .carrier_call_id = "sid5"}), ElementsAre("C5"));
  EXPECT_THAT(ids({.workspace = "w", .session_id = "s1"}), ElementsAre("C3", "C2"));
  EXPECT_THAT(ids({.workspace = "w", .since = 1004}), ElementsAre("C5", "C4"));
  EXPECT_THAT(ids({.workspace = "w", .outcome = "agent hung up", .since = 1003, .before = 1005}),
              ElementsAre("C4", "C3"));
}

TEST_P(CallStoreContract, pages_follow_each_other_without_gap_or_repetition) {
  for (int i = 0; i < 10; ++i)
    store_->append_call(call_in("w", fmt::format("C{}", i), 1000 + i / 4));
  flush();
  std::vector<std::string> seen;
  CallFilter filter{.workspace = "w", .limit = 3};
  for (int page = 0; page < 5; ++page) {
    const auto calls = store_->list_calls(filter);
    ASSERT_TRUE(calls) << describe(calls.error());
    for (const CallSummary& summary : *calls) {
      seen.push_back(summary.call.id);
      filter.after_started_at = summary.call.started_at;
      filter.after_id = summary.call.id;
    }
  }
  EXPECT_THAT(seen, ElementsAre("C9", "C8", "C7", "C6", "C5", "C4", "C3", "C2", "C1", "C0"));
}

TEST_P(CallStoreContract, finds_words_that_occur_in_one_turn) {
  for (const char* id : {"A1", "A2", "A3", "A4"})
    store_->append_call(call_in("w", id));
  store_->append_call(call_in("other", "B1"));
  store_->put_turn(turn_of("A1", 1, "My knee hurts, doctor.", "Which one?"));
  store_->put_turn(turn_of("A2", 1, "The knee", ""));
  store_->put_turn(turn_of("A2", 2, "doctor please", ""));
  store_->put_turn(turn_of("A3", 1, "नमस्ते, मुझे अपॉइंटमेंट चाहिए", "ज़रूर।"));
  store_->put_turn(turn_of("A4", 1, "my mail is jo@example.com", "x-y"));
  store_->put_turn(turn_of("B1", 1, "knee doctor", ""));
  flush();
  EXPECT_THAT(ids({.workspace = "w", .text = "Doctor KNEE"}), ElementsAre("A1"));
  EXPECT_THAT(ids({.workspace = "w", .text = "knee which"}), ElementsAre("A1"))
      << "what the caller heard too";
  EXPECT_THAT(ids({.workspace = "w", .text = "knee"}), UnorderedElementsAre("A1", "A2"));
  EXPECT_THAT(ids({.workspace = "w", .text = "hurts doc"}), ElementsAre("A1"))
      << "the last may be a beginning";
  EXPECT_THAT(ids({.workspace = "w", .text = "doc hurts"}), IsEmpty()) << "only the last";
  EXPECT_THAT(ids({.workspace = "w", .text = "नमस्ते अपॉइंट"}), ElementsAre("A3"));
  EXPECT_THAT(ids({.workspace = "w", .text = "नम"}), ElementsAre("A3"));
  EXPECT_THAT(ids({.workspace = "w", .text = "example"}), ElementsAre("A4"));
  EXPECT_THAT(ids({.workspace = "w", .text = "jo@example.com"}), ElementsAre("A4"));
  EXPECT_THAT(ids({.workspace = "w", .text = "y"}), ElementsAre("A4"));
  EXPECT_THAT(ids({.workspace = "w", .text = "knee", .limit = 1}), testing::SizeIs(1));

  store_->put_turn(turn_of("A1", 1, "My elbow", ""));
  flush();
  EXPECT_THAT(ids({.workspace = "w", .text = "knee"}), ElementsAre("A2"))
      << "a turn written again is searched anew";
  EXPECT_THAT(ids({.workspace = "w", .text = "elbow"}), ElementsAre("A1"));
}

TEST_P(CallStoreContract, what_people_type_is_never_a_search_language) {
  store_->append_call(call_in("w", "A1"));
  store_->put_turn(turn_of("A1", 1, "near and or not caller_text", ""));
  flush();
  for (const char* text :
       {"\"",    "'",        "knee\"", "z* OR b", "NEAR(a b)", "caller_text:x", "-z",  "z -b", "(",  "^z",
        "{x}:y", "a'b & !c", "!",      "z:*",     "\\",        "z\\'",          "<->", "''",   "$1", "?",
        "%",     "…",        "—"}) {
    const auto calls = store_->list_calls({.workspace = "w", .text = text});
    ASSERT_TRUE(calls) << text << ": " << describe(calls.error());
    EXPECT_THAT(*calls, IsEmpty()) << text;
  }
  EXPECT_THAT(ids({.workspace = "w", .text = "NOT near"}), ElementsAre("A1"));
  EXPECT_THAT(ids({.workspace = "w", .text = "AND"}), ElementsAre("A1"));
  EXPECT_THAT(ids({.workspace = "w", .text = std::string("an\0d", 4)}), IsEmpty());
  EXPECT_TRUE(store_->list_calls({.workspace = "w", .text = std::string(100'000, 'x')}));
  std::string many;
  for (int i = 0; i < 5000; ++i)
    many += fmt::format("w{} ", i);
  EXPECT_TRUE(store_->list_calls({.workspace = "w", .text = many}));
}

TEST_P(CallStoreContract, nodes_that_share_a_log_know_their_own_calls) {
  const auto other = database_->open("two");
  store_->append_call(call_in("w", "A1", 1));
  other->append_call(call_in("w", "A2", 2));
  other->put_recording({"A2", "A2.wav", 5, true});
  flush();
  ASSERT_TRUE(flush_and_wait(*other));
  ASSERT_EQ(store_->unfinished_calls()->size(), 1U);
  EXPECT_EQ(store_->unfinished_calls()->front().call.id, "A1");
  EXPECT_EQ(other->unfinished_calls()->front().call.id, "A2");
  EXPECT_THAT(*store_->unstored_recordings("s3", 10), IsEmpty()) << "the file is on the other's disk";
  EXPECT_EQ(other->unstored_recordings("s3", 10)->size(), 1U);
}

TEST_P(CallStoreContract, a_recording_that_did_not_end_with_its_call_is_unfinished) {
  const auto other = database_->open("two");
  other->append_call(call_in("w", "A0", 1));
  other->put_recording({"A0", "A0.wav", 5, false});
  other->end_call("A0", {CallStatus::completed, "caller hung up", 9, 5, false});
  for (const char* id : {"A1", "A2", "A3", "A4"}) {
    store_->append_call(call_in("w", id, 1));
    store_->put_recording({id, std::string(id) + ".wav", 5, id == std::string("A4")});
    if (id != std::string("A3")) store_->end_call(id, {CallStatus::completed, "caller hung up", 9, 5, false});
  }
  flush();
  ASSERT_TRUE(flush_and_wait(*other));
  const auto unfinished = store_->unfinished_recordings(10);
  ASSERT_TRUE(unfinished) << describe(unfinished.error());
  ASSERT_EQ(unfinished->size(), 2U) << "A0 is another node's, A3 goes on, A4 is whole";
  EXPECT_EQ(unfinished->front().call.id, "A1");
  EXPECT_EQ(unfinished->back().call.id, "A2");
  EXPECT_EQ(store_->unfinished_recordings(1)->size(), 1U);
}

TEST_P(CallStoreContract, words_are_found_however_far_back_and_however_common) {
  constexpr int kCalls = 5000;  // more than are looked at before the search goes by the words
  for (int i = 0; i < kCalls; ++i) {
    CallRecord call = call_in("w", fmt::format("C{:04}", i), 1000 + i);
    call.session_id = "s";
    call.agent = i % 2 == 0 ? "even" : "odd";
    store_->append_call(call);
    store_->put_turn(turn_of(call.id, 1,
                             i == 3           ? "a rare marigold"
                             : i % 500 == 100 ? "a middling umbrella"
                             : i % 4 == 0     ? "a common order"
                                              : "nothing"));
    if (i % 1000 == 999) flush();
  }
  EXPECT_THAT(ids({.workspace = "w", .text = "order", .limit = 3}), ElementsAre("C4996", "C4992", "C4988"));
  EXPECT_THAT(ids({.workspace = "w", .text = "umbr", .limit = 3}), ElementsAre("C4600", "C4100", "C3600"));
  EXPECT_EQ(ids({.workspace = "w", .text = "umbrella", .limit = 20}).size(), 10U);
  EXPECT_THAT(ids({.workspace = "w", .text = "marigold"}), ElementsAre("C0003"));
  EXPECT_THAT(ids({.workspace = "w", .agent = "odd", .text = "marigold"}), ElementsAre("C0003"));
  EXPECT_THAT(ids({.workspace = "w", .agent = "even", .text = "marigold"}), IsEmpty());
  EXPECT_THAT(ids({.workspace = "w", .agent = "odd", .text = "order"}), IsEmpty());
  EXPECT_THAT(ids({.workspace = "other", .text = "order"}), IsEmpty());
  EXPECT_THAT(ids({.workspace = "w", .text = "order", .after_started_at = 1009, .after_id = "C0009"}),
              ElementsAre("C0008", "C0004", "C0000"));
  EXPECT_THAT(ids({.workspace = "w", .text = "order", .before = 1008, .limit = 1}), ElementsAre("C0004"));
  EXPECT_EQ(ids({.workspace = "w", .text = "order", .limit = 10'000}).size(), 1240U);
}

}  // namespace
}  // namespace parley::storage
