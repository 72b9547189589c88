#include "api/openapi_document.hpp"

#include <gtest/gtest.h>

#include "api/openapi.hpp"

namespace parley::api {
namespace {

constexpr std::string_view kBase = R"(
openapi: 3.1.0
info: {title: T, version: v1}
tags: [{name: things}]
paths: {}
components:
  schemas:
    Thing: {type: object, additionalProperties: false, required: [name], properties: {name: {type: string, maxLength: 5}}}
  examples:
    Thing: {value: {name: one}}
  responses:
    Problem: {description: Wrong, content: {application/problem+json: {schema: {type: object}, example: {}}}}
)";

// One operation with everything; tests take lines away or put wrong ones in their place.
std::string things(std::string_view from = {}, std::string_view to = {}) {
  std::string text = R"(
paths:
  /things/{id}:
    put:
      operationId: putThing
      summary: Put it
      tags: [things]
      x-access: things:write
      parameters:
        - {name: id, in: path, required: true, description: Its id, schema: {type: string}}
        - {name: dry, in: query, description: Only try, schema: {type: boolean, default: false}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {$ref: '#/components/examples/Thing/value'}}}
      responses:
        '200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {name: one}}}}
        default: {$ref: '#/components/responses/Problem'}
)";
  if (const auto at = from.empty() ? std::string::npos : text.find(from); at != std::string::npos)
    text.replace(at, from.size(), to);
  return text;
}

std::string error_of(const std::string& file) {
  const std::array<OpenApiFile, 2> files{{{"things.yaml", file}, {"base.yaml", kBase}}};
  const auto loaded = OpenApi::of(files);
  return loaded ? "" : loaded.error().message;
}

TEST(OpenApiDocument, TheEmbeddedOneKeepsItsConventions) {
  const auto loaded = OpenApi::load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_NE((*loaded)->find("getHealth"), nullptr);
  EXPECT_EQ((*loaded)->find("getNothing"), nullptr);
}

TEST(OpenApiDocument, FilesAreMergedAndTheirExamplesFilledIn) {
  ASSERT_EQ(error_of(things()), "");
  const std::string text = things();
  const std::array<OpenApiFile, 2> files{{{"things.yaml", text}, {"base.yaml", kBase}}};
  const auto document = merge_openapi(files);
  ASSERT_TRUE(document);
  const auto& put = document->at("paths").at("/things/{id}").at("put");
  EXPECT_EQ(put.at("requestBody").at("content").at("application/json").at("example").at("name"), "one");
  EXPECT_TRUE(put.at("parameters").at(0).at("required").is_bool());
}

TEST(OpenApiDocument, TheServersAddressStandsInIt) {
  const std::string text = things();
  const std::array<OpenApiFile, 2> files{{{"things.yaml", text}, {"base.yaml", kBase}}};
  const auto loaded = OpenApi::of(files);
  ASSERT_TRUE(loaded);
  EXPECT_NE((*loaded)->json("https://x.example").find(R"("servers":[{"url":"https://x.example"}])"),
            std::string::npos);
}

TEST(OpenApiDocument, AnErrorNamesTheFile) {
  EXPECT_NE(error_of("paths: [").find("things.yaml"), std::string::npos);
  EXPECT_NE(error_of("info: {}").find("things.yaml: 'info' belongs into base.yaml"), std::string::npos);
  EXPECT_NE(error_of("paths: {/a: {}, /a: {}}").find("'/a' stands twice"), std::string::npos);
  EXPECT_NE(error_of("components: {schemas: {Thing: {}}}").find("'Thing' is in another file already"),
            std::string::npos);
}

struct Rotten {
  std::string_view from;
  std::string_view to;
  std::string_view message;
};

class OpenApiConventions : public testing::TestWithParam<Rotten> {};

TEST_P(OpenApiConventions, AnOperationThatBreaksThemIsNamed) {
  const std::string message = error_of(things(GetParam().from, GetParam().to));
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
  EXPECT_NE(message.find("/things/{id}"), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    All, OpenApiConventions,
    testing::Values(
        Rotten{"operationId: putThing", "description: x", "has no operationId"},
        Rotten{"summary: Put it", "description: x", "putThing (/things/{id}): has no summary"},
        Rotten{"tags: [things]", "tags: []", "has no tags"},
        Rotten{"tags: [things]", "tags: [nonsense]", "has a tag that base.yaml does not describe"},
        Rotten{"x-access: things:write", "x-body-limit: 5", "must have either x-access or x-public"},
        Rotten{"x-access: things:write", "x-access: things:all", "RESOURCE:read, write or admin"},
        Rotten{"{name: id, in: path, required: true, description: Its id, schema: {type: string}}",
               "{name: no, in: query, description: D, schema: {type: string}}",
               "the path's {id} is no parameter"},
        Rotten{"schema: {type: boolean, default: false}", "schema: {type: array}", "must be text, a number"},
        Rotten{"description: Only try, ", "", "needs a name and a description"},
        Rotten{"in: query", "in: header", "the header 'dry' is not read"},
        Rotten{"example: {$ref: '#/components/examples/Thing/value'}", "x: 1",
               "needs a schema and an example"},
        Rotten{"example: {name: one}", "example: {name: too long}", "the example of the answer 200"},
        Rotten{"example: {name: one}", "example: {nmae: x}", "/nmae is not known here"},
        Rotten{"schema: {$ref: '#/components/schemas/Thing'}, example: {$ref",
               "schema: {type: object, properties: {name: {type: string}}}, example: {$ref",
               "additionalProperties: false"},
        Rotten{"schema: {$ref: '#/components/schemas/Thing'}", "schema: {type: string, patern: x}",
               "this keyword is not known here"},
        Rotten{"#/components/schemas/Thing", "#/components/schemas/Nothing",
               "there is no #/components/schemas/Nothing"},
        Rotten{"        '200': {description: It", "        '404': {description: It",
               "has no answer for when all is well"},
        Rotten{"default: {$ref: '#/components/responses/Problem'}", "'500': {description: x}",
               "has no default answer"}));

}  // namespace
}  // namespace parley::api
