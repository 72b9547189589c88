// Queries, paths and bodies under any bytes, against the real description: nothing crashes, mistakes are few
// and are valid text, and what is let through is what handlers may rely on.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <boost/json/serialize.hpp>

#include "api/json_out.hpp"
#include "api/openapi.hpp"
#include "api/request_json.hpp"
#include "api/schema.hpp"
#include "api/text_format.hpp"

namespace {

using namespace parley::api;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_readable(const Problem& problem) {
  require(problem.status >= 400 && problem.errors.size() <= kMaxMistakes);
  for (const InvalidPart& part : problem.errors)
    require(is_valid_text(part.pointer) && is_valid_text(part.detail) && !part.detail.empty());
  require(is_valid_text(to_response(problem).body));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto description = OpenApi::load().value();
  if (size < 2) return 0;
  const auto& operations = description->operations();
  const Operation& operation = operations[data[0] % operations.size()];
  static constexpr const char* kTypes[] = {"application/json", "text/yaml",
                                           "application/x-www-form-urlencoded"};
  const std::string type = kTypes[data[1] % 3];
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);

  if (const auto query = description->check_query(operation, text)) {
    for (const auto& [name, value] : *query)
      require(is_valid_text(name) && is_valid_text(value));
  } else {
    require_readable(query.error());
  }
  if (const auto body = description->check_body(operation, type, text)) {
    // Unlike a query it may be sent on: as text it is JSON again.
    require(body->is_null() || parse_request_json(boost::json::serialize(*body)));
  } else {
    require_readable(body.error());
  }
  OpenApi::Values path;
  for (auto at = operation.path.find('{'); at != std::string::npos; at = operation.path.find('{', at + 1))
    path.emplace(operation.path.substr(at + 1, operation.path.find('}', at) - at - 1), text);
  if (const auto wrong = description->check_path(operation, path)) require_readable(*wrong);
  if (const auto cursor = decode_cursor(text)) {
    const auto again = decode_cursor(encode_cursor(*cursor));
    require(again && again->at == cursor->at && again->id == cursor->id);
  }
  return 0;
}
