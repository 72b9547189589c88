// The API's description, and what the server itself reads from it: routes, who may use them, and the shape of
// parameters and bodies. The document is the router: an operation exists when it is described and a handler
// has its name, and start-up fails when one of the two is missing.
//
// The document is made of the files in openapi/*.yaml (paths and components of one resource each, base.yaml
// the rest), embedded in the program. Members of ours: `x-access: agents:read` (resource and level) or
// `x-public: true`; `x-body-limit: BYTES`; `x-audit: false`.
//
// Immutable after load(): any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "api/openapi_document.hpp"
#include "api/problem.hpp"
#include "control/principal.hpp"

namespace parley::api {

struct Operation {
  std::string id;  // operationId
  std::string method;
  std::string path;  // pattern with {parameters}
  bool is_public = false;
  std::string resource;  // of x-access
  control::AccessLevel level = control::AccessLevel::read;
  std::size_t body_limit = 256 * 1024;
  bool has_body = false;
  bool body_required = false;
  bool audited = true;      // x-audit: false for what is no change that anybody would look for
  bool compatible = false;  // an address of set-ups that existed before: problems have success and error, too
};

class OpenApi {
 public:
  // Merges the embedded files; an error (a bug in them) names file and place.
  static Result<std::shared_ptr<const OpenApi>> load();
  // The same of other files: for tests.
  static Result<std::shared_ptr<const OpenApi>> of(std::span<const OpenApiFile> files);
  ~OpenApi();

  const std::vector<Operation>& operations() const;
  const Operation* find(std::string_view operation_id) const;
  // The document as JSON, with `server_url` in it.
  std::string json(std::string_view server_url) const;

  // Checks against the operation's schema. Unknown members, wrong types, missing ones, limits: each its
  // pointer. Values of query parameters are given back as text with defaults filled in.
  using Values = std::map<std::string, std::string, std::less<>>;
  std::expected<Values, Problem> check_query(const Operation& operation, std::string_view raw_query) const;
  std::optional<Problem> check_path(const Operation& operation, const Values& parameters) const;
  // Parses (depth ≤ 32, valid UTF-8) and checks. Nothing given and nothing needed: null.
  std::expected<boost::json::value, Problem> check_body(const Operation& operation,
                                                        std::string_view content_type,
                                                        std::string_view body) const;

  // For tests of handlers: what of an answer is not as the description says; empty: nothing.
  std::vector<InvalidPart> check_answer(const Operation& operation, int status, std::string_view content_type,
                                        std::string_view body) const;

 private:
  OpenApi();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::api
