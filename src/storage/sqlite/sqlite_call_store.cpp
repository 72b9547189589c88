#include "storage/sqlite/sqlite_call_store.hpp"

#include "storage/call_log.hpp"
#include "storage/owning_call_store.hpp"

namespace parley::storage {

Result<std::unique_ptr<CallStore>> open_sqlite_call_store(const std::filesystem::path& path,
                                                          const SqliteOptions& options,
                                                          metrics::Registry& registry) {
  sql::OpenOptions opening;
  opening.read_only = options.read_only;
  opening.patience = options.lock_patience;
  auto database = sql::open_sqlite(path.string(), opening);
  if (!database) return fail(std::move(database.error()));
  if (options.read_only) {
    auto store = open_call_log_for_reading(**database, registry);
    return std::make_unique<OwningCallStore>(std::move(*database), std::move(store));
  }
  CallLogOptions writing;
  writing.spool_dir = options.spool_dir;
  writing.queue_limit = options.queue_limit;
  writing.batch_delay = options.batch_delay;
  auto store = open_call_log(**database, std::move(writing), registry);
  if (!store) return fail(std::move(store.error()));
  return std::make_unique<OwningCallStore>(std::move(*database), std::move(*store));
}

}  // namespace parley::storage
