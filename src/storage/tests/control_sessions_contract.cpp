// Sessions and the messages of chats.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/control_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ChatMessageRecord message(const std::string& text, WallMillis at = kTestNow + 1) {
  ChatMessageRecord record;
  record.role = "user";
  record.text = text;
  record.detail = R"({"stage":"greeting"})";
  record.at = at;
  return record;
}

// A row as the call log makes it.
void insert_call(sql::Database& database, const std::string& id, const std::string& session,
                 const std::string& status) {
  auto writer = database.writer();
  ASSERT_TRUE(writer);
  const auto inserted = (*writer)->run(
      "INSERT INTO calls (id, workspace_id, session_id, direction, node, carrier, carrier_call_id, "
      "stream_id, "
      "account_id, phone_id, agent, agent_version, from_number, to_number, from_key, to_key, sample_rate_hz, "
      "started_at, status) VALUES (?, 'default', ?, 'inbound', '', '', '', '', '', '', '', '', '', '', '', "
      "'', "
      "8000, 1, ?)",
      {id, session, status});
  ASSERT_EQ(problem(inserted), "");
  ASSERT_EQ(
      problem((*writer)->run("INSERT INTO events (event_id, call_id, at, offset_ms, kind, detail) VALUES "
                             "(?, ?, 1, 0, 'dtmf', '5')",
                             {"event of " + id, id})),
      "");
}

TEST_P(ControlStoreContract, a_session_id_given_twice_is_the_same_session) {
  const SessionRecord session = make_session("lead 42/ü");
  SessionRecord again = session;
  again.agent_text = "changed meanwhile";
  again.created_at = kTestNow + 100;
  const auto found = store_->create_session(again);
  ASSERT_EQ(problem(found), "");
  EXPECT_EQ(found->agent_text, "name: clinic") << "the configuration it began with is frozen";
  EXPECT_EQ(found->created_at, kTestNow);
  EXPECT_EQ(found->channel, "chat");
  EXPECT_EQ(found->agent, "clinic");
  EXPECT_EQ(found->agent_version, "3");
  EXPECT_EQ(found->carrier_call_id, "");
  EXPECT_EQ(found->caller, "Asha");
  EXPECT_FALSE(found->ended);
  EXPECT_EQ(found->messages, 0);
  again.workspace_id = kOther;
  EXPECT_EQ(store_->create_session(again)->agent_text, "changed meanwhile")
      << "another workspace's is another";
}

TEST_P(ControlStoreContract, two_who_make_one_session_at_once_make_one) {
  for (int round = 0; round < 20; ++round) {
    SessionRecord session;
    session.id = fmt::format("S{}", round);
    session.workspace_id = kHere;
    session.channel = "chat";
    std::string texts[2];
    const auto make = [&](int who) {
      return [&, who](ControlStore& store) {
        SessionRecord mine = session;
        mine.agent_text = fmt::format("text {}", who);
        const auto made = store.create_session(mine);
        texts[who] = made ? made->agent_text : describe(made.error());
      };
    };
    at_once(make(0), make(1));
    ASSERT_EQ(texts[0], texts[1]);
    ASSERT_THAT(texts[0], testing::StartsWith("text "));
  }
}

TEST_P(ControlStoreContract, messages_are_numbered_on_and_touch_their_session) {
  make_session("S1");
  EXPECT_THAT(*store_->list_messages(kHere, "S1"), IsEmpty());
  ASSERT_EQ(problem(store_->append_messages(kHere, "S1",
                                            {message("hello", kTestNow + 5), message("hi", kTestNow + 9)})),
            "");
  ASSERT_EQ(problem(store_->append_messages(kHere, "S1", {message("bye", kTestNow + 7)})), "");
  ASSERT_EQ(problem(store_->append_messages(kHere, "S1", {})), "");
  const auto messages = *store_->list_messages(kHere, "S1");
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].number, 1);
  EXPECT_EQ(messages[0].workspace_id, kHere);
  EXPECT_EQ(messages[0].session_id, "S1");
  EXPECT_EQ(messages[0].role, "user");
  EXPECT_EQ(messages[0].text, "hello");
  EXPECT_EQ(messages[0].detail, R"({"stage":"greeting"})");
  EXPECT_EQ(messages[0].at, kTestNow + 5);
  EXPECT_EQ(messages[2].number, 3);
  EXPECT_EQ(messages[2].text, "bye");
  const auto session = *store_->find_session(kHere, "S1");
  EXPECT_EQ(session.messages, 3);
  EXPECT_EQ(session.updated_at, kTestNow + 9) << "never earlier";
  EXPECT_EQ(code_of(store_->append_messages(kHere, "S2", {message("x")})), Errc::not_found);
  EXPECT_EQ(code_of(store_->list_messages(kHere, "S2")), Errc::not_found);
}

