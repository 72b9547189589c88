// The API's description as one JSON document, made of YAML files. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.hpp"
#include "base/yaml_tree.hpp"

namespace parley::api {

struct OpenApiFile {
  std::string_view name;
  std::string_view text;
};

// openapi/*.yaml, as they were when the program was built.
std::span<const OpenApiFile> embedded_openapi();

// Unquoted numbers, true, false and null are those; a key that stands twice in a map is an error.
Result<boost::json::value> to_json(const yaml::Node& node);

// base.yaml gives everything but what the others add: paths and components. A path or component that two
// files have is an error, and so is a reference to nothing. References inside examples, where OpenAPI has
// none, are replaced by what they point at.
Result<boost::json::object> merge_openapi(std::span<const OpenApiFile> files);

// What every operation must have, so that the document cannot rot: a summary, known tags, x-access or
// x-public, parameters for what its path names, bodies that say which members there are, answers with schemas
// and examples. A line for each mistake, naming the operation; empty: all is well.
std::vector<std::string> check_conventions(const boost::json::object& document);

}  // namespace parley::api
