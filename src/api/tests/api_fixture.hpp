// An Api over a small description of its own, with a real database, pool and users.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <boost/json/parse.hpp>
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "api/api.hpp"
#include "base/tests/temporary_directory.hpp"
#include "control/tests/loop_fixture.hpp"
#include "storage/sql/database.hpp"

namespace parley::api {

using namespace std::chrono_literals;

inline constexpr std::string_view kTestBase = R"(
openapi: 3.1.0
info: {title: T, version: v1}
tags: [{name: things}, {name: compatible}]
paths:
  /api/v1/open:
    get:
      {operationId: getOpen, summary: For all, tags: [things], x-public: true, responses: {'200': {description: Hello}, default: {$ref: '#/components/responses/Problem'}}}
  /api/v1/things:
    get:
      operationId: listThings
      summary: All
      tags: [things]
      x-access: things:read
      parameters:
        - {name: limit, in: query, description: How many, schema: {type: integer, minimum: 1, maximum: 200, default: 50}}
        - {name: text, in: query, description: With it, schema: {type: string, minLength: 1, maxLength: 5}}
        - {name: live, in: query, description: Only those, schema: {type: boolean}}
      responses: {'200': {description: They}, default: {$ref: '#/components/responses/Problem'}}
    post:
      operationId: makeThing
      summary: Make one
      tags: [things]
      x-access: things:write
      x-body-limit: 1000
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {name: one}}}
      responses: {'201': {description: It}, default: {$ref: '#/components/responses/Problem'}}
  /api/v1/things/{id}:
    parameters: [{name: id, in: path, required: true, description: Its id, schema: {type: string, maxLength: 20, pattern: '^[A-Za-z0-9]+$'}}]
    get:
      {operationId: getThing, summary: One, tags: [things], x-access: 'things:read', responses: {'200': {description: It}, default: {$ref: '#/components/responses/Problem'}}}
    delete:
      {operationId: deleteThing, summary: Delete it, tags: [things], x-access: 'things:admin', responses: {'204': {description: Gone}, default: {$ref: '#/components/responses/Problem'}}}
  /api/v1/things/special:
    get:
      {operationId: getSpecial, summary: A stream, tags: [things], x-access: 'things:read', responses: {'200': {description: It}, default: {$ref: '#/components/responses/Problem'}}}
    post:
      {operationId: poke, summary: Poke it, tags: [things], x-access: 'things:write', responses: {'202': {description: Done}, default: {$ref: '#/components/responses/Problem'}}}
  /api/v1/socket:
    get:
      {operationId: openSocket, summary: Events, tags: [things], x-access: 'things:read', responses: {'101': {description: Open}, default: {$ref: '#/components/responses/Problem'}}}
  /api/old:
    get:
      {operationId: getOld, summary: As before, tags: [compatible], x-access: 'things:read', responses: {'200': {description: It}, default: {$ref: '#/components/responses/Problem'}}}
components:
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: {type: string, minLength: 1, maxLength: 10}
        size: {type: [integer, 'null'], minimum: 1, maximum: 9}
  responses:
    Problem: {description: Wrong, content: {application/problem+json: {schema: {type: object}, example: {}}}}
)";

inline std::shared_ptr<const OpenApi> test_description() {
  const OpenApiFile file{"base.yaml", kTestBase};
  auto loaded = OpenApi::of(std::span(&file, 1));
  if (!loaded) throw std::runtime_error(describe(loaded.error()));
  return *loaded;
}

class ApiTest : public control::LoopTest {
 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  static std::unique_ptr<storage::sql::Database> open(const std::filesystem::path& directory) {
    auto database = storage::sql::open_sqlite(directory / "parley.db", {});
    if (!database) throw std::runtime_error(describe(database.error()));
    return std::move(*database);
  }