TEST_P(ControlStoreContract, two_who_write_in_one_session_at_once_leave_no_gap) {
  make_session("S1");
  const auto write = [&](ControlStore& store) {
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(problem(store.append_messages(kHere, "S1", {message("a"), message("b")})), "");
  };
  at_once(write, write);
  const auto messages = *store_->list_messages(kHere, "S1");
  ASSERT_EQ(messages.size(), 80U);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    ASSERT_EQ(messages[i].number, static_cast<int>(i) + 1);
    ASSERT_EQ(messages[i].text, i % 2 == 0 ? "a" : "b") << "what was said together stays together";
  }
  EXPECT_EQ(store_->find_session(kHere, "S1")->messages, 80);
}

TEST_P(ControlStoreContract, sessions_are_listed_newest_first_whatever_their_ids) {
  make_session("Z", kTestNow);
  make_session("B", kTestNow + 2);
  make_session("a", kTestNow + 2);
  make_session("P", kTestNow + 1, "phone");
  make_session("X", kTestNow + 3, "chat", kOther);
  EXPECT_THAT(ids_of(store_->list_sessions(kHere, "", {})), ElementsAre("a", "B", "P", "Z"));
  EXPECT_THAT(ids_of(store_->list_sessions(kHere, "chat", {})), ElementsAre("a", "B", "Z"));
  EXPECT_THAT(ids_of(store_->list_sessions(kHere, "", {.after = "a", .limit = 2})), ElementsAre("B", "P"));
  EXPECT_THAT(ids_of(store_->list_sessions(kHere, "chat", {.after = "B"})), ElementsAre("Z"));
  EXPECT_EQ(code_of(store_->list_sessions(kHere, "", {.after = "X"})), Errc::invalid_argument);
}

TEST_P(ControlStoreContract, a_session_goes_with_its_calls_and_its_messages) {
  make_session("S1");
  make_session("S2");
  insert_call(*database_, "C1", "S1", "completed");
  insert_call(*database_, "C2", "S2", "completed");
  ASSERT_EQ(problem(store_->append_messages(kHere, "S1", {message("x")})), "");
  ASSERT_EQ(problem(store_->append_messages(kHere, "S2", {message("y")})), "");
  ASSERT_EQ(problem(store_->end_session(kHere, "S2", kTestNow + 50)), "");
  EXPECT_TRUE(store_->find_session(kHere, "S2")->ended);
  EXPECT_EQ(store_->find_session(kHere, "S2")->updated_at, kTestNow + 50);

  ASSERT_EQ(problem(store_->delete_session(kHere, "S1")), "");
  EXPECT_EQ(code_of(store_->find_session(kHere, "S1")), Errc::not_found);
  EXPECT_EQ(count("calls"), 1);
  EXPECT_EQ(count("events"), 1);
  EXPECT_EQ(count("chat_messages"), 1);
  EXPECT_EQ(code_of(store_->delete_session(kHere, "S1")), Errc::not_found);

  make_session("S3");
  insert_call(*database_, "C3", "S3", "in_progress");
  EXPECT_EQ(code_of(store_->delete_session(kHere, "S3")), Errc::conflict) << "its call goes on";
  EXPECT_EQ(count("calls"), 2);
}

TEST_P(ControlStoreContract, short_chats_that_are_over_are_not_kept) {
  const auto chat = [&](const std::string& id, int messages, WallMillis at, bool ended,
                        const std::string& channel = "chat", const std::string& workspace = kHere) {
    make_session(id, at, channel, workspace);
    std::vector<ChatMessageRecord> list(static_cast<std::size_t>(messages), message("x", at));
    ASSERT_EQ(problem(store_->append_messages(workspace, id, list)), "");
    if (ended) ASSERT_EQ(problem(store_->end_session(workspace, id, at)), "");
  };
  chat("ended short", 2, kTestNow, true);
  chat("ended long", 3, kTestNow, true);
  chat("goes on", 0, kTestNow, false);
  chat("rested", 1, kTestNow - 1, false);
  chat("a call", 0, kTestNow - 1, true, "phone");
  chat("with a call", 0, kTestNow - 1, true);
  insert_call(*database_, "C1", "with a call", "completed");
  chat("elsewhere", 0, kTestNow - 1, true, "chat", kOther);

  EXPECT_EQ(store_->delete_short_chats(kHere, 2, kTestNow), 2);
  std::vector<std::string> left = ids_of(store_->list_sessions(kHere, "", {}));
  std::ranges::sort(left);
  EXPECT_THAT(left, ElementsAre("a call", "ended long", "goes on", "with a call"));
  EXPECT_EQ(count("chat_messages"), 3);
  EXPECT_EQ(store_->list_sessions(kOther, "", {})->size(), 1U);
}

}  // namespace
}  // namespace parley::storage
