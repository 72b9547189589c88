// Databases of released versions, filled, and opened by this one: nothing may be missing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/call_log.hpp"
#include "storage/control_store.hpp"
#include "storage/sql/migrator.hpp"
#include "storage/sqlite/sqlite_sql.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

class MigratedRowsTest : public testing::TestWithParam<int> {
 protected:
  // A file as the release with this schema left it.
  void make_old_file(int version) {
    auto opened = sqlite::Database::open(file_, sqlite::Database::Mode::read_write);
    ASSERT_TRUE(opened) << describe(opened.error());
    sqlite::SqliteConnection connection(std::move(*opened), sqlite::Database::Mode::read_write);
    const auto steps =
        sql::embedded_migrations(sql::Dialect::sqlite).first(static_cast<std::size_t>(version));
    ASSERT_TRUE(sql::migrate(connection, "test.db", steps, 5));
    std::string rows =
        "INSERT INTO sessions VALUES ('s1', 'phone', 'clinic', '3', 100), ('s2', 'phone', 'echo', '1', 200);"
        "INSERT INTO calls VALUES ('A1', 's1', 'exotel', 'sid1', 'st1', 'acc', 'front', 'clinic', '3', "
        "'+91 98765-43210', '08030752400', 8000, 100, 'completed', 'caller hung up', 300, 200, 1), "
        "('A2', 's1', 'exotel', 'sid2', 'st2', 'acc', 'front', 'clinic', '3', '9876543210', '100', 16000, "
        "150, "
        "'failed', 'stream broken', 160, 10, 0), "
        "('A3', 's2', 'exotel', '', '', '', '', 'echo', '1', '', 'sip:+91(80)3075.2400', 8000, 200, "
        "'in_progress', '', 0, 0, 0);"
        "INSERT INTO turns VALUES ('A1', 0, '', 'Hello', 'Hello', 0, 'greeting', 101, 0, 5, NULL, NULL, "
        "NULL, NULL, "
        "3.5), ('A1', 1, 'मुझे doctor chahiye', 'Sure, when?', 'Sure', 1, 'speech', 110, 10, 20, 600, 700.5, "
        "1, 2, "
        "NULL), ('A3', 1, 'dangling call', '', '', 0, 'speech', 210, 1, 2, NULL, NULL, NULL, NULL, NULL);"
        "INSERT INTO events (call_id, at, offset_ms, kind, detail) VALUES ('A1', 105, 5, 'dtmf', '5'), "
        "('A1', 105, "
        "5, 'dtmf', '6'), ('A3', 205, 5, 'stage', 'x');"
        "INSERT INTO recordings VALUES ('A1', 'recordings/A1.wav', 200, 1), ('A3', 'recordings/A3.wav', 0, "
        "0);";
    if (version >= 2) {
      rows +=
          "INSERT INTO usage VALUES ('A1', 1, 'tts', 'sarvam', 'bulbul', 1, 2, 3, 4, 5, 6, 7, 8.5, 1, 900, "
          "'INR', "
          "'2026-07-22'), ('A1', 0, 'llm', 'openai', 'x', 1, 0, 0, 0, 0, 0, 0, 0, 0, NULL, '', '');"
          "INSERT INTO recording_transcripts VALUES ('A1', 'deepgram', 'nova-3', 400, '', '[]');";
    }
    const auto filled = connection.script(rows);
    ASSERT_TRUE(filled) << describe(filled.error());
  }

  TemporaryDirectory directory_;
  std::string file_ = directory_.path() / "parley.db";
  metrics::Registry registry_;
};

