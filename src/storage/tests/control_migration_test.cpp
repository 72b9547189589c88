#include <gtest/gtest.h>

#include "storage/control_store.hpp"
#include "storage/sql/migrator.hpp"
#include "storage/sqlite/sqlite_sql.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

std::int64_t number(sql::Connection& connection, std::string_view sql) {
  const auto rows = connection.query(sql);
  return rows && !rows->empty() ? rows->integer(0, 0) : -1;
}

TEST(ControlMigrationTest, the_call_log_stays_as_it_is_and_belongs_to_the_default_workspace) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "parley.db";
  const auto steps = sql::embedded_migrations(sql::Dialect::sqlite);
  ASSERT_GE(steps.size(), 4U);
  ASSERT_EQ(steps[3].name, "control");
  {
    auto database = sqlite::Database::open(path, sqlite::Database::Mode::read_write);
    ASSERT_TRUE(database);
    sqlite::SqliteConnection connection(std::move(*database), sqlite::Database::Mode::read_write);
    ASSERT_TRUE(sql::migrate(connection, path, steps.first(3), 1));
    ASSERT_TRUE(
        connection.run("INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, "
                       "agent_text, messages, created_at, updated_at) VALUES ('default', 'S1', 'chat', "
                       "'clinic', '3', 'it''s', 7, 11, 12)"));
    ASSERT_TRUE(sql::migrate(connection, path, steps, 2));
    EXPECT_EQ(number(connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
  }

  auto database = sql::open_sqlite(path, {});
  ASSERT_TRUE(database) << describe(database.error());
  const auto store = make_control_store(**database);
  const auto session = store->find_session("default", "S1");
  ASSERT_TRUE(session) << describe(session.error());
  EXPECT_EQ(session->agent_text, "it's");
  EXPECT_EQ(session->messages, 7);
  EXPECT_EQ(session->created_at, 11);
  EXPECT_EQ(session->updated_at, 12);
  EXPECT_TRUE(store->find_workspace("default"));
  EXPECT_EQ(*store->count_owners(), 0);
}

}  // namespace
}  // namespace parley::storage
