#include "storage/control_store.hpp"

#include "storage/control/sql_control_store.hpp"

namespace parley::storage {

std::unique_ptr<ControlStore> make_control_store(sql::Database& database) {
  return std::make_unique<SqlControlStore>(database);
}

}  // namespace parley::storage
