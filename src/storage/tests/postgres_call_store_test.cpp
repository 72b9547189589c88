// Runs under scripts/with_postgres.
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/ids.hpp"
#include "storage/backup.hpp"
#include "storage/call_log/queries.hpp"
#include "storage/postgres/connection.hpp"
#include "storage/postgres/target.hpp"
#include "storage/tests/call_store_contract.hpp"
#include "storage/tests/postgres_server.hpp"

namespace parley::storage {
namespace {

using std::chrono::milliseconds;

class PostgresTestDatabase final : public TestDatabase {
 public:
  std::unique_ptr<sql::Database> connect(bool read_only) override {
    sql::OpenOptions options;
    options.read_only = read_only;
    auto database = sql::open_postgres(server_.url(), options);
    if (database) return std::move(*database);
    ADD_FAILURE() << describe(database.error());
    return nullptr;
  }

 private:
  ScratchPostgres server_;
};

std::unique_ptr<TestDatabase> make_postgres_test_database() {
  return std::make_unique<PostgresTestDatabase>();
}

INSTANTIATE_TEST_SUITE_P(Postgres, CallStoreContract, testing::Values(&make_postgres_test_database));

TEST(PostgresTest, an_address_is_shown_without_who_and_how) {
  const auto target = postgres::parse_target(
      "postgresql://me:s3cret%40x@db.example:6543/calls?sslmode=require", std::chrono::seconds(5));
  ASSERT_TRUE(target) << describe(target.error());
  EXPECT_EQ(target->place, "postgresql://db.example:6543/calls");
  EXPECT_THAT(target->connect, testing::HasSubstr("password='s3cret@x'"));
  EXPECT_THAT(target->connect, testing::HasSubstr("connect_timeout='5'"));
  for (const char* wrong : {"postgresql://me:s3cret@[::1/x", "postgresql://me:a@s3cret@db/x", "s3cret"}) {
    const auto refused = postgres::parse_target(wrong, std::chrono::seconds(5));
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr("s3cret")));
  }
}

TEST(PostgresTest, question_marks_become_numbers_except_in_quotes) {
  EXPECT_EQ(postgres::numbered_placeholders("SELECT ?, '?', \"a?\", 'it''s?' WHERE x = ?"),
            "SELECT $1, '?', \"a?\", 'it''s?' WHERE x = $2");
}

TEST(PostgresTest, a_server_that_is_not_there_is_named_without_the_password) {
  const auto database = sql::open_postgres("postgresql://me:s3cret@127.0.0.1:1/x", {});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::unavailable);
  EXPECT_THAT(database.error().message,
              testing::AllOf(testing::HasSubstr("127.0.0.1:1"), testing::Not(testing::HasSubstr("s3cret"))));
}

TEST(PostgresTest, several_nodes_may_start_at_once) {
  const ScratchPostgres server;
  std::vector<std::thread> nodes;
  std::vector<std::string> errors(4);
  for (std::string& error : errors) {
    nodes.emplace_back([&server, &error] {
      const auto database = sql::open_postgres(server.url(), {});
      if (!database) error = describe(database.error());
    });
  }
  for (std::thread& node : nodes)
    node.join();
  EXPECT_THAT(errors, testing::Each(""));
}

TEST(PostgresTest, its_backup_is_pg_dumps_business) {
  const ScratchPostgres server;
  const auto database = sql::open_postgres(server.url(), {});
  ASSERT_TRUE(database);
  const auto refused = back_up(**database, "/nowhere/at/all");
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("pg_dump"));
}

