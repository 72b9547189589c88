#include "storage/control/statements.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace parley::storage::control {
namespace {

// What the record's etag is now, or that it is not there.
Result<std::int64_t> current_etag(sql::Connection& connection, const Target& target, std::string_view lock) {
  const std::string sql =
      fmt::format("SELECT etag FROM {} WHERE workspace_id = ? AND id = ?{}", target.table, lock);
  const Result<sql::Rows> rows = connection.query(sql, {target.workspace, target.id});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(Errc::not_found, no_record(target.noun, target.id));
  return rows->integer(0, 0);
}

std::unexpected<Error> changed_meanwhile(const Target& target, std::int64_t etag) {
  return fail(
      Errc::conflict,
      fmt::format("the {} was changed meanwhile (its etag is {} now): read it again and repeat the change",
                  target.noun, etag));
}

}  // namespace

Result<std::int64_t> change(sql::Database& database, std::string_view sql, Values values) {
  auto writer = database.writer();
  if (!writer) return fail(std::move(writer.error()));
  return (*writer)->run(sql, values);
}

Result<sql::Rows> change_and_tell(sql::Database& database, std::string_view sql, Values values) {
  auto writer = database.writer();
  if (!writer) return fail(std::move(writer.error()));
  return (*writer)->query(sql, values);
}

Result<void> insert(sql::Database& database, std::string_view sql, Values values, const std::string& taken) {
  Result<std::int64_t> inserted = change(database, sql, values);
  if (!inserted) return fail(named(std::move(inserted.error()), taken));
  return {};
}

Result<void> change_one(sql::Database& database, std::string_view sql, Values values,
                        std::string_view missing) {
  const Result<std::int64_t> changed = change(database, sql, values);
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(Errc::not_found, std::string(missing));
  return {};
}

Error named(Error error, const std::string& taken) {
  if (error.code == Errc::already_exists) error.message = taken;
  return error;
}

Result<std::int64_t> update_record(sql::Connection& connection, const Target& target, std::string_view sql,
                                   Values values, const std::string& taken) {
  Result<sql::Rows> rows = connection.query(sql, values);
  if (!rows) return fail(named(std::move(rows.error()), taken));
  if (!rows->empty()) return rows->integer(0, 0);
  const Result<std::int64_t> etag = current_etag(connection, target, "");
  if (!etag) return fail(etag.error());
  return changed_meanwhile(target, *etag);
}

Result<std::int64_t> update_record(sql::Database& database, const Target& target, std::string_view sql,
                                   Values values, const std::string& taken) {
  auto writer = database.writer();
  if (!writer) return fail(std::move(writer.error()));
  return update_record(**writer, target, sql, values, taken);
}

Result<void> lock_record(sql::Connection& connection, const Target& target, std::int64_t expected_etag) {
  const Result<std::int64_t> etag = current_etag(connection, target, locking(connection));
  if (!etag) return fail(etag.error());
  if (expected_etag > 0 && *etag != expected_etag) return changed_meanwhile(target, *etag);
  return {};
}

std::string_view locking(const sql::Connection& connection) {
  return connection.dialect() == sql::Dialect::postgres ? " FOR UPDATE" : "";
}

std::string_view keeping(const sql::Connection& connection) {
  return connection.dialect() == sql::Dialect::postgres ? " FOR KEY SHARE" : "";
}

std::string no_record(std::string_view noun, std::string_view id) {
  return fmt::format("no {} '{}'", noun, id);
}

sql::Value reference(const std::string& id) {
  if (id.empty()) return {};
  return id;
}

std::string to_json(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const std::string& text : texts)
    array.emplace_back(text);
  return boost::json::serialize(array);
}

std::vector<std::string> texts_of(std::string_view json) {
  std::vector<std::string> texts;
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(json, error);
  const boost::json::array* array = error ? nullptr : value.if_array();
  if (array == nullptr) return texts;
  for (const boost::json::value& element : *array) {
    if (const boost::json::string* text = element.if_string()) texts.emplace_back(*text);
  }
  return texts;
}

std::int64_t page_limit(int limit) {
  return std::clamp(limit, 1, 10'000);
}

}  // namespace parley::storage::control
