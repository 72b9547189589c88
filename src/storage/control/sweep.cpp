#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

constexpr WallMillis kDay = 24LL * 60 * 60 * 1000;

// A statement that removes a bounded number of rows older than its value, so that no lock is held for long.
struct Broom {
  std::string_view sql;
  WallMillis keep_for;
};
constexpr std::int64_t kRowsAtOnce = 1000;
constexpr Broom kBrooms[] = {
    {"DELETE FROM logins WHERE token_hash IN (SELECT token_hash FROM logins WHERE expires_at <= ? LIMIT "
     "1000)",
     0},
    {"DELETE FROM invites WHERE token_hash IN (SELECT token_hash FROM invites WHERE expires_at <= ? LIMIT "
     "1000)",
     0},
    {"DELETE FROM idempotency WHERE (workspace_id, request_key) IN (SELECT workspace_id, request_key FROM "
     "idempotency WHERE created_at <= ? LIMIT 1000)",
     kDay},
    // What failed for good is looked at later than what went well.
    {"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE status <> 'pending' AND status = "
     "'delivered' AND finished_at <= ? LIMIT 1000)",
     30 * kDay},
    {"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE status <> 'pending' AND "
     "finished_at "
     "<= ? LIMIT 1000)",
     90 * kDay},
    {"DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at <= ? LIMIT 1000)", 365 * kDay},
};

}  // namespace

Result<void> SqlControlStore::sweep(WallMillis now) {
  for (const Broom& broom : kBrooms) {
    std::int64_t swept = kRowsAtOnce;
    while (swept == kRowsAtOnce) {
      const auto removed = control::change(database_, broom.sql, {now - broom.keep_for});
      if (!removed) return fail(removed.error());
      swept = *removed;
    }
  }
  return {};
}

}  // namespace parley::storage
