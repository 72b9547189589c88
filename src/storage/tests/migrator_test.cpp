#include "storage/sql/migrator.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/sqlite/sqlite_sql.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage::sql {
namespace {

constexpr Migration kSteps[] = {
    {1, "first", "CREATE TABLE one (x); INSERT INTO one VALUES (';')"},
    {2, "second", "CREATE TABLE two (x)"},
    {3, "broken", "CREATE TABLE three (x); INSERT INTO nowhere VALUES (1)"},
};

class MigratorTest : public testing::Test {
 protected:
  std::unique_ptr<Connection> open() {
    auto database = sqlite::Database::open(directory_.path() / "test.db", sqlite::Database::Mode::read_write);
    if (!database) std::abort();
    return std::make_unique<sqlite::SqliteConnection>(std::move(*database),
                                                      sqlite::Database::Mode::read_write);
  }
  static std::int64_t number(Connection& database, std::string_view sql) {
    const auto rows = database.query(sql);
    if (!rows || rows->empty()) return -1;
    return rows->integer(0, 0);
  }

  TemporaryDirectory directory_;
};

TEST_F(MigratorTest, applies_only_what_is_missing_and_records_when) {
  const auto database = open();
  const auto first = migrate(*database, "test.db", std::span(kSteps).first(1), 111);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(*first, 1);
  const auto second = migrate(*database, "test.db", std::span(kSteps).first(2), 222);
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(*second, 1);
  EXPECT_EQ(
      number(*database, "SELECT applied_at FROM schema_migrations WHERE version = 1 AND name = 'first'"),
      111);
  EXPECT_EQ(number(*database, "SELECT applied_at FROM schema_migrations WHERE version = 2"), 222);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM one"), 1);
}

TEST_F(MigratorTest, a_step_that_fails_leaves_nothing_and_names_itself) {
  const auto database = open();
  const auto failed = migrate(*database, "test.db", kSteps, 0);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, testing::HasSubstr("0003_broken"));
  EXPECT_FALSE(database->in_transaction());
  EXPECT_EQ(number(*database, "SELECT max(version) FROM schema_migrations"), 2);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM sqlite_schema WHERE name = 'three'"), 0);
}

TEST_F(MigratorTest, the_loser_of_a_race_finds_the_work_done) {
  const auto winner = open();
  const auto loser = open();
  ASSERT_TRUE(migrate(*winner, "test.db", std::span(kSteps).first(2), 0));
  const auto late = migrate(*loser, "test.db", std::span(kSteps).first(2), 0);
  ASSERT_TRUE(late) << describe(late.error());
  EXPECT_EQ(*late, 0);
}

TEST_F(MigratorTest, the_embedded_steps_are_numbered_without_gaps) {
  for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres}) {
    int expected = 0;
    for (const Migration& migration : embedded_migrations(dialect)) {
      EXPECT_EQ(migration.version, ++expected);
      EXPECT_FALSE(migration.name.empty());
    }
    EXPECT_GE(expected, 1);
  }
}

}  // namespace
}  // namespace parley::storage::sql
