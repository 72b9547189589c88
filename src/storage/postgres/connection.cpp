#include "storage/postgres/connection.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace parley::storage::postgres {
namespace {

constexpr std::size_t kKeptStatements = 300;
// The server's own limit should end a slow statement first: that costs no connection.
constexpr std::chrono::milliseconds kGrace{3000};

// https://www.postgresql.org/docs/15/errcodes-appendix.html
Errc classify(std::string_view state) {
  if (state == "23505") return Errc::already_exists;
  if (state == "53100") return Errc::io;  // disk full
  // 25006: the other end has become a read-only standby.
  if (state == "25006" || state == "57014" || state == "55P03") return Errc::unavailable;
  const std::string_view kind = state.substr(0, 2);
  if (kind == "08" || kind == "53" || kind == "57" || kind == "40") return Errc::unavailable;
  if (kind == "58") return Errc::io;
  if (kind == "22" || kind == "23" || kind == "54") return Errc::invalid_argument;
  if (kind == "28" || state == "42501") return Errc::permission_denied;
  return Errc::internal;
}

// The first line: those after it repeat the statement and the values.
std::string first_line(std::string_view message) {
  const std::size_t begin = message.find_first_not_of(" \n");
  if (begin == std::string_view::npos) return "no reason given";
  message.remove_prefix(begin);
  return std::string(message.substr(0, message.find('\n')));
}

// A NULL is an absent address for libpq.
std::vector<const char*> addresses(std::span<const sql::Value> values, std::vector<std::string>& numbers) {
  numbers.reserve(values.size());  // their addresses must stay
  std::vector<const char*> out;
  out.reserve(values.size());
  for (const sql::Value& value : values) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      out.push_back(text->c_str());
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      out.push_back(numbers.emplace_back(fmt::format("{}", *number)).c_str());
    } else if (const auto* real = std::get_if<double>(&value)) {
      out.push_back(numbers.emplace_back(fmt::format("{}", *real)).c_str());
    } else {
      out.push_back(nullptr);
    }
  }
  return out;
}

sql::Value value_of(const pqxx::field& field, pqxx::oid type) {
  if (field.is_null()) return {};
  switch (type) {
    case 20:  // int8, int2, int4
    case 21:
    case 23:
      return field.as<std::int64_t>();
    case 700:  // float4, float8, numeric
    case 701:
    case 1700:
      return field.as<double>();
    case 16:  // bool
      return std::int64_t{field.c_str()[0] == 't'};
    default:
      return std::string(field.c_str(), field.size());
  }
}

sql::Rows rows_of(const pqxx::result& result) {
  const auto columns = result.columns();
  std::vector<sql::Value> cells;
  cells.reserve(static_cast<std::size_t>(result.size()) * columns);
  for (const pqxx::row& row : result) {
    for (pqxx::row_size_type column = 0; column < columns; ++column)
      cells.push_back(value_of(row[column], result.column_type(column)));
  }
  return {columns, std::move(cells)};
}

}  // namespace

struct PostgresConnection::Link : pqxx::connection {
  using pqxx::connection::connection;

  // libpqxx would reconnect by itself in the middle of what we take for a transaction. Later versions never
  // do and have deprecated the switch.
  void stay_lost() {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);
#pragma clang diagnostic pop
  }
};

PostgresConnection::PostgresConnection(const Target& target, const Options& options, Watchdog& dog)
    : target_(target), options_(options), dog_(dog) {}
PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const Target& target,
                                                                     const Options& options, Watchdog& dog) {
  std::unique_ptr<PostgresConnection> made(new PostgresConnection(target, options, dog));
  try {
    made->connection_ = std::make_unique<Link>(target.connect);
    made->connection_->stay_lost();
    // Notices go to stderr otherwise.
    made->connection_->set_verbosity(pqxx::connection_base::terse);
  } catch (const std::exception& error) {
    const std::string reason = first_line(error.what());
    // libpq gives no state for a refused connection; only the words tell a wrong password from a dead server.
    const bool refused = reason.find("authentication failed") != std::string::npos ||
                         reason.find("does not exist") != std::string::npos ||
                         reason.find("no pg_hba.conf entry") != std::string::npos;
    return fail(refused ? Errc::permission_denied : Errc::unavailable,
                fmt::format("cannot connect to {}: {}", target.place, reason));
  }
  if (auto set =
          made->script(fmt::format("SET statement_timeout = {}; SET standard_conforming_strings = on; "
                                   "SET client_min_messages = error; SET default_transaction_read_only "
                                   "= {}",
                                   options.statement_patience.count(), options.read_only ? "on" : "off"));
      !set) {
    return fail(std::move(set.error()));
  }
  return made;
}

