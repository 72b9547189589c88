#include "storage/postgres/target.hpp"

#include <libpq-fe.h>
#include <map>
#include <memory>

#include <fmt/format.h>

namespace parley::storage::postgres {
namespace {

std::string quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

}  // namespace

Result<Target> parse_target(const std::string& url, std::chrono::milliseconds patience) {
  char* complaint = nullptr;  // quotes the URL, so it is thrown away
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(url.c_str(), &complaint), &PQconninfoFree);
  PQfreemem(complaint);
  if (!parsed) {
    return fail(
        Errc::invalid_argument,
        "the address of the PostgreSQL database is not understood: write "
        "postgresql://user:password@host:5432/name, with %40 for an @ and %3A for a : in the password");
  }
  std::map<std::string, std::string> options;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') options[option->keyword] = option->val;
  }
  // What remains of a password with an @ in it would be shown as the host.
  if (options["host"].find('@') != std::string::npos) {
    return fail(Errc::invalid_argument,
                "the address of the PostgreSQL database has more than one @: write %40 for those in the "
                "password");
  }
  Target target;
  const std::string host = options["host"].empty() ? "localhost" : options["host"];
  const std::string port = options["port"].empty() ? "5432" : options["port"];
  target.place = fmt::format("postgresql://{}:{}/{}", host, port, options["dbname"]);

  // libpq counts whole seconds and takes 1 for 2.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(patience).count();
  options.emplace("connect_timeout", fmt::format("{}", std::max<std::int64_t>(seconds, 2)));
  options.emplace("tcp_user_timeout", "15000");
  options.emplace("keepalives_idle", "30");
  options.emplace("keepalives_interval", "10");
  options.emplace("keepalives_count", "3");
  options.emplace("application_name", "parley");
  options["client_encoding"] = "UTF8";
  for (const auto& [key, value] : options) {
    if (!value.empty()) target.connect += fmt::format("{}={} ", key, quoted(value));
  }
  return target;
}

std::string numbered_placeholders(std::string_view sql) {
  std::string out;
  out.reserve(sql.size() + 16);
  char quote = '\0';
  int number = 0;
  for (const char c : sql) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '?') {
      out += fmt::format("${}", ++number);
      continue;
    }
    out += c;
  }
  return out;
}

}  // namespace parley::storage::postgres
