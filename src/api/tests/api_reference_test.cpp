// docs/api-reference.md is written from the description: UPDATE_DOCS=1 writes it anew.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include <boost/json.hpp>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "api/openapi.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

std::string access_of(const Operation& operation) {
  if (operation.is_public) return "everybody";
  return fmt::format("`{}:{}`", operation.resource, control::to_string(operation.level));
}

std::string reference(const OpenApi& description) {
  const json::value document = json::parse(description.json("http://localhost:8080"));
  std::map<std::string, std::string> rows_by_tag;
  for (const Operation& operation : description.operations()) {
    std::string method;
    for (const char c : operation.method)
      method += static_cast<char>(std::tolower(c));
    const json::object& written = document.at("paths").at(operation.path).at(method).as_object();
    rows_by_tag[std::string(written.at("tags").at(0).as_string())] +=
        fmt::format("| `{} {}` | {} | {} |\n", operation.method, operation.path,
                    std::string_view(written.at("summary").as_string()), access_of(operation));
  }
  std::string text =
      "# Operations of the API\n\nWritten from the description that the server serves at "
      "`/api/v1/openapi.json`; "
      "`docs/api.md` is the guide.\n";
  for (const auto& [tag, rows] : rows_by_tag)
    text += fmt::format("\n## {}\n\n| | | Needs |\n|---|---|---|\n{}", tag, rows);
  return text;
}

TEST(ApiReference, ThePublishedListIsTheDescription) {
  const auto description = OpenApi::load();
  ASSERT_TRUE(description) << description.error().message;
  const std::string wanted = reference(**description);
  const std::string path = std::string(PARLEY_SOURCE_DIR) + "/docs/api-reference.md";
  if (std::getenv("UPDATE_DOCS") != nullptr) std::ofstream(path) << wanted;
  std::ifstream file(path);
  const std::string published{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(published, wanted) << "write it anew with UPDATE_DOCS=1";
}

}  // namespace
}  // namespace parley::api
