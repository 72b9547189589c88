// Recordings' blobs, sums, removing, and rows that come twice.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/call_log/row.hpp"
#include "storage/tests/call_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

UsageRecord charged(const std::string& call, const char* vendor, std::int64_t micros, const char* currency) {
  return {call,
          1,
          {.part = vendor::Part::tts, .vendor = vendor, .model = "m", .characters = 5},
          vendor::Cost{micros, currency, "2026-07-22"}};
}

std::vector<std::string> lines(const Result<std::vector<UsageSum>>& sums) {
  if (!sums) return {describe(sums.error())};
  std::vector<std::string> out;
  for (const UsageSum& sum : *sums)
    out.push_back(fmt::format("{} calls={} s={} {}{}", sum.group, sum.calls, sum.duration_ms / 1000,
                              sum.currency, sum.cost_micros));
  return out;
}

std::vector<std::string> lines(const Result<std::vector<RemovedRecording>>& removed) {
  if (!removed) return {describe(removed.error())};
  std::vector<std::string> out;
  for (const RemovedRecording& one : *removed)
    out.push_back(fmt::format("{} {} {} {}", one.call_id, one.path, one.blob_kind, one.blob_key));
  return out;
}

TEST_P(CallStoreContract, a_recording_is_unstored_until_its_blob_is_there) {
  for (const char* id : {"A1", "A2", "A3", "A4"})
    store_->append_call(sample_call(id));
  store_->put_recording_blob({"A1", "s3", "k1", "token", 0, false});
  store_->put_recording({"A1", "A1.wav", 0, false});
  store_->put_recording({"A2", "A2.wav", 9, true});
  store_->put_recording({"A3", "A3.wav", 9, true});
  store_->put_recording_blob({"A3", "s3", "k3", "", 77, true});
  store_->put_recording({"A4", "", 9, true});
  flush();
  const auto names = [&](const char* kind, int limit = 10) {
    std::vector<std::string> out;
    for (const CallSummary& summary : *store_->unstored_recordings(kind, limit))
      out.push_back(summary.call.id);
    return out;
  };
  EXPECT_THAT(names("s3"), ElementsAre("A2")) << "the upload of a running call is its own affair";
  store_->end_call("A1", {CallStatus::interrupted, "", 1, 1, false});
  flush();
  EXPECT_THAT(names("s3"), ElementsAre("A1", "A2")) << "one that broke off is not";
  EXPECT_THAT(names("s3", 1), ElementsAre("A1"));
  EXPECT_THAT(names("other"), ElementsAre("A1", "A2", "A3"));
  const auto found = store_->find_call("A1");
  ASSERT_TRUE(found && found->summary.blob && found->summary.recording);
  EXPECT_EQ(found->summary.blob->upload_token, "token");
  EXPECT_FALSE(found->summary.blob->stored);
  store_->put_recording_blob({"A1", "s3", "k1", "", 123, true});
  store_->put_recording_blob({"A2", "s3", "k2", "", 123, true});
  flush();
  EXPECT_THAT(names("s3"), IsEmpty());
  EXPECT_TRUE(store_->find_call("A1")->summary.blob->stored);
  EXPECT_EQ(store_->find_call("A1")->summary.blob->bytes, 123);
}

TEST_P(CallStoreContract, a_blob_known_before_its_file_makes_no_recording_of_it) {
  store_->append_call(sample_call("A1"));
  store_->put_recording_blob({"A1", "s3", "k1", "token", 0, false});
  flush();
  const auto found = store_->find_call("A1");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->summary.recording);
  EXPECT_TRUE(found->summary.blob);
}

