#include "llm/tool_request.hpp"

#include <set>

#include <fmt/format.h>

#include "vendor/json.hpp"

namespace parley::llm {
namespace {

namespace json = vendor::json;

// As people write it, where JSON would write 12.5 as 1.25E1.
std::string text_of(const json::value& value) {
  if (const double* number = value.if_double()) return fmt::format("{}", *number);
  return value.is_string() ? std::string(value.get_string()) : vendor::to_text(value);
}

}  // namespace

Result<net::ClientRequest> make_tool_request(const agent::Tool& tool, std::string_view arguments) {
  json::object given;
  if (!arguments.empty()) {
    auto parsed = vendor::parse_json_object(arguments);
    if (!parsed) return fail(Errc::invalid_argument, "the arguments are not a JSON object");
    given = std::move(*parsed);
  }
  std::set<std::string, std::less<>> in_address;
  std::string url;
  std::string_view rest = tool.url;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    const std::size_t close = open == std::string_view::npos ? open : rest.find('}', open);
    if (close == std::string_view::npos) break;
    url += rest.substr(0, open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const json::value* value = vendor::member(given, name);
    if (value == nullptr)
      return fail(Errc::invalid_argument, fmt::format("the argument '{}' is missing", name));
    const std::string text = text_of(*value);
    // These would walk about in the path, escaped or not.
    if (text == "." || text == "..")
      return fail(Errc::invalid_argument, fmt::format("the argument '{}' cannot be '{}'", name, text));
    url += net::url_encode(text);
    in_address.emplace(name);
    rest.remove_prefix(close + 1);
  }
  url += rest;
  for (const std::string& name : in_address)
    given.erase(name);

  net::ClientRequest request;
  request.method = tool.method;
  request.headers.assign(tool.headers.begin(), tool.headers.end());
  request.deadline = request.head_deadline = tool.timeout;
  request.max_body_bytes = 1024 * 1024;
  if (tool.method == "GET" || tool.method == "DELETE") {
    char glue = url.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, value] : given) {
      url += fmt::format("{}{}={}", glue, net::url_encode(name), net::url_encode(text_of(value)));
      glue = '&';
    }
  } else {
    request.body = vendor::to_text(given);
    if (!net::find_header(request.headers, "content-type"))
      request.headers.emplace_back("Content-Type", "application/json");
  }
  request.url = std::move(url);
  return request;
}

}  // namespace parley::llm
