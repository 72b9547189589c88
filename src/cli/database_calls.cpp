#include "cli/database_calls.hpp"

#include <filesystem>
#include <ostream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "api/call_json.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "cli/api_view.hpp"
#include "storage/call_log.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"
#include "vendor/json.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;

Result<storage::WallMillis> time_of(const std::string& text) {
  if (text.empty()) return 0;
  const auto at = parse_utc_time(text);
  if (!at)
    return fail(Errc::invalid_argument, fmt::format("'{}' is no time like 2026-11-21T08:00:00Z", text));
  return *at;
}

Result<storage::CallFilter> filter_of(const ApiCommand& command, const Given& given) {
  const auto value = [&](std::string_view name) -> std::string {
    for (const Argument& argument : command.arguments) {
      if (argument.name == name) return value_of(argument, given);
    }
    return {};
  };
  storage::CallFilter filter;
  filter.agent = value("agent");
  filter.number = value("number");
  filter.outcome = value("outcome");
  filter.text = value("text");
  filter.session_id = value("sessionId");
  filter.phone_id = value("phoneId");
  if (const std::string status = value("status"); !status.empty()) {
    filter.status = storage::parse_call_status(status);
    if (!filter.status)
      return fail(
          Errc::invalid_argument,
          "--status is queued, ringing, in_progress, completed, failed, interrupted, busy, no_answer or "
          "canceled");
  }
  auto since = time_of(value("since"));
  if (!since) return fail(std::move(since.error()));
  auto before = time_of(value("before"));
  if (!before) return fail(std::move(before.error()));
  filter.since = *since;
  filter.before = *before;
  const auto limit = vendor::integer_member(json::object{{"limit", value("limit")}}, "limit");
  if (!limit || *limit < 1 || *limit > 1'000'000)
    return fail(Errc::invalid_argument, "--limit is from 1 to 1000000");
  filter.limit = static_cast<int>(*limit);
  return filter;
}

Result<json::value> read(storage::CallStore& store, const ApiCommand& command, const Given& given) {
  if (command.view == View::call) {
    auto call = store.find_call(value_of(command.arguments.front(), given));
    if (!call) return fail(std::move(call.error()));
    return json::value(api::detail_to_json(*call));
  }
  const auto filter = filter_of(command, given);
  if (!filter) return fail(filter.error());
  auto calls = store.list_calls(*filter);
  if (!calls) return fail(std::move(calls.error()));
  json::array items;
  for (const storage::CallSummary& call : *calls)
    items.push_back(api::summary_to_json(call));
  return json::value(json::object{{"items", std::move(items)}, {"nextCursor", nullptr}});
}

}  // namespace

int run_on_database(const settings::Settings& settings, const ApiCommand& command, const Given& given,
                    Output output, const Surroundings& around) {
  const auto failed = [&](const Error& error) {
    around.err << "parley: " << error.message << "\n";
    return 1;
  };
  storage::sql::OpenOptions options;
  options.read_only = true;
  const auto file = std::filesystem::path(settings.data_dir) / storage::kSqliteFile;
  const auto database = settings.database_url.empty()
                            ? storage::sql::open_sqlite(file.string(), options)
                            : storage::sql::open_postgres(settings.database_url, options);
  if (!database) return failed(database.error());
  metrics::Registry registry;
  const auto store = storage::open_call_log_for_reading(**database, registry);
  const auto answer = read(*store, command, given);
  if (!answer) return failed(answer.error());
  around.out << (output == Output::json ? json::serialize(*answer) + "\n" : render_answer(command, *answer));
  return 0;
}

}  // namespace parley::cli