TEST_P(MigratedRowsTest, every_row_of_a_released_version_is_still_there) {
  make_old_file(GetParam());
  auto database = sql::open_sqlite(file_, {});
  ASSERT_TRUE(database) << describe(database.error());
  auto opened = open_call_log(**database, {}, registry_);
  ASSERT_TRUE(opened);
  CallStore& store = **opened;

  const auto all = store.list_calls({.workspace = "default"});
  ASSERT_TRUE(all) << describe(all.error());
  ASSERT_EQ(all->size(), 3U);
  const auto found = store.find_call("A1", "default");
  ASSERT_TRUE(found) << describe(found.error());
  const CallSummary& summary = found->summary;
  EXPECT_EQ(summary.call.session_id, "s1");
  EXPECT_EQ(summary.call.direction, "inbound");
  EXPECT_EQ(summary.call.carrier, "exotel");
  EXPECT_EQ(summary.call.carrier_call_id, "sid1");
  EXPECT_EQ(summary.call.stream_id, "st1");
  EXPECT_EQ(summary.call.account_id, "acc");
  EXPECT_EQ(summary.call.phone_id, "front");
  EXPECT_EQ(summary.call.agent, "clinic");
  EXPECT_EQ(summary.call.agent_version, "3");
  EXPECT_EQ(summary.call.from, "+91 98765-43210");
  EXPECT_EQ(summary.call.to, "08030752400");
  EXPECT_EQ(summary.call.sample_rate_hz, 8000);
  EXPECT_EQ(summary.call.started_at, 100);
  EXPECT_EQ(summary.status, CallStatus::completed);
  EXPECT_EQ(summary.end.reason, "caller hung up");
  EXPECT_EQ(summary.end.ended_at, 300);
  EXPECT_EQ(summary.end.duration_ms, 200);
  EXPECT_TRUE(summary.end.escalation_requested);
  ASSERT_TRUE(summary.recording);
  EXPECT_EQ(summary.recording->path, "recordings/A1.wav");
  EXPECT_TRUE(summary.recording->complete);
  EXPECT_FALSE(summary.blob);
  ASSERT_EQ(found->turns.size(), 2U);
  EXPECT_EQ(found->turns[0].sent_ms, 3.5);
  EXPECT_EQ(found->turns[0].endpoint_ms, -1);
  EXPECT_EQ(found->turns[1].caller_text, "मुझे doctor chahiye");
  EXPECT_EQ(found->turns[1].agent_text, "Sure, when?");
  EXPECT_TRUE(found->turns[1].interrupted);
  EXPECT_EQ(found->turns[1].transcript_ms, 700.5);
  ASSERT_EQ(found->events.size(), 2U);
  EXPECT_EQ(found->events[0].detail, "5");
  EXPECT_EQ(found->events[1].detail, "6");
  ASSERT_EQ(found->usage.size(), GetParam() >= 2 ? 2U : 0U);
  EXPECT_EQ(found->transcript.has_value(), GetParam() >= 2);
  if (GetParam() >= 2) {
    EXPECT_FALSE(found->usage[0].cost);
    EXPECT_EQ(found->usage[1].cost->micros, 900);
    EXPECT_EQ(found->usage[1].usage.audio_seconds, 8.5);
    EXPECT_EQ(found->transcript->vendor, "deepgram");
  }

  // What is new finds the old.
  EXPECT_EQ(store.list_calls({.workspace = "default", .number = "+919876543210"})->size(), 2U);
  EXPECT_EQ(store.list_calls({.workspace = "default", .number = "8030752400"})->size(), 2U);
  EXPECT_EQ(store.list_calls({.workspace = "default", .text = "मुझे doc"})->size(), 1U);
  EXPECT_EQ(store.unfinished_calls()->size(), 1U);
  EXPECT_EQ(store.unstored_recordings("s3", 10)->size(), 1U);
  auto lease = (*database)->reader();
  const auto sessions = (*lease)->query(
      "SELECT id, workspace_id, carrier_call_id, caller, ended, created_at, updated_at FROM sessions ORDER "
      "BY id");
  ASSERT_TRUE(sessions);
  ASSERT_EQ(sessions->size(), 2U);
  EXPECT_EQ(sessions->text(0, 2), "sid1");
  EXPECT_EQ(sessions->text(0, 3), "+91 98765-43210");
  EXPECT_EQ(sessions->integer(0, 4), 1);
  EXPECT_EQ(sessions->integer(1, 4), 0);
  EXPECT_EQ(sessions->integer(0, 5), 100);

  // And the new rules hold: rows go with their call.
  EXPECT_TRUE(store.remove_call("default", "A1"));
  const auto orphans = (*lease)->query("SELECT count(*) FROM turns WHERE call_id = 'A1'");
  EXPECT_EQ(orphans->integer(0, 0), 0);
  EXPECT_EQ(store.list_calls({.workspace = "default", .text = "doctor"})->size(), 0U);
}

