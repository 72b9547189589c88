#include "storage/call_log/usage_sums.hpp"

#include <map>

#include "base/clock.hpp"
#include "base/valid_text.hpp"
#include "storage/call_log/queries.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Value;

constexpr std::int64_t kDayMs = 86'400'000;

struct Sum {
  std::int64_t calls = 0;
  std::int64_t duration_ms = 0;
  std::map<std::string, std::int64_t> micros;  // by currency
};
using Sums = std::map<std::string, Sum>;

// Literals of ours only.
std::string_view expression(UsageGroup group) {
  switch (group) {
    case UsageGroup::day:
      return "c.started_at / 86400000";
    case UsageGroup::agent:
      return "c.agent";
    case UsageGroup::number:
      return "c.to_number";
    case UsageGroup::vendor:
      break;
  }
  return "u.vendor || ' ' || u.model";
}

std::string name_of(const sql::Rows& rows, std::size_t row, UsageGroup group) {
  if (group == UsageGroup::day)
    return iso_day(WallTime(std::chrono::milliseconds(rows.integer(row, 0) * kDayMs)));
  std::string name = rows.text(row, 0);
  if (name.ends_with(' ')) name.pop_back();  // a vendor without a model
  return name;
}

Result<void> add_workspace(sql::Connection& connection, const std::string& workspace, WallMillis since,
                           WallMillis before, UsageGroup group, Sums& sums) {
  constexpr std::string_view kRange = " WHERE c.workspace_id = ? AND c.started_at >= ? AND c.started_at < ?";
  const std::initializer_list<Value> range{workspace, since, before};
  // A call that used one model in ten turns is one call of it.
  const std::string calls =
      group == UsageGroup::vendor
          ? fmt::format(
                "SELECT name, count(*), CAST(sum(duration_ms) AS BIGINT) FROM (SELECT DISTINCT {} AS name, "
                "c.id, c.duration_ms FROM calls c JOIN usage u ON u.call_id = c.id{}) AS used GROUP BY name",
                expression(group), kRange)
          : fmt::format(
                "SELECT {0}, count(*), CAST(sum(c.duration_ms) AS BIGINT) FROM calls c{1} GROUP BY {0}",
                expression(group), kRange);
  const auto counted = connection.query(calls, range);
  if (!counted) return fail(counted.error());
  for (std::size_t i = 0; i < counted->size(); ++i) {
    Sum& sum = sums[name_of(*counted, i, group)];
    sum.calls += counted->integer(i, 1);
    sum.duration_ms += counted->integer(i, 2);
  }
  const auto charged = connection.query(
      fmt::format("SELECT {0}, u.currency, CAST(sum(u.cost_micros) AS BIGINT) FROM calls c JOIN usage u ON "
                  "u.call_id = c.id{1} AND u.cost_micros IS NOT NULL GROUP BY {0}, u.currency",
                  expression(group), kRange),
      range);
  if (!charged) return fail(charged.error());
  for (std::size_t i = 0; i < charged->size(); ++i)
    sums[name_of(*charged, i, group)].micros[charged->text(i, 1)] += charged->integer(i, 2);
  return {};
}

}  // namespace

Result<std::vector<UsageSum>> sum_usage(sql::Connection& connection, const std::string& workspace,
                                        WallMillis since, WallMillis before, UsageGroup group) {
  std::vector<std::string> workspaces{valid_text(workspace)};
  if (workspace.empty()) {
    auto all = workspaces_of_calls(connection);
    if (!all) return fail(std::move(all.error()));
    workspaces = std::move(*all);
  }
  Sums sums;
  for (const std::string& one : workspaces) {
    if (auto added = add_workspace(connection, one, since, before, group, sums); !added)
      return fail(std::move(added.error()));
  }
  std::vector<UsageSum> rows;
  for (const auto& [name, sum] : sums) {
    UsageSum row{name, sum.calls, sum.duration_ms, "", 0};
    if (sum.micros.empty()) rows.push_back(row);
    for (const auto& [currency, micros] : sum.micros) {
      row.currency = currency;
      row.cost_micros = micros;
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace parley::storage::call_log
