// Runs under scripts/with_postgres, which names a server in PARLEY_TEST_POSTGRES.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <stdexcept>

#include <pqxx/pqxx>

#include "base/ids.hpp"
#include "storage/tests/control_store_contract.hpp"

namespace parley::storage {
namespace {

// A database of its own on the server, dropped at the end.
class PostgresControlDatabase final : public ControlTestDatabase {
 public:
  PostgresControlDatabase() {
    std::ranges::transform(name_, name_.begin(), [](unsigned char c) { return std::tolower(c); });
    on_server("CREATE DATABASE " + name_);
  }
  ~PostgresControlDatabase() override {
    try {
      on_server("DROP DATABASE " + name_ + " WITH (FORCE)");
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  PostgresControlDatabase(const PostgresControlDatabase&) = delete;
  PostgresControlDatabase& operator=(const PostgresControlDatabase&) = delete;

  std::unique_ptr<sql::Database> open() override {
    const std::string url = server().substr(0, server().rfind('/') + 1) + name_;
    auto database = sql::open_postgres(url, {});
    if (!database) throw std::runtime_error(describe(database.error()));
    return std::move(*database);
  }

 private:
  static std::string server() {
    const char* url = std::getenv("PARLEY_TEST_POSTGRES");
    if (url == nullptr)
      throw std::runtime_error("PARLEY_TEST_POSTGRES is not set: use scripts/with_postgres");
    return url;
  }
  static void on_server(const std::string& statement) {
    pqxx::connection connection(server());
    pqxx::nontransaction(connection).exec(statement);
  }

  std::string name_ = "control_" + make_id();
};

std::unique_ptr<ControlTestDatabase> make_postgres_control_database() {
  return std::make_unique<PostgresControlDatabase>();
}

INSTANTIATE_TEST_SUITE_P(Postgres, ControlStoreContract, testing::Values(&make_postgres_control_database));

}  // namespace
}  // namespace parley::storage
