#include "storage/sqlite/sqlite_call_store.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/backup.hpp"
#include "storage/call_log/queries.hpp"
#include "storage/sql/migrator.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/tests/call_store_contract.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

using sqlite::Database;
using std::chrono::milliseconds;

class SqliteTestDatabase final : public TestDatabase {
 public:
  std::unique_ptr<sql::Database> connect(bool read_only) override {
    sql::OpenOptions options;
    options.read_only = read_only;
    auto database = sql::open_sqlite(directory_.path() / kSqliteFile, options);
    if (database) return std::move(*database);
    ADD_FAILURE() << describe(database.error());
    return nullptr;
  }
};

std::unique_ptr<TestDatabase> make_sqlite_test_database() {
  return std::make_unique<SqliteTestDatabase>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, CallStoreContract, testing::Values(&make_sqlite_test_database));

class SqliteCallStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<CallStore>> open(const SqliteOptions& options = {}) {
    return open_sqlite_call_store(file_, options, registry_);
  }
  // Empty when it opens.
  std::string error_of_opening(const SqliteOptions& options = {}) {
    const auto store = open(options);
    return store ? "" : store.error().message;
  }
  std::uint64_t lost(const char* reason) {
    return registry_.counter("parley_call_log_rows_lost_total", "", {{"reason", reason}}).value();
  }
  void run_sql(const std::string& sql) {
    auto database = Database::open(file_, Database::Mode::read_write);
    ASSERT_TRUE(database) << describe(database.error());
    const Result<void> done = database->execute(sql);
    ASSERT_TRUE(done) << describe(done.error());
  }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / kSqliteFile;
  metrics::Registry registry_;
};

TEST_F(SqliteCallStoreTest, makes_the_data_directory_and_a_file_only_its_owner_can_read) {
  file_ = directory_.path() / "new" / "data" / kSqliteFile;
  EXPECT_EQ(error_of_opening(), "");
  struct stat status{};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(SqliteCallStoreTest, says_which_directory_it_cannot_write_and_what_to_do) {
  std::ofstream(directory_.path() / "file") << "no directory";
  file_ = directory_.path() / "file" / kSqliteFile;
  EXPECT_THAT(error_of_opening(), testing::AllOf(testing::HasSubstr(file_.string()),
                                                 testing::HasSubstr("make its directory writable"),
                                                 testing::Not(testing::HasSubstr("\n"))));
}

TEST_F(SqliteCallStoreTest, does_not_touch_a_file_that_is_no_database) {
  const std::string content(4096, 'x');
  std::ofstream(file_) << content;
  EXPECT_THAT(error_of_opening(),
              testing::AllOf(testing::HasSubstr(file_.string()), testing::HasSubstr("is not a call log"),
                             testing::HasSubstr("move it away")));
  std::ifstream in(file_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), content);
}

TEST_F(SqliteCallStoreTest, says_that_another_program_holds_the_lock) {
  ASSERT_EQ(error_of_opening(), "");
  auto other = Database::open(file_, Database::Mode::read_write);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE held (x)"));
  SqliteOptions options;
  options.lock_patience = milliseconds(1);
  EXPECT_THAT(error_of_opening(options), testing::AllOf(testing::HasSubstr(file_.string()),
                                                        testing::HasSubstr("locked by another program")));
}

TEST_F(SqliteCallStoreTest, a_reader_says_that_there_is_nothing_to_read_and_makes_nothing) {
  SqliteOptions options;
  options.read_only = true;
  const auto store = open(options);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::not_found);
  EXPECT_THAT(store.error().message, testing::HasSubstr(file_.string()));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(SqliteCallStoreTest, opens_its_own_database_again_without_migrating_it_again) {
  ASSERT_EQ(error_of_opening(), "");
  run_sql("UPDATE schema_migrations SET applied_at = 7");
  ASSERT_EQ(error_of_opening(), "");
  auto database = Database::open(file_, Database::Mode::read_only);
  ASSERT_TRUE(database);
  auto rows = database->query("SELECT count(*) FROM schema_migrations WHERE applied_at = 7");
  ASSERT_TRUE(rows && *rows->step());
  EXPECT_EQ(rows->integer(0),
            static_cast<std::int64_t>(sql::embedded_migrations(sql::Dialect::sqlite).size()));
}