Error PostgresConnection::lost() {
  broken_ = true;
  in_transaction_ = false;
  return {Errc::unavailable, fmt::format("{}: the connection was lost", target_.place)};
}

Result<void> PostgresConnection::guarded(const std::function<void()>& work) {
  if (broken_) return fail(lost());
  if (failed_) {
    return fail(Errc::internal,
                fmt::format("{}: the transaction has failed and can only be rolled back", target_.place));
  }
  try {
    const Watchdog::Watch watch(dog_, connection_->sock(), options_.statement_patience + kGrace);
    work();
    return {};
  } catch (const pqxx::broken_connection&) {
    return fail(lost());
  } catch (const pqxx::sql_error& error) {
    if (!connection_->is_open() || error.sqlstate().empty()) return fail(lost());
    failed_ = in_transaction_;
    // 57P01 to 57P03: the server is going away and has closed this connection.
    if (error.sqlstate().starts_with("57P")) broken_ = true;
    return fail(classify(error.sqlstate()), fmt::format("{}: {}", target_.place, first_line(error.what())));
  } catch (const std::exception& error) {
    if (!connection_->is_open()) return fail(lost());
    failed_ = in_transaction_;
    return fail(Errc::internal, fmt::format("{}: {}", target_.place, first_line(error.what())));
  }
}

const std::string& PostgresConnection::prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  if (statements_.size() >= kKeptStatements) {
    for (const auto& [text, name] : statements_)
      connection_->unprepare(name);
    statements_.clear();
  }
  std::string name = fmt::format("s{}", ++next_name_);
  connection_->prepare(name, numbered_placeholders(sql));
  return statements_.emplace(std::string(sql), std::move(name)).first->second;
}

Result<void> PostgresConnection::execute(std::string_view sql, std::span<const sql::Value> values,
                                         pqxx::result& out) {
  return guarded([&] {
    std::vector<std::string> numbers;
    const std::vector<const char*> parameters = addresses(values, numbers);
    pqxx::nontransaction statement(*connection_);
    out = statement.exec_prepared(prepared(sql), pqxx::prepare::make_dynamic_params(parameters));
  });
}

Result<sql::Rows> PostgresConnection::query(std::string_view sql, std::span<const sql::Value> values) {
  pqxx::result result;
  if (auto done = execute(sql, values, result); !done) return fail(std::move(done.error()));
  sql::Rows rows;
  if (auto read = guarded([&] { rows = rows_of(result); }); !read) return fail(std::move(read.error()));
  return rows;
}

Result<std::int64_t> PostgresConnection::run(std::string_view sql, std::span<const sql::Value> values) {
  pqxx::result result;
  if (auto done = execute(sql, values, result); !done) return fail(std::move(done.error()));
  return static_cast<std::int64_t>(result.affected_rows());
}

Result<void> PostgresConnection::script(const std::string& sql) {
  return guarded([&] {
    pqxx::nontransaction statement(*connection_);
    statement.exec(sql);
  });
}

Result<void> PostgresConnection::begin() {
  if (auto begun = script("BEGIN"); !begun) return begun;
  in_transaction_ = true;
  return {};
}

Result<void> PostgresConnection::commit() {
  auto done = script("COMMIT");
  // A COMMIT that fails (a constraint checked late, a lost server) leaves no transaction behind.
  in_transaction_ = in_transaction_ && failed_ && !done;
  return done;
}

void PostgresConnection::roll_back() {
  if (!in_transaction_) return;
  failed_ = false;
  // What could not be rolled back is thrown away with its connection.
  if (!script("ROLLBACK")) broken_ = true;
  in_transaction_ = false;
  failed_ = false;
}

}  // namespace parley::storage::postgres
