#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;
using Reseal = std::function<Result<std::string>(const std::string& sealed, const std::string& place)>;

struct Sealed {
  std::string id;
  std::string place;
  std::string text;
};

Sealed read_sealed(RowReader& row) {
  return {.id = row.text(), .place = row.text(), .text = row.text()};
}

struct SealedColumn {
  std::string_view table;
  std::string_view column;
  std::string_view place;  // SQL
};
constexpr SealedColumn kColumns[] = {
    {"webhooks", "sealed_secret", "'webhook ' || id"},
    {"telephony_configs", "sealed_credentials", "'telephony ' || id"},
    {"provider_keys", "sealed_key", "'provider ' || workspace_id || ' ' || provider"},
};

Result<int> reseal_column(sql::Connection& connection, const SealedColumn& column, const Reseal& reseal) {
  const auto rows =
      control::list(connection,
                    fmt::format("SELECT id, {}, {} FROM {} WHERE {} <> '' ORDER BY id{}", column.place,
                                column.column, column.table, column.column, control::locking(connection)),
                    {}, read_sealed);
  if (!rows) return fail(rows.error());
  // The etag rises, so that whoever read the record before cannot put the old secret back.
  const std::string update =
      fmt::format("UPDATE {} SET {} = ?, etag = etag + 1 WHERE id = ?", column.table, column.column);
  for (const Sealed& sealed : *rows) {
    const Result<std::string> anew = reseal(sealed.text, sealed.place);
    if (!anew) return fail(anew.error());
    if (const auto updated = connection.run(update, {*anew, sealed.id}); !updated)
      return fail(updated.error());
  }
  return static_cast<int>(rows->size());
}

}  // namespace

Result<int> SqlControlStore::reseal_all(const Reseal& reseal) {
  return sql::in_transaction<int>(database_, [&](sql::Connection& connection) -> Result<int> {
    int secrets = 0;
    for (const SealedColumn& column : kColumns) {
      const Result<int> resealed = reseal_column(connection, column, reseal);
      if (!resealed) return fail(resealed.error());
      secrets += *resealed;
    }
    return secrets;
  });
}

}  // namespace parley::storage
