// Where everything is kept: one database, SQLite in the data directory or PostgreSQL by its address, with the
// call log and what people set up over it; and the key that seals their secrets.
#pragma once

#include <filesystem>
#include <memory>

#include "base/metrics.hpp"
#include "security/vault.hpp"
#include "settings/settings.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::app {

struct Stores {
  security::Vault vault;
  std::unique_ptr<storage::sql::Database> database;
  std::unique_ptr<storage::CallStore> calls;  // what is queued is on disk, or in the spool, when it is gone
  std::unique_ptr<storage::ControlStore> control;
};

// Makes or migrates the database; makes the key's file when there is none. Blocking; start-up only. Errors
// say what to do. The registry outlives the stores.
Result<Stores> open_stores(const settings::Settings& settings, metrics::Registry& registry);

}  // namespace parley::app
