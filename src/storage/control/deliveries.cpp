#include <algorithm>

#include <fmt/format.h>

#include "base/ids.hpp"
#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "id, workspace_id, webhook_id, event_id, event_type, body, status, attempts, next_attempt_at, "
    "last_status, "
    "last_error, created_at, finished_at";

DeliveryRecord read_delivery(RowReader& row) {
  DeliveryRecord delivery;
  delivery.id = row.text();
  delivery.workspace_id = row.text();
  delivery.webhook_id = row.text();
  delivery.event_id = row.text();
  delivery.event_type = row.text();
  delivery.body = row.text();
  delivery.status = parse_delivery_status(row.text()).value_or(DeliveryStatus::dead);
  delivery.attempts = row.number();
  delivery.next_attempt_at = row.integer();
  delivery.last_status = row.number();
  delivery.last_error = row.text();
  delivery.created_at = row.integer();
  delivery.finished_at = row.integer();
  return delivery;
}

struct Subscriber {
  std::string id;
  std::vector<std::string> events;
};

Subscriber read_subscriber(RowReader& row) {
  return {.id = row.text(), .events = control::texts_of(row.text())};
}

bool wants(const Subscriber& webhook, const std::string& event_type) {
  return std::ranges::any_of(
      webhook.events, [&](const std::string& wanted) { return wanted == "*" || wanted == event_type; });
}

// The subscribers stay until the end of the transaction: a delivery cannot be without its webhook.
Result<std::vector<Subscriber>> lock_subscribers(sql::Connection& connection, const std::string& workspace) {
  return control::list(connection,
                       fmt::format("SELECT id, events FROM webhooks WHERE workspace_id = ? AND enabled = 1 "
                                   "ORDER BY id{}",
                                   control::keeping(connection)),
                       {workspace}, read_subscriber);
}

// In PostgreSQL two nodes skip what the other one is just taking; SQLite lets one write at a time.
std::string take_due_sql(sql::Dialect dialect) {
  constexpr std::string_view kDue =
      "SELECT id FROM deliveries WHERE status = 'pending' AND next_attempt_at <= ? AND EXISTS (SELECT 1 FROM "
      "webhooks WHERE webhooks.id = deliveries.webhook_id AND enabled = 1) ORDER BY next_attempt_at, id "
      "LIMIT ?";
  if (dialect == sql::Dialect::postgres) {
    // Materialized: the planner must not run the locking part twice.
    return fmt::format(
        "WITH due AS MATERIALIZED ({} FOR UPDATE SKIP LOCKED) UPDATE deliveries SET next_attempt_at = ? "
        "WHERE "
        "id IN (SELECT id FROM due) RETURNING {}",
        kDue, kColumns);
  }
  return fmt::format(
      "WITH due AS MATERIALIZED ({}) UPDATE deliveries SET next_attempt_at = ? WHERE id IN (SELECT id FROM "
      "due) RETURNING {}",
      kDue, kColumns);
}

}  // namespace

Result<int> SqlControlStore::queue_deliveries(const std::string& workspace, const std::string& event_id,
                                              const std::string& event_type, const std::string& body,
                                              WallMillis now) {
  return sql::in_transaction<int>(database_, [&](sql::Connection& connection) -> Result<int> {
    const auto webhooks = lock_subscribers(connection, workspace);
    if (!webhooks) return fail(webhooks.error());
    int queued = 0;
    for (const Subscriber& webhook : *webhooks) {
      if (!wants(webhook, event_type)) continue;
      const auto inserted = connection.run(
          fmt::format(
              "INSERT INTO deliveries ({}) VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, 0, '', ?, 0) ON "
              "CONFLICT (webhook_id, event_id) DO NOTHING",
              kColumns),
          {make_id(), workspace, webhook.id, event_id, event_type, body, now, now});
      if (!inserted) return fail(inserted.error());
      queued += static_cast<int>(*inserted);
    }
    return queued;
  });
}

Result<void> SqlControlStore::queue_delivery(const std::string& workspace, const std::string& webhook_id,
                                             const std::string& event_id, const std::string& event_type,
                                             const std::string& body, WallMillis now) {
  return control::change_one(
      database_,
      fmt::format(
          "INSERT INTO deliveries ({}) SELECT ?, workspace_id, id, ?, ?, ?, 'pending', 0, ?, 0, '', ?, 0 "
          "FROM webhooks WHERE workspace_id = ? AND id = ?",
          kColumns),
      {make_id(), event_id, event_type, body, now, now, workspace, webhook_id},
      control::no_record("webhook", webhook_id));
}

Result<std::vector<DeliveryRecord>> SqlControlStore::take_due_deliveries(WallMillis now, WallMillis until,
                                                                         int limit) {
  auto writer = database_.writer();
  if (!writer) return fail(std::move(writer.error()));
  auto taken = control::list(**writer, take_due_sql(database_.dialect()),
                             {now, control::page_limit(limit), until}, read_delivery);
  if (taken) std::ranges::sort(*taken, {}, &DeliveryRecord::id);
  return taken;
}

Result<void> SqlControlStore::update_delivery(const DeliveryRecord& record) {
  return control::change_one(
      database_,
      "UPDATE deliveries SET status = ?, attempts = ?, next_attempt_at = ?, last_status = ?, last_error = ?, "
      "finished_at = ? WHERE workspace_id = ? AND id = ?",
      {std::string(to_string(record.status)), record.attempts, record.next_attempt_at, record.last_status,
       record.last_error, record.finished_at, record.workspace_id, record.id},
      control::no_record("delivery", record.id));
}

Result<std::vector<DeliveryRecord>> SqlControlStore::list_deliveries(const std::string& workspace,
                                                                     const std::string& webhook_id,
                                                                     std::optional<DeliveryStatus> status,
                                                                     const Page& page) {
  std::string sql = fmt::format("SELECT {} FROM deliveries WHERE workspace_id = ?", kColumns);
  std::vector<sql::Value> values{workspace};
  const auto narrow = [&](std::string_view condition, std::string value) {
    sql += condition;
    values.emplace_back(std::move(value));
  };
  if (!webhook_id.empty()) narrow(" AND webhook_id = ?", webhook_id);
  if (status) narrow(" AND status = ?", std::string(to_string(*status)));
  if (!page.after.empty()) narrow(" AND id < ?", page.after);
  sql += " ORDER BY id DESC LIMIT ?";
  values.emplace_back(control::page_limit(page.limit));

  return control::list(database_, sql, values, read_delivery);
}

Result<DeliveryRecord> SqlControlStore::find_delivery(const std::string& workspace, const std::string& id) {
  return control::find(database_,
                       fmt::format("SELECT {} FROM deliveries WHERE workspace_id = ? AND id = ?", kColumns),
                       {workspace, id}, read_delivery, control::no_record("delivery", id));
}

}  // namespace parley::storage