TEST_P(CallStoreContract, sums_up_what_was_used_by_day_agent_number_and_vendor) {
  constexpr WallMillis kDay = 86'400'000;
  const auto add = [&](const char* id, WallMillis at, const char* agent, const char* to) {
    CallRecord call = sample_call(id, at);
    call.workspace_id = "w";
    call.agent = agent;
    call.to = to;
    store_->append_call(call);
    store_->end_call(id, {CallStatus::completed, "", at + 60'000, 60'000, false});
  };
  add("A1", 20'000 * kDay, "clinic", "1");
  add("A2", 20'000 * kDay + 5, "clinic", "2");
  add("A3", 20'001 * kDay, "echo", "2");
  add("A4", 20'002 * kDay, "late", "3");
  store_->put_usage(charged("A1", "deepgram", 100, "USD"));
  store_->put_usage(charged("A1", "sarvam", 7, "INR"));
  store_->put_usage(charged("A2", "deepgram", 50, "USD"));
  flush();
  const auto sum = [&](UsageGroup group, const char* workspace = "w") {
    return lines(store_->sum_usage(workspace, 20'000 * kDay, 20'002 * kDay, group));
  };
  EXPECT_THAT(sum(UsageGroup::day),
              ElementsAre("2024-10-04 calls=2 s=120 INR7", "2024-10-04 calls=2 s=120 USD150",
                          "2024-10-05 calls=1 s=60 0"));
  EXPECT_THAT(sum(UsageGroup::agent),
              ElementsAre("clinic calls=2 s=120 INR7", "clinic calls=2 s=120 USD150", "echo calls=1 s=60 0"));
  EXPECT_THAT(sum(UsageGroup::number),
              ElementsAre("1 calls=1 s=60 INR7", "1 calls=1 s=60 USD100", "2 calls=2 s=120 USD50"));
  EXPECT_THAT(sum(UsageGroup::vendor),
              ElementsAre("deepgram m calls=2 s=120 USD150", "sarvam m calls=1 s=60 INR7"));
  EXPECT_EQ(sum(UsageGroup::agent, ""), sum(UsageGroup::agent)) << "no workspace is all of them";
  EXPECT_THAT(sum(UsageGroup::agent, "other"), IsEmpty());
}

TEST_P(CallStoreContract, a_removed_call_leaves_nothing_behind) {
  for (const char* id : {"A1", "A2"}) {
    CallRecord call = sample_call(id);
    call.workspace_id = "w";
    store_->append_call(call);
    store_->put_turn(sample_turn(id, 1));
    store_->append_event({id, 1, 1, "dtmf", "5"});
    store_->put_usage(charged(id, "deepgram", 100, "USD"));
    store_->put_transcript({id, "v", "m", 1, "", "[]"});
    store_->put_recording({id, fmt::format("{}.wav", id), 5, true});
    store_->put_recording_blob({id, "s3", fmt::format("{}.key", id), "", 5, true});
  }
  EXPECT_EQ(store_->remove_call("w", "A1").error().code, Errc::conflict) << "it goes on";
  store_->end_call("A1", {CallStatus::completed, "", 1, 1, false});
  EXPECT_EQ(store_->remove_call("other", "A1").error().code, Errc::not_found);
  EXPECT_THAT(lines(store_->remove_call("w", "A1")), ElementsAre("A1 A1.wav s3 A1.key"))
      << "waits for its end";
  EXPECT_EQ(store_->remove_call("w", "A1").error().code, Errc::not_found);
  EXPECT_EQ(store_->find_call("A1").error().code, Errc::not_found);
  for (const char* table : {"turns", "events", "usage", "recording_transcripts", "recordings", "sessions"})
    EXPECT_EQ(value(fmt::format("SELECT count(*) FROM {}", table)), "1") << table;
  EXPECT_THAT(ids({.workspace = "w", .text = "appointment"}), ElementsAre("A2"));
}

TEST_P(CallStoreContract, everything_of_a_caller_goes_and_of_nobody_else) {
  const auto add = [&](const char* id, const char* workspace, const char* from, const char* to,
                       const char* direction) {
    CallRecord call = sample_call(id);
    call.workspace_id = workspace;
    call.from = from;
    call.to = to;
    call.direction = direction;
    store_->append_call(call);
    if (std::string_view(id) != "A6") store_->end_call(id, {CallStatus::completed, "", 1, 1, false});
  };
  add("A1", "w", "+919876500001", "+918030752400", "inbound");
  add("A2", "w", "+918030752400", "09876500001", "outbound");
  add("A3", "w", "+919876500002", "+918030752400", "inbound");
  add("A4", "other", "+919876500001", "+918030752400", "inbound");
  add("A5", "w", "+911111111111", "+919876500001", "inbound");
  add("A6", "w", "+919876500001", "+918030752400", "inbound");
  store_->put_recording({"A1", "A1.wav", 5, true});
  flush();
  {
    const auto database = database_->connect(false);
    auto lease = database->writer();
    ASSERT_TRUE(lease);
    for (const char* sql : {"INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, caller, "
                            "created_at, updated_at) "
                            "VALUES ('w', 'chat1', 'chat', 'a', '1', '98765 00001', 1, 1), ('w', 'chat2', "
                            "'chat', 'a', '1', 'Asha', "
                            "1, 1), ('other', 'chat3', 'chat', 'a', '1', '9876500001', 1, 1)",
                            "INSERT INTO chat_messages VALUES ('w', 'chat1', 1, 'user', 'hello', '', 1)"}) {
      const auto done = (*lease)->run(sql);
      ASSERT_TRUE(done) << describe(done.error());
    }
  }
  int calls = 0;
  EXPECT_THAT(lines(store_->remove_caller("w", "(98765) 00001", &calls)), ElementsAre("A1 A1.wav  "));
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(ids({.workspace = "w"}), testing::UnorderedElementsAre("A3", "A5", "A6"));
  EXPECT_THAT(ids({.workspace = "other"}), ElementsAre("A4"));
  EXPECT_EQ(value("SELECT count(*) FROM chat_messages"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM sessions WHERE channel = 'chat'"), "2");
  EXPECT_EQ(store_->remove_caller("w", "nobody", &calls).error().code, Errc::invalid_argument);
}

TEST_P(CallStoreContract, a_call_from_the_browser_is_a_session_on_the_web) {
  const auto session = [&] {
    return value(
        "SELECT channel || ' ' || caller || ' ' || agent_version || ' ' || ended FROM sessions WHERE "
        "id = 'visit'");
  };
  CallRecord call = sample_call("A1");
  call.workspace_id = "w";
  call.session_id = "visit";
  call.carrier = "browser";
  call.from = "Asha";
  call.agent_version = "one";
  call.agent_text = "name: a";
  store_->append_call(call);
  flush();
  EXPECT_EQ(session(), "web Asha one 0");
  store_->end_call("A1", {CallStatus::completed, "stream lost", 5000, 1, false});
  flush();
  EXPECT_EQ(session(), "web Asha one 1");
  // Its caller has come back: the session keeps what it began with.
  call.id = "A2";
  call.agent_version = "two";
  store_->append_call(call);
  flush();
  EXPECT_EQ(session(), "web Asha one 0");
  EXPECT_THAT(ids({.workspace = "w", .session_id = "visit"}), testing::UnorderedElementsAre("A1", "A2"));
  store_->end_call("A2", {CallStatus::completed, "", 6000, 1, false});
  flush();
  ASSERT_TRUE(store_->remove_call("w", "A1"));
  EXPECT_EQ(session(), "web Asha one 1");
  ASSERT_TRUE(store_->remove_call("w", "A2"));
  EXPECT_EQ(value("SELECT count(*) FROM sessions"), "0") << "nothing is left of it";
}

TEST_P(CallStoreContract, a_session_that_was_written_in_is_not_ended_by_a_call) {
  {
    const auto database = database_->connect(false);
    auto lease = database->writer();
    ASSERT_TRUE(lease);
    const auto done = (*lease)->run(
        "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, messages, created_at, "
        "updated_at) VALUES ('w', 'visit', 'web', 'a', '1', 2, 1, 1)");
    ASSERT_TRUE(done) << describe(done.error());
  }
  CallRecord call = sample_call("A1");
  call.workspace_id = "w";
  call.session_id = "visit";
  call.carrier = "browser";
  store_->append_call(call);
  store_->end_call("A1", {CallStatus::completed, "", 5000, 1, false});
  flush();
  EXPECT_EQ(value("SELECT ended FROM sessions WHERE id = 'visit'"), "0");
}

TEST_P(CallStoreContract, old_calls_or_only_their_recordings_go) {
  for (int i = 0; i < 5; ++i) {
    CallRecord call = sample_call(fmt::format("A{}", i), 1000 + i);
    call.workspace_id = "w";
    store_->append_call(call);
    store_->put_recording({call.id, call.id + ".wav", 5, true});
    if (i != 1) store_->end_call(call.id, {CallStatus::completed, "", 2000, 1, false});
  }
  flush();
  EXPECT_THAT(lines(store_->remove_older("w", 1003, true, 1)), ElementsAre("A0 A0.wav  "));
  EXPECT_THAT(lines(store_->remove_older("w", 1003, true, 10)), ElementsAre("A2 A2.wav  ")) << "A1 goes on";
  EXPECT_THAT(lines(store_->remove_older("w", 1003, true, 10)), IsEmpty());
  EXPECT_EQ(store_->find_call("A0")->summary.recording->path, "");
  EXPECT_THAT(lines(store_->remove_older("other", 9999, false, 10)), IsEmpty());
  EXPECT_THAT(lines(store_->remove_older("w", 1004, false, 10)), ElementsAre("A3 A3.wav  "));
  EXPECT_THAT(ids({.workspace = "w"}), ElementsAre("A4", "A1"));
}

TEST_P(CallStoreContract, rows_written_twice_are_there_once) {
  const call_log::Row rows[] = {
      call_log::CallRow{sample_call("A1"), "n"},
      sample_turn("A1", 1),
      call_log::EventRow{"E1", {"A1", 1, 1, "dtmf", "5"}},
      call_log::EventRow{"E2", {"A1", 1, 1, "dtmf", "5"}},
      charged("A1", "deepgram", 100, "USD"),
      TranscriptRecord{"A1", "v", "m", 1, "", "[]"},
      RecordingRecord{"A1", "A1.wav", 5, true},
      RecordingBlob{"A1", "s3", "key", "", 5, true},
      call_log::EndRow{"A1", {CallStatus::completed, "done", 1, 1, false}},
  };
  const auto database = database_->connect(false);
  for (int i = 0; i < 2; ++i) {
    const auto done = sql::in_transaction<void>(*database, [&](sql::Connection& connection) -> Result<void> {
      for (const call_log::Row& row : rows) {
        if (auto written = call_log::write_row(connection, row); !written) return written;
      }
      return {};
    });
    ASSERT_TRUE(done) << describe(done.error());
  }
  for (const char* table : {"calls", "sessions", "turns", "usage", "recording_transcripts", "recordings"})
    EXPECT_EQ(value(fmt::format("SELECT count(*) FROM {}", table)), "1") << table;
  EXPECT_EQ(value("SELECT count(*) FROM events"), "2");
  EXPECT_EQ(store_->find_call("A1")->summary.status, CallStatus::completed);
  EXPECT_TRUE(store_->find_call("A1")->summary.blob->stored);
}

TEST_P(CallStoreContract, errors_of_the_database_have_their_kinds) {
  const auto database = database_->connect(false);
  auto lease = database->writer();
  ASSERT_TRUE(lease);
  sql::Connection& connection = **lease;
  const char* const insert =
      "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, created_at, updated_at) VALUES "
      "(?, ?, 'c', 'a', '1', ?, 1)";
  ASSERT_TRUE(connection.run(insert, {"w", "s", std::int64_t{1}}));
  EXPECT_EQ(connection.run(insert, {"w", "s", std::int64_t{1}}).error().code, Errc::already_exists);
  EXPECT_EQ(connection.run(insert, {"w", "t", sql::Value()}).error().code, Errc::invalid_argument);
  EXPECT_EQ(connection.query("SELECT nonsense FROM nowhere").error().code, Errc::internal);
  ASSERT_TRUE(connection.begin());
  EXPECT_FALSE(connection.run(insert, {"w", "s", std::int64_t{1}}));
  connection.roll_back();
  EXPECT_FALSE(connection.in_transaction());
  const auto rows = connection.query("SELECT id, created_at, NULL, 1.5 FROM sessions WHERE id = ?", {"s"});
  ASSERT_TRUE(rows) << describe(rows.error());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->integer(0, 1), 1);
  EXPECT_TRUE(rows->is_null(0, 2));
  EXPECT_EQ(rows->real(0, 3), 1.5);

  auto reader = database->reader();
  ASSERT_TRUE(reader);
  EXPECT_FALSE((*reader)->run(insert, {"w", "r", std::int64_t{1}})) << "readers do not write";
  EXPECT_EQ(database_->connect(true)->writer().error().code, Errc::permission_denied);
}

}  // namespace
}  // namespace parley::storage
