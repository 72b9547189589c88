#include <stdexcept>

#include "storage/tests/control_store_contract.hpp"
#include "storage/tests/postgres_server.hpp"

namespace parley::storage {
namespace {

class PostgresControlDatabase final : public ControlTestDatabase {
 public:
  std::unique_ptr<sql::Database> open() override {
    auto database = sql::open_postgres(scratch_.url(), {});
    if (!database) throw std::runtime_error(describe(database.error()));
    return std::move(*database);
  }

 private:
  ScratchPostgres scratch_;
};

std::unique_ptr<ControlTestDatabase> make_postgres_control_database() {
  return std::make_unique<PostgresControlDatabase>();
}

INSTANTIATE_TEST_SUITE_P(Postgres, ControlStoreContract, testing::Values(&make_postgres_control_database));

}  // namespace
}  // namespace parley::storage