  // Makes the API; every operation that a test does not care for answers with its own name.
  Api& api() {
    if (api_) return *api_;
    api_ = std::make_unique<Api>(ApiDependencies{.description = description_,
                                                 .access = access_,
                                                 .store = *store_,
                                                 .cache = *cache_,
                                                 .pool = pool_,
                                                 .control = context_,
                                                 .clock = clock_,
                                                 .registry = registry_,
                                                 .options = options_});
    for (const Operation& operation : description_->operations()) {
      if (operation.id == "openSocket") continue;
      api_->on(operation.id, [this, id = operation.id](const ApiRequest& request) -> ApiResult {
        const std::scoped_lock lock(mutex_);
        last_ = std::make_unique<ApiRequest>(request);
        ++handled_;
        ApiAnswer answer;
        answer.body = boost::json::object{{"operation", id}};
        answer.audit_target = "thing 7";
        return answer;
      });
    }
    return *api_;
  }

  static net::HttpRequest request(std::string method, std::string path, Headers headers = {},
                                  std::string body = {}) {
    net::HttpRequest made;
    made.method = std::move(method);
    const auto question = path.find('?');
    made.path = path.substr(0, question);
    if (question != std::string::npos) made.query = path.substr(question + 1);
    made.headers = std::move(headers);
    made.remote_address = "127.0.0.1";
    if (made.header("host").empty()) made.headers.emplace_back("host", "localhost:8080");
    if (!body.empty() && made.header("content-type").empty())
      made.headers.emplace_back("content-type", "application/json");
    made.body = std::move(body);
    return made;
  }

  net::HttpResponse ask(net::HttpRequest asked) { return run(api().handle(std::move(asked))); }
  net::HttpResponse ask(std::string method, std::string path, Headers headers = {}, std::string body = {}) {
    return ask(request(std::move(method), std::move(path), std::move(headers), std::move(body)));
  }

  static std::string header(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  static boost::json::object problem(const net::HttpResponse& response) {
    EXPECT_EQ(response.content_type, "application/problem+json") << response.body;
    boost::system::error_code ec;
    const auto value = boost::json::parse(response.body, ec);
    EXPECT_FALSE(ec) << response.body;
    return value.is_object() ? value.get_object() : boost::json::object();
  }
  // "POINTER DETAIL" of each part that is wrong.
  static std::vector<std::string> errors(const net::HttpResponse& response) {
    std::vector<std::string> list;
    const auto document = problem(response);
    if (const auto* parts = document.if_contains("errors"); parts != nullptr) {
      for (const auto& part : parts->as_array())
        list.push_back(fmt::format("{} {}", std::string_view(part.at("pointer").as_string()),
                                   std::string_view(part.at("detail").as_string())));
    }
    return list;
  }

  control::Login make_owner() {
    return access_
        .accept_invite(access_.owner_link_token().value(), "Asha", "asha@example.com",
                       "correct horse battery")
        .value();
  }
  std::string make_key(const std::vector<std::string>& scopes) {
    return access_.create_api_key(control::local_principal(), "test", scopes, 0).value().token;
  }
  std::vector<storage::AuditRecord> audits() {
    return store_->list_audit(std::string(storage::kDefaultWorkspace), {.limit = 100}).value();
  }

  void TearDown() override { pool_.stop(); }

  TemporaryDirectory directory_;
  std::unique_ptr<storage::sql::Database> database_ = open(directory_.path());
  std::unique_ptr<storage::ControlStore> store_ = storage::make_control_store(*database_);
  std::unique_ptr<storage::Cache> cache_ = storage::make_memory_cache(clock_);
  control::Access access_{*store_, *cache_, clock_};
  metrics::Registry registry_;
  std::shared_ptr<const OpenApi> description_ = test_description();
  ApiOptions options_;
  std::mutex mutex_;
  std::unique_ptr<ApiRequest> last_;  // what the last handler got
  int handled_ = 0;
  std::unique_ptr<Api> api_;
};

}  // namespace parley::api
