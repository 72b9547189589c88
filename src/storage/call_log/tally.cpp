#include "storage/call_log/tally.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/valid_text.hpp"

namespace parley::storage::call_log {
namespace {

// Enough for a median that does not jump, and no more than a few milliseconds' work however many calls there
// are in the span.
constexpr std::int64_t kMostTurns = 5000;
constexpr std::int64_t kMostCalls = 2000;
constexpr std::int64_t kMostSeen = 10'000;

enum class Kind { answered, missed, neither };

Kind kind_of(CallStatus status, bool without_stream) {
  switch (status) {
    case CallStatus::in_progress:
    case CallStatus::completed:
    case CallStatus::interrupted:
      // The carrier calls completed also what it has connected to somebody else.
      return without_stream ? Kind::neither : Kind::answered;
    case CallStatus::failed:
    case CallStatus::busy:
    case CallStatus::no_answer:
    case CallStatus::canceled:
      return Kind::missed;
    case CallStatus::queued:
    case CallStatus::ringing:
      break;
  }
  return Kind::neither;
}

Result<void> add_counts(sql::Connection& connection, const std::string& workspace, WallMillis since,
                        WallMillis before, CallTally& tally) {
  const auto rows = connection.query(
      "SELECT status, without_stream, count(*), CAST(sum(duration_ms) AS BIGINT) FROM calls WHERE "
      "workspace_id = ? AND started_at >= ? AND started_at < ? GROUP BY status, without_stream",
      {workspace, since, before});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto status = parse_call_status(rows->text(i, 0));
    const std::int64_t count = rows->integer(i, 2);
    tally.calls += count;
    tally.duration_ms += rows->integer(i, 3);
    const Kind kind = status ? kind_of(*status, rows->integer(i, 1) != 0) : Kind::neither;
    if (kind == Kind::answered) tally.answered += count;
    if (kind == Kind::missed) tally.missed += count;
  }
  return {};
}

// By the nearest rank; `sorted` is not empty.
double percentile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace

Result<CallTally> tally(sql::Connection& connection, const std::string& workspace, WallMillis since,
                        WallMillis before) {
  CallTally tally;
  if (auto added = add_counts(connection, valid_text(workspace), since, before, tally); !added)
    return fail(std::move(added.error()));
  const auto rows = connection.query(
      "SELECT t.sent_ms FROM (SELECT id, started_at FROM calls WHERE workspace_id = ? AND started_at >= ? "
      "AND "
      "started_at < ? ORDER BY started_at DESC, id DESC LIMIT ?) AS c JOIN turns t ON t.call_id = c.id WHERE "
      "t.input_kind = 'speech' AND t.sent_ms IS NOT NULL ORDER BY c.started_at DESC, c.id DESC, t.number "
      "DESC "
      "LIMIT ?",
      {valid_text(workspace), since, before, kMostCalls, kMostTurns});
  if (!rows) return fail(rows.error());
  std::vector<double> waits;
  waits.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (const auto wait = rows->real(i, 0)) waits.push_back(*wait);
  }
  if (waits.empty()) return tally;
  std::ranges::sort(waits);
  tally.median_response_ms = percentile(waits, 0.5);
  tally.p95_response_ms = percentile(waits, 0.95);
  return tally;
}

Result<CallsSeen> seen(sql::Connection& connection, const std::string& workspace,
                       const std::string& simulator) {
  const auto rows = connection.query(
      "SELECT count(CASE WHEN carrier = 'browser' THEN 1 END), count(CASE WHEN carrier <> 'browser' AND "
      "without_stream = 0 AND status NOT IN ('queued', 'ringing') AND account_id <> ? THEN 1 END) FROM "
      "(SELECT "
      "carrier, without_stream, status, account_id FROM calls WHERE workspace_id = ? ORDER BY started_at "
      "DESC, "
      "id DESC LIMIT ?) AS newest",
      {simulator, valid_text(workspace), kMostSeen});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return CallsSeen{};
  return CallsSeen{.from_browser = rows->integer(0, 0) > 0, .by_phone = rows->integer(0, 1) > 0};
}

}  // namespace parley::storage::call_log