TEST_F(SqliteCallStoreTest, refuses_the_database_of_a_newer_parley) {
  ASSERT_EQ(error_of_opening(), "");
  run_sql("INSERT INTO schema_migrations VALUES (9999, 'tomorrow', 0)");
  const auto is_clear = testing::AllOf(testing::HasSubstr(file_.string()), testing::HasSubstr("newer Parley"),
                                       testing::HasSubstr("9999"));
  EXPECT_THAT(error_of_opening(), is_clear);
  SqliteOptions options;
  options.read_only = true;
  EXPECT_THAT(error_of_opening(options), is_clear);
}

TEST_F(SqliteCallStoreTest, a_reader_does_not_guess_at_an_older_schema) {
  run_sql("CREATE TABLE unrelated (x)");
  SqliteOptions options;
  options.read_only = true;
  EXPECT_THAT(error_of_opening(options), testing::HasSubstr("start the server once"));
}

TEST_F(SqliteCallStoreTest, counts_what_overflows_the_queue_and_goes_on) {
  // The lock keeps the writer from emptying the queue.
  SqliteOptions options;
  options.queue_limit = 3;
  options.lock_patience = milliseconds(1);
  auto store = open(options);
  ASSERT_TRUE(store) << describe(store.error());
  auto other = Database::open(file_, Database::Mode::read_write);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  for (int i = 0; i < 5; ++i)
    (*store)->append_call(sample_call(fmt::format("A{}", i)));
  EXPECT_EQ(lost("queue_full"), 2U);

  const Result<void> locked = flush_and_wait(**store);
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, Errc::unavailable);
  ASSERT_TRUE(other->execute("ROLLBACK"));
  EXPECT_TRUE(flush_and_wait(**store)) << "the rows were kept while the database was locked";
  EXPECT_EQ((*store)->list_calls({})->size(), 3U);
  (*store)->append_call(sample_call("A9"));
  EXPECT_TRUE(flush_and_wait(**store));
  EXPECT_EQ((*store)->list_calls({})->size(), 4U);
}

TEST_F(SqliteCallStoreTest, keeps_the_rows_of_a_full_disk_until_there_is_room) {
  auto store = open();
  ASSERT_TRUE(store) << describe(store.error());
  (*store)->append_call(sample_call("A1"));
  ASSERT_TRUE(flush_and_wait(**store));

  // A limit on the size of files is a full disk that a test can end.
  auto* const previous = std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit limited = unlimited;
  limited.rlim_cur = std::filesystem::file_size(file_.string() + "-wal");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
  for (int i = 0; i < 100; ++i)
    (*store)->append_event({"A1", i, i, "tick", std::string(1000, 'x')});
  const Result<void> full = flush_and_wait(**store);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  std::signal(SIGXFSZ, previous);

  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::io);
  EXPECT_TRUE(flush_and_wait(**store));
  EXPECT_EQ((*store)->find_call("A1")->events.size(), 100U);
  EXPECT_EQ(lost("refused"), 0U);
}

TEST_F(SqliteCallStoreTest, counts_the_rows_it_refuses) {
  auto store = open();
  ASSERT_TRUE(store) << describe(store.error());
  (*store)->append_event({"no such call", 0, 0, "dtmf", "1"});
  EXPECT_FALSE(flush_and_wait(**store));
  EXPECT_EQ(lost("refused"), 1U);
}

