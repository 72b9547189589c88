#include <stdexcept>

#include "storage/tests/control_store_contract.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

class SqliteControlDatabase final : public ControlTestDatabase {
 public:
  std::unique_ptr<sql::Database> open() override {
    auto database = sql::open_sqlite(directory_.path() / "parley.db", {});
    if (!database) throw std::runtime_error(describe(database.error()));
    return std::move(*database);
  }

 private:
  TemporaryDirectory directory_;
};

std::unique_ptr<ControlTestDatabase> make_sqlite_control_database() {
  return std::make_unique<SqliteControlDatabase>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, ControlStoreContract, testing::Values(&make_sqlite_control_database));

}  // namespace
}  // namespace parley::storage
