#include "storage/sqlite/migrator.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/sqlite/database.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage::sqlite {
namespace {

constexpr Migration kSteps[] = {
    {1, "first", "CREATE TABLE one (x); INSERT INTO one VALUES (';')"},
    {2, "second", "CREATE TABLE two (x)"},
    {3, "broken", "CREATE TABLE three (x); INSERT INTO nowhere VALUES (1)"},
};

class MigratorTest : public testing::Test {
 protected:
  Database open() {
    auto database = Database::open(directory_.path() / "test.db", Database::Mode::read_write);
    if (!database) std::abort();
    return std::move(*database);
  }
  static std::int64_t number(Database& database, std::string_view sql) {
    auto query = database.query(sql);
    if (!query || !query->step()) return -1;
    return query->integer(0);
  }

  TemporaryDirectory directory_;
};

TEST_F(MigratorTest, applies_only_what_is_missing_and_records_when) {
  Database database = open();
  const auto first = migrate(database, std::span(kSteps).first(1), 111);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(*first, 1);
  const auto second = migrate(database, std::span(kSteps).first(2), 222);
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(*second, 1);
  EXPECT_EQ(number(database, "SELECT applied_at FROM schema_migrations WHERE version = 1 AND name = 'first'"),
            111);
  EXPECT_EQ(number(database, "SELECT applied_at FROM schema_migrations WHERE version = 2"), 222);
  EXPECT_EQ(number(database, "SELECT count(*) FROM one"), 1);
}

TEST_F(MigratorTest, a_step_that_fails_leaves_nothing_and_names_itself) {
  Database database = open();
  const auto failed = migrate(database, kSteps, 0);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, testing::HasSubstr("0003_broken"));
  EXPECT_FALSE(database.in_transaction());
  EXPECT_EQ(number(database, "SELECT max(version) FROM schema_migrations"), 2);
  EXPECT_EQ(number(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'three'"), 0);
}

TEST_F(MigratorTest, the_loser_of_a_race_finds_the_work_done) {
  Database winner = open();
  Database loser = open();
  ASSERT_TRUE(migrate(winner, std::span(kSteps).first(2), 0));
  const auto late = migrate(loser, std::span(kSteps).first(2), 0);
  ASSERT_TRUE(late) << describe(late.error());
  EXPECT_EQ(*late, 0);
}

TEST_F(MigratorTest, the_embedded_steps_are_numbered_without_gaps) {
  int expected = 0;
  for (const Migration& migration : embedded_migrations()) {
    EXPECT_EQ(migration.version, ++expected);
    EXPECT_FALSE(migration.name.empty());
  }
  EXPECT_GE(expected, 1);
}

}  // namespace
}  // namespace parley::storage::sqlite