TEST_F(SqliteCallStoreTest, every_listing_walks_an_index_even_with_100000_calls) {
  ASSERT_EQ(error_of_opening(), "");
  run_sql(
      "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, created_at, updated_at) VALUES "
      "('w', 's', 'phone', 'a', '1', 0, 0), ('w', 't', 'phone', 'a', '1', 0, 0);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO calls "
      "(id, workspace_id, session_id, direction, node, carrier, carrier_call_id, stream_id, account_id, "
      "phone_id, agent, agent_version, from_number, to_number, from_key, to_key, sample_rate_hz, started_at, "
      "status, end_reason, ended_at, duration_ms, escalation_requested) SELECT printf('%06d', i), 'w', CASE "
      "WHEN i % 1000 = 0 THEN 't' ELSE 's' END, CASE WHEN i % 1000 = 0 THEN 'outbound' ELSE 'inbound' END, "
      "'', "
      "'exotel', "
      "'c' || (i % 1000), '', '', 'p' || (i % 10), 'agent' || (i % 10), '1', '', '', 'f' || (i % 1000), "
      "CASE WHEN i % 1000 = 0 THEN '1234' ELSE '5678' END, 8000, i, CASE WHEN i % 1000 = 0 THEN 'failed' "
      "ELSE "
      "'completed' END, CASE WHEN i % 1000 = 0 THEN 'bad' ELSE 'good' END, 0, 0, i % 1000 = 0 FROM n");
  auto database = sql::open_sqlite(file_, {});
  ASSERT_TRUE(database);
  auto connection = (*database)->reader();
  ASSERT_TRUE(connection);

  const CallFilter filters[] = {
      {},
      {.before = 50'001},
      {.since = 50'000},
      {.after_started_at = 50'000, .after_id = "050000"},
      {.agent = "agent3"},
      {.agent = "agent3", .before = 50'001},
      {.status = CallStatus::failed},
      {.status = CallStatus::failed, .after_started_at = 60'000, .after_id = "060000"},
      {.agent = "agent0", .status = CallStatus::failed, .before = 50'001},
      {.outcome = "bad"},
      {.outcome = "escalated"},
      {.number = "12-34"},
      {.direction = "outbound"},
      {.direction = "outbound", .after_started_at = 60'000, .after_id = "060000"},
      {.session_id = "t"},
      {.phone_id = "p3"},
      {.carrier_call_id = "c7"},
  };
  for (CallFilter filter : filters) {
    filter.workspace = "w";
    const std::string_view index =
        filter.direction.empty() ? "c USING INDEX calls_by_" : "c USING INDEX calls_by_direction";
    for (const auto& statement : call_log::list_statements(filter, sql::Dialect::sqlite, 0)) {
      const auto plan = (*connection)->query("EXPLAIN QUERY PLAN " + statement.sql, statement.values);
      ASSERT_TRUE(plan) << describe(plan.error());
      std::string text;
      for (std::size_t i = 0; i < plan->size(); ++i)
        text += plan->text(i, 3) + "\n";
      EXPECT_THAT(text, testing::HasSubstr(index)) << statement.sql << "\n" << text;
      EXPECT_THAT(text, testing::Not(testing::HasSubstr("TEMP B-TREE"))) << statement.sql << "\n" << text;
    }
    const auto calls = call_log::list_calls(**connection, filter);
    ASSERT_TRUE(calls) << describe(calls.error());
    EXPECT_EQ(calls->size(), 50U);
  }
}

TEST_F(SqliteCallStoreTest, a_word_is_found_alike_whether_it_is_taken_for_common_or_for_rare) {
  auto store = open();
  ASSERT_TRUE(store) << describe(store.error());
  for (int i = 0; i < 9; ++i) {
    const std::string id = fmt::format("A{}", i);
    (*store)->append_call(sample_call(id, 1000 + i));
    TurnRecord turn = sample_turn(id, 1);
    turn.caller_text = i % 2 == 0 ? "a common word" : "nothing";
    (*store)->put_turn(turn);
  }
  ASSERT_TRUE(flush_and_wait(**store));
  auto database = sql::open_sqlite(file_, {});
  ASSERT_TRUE(database);
  auto connection = (*database)->reader();
  ASSERT_TRUE(connection);
  CallFilter filter;
  filter.workspace = "default";
  filter.text = "word comm";
  filter.limit = 3;
  for (const std::int64_t newest : {std::int64_t{0}, std::int64_t{9}}) {
    const auto statements = call_log::list_statements(filter, sql::Dialect::sqlite, newest);
    ASSERT_EQ(statements.size(), 1U);
    const auto rows = (*connection)->query(statements[0].sql, statements[0].values);
    ASSERT_TRUE(rows) << describe(rows.error());
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ(rows->text(0, 0), "A8");
    EXPECT_EQ(rows->text(2, 0), "A4");
  }
}

TEST_F(SqliteCallStoreTest, a_search_for_words_never_reads_all_calls_or_turns) {
  ASSERT_EQ(error_of_opening(), "");
  auto database = sql::open_sqlite(file_, {});
  ASSERT_TRUE(database);
  auto connection = (*database)->reader();
  ASSERT_TRUE(connection);
  for (CallFilter filter : {CallFilter{}, CallFilter{.agent = "a", .status = CallStatus::failed},
                            CallFilter{.outcome = "escalated"}, CallFilter{.number = "1234", .since = 7},
                            CallFilter{.after_started_at = 9, .after_id = "x"}}) {
    filter.workspace = "w";
    filter.text = "marigold";
    for (const std::int64_t newest : {std::int64_t{0}, std::int64_t{512}}) {
      for (const auto& statement : call_log::list_statements(filter, sql::Dialect::sqlite, newest)) {
        const auto plan = (*connection)->query("EXPLAIN QUERY PLAN " + statement.sql, statement.values);
        ASSERT_TRUE(plan) << describe(plan.error());
        std::string text;
        for (std::size_t i = 0; i < plan->size(); ++i)
          text += plan->text(i, 3) + "\n";
        EXPECT_THAT(text, testing::Not(testing::ContainsRegex("SCAN (c|t)\n"))) << text;
        // The newest along an index in their order; else each call by its id.
        EXPECT_EQ(text.find("INDEX calls_by_") != std::string::npos, newest > 0) << text;
        EXPECT_THAT(text, testing::HasSubstr("c USING INDEX sqlite_autoindex_calls_1 (id=?)")) << text;
      }
    }
  }
}

TEST_F(SqliteCallStoreTest, a_locked_file_sends_rows_to_the_spool_and_nothing_is_lost) {
  SqliteOptions options;
  options.queue_limit = 3;
  options.lock_patience = milliseconds(1);
  options.spool_dir = directory_.path() / "spool";
  auto store = open(options);
  ASSERT_TRUE(store) << describe(store.error());
  auto other = Database::open(file_, Database::Mode::read_write);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  for (int i = 0; i < 5; ++i) {
    (*store)->append_call(sample_call(fmt::format("A{}", i)));
    const Result<void> locked = flush_and_wait(**store);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, Errc::unavailable);
  }
  const auto& spooled = registry_.gauge("parley_call_log_spooled_rows", "");
  EXPECT_EQ(spooled.value(), 5);
  EXPECT_EQ(lost("queue_full"), 0U);

  ASSERT_TRUE(other->execute("ROLLBACK"));
  ASSERT_TRUE(flush_and_wait(**store));
  EXPECT_EQ(spooled.value(), 0);
  EXPECT_EQ((*store)->list_calls({})->size(), 5U);
  EXPECT_TRUE(std::filesystem::is_empty(options.spool_dir));
}

TEST_F(SqliteCallStoreTest, the_next_process_delivers_what_a_killed_one_has_spooled) {
  ASSERT_EQ(error_of_opening(), "");
  SqliteOptions options;
  options.lock_patience = milliseconds(1);
  options.spool_dir = directory_.path() / "spool";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = open(options);
    auto other = Database::open(file_, Database::Mode::read_write);
    if (!store || !other || !other->execute("BEGIN IMMEDIATE")) ::_exit(1);
    (*store)->append_call(sample_call("A1"));
    (*store)->append_event({"A1", 1, 1, "dtmf", "5"});
    (*store)->end_call("A1", {CallStatus::completed, "caller hung up", 5, 5, false});
    if (flush_and_wait(**store)) ::_exit(2);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);

  auto store = open(options);
  ASSERT_TRUE(store) << describe(store.error());
  const auto unfinished = (*store)->unfinished_calls();
  ASSERT_TRUE(unfinished) << describe(unfinished.error());
  EXPECT_TRUE(unfinished->empty()) << "its end was in the spool";
  const auto found = (*store)->find_call("A1");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->events.size(), 1U);
  EXPECT_TRUE(std::filesystem::is_empty(options.spool_dir));
}

TEST_F(SqliteCallStoreTest, a_backup_made_while_rows_are_written_is_whole) {
  auto database = sql::open_sqlite(file_, {});
  ASSERT_TRUE(database) << describe(database.error());
  auto store = open_call_log(**database, {}, registry_);
  ASSERT_TRUE(store);
  (*store)->append_call(sample_call("A1"));
  ASSERT_TRUE(flush_and_wait(**store));
  for (int i = 0; i < 1000; ++i)
    (*store)->put_turn(sample_turn("A1", i));
  const auto copy = directory_.path() / "copy.db";
  const auto made = back_up(**database, copy);
  ASSERT_TRUE(made) << describe(made.error());
  ASSERT_TRUE(flush_and_wait(**store));

  struct stat status{};
  ASSERT_EQ(::stat(copy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  auto restored = Database::open(copy, Database::Mode::read_write);
  ASSERT_TRUE(restored) << describe(restored.error());
  auto check = restored->query("PRAGMA integrity_check");
  ASSERT_TRUE(check && *check->step());
  EXPECT_EQ(check->text(0), "ok");
  auto calls = restored->query("SELECT count(*) FROM calls");
  ASSERT_TRUE(calls && *calls->step());
  EXPECT_EQ(calls->integer(0), 1);
  EXPECT_EQ(back_up(**database, copy).error().code, Errc::already_exists);
}

}  // namespace
}  // namespace parley::storage