TEST(PostgresTest, every_listing_walks_an_index_even_with_100000_calls) {
  const ScratchPostgres server;
  const auto database = sql::open_postgres(server.url(), {});
  ASSERT_TRUE(database);
  {
    auto writer = (*database)->writer();
    const auto filled = (*writer)->script(
        "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, created_at, updated_at) "
        "VALUES "
        "('w', 's', 'phone', 'a', '1', 0, 0), ('w', 't', 'phone', 'a', '1', 0, 0);"
        "INSERT INTO calls SELECT lpad(i::text, 6, '0'), 'w', CASE WHEN i % 1000 = 0 THEN 't' ELSE 's' END, "
        "CASE WHEN i % 1000 = 0 THEN 'outbound' ELSE 'inbound' END, '', 'exotel', 'c' || (i % 1000), '', '', "
        "'p' || (i % 10), 'agent' || (i % 10), '1', '', "
        "'', "
        "'f' || (i % 1000), CASE WHEN i % 1000 = 0 THEN '1234' ELSE '5678' END, 8000, i, CASE WHEN i % 1000 "
        "= 0 "
        "THEN 'failed' ELSE 'completed' END, CASE WHEN i % 1000 = 0 THEN 'bad' ELSE 'good' END, 0, 0, "
        "CASE WHEN i % 1000 = 0 THEN 1 ELSE 0 END FROM generate_series(1, 100000) i; ANALYZE");
    ASSERT_TRUE(filled) << describe(filled.error());
  }
  auto reader = (*database)->reader();
  ASSERT_TRUE(reader);
  for (CallFilter filter :
       {CallFilter{}, CallFilter{.before = 50'001},
        CallFilter{.after_started_at = 50'000, .after_id = "050000"}, CallFilter{.agent = "agent3"},
        CallFilter{.status = CallStatus::failed}, CallFilter{.outcome = "bad"},
        CallFilter{.outcome = "escalated"}, CallFilter{.number = "1234"}, CallFilter{.direction = "outbound"},
        CallFilter{.session_id = "t"}, CallFilter{.phone_id = "p3"}, CallFilter{.carrier_call_id = "c7"}}) {
    filter.workspace = "w";
    for (const auto& statement : call_log::list_statements(filter, sql::Dialect::postgres, 0)) {
      const auto plan = (*reader)->query("EXPLAIN " + statement.sql, statement.values);
      ASSERT_TRUE(plan) << describe(plan.error());
      std::string text;
      for (std::size_t i = 0; i < plan->size(); ++i)
        text += plan->text(i, 0) + "\n";
      EXPECT_THAT(text, testing::HasSubstr("using calls_by_")) << statement.sql << "\n" << text;
      EXPECT_THAT(text, testing::Not(testing::HasSubstr("Seq Scan on calls"))) << text;
    }
    const auto calls = call_log::list_calls(**reader, filter);
    ASSERT_TRUE(calls) << describe(calls.error());
    EXPECT_EQ(calls->size(), 50U);
  }
}

TEST(PostgresTest, a_search_for_words_never_reads_all_calls_or_turns) {
  const ScratchPostgres server;
  const auto database = sql::open_postgres(server.url(), {});
  ASSERT_TRUE(database);
  {
    auto writer = (*database)->writer();
    const auto filled = (*writer)->script(
        "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, created_at, updated_at) "
        "VALUES ('w', 's', 'phone', 'a', '1', 0, 0);"
        "INSERT INTO calls SELECT lpad(i::text, 6, '0'), 'w', 's', 'inbound', '', 'exotel', 'c', '', '', "
        "'p', "
        "'agent' || (i % 10), '1', '', '', '5678', '1234', 8000, i, 'completed', 'good', 0, 0, 0 FROM "
        "generate_series(1, 50000) i;"
        "INSERT INTO turns (call_id, number, caller_text, agent_text, agent_heard, interrupted, input_kind, "
        "started_at, start_ms, end_ms) SELECT lpad(i::text, 6, '0'), 1, CASE WHEN i = 7 THEN 'a marigold' "
        "ELSE "
        "'an order' END, repeat('word ', 100), '', 0, 'speech', 0, 0, 0 FROM generate_series(1, 50000) i; "
        "ANALYZE");
    ASSERT_TRUE(filled) << describe(filled.error());
  }
  auto reader = (*database)->reader();
  ASSERT_TRUE(reader);
  // A prepared statement has plans of the second kind after a while: they know no value, not even the limit.
  for (const std::string plans : {"force_custom_plan", "force_generic_plan"}) {
    ASSERT_TRUE((*reader)->script("SET plan_cache_mode = " + plans));
    for (CallFilter filter : {CallFilter{}, CallFilter{.agent = "agent3"}, CallFilter{.number = "1234"},
                              CallFilter{.after_started_at = 40'000, .after_id = "040000"}}) {
      filter.workspace = "w";
      filter.text = "marigold";
      for (const std::int64_t newest : {std::int64_t{0}, std::int64_t{512}}) {
        for (const auto& statement : call_log::list_statements(filter, sql::Dialect::postgres, newest)) {
          const auto plan = (*reader)->query("EXPLAIN " + statement.sql, statement.values);
          ASSERT_TRUE(plan) << describe(plan.error());
          std::string text;
          for (std::size_t i = 0; i < plan->size(); ++i)
            text += plan->text(i, 0) + "\n";
          EXPECT_THAT(text, testing::Not(testing::HasSubstr("Seq Scan on calls"))) << text;
          EXPECT_THAT(text, testing::Not(testing::HasSubstr("Seq Scan on turns"))) << text;
          EXPECT_EQ(text.find("turns_by_words") != std::string::npos, newest == 0) << text;
        }
      }
    }
  }
  CallFilter filter{.workspace = "w", .text = "marigold"};
  const auto found = [&](std::int64_t newest) {
    const auto statement = call_log::list_statements(filter, sql::Dialect::postgres, newest).front();
    const auto rows = (*reader)->query(statement.sql, statement.values);
    return rows ? static_cast<int>(rows->size()) : -1;
  };
  EXPECT_EQ(found(0), 1);
  EXPECT_EQ(found(512), 0);
}

TEST(PostgresTest, rows_survive_a_server_that_is_killed_between_them_and_are_there_once) {
  OwnPostgres server;
  TemporaryDirectory directory;
  metrics::Registry registry;
  sql::OpenOptions options;
  options.patience = milliseconds(2000);
  auto database = sql::open_postgres(server.url(), options);
  ASSERT_TRUE(database) << describe(database.error());
  CallLogOptions writing;
  writing.spool_dir = directory.path() / "spool";
  writing.batch_delay = milliseconds(1);
  writing.retry_delay = milliseconds(10);
  auto store = open_call_log(**database, writing, registry);
  ASSERT_TRUE(store) << describe(store.error());

  constexpr int kCalls = 60;
  for (int i = 0; i < kCalls; ++i) {
    const std::string id = fmt::format("C{:03}", i);
    (*store)->append_call(sample_call(id, 1000 + i));
    (*store)->put_turn(sample_turn(id, 1));
    (*store)->append_event({id, i, i, "tick", ""});
    (*store)->append_event({id, i, i, "tick", ""});
    (*store)->end_call(id, {CallStatus::completed, "", 2000, 1, false});
    if (i == 20 || i == 40) {
      ASSERT_TRUE(flush_and_wait(**store));
      server.kill();
    }
    if (i == 25 || i == 50) {
      const auto away = flush_and_wait(**store);
      ASSERT_FALSE(away);
      EXPECT_EQ(away.error().code, Errc::unavailable) << describe(away.error());
      EXPECT_GT(registry.gauge("parley_call_log_spooled_rows", "").value(), 0);
      server.start();
    }
  }
  // The server may still be recovering.
  Result<void> flushed = flush_and_wait(**store);
  for (int i = 0; i < 200 && !flushed; ++i)
    flushed = flush_and_wait(**store);
  ASSERT_TRUE(flushed) << describe(flushed.error());
  CallFilter filter;
  filter.limit = 1000;
  const auto calls = (*store)->list_calls(filter);
  ASSERT_TRUE(calls) << describe(calls.error());
  ASSERT_EQ(calls->size(), static_cast<std::size_t>(kCalls));
  for (const CallSummary& summary : *calls) {
    EXPECT_EQ(summary.status, CallStatus::completed);
    const auto found = (*store)->find_call(summary.call.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->events.size(), 2U) << summary.call.id;
    EXPECT_EQ(found->turns.size(), 1U);
  }
  EXPECT_EQ(registry.gauge("parley_call_log_spooled_rows", "").value(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(writing.spool_dir));
}

TEST(PostgresTest, a_server_that_hangs_is_given_up_after_the_patience) {
  OwnPostgres server;
  const auto target = postgres::parse_target(server.url(), std::chrono::seconds(2));
  ASSERT_TRUE(target);
  postgres::Watchdog dog;
  postgres::PostgresConnection::Options options;
  options.statement_patience = milliseconds(100);
  auto connection = postgres::PostgresConnection::open(*target, options, dog);
  ASSERT_TRUE(connection) << describe(connection.error());
  EXPECT_EQ((*connection)->query("SELECT pg_sleep(5)").error().code, Errc::unavailable)
      << "the server's own limit";
  EXPECT_FALSE((*connection)->broken());
  server.stop_answering();
  const auto hung = (*connection)->query("SELECT 1");
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, Errc::unavailable) << describe(hung.error());
  EXPECT_TRUE((*connection)->broken());
}

}  // namespace
}  // namespace parley::storage