// The table of calls is made anew while others refer to it.
TEST(MigratedCallsTest, calls_keep_their_rows_and_get_what_a_carrier_says_of_them) {
  const TemporaryDirectory directory;
  const std::string file = directory.path() / "parley.db";
  const auto steps = sql::embedded_migrations(sql::Dialect::sqlite);
  ASSERT_GE(steps.size(), 5U);
  ASSERT_EQ(steps[4].name, "carriers");
  {
    auto opened = sqlite::Database::open(file, sqlite::Database::Mode::read_write);
    ASSERT_TRUE(opened) << describe(opened.error());
    sqlite::SqliteConnection connection(std::move(*opened), sqlite::Database::Mode::read_write);
    ASSERT_TRUE(sql::migrate(connection, "test.db", steps.first(4), 5));
    const auto filled = connection.script(
        "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, created_at, updated_at) "
        "VALUES "
        "('default', 's1', 'phone', 'clinic', '3', 100, 100);"
        "INSERT INTO calls VALUES ('A1', 'default', 's1', 'inbound', 'node', 'exotel', 'sid1', 'st1', 'acc', "
        "'front', 'clinic', '3', '+919876543210', '08030752400', '9876543210', '8030752400', 8000, 100, "
        "'interrupted', 'why', 300, 200, 1), ('A2', 'default', 's1', 'outbound', 'node', 'exotel', 'sid2', "
        "'', "
        "'', '', 'clinic', '3', '1', '2', '1', '2', 8000, 150, 'in_progress', '', 0, 0, 0);"
        "INSERT INTO turns (call_id, number, caller_text, agent_text, agent_heard, interrupted, input_kind, "
        "started_at, start_ms, end_ms) VALUES ('A1', 1, 'book a visit', '', '', 0, 'speech', 110, 10, 20);"
        "INSERT INTO events (event_id, call_id, at, offset_ms, kind, detail) VALUES ('e', 'A1', 1, 2, "
        "'dtmf', "
        "'5');"
        "INSERT INTO recordings (call_id, path, duration_ms, complete) VALUES ('A1', 'a.wav', 200, 1);"
        "INSERT INTO phone_numbers (id, workspace_id, number, display_name, carrier, owner, active, etag, "
        "created_at, updated_at) VALUES ('P1', 'default', '+918030752400', 'Front', 'exotel', '', 1, 4, 1, "
        "2);");
    ASSERT_TRUE(filled) << describe(filled.error());
  }
  auto database = sql::open_sqlite(file, {});
  ASSERT_TRUE(database) << describe(database.error());
  metrics::Registry registry;
  auto opened = open_call_log(**database, {.node = "node"}, registry);
  ASSERT_TRUE(opened);
  CallStore& store = **opened;
  const auto found = store.find_call("A1", "default");
  ASSERT_TRUE(found) << describe(found.error());
  const CallSummary& summary = found->summary;
  EXPECT_EQ(summary.status, CallStatus::interrupted);
  EXPECT_EQ(summary.end.reason, "why");
  EXPECT_EQ(summary.end.ended_at, 300);
  EXPECT_EQ(summary.end.duration_ms, 200);
  EXPECT_TRUE(summary.end.escalation_requested);
  EXPECT_EQ(summary.call.stream_id, "st1");
  EXPECT_EQ(summary.call.to, "08030752400");
  EXPECT_EQ(summary.call.custom_field, "");
  EXPECT_EQ(summary.carrier_seconds, std::nullopt);
  EXPECT_FALSE(summary.transfer);
  EXPECT_EQ(found->turns.size(), 1U);
  EXPECT_EQ(found->events.size(), 1U);
  ASSERT_TRUE(summary.recording);
  EXPECT_EQ(store.unfinished_calls()->size(), 1U);
  EXPECT_EQ(store.list_calls({.workspace = "default", .number = "9876543210"})->size(), 1U);
  EXPECT_EQ(store.list_calls({.workspace = "default", .text = "visit"})->size(), 1U);
  EXPECT_EQ((*store.find_by_carrier_id("exotel", "sid1"))->call.id, "A1");

  const auto control = make_control_store(**database);
  const auto number = control->find_phone_number("default", "P1");
  ASSERT_TRUE(number) << describe(number.error());
  EXPECT_EQ(number->answer_with, "");
  EXPECT_EQ(number->secret_hash, "");
  EXPECT_EQ(number->etag, 4);

  EXPECT_TRUE(store.remove_call("default", "A1"));
  auto lease = (*database)->reader();
  for (const char* table : {"turns", "events", "recordings"}) {
    const auto left = (*lease)->query(fmt::format("SELECT count(*) FROM {}", table));
    EXPECT_EQ(left->integer(0, 0), 0) << table << ": rows go with their call";
  }
}

INSTANTIATE_TEST_SUITE_P(Released, MigratedRowsTest, testing::Values(1, 2));

}  // namespace
}  // namespace parley::storage
