// Chat Completions on text: what is asked, and what the answers of all the servers of the kind mean.
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/openai/openai_error.hpp"
#include "llm/openai/openai_request.hpp"
#include "llm/openai/openai_stream.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

using testing::HasSubstr;
using testing::Not;
using vendor::Fault;

const vendor::Account kAccount{"openai", "https://api.example/v1", "sk-secret-0001", "OPENAI_API_KEY"};

struct Taken {
  std::string text;
  std::vector<ToolCall> calls;
  StreamStep::End end = StreamStep::End::no;
  vendor::VendorError error;
  bool failed = false;
  std::optional<vendor::Usage> usage;
};

// The events, then the end of the body.
Taken take(const std::vector<std::string>& events) {
  OpenAiStream stream(kAccount, "m");
  Taken taken;
  const auto note = [&](StreamStep step) {
    taken.text += step.text;
    for (auto& call : step.calls)
      taken.calls.push_back(std::move(call));
    taken.end = std::max(taken.end, step.end);
    if (step.error) {
      taken.error = *step.error;
      taken.failed = true;
    }
  };
  for (const auto& event : events) {
    StreamStep step;
    stream.take(event, step);
    note(std::move(step));
    if (taken.failed) return taken;
  }
  StreamStep step;
  stream.finish(step);
  note(std::move(step));
  taken.usage = stream.usage();
  return taken;
}

std::string delta(std::string_view members, std::string_view reason = "null") {
  return fmt::format(R"({{"choices":[{{"index":0,"delta":{{{}}},"finish_reason":{}}}]}})", members, reason);
}
const std::string kDone = "[DONE]";
const std::string kStop = delta("", R"("stop")");

TEST(OpenAiStreamTest, ToolCallsAreJoinedByTheirIndexAndToldWhenComplete) {
  const auto taken = take(
      {delta(
           R"("tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"book","arguments":""}}])"),
       delta(R"("tool_calls":[{"index":1,"id":"b","function":{"name":"weather","arguments":"{\"ci"}}])"),
       delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"day\":"}}])"),
       delta(
           R"("tool_calls":[{"index":1,"function":{"arguments":"ty\":1}"}},{"index":0,"function":{"arguments":"2}"}}])"),
       delta("", R"("tool_calls")"), kDone});
  ASSERT_EQ(taken.calls.size(), 2U);
  EXPECT_EQ(taken.calls[0].id, "a");
  EXPECT_EQ(taken.calls[0].name, "book");
  EXPECT_EQ(taken.calls[0].arguments, R"({"day":2})");
  EXPECT_EQ(taken.calls[1].arguments, R"({"city":1})");
  EXPECT_EQ(taken.end, StreamStep::End::now);
}

TEST(OpenAiStreamTest, WholeCallsWithoutIndexOrIdThatEndInStopAreTakenToo) {
  const auto taken =
      take({delta(R"("tool_calls":[{"function":{"name":"f","arguments":"{}"}}])", R"("stop")"), kDone});
  ASSERT_EQ(taken.calls.size(), 1U);
  EXPECT_FALSE(taken.calls[0].id.empty());

  const auto two = take(
      {delta(R"("tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}])"),
       delta(R"("tool_calls":[{"index":0,"id":"y","function":{"name":"g","arguments":{"a":1}}}])"), kStop});
  ASSERT_EQ(two.calls.size(), 2U);
  EXPECT_EQ(two.calls[1].name, "g");
  EXPECT_EQ(two.calls[1].arguments, R"({"a":1})");
}

TEST(OpenAiStreamTest, ThinkingIsNeverSpoken) {
  EXPECT_EQ(
      take({delta(R"("reasoning":"hm","reasoning_content":"hm")"), delta(R"("content":"Yes.")"), kStop}).text,
      "Yes.");
  EXPECT_EQ(take({delta(R"("content":"<thi")"), delta(R"("content":"nk>secret</th")"),
                  delta(R"("content":"ink>\n\nYes.")"), kStop})
                .text,
            "\n\nYes.");
  EXPECT_EQ(take({delta(R"("content":"a < b")"), kStop}).text, "a < b");
}

TEST(OpenAiStreamTest, UsageMayRideAnywhereOrBeMissing) {
  const std::string last =
      R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":null}})";
  EXPECT_EQ(take({delta(R"("content":"a")"), kStop, last, kDone}).usage->input_tokens, 10);
  const std::string riding =
      R"({"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":"4","completion_tokens":5}})";
  EXPECT_EQ(take({riding}).usage->input_tokens, 4);
  EXPECT_FALSE(take({delta(R"("content":"a")"), kStop, kDone}).usage);
  // A server that counts more cached tokens than tokens does not make the bill negative.
  const auto odd = take(
      {R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":-5,"prompt_tokens_details":{"cached_tokens":9}}})",
       kDone});
  EXPECT_EQ(odd.usage->cached_input_tokens, 1);
  EXPECT_EQ(odd.usage->output_tokens, 0);
}

TEST(OpenAiStreamTest, EndsAreToldApart) {
  EXPECT_FALSE(take({delta(R"("content":"a")"), kDone}).failed) << "no finish reason but [DONE]";
  EXPECT_FALSE(take({delta(R"("content":"a")"), kStop}).failed) << "no [DONE] but a finish reason";
  EXPECT_EQ(take({delta(R"("content":"a")")}).error.fault, Fault::unreachable);
  EXPECT_EQ(take({}).error.fault, Fault::protocol);
  EXPECT_THAT(take({delta("", R"("length")")}).error.detail, HasSubstr("max_tokens"));
  EXPECT_EQ(take({delta("", R"("content_filter")")}).error.fault, Fault::bad_request);
}

TEST(OpenAiStreamTest, ErrorsInTheMiddleAreErrorsWhateverTheirShape) {
  for (const auto* event :
       {R"({"error":{"message":"x","type":"server_error","param":null,"code":null}})", R"({"error":"x"})",
        R"({"object":"error","message":"x","type":"E","code":500})", R"([{"error":{"message":"x"}}])",
        R"({"error":{"code":502,"message":"x"},"choices":[]})"}) {
    const auto taken = take({delta(R"("content":"a")"), event});
    EXPECT_TRUE(taken.failed) << event;
    EXPECT_EQ(taken.error.fault, Fault::overloaded) << event;
    EXPECT_EQ(taken.error.detail, "x") << event;
  }
  EXPECT_EQ(take({R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})"}).error.fault,
            Fault::rate_limited);
}

TEST(OpenAiStreamTest, WrongTypesAreAsIfNothingStoodThere) {
  for (const auto* event :
       {R"({"choices":[7,null,{"delta":[]},{"delta":{"content":null,"tool_calls":[1,{"function":3}]}}]})",
        R"({"choices":[{"delta":{"tool_calls":{}}}],"usage":"none"})", R"({"choices":null})", "{}"}) {
    const auto taken = take({event, delta(R"("content":"ok")"), kStop});
    EXPECT_FALSE(taken.failed) << event << describe(taken.error);
    EXPECT_EQ(taken.text, "ok") << event;
  }
  EXPECT_EQ(take({"7"}).error.fault, Fault::protocol);
  EXPECT_EQ(take({delta(R"("content":9)"), kStop}).error.fault, Fault::protocol) << "a word might be lost";
  EXPECT_EQ(take({"{\"choices\":"}).error.fault, Fault::protocol);
}

TEST(OpenAiStreamTest, ArgumentsAndCallsWithoutEndAreGivenUp) {
  const auto much =
      delta(fmt::format(R"("tool_calls":[{{"index":0,"id":"a","function":{{"name":"f","arguments":"{}"}}}}])",
                        std::string(40'000, 'x')));
  EXPECT_EQ(take({much, much}).error.fault, Fault::protocol);
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i)
    many.push_back(delta(fmt::format(R"("tool_calls":[{{"index":{},"function":{{"name":"f"}}}}])", i)));
  EXPECT_EQ(take(many).error.fault, Fault::protocol);
}

TEST(OpenAiStreamTest, WhatAGeminiServerWantsBackIsKept) {
  const auto taken = take(
      {delta(
           R"("tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"S"}}}])"),
       kStop});
  EXPECT_THAT(taken.calls.at(0).opaque, HasSubstr("thought_signature"));
}

struct RefusalCase {
  int status;
  const char* body;
  Fault fault;
};
class OpenAiRefusalTest : public testing::TestWithParam<RefusalCase> {};
TEST_P(OpenAiRefusalTest, IsToldApart) {
  const auto& [status, body, fault] = GetParam();
  const auto error = openai_refusal(kAccount, "m", {status, {}}, body, WallTime());
  EXPECT_EQ(error.fault, fault) << body;
  EXPECT_EQ(error.status, status);
  EXPECT_EQ(error.vendor, "openai");
  EXPECT_EQ(error.model, "m");
  EXPECT_FALSE(error.detail.empty());
}
INSTANTIATE_TEST_SUITE_P(
    All, OpenAiRefusalTest,
    testing::Values(
        RefusalCase{
            400,
            R"({"error":{"message":"m","type":"invalid_request_error","param":"x","code":"unsupported_parameter"}})",
            Fault::bad_request},
        RefusalCase{400, R"({"error":{"message":"m","code":"context_length_exceeded"}})", Fault::bad_request},
        RefusalCase{401,
                    R"({"error":{"message":"m","type":"invalid_request_error","code":"invalid_api_key"}})",
                    Fault::bad_key},
        RefusalCase{403, R"({"error":{"message":"m","code":"unsupported_country_region_territory"}})",
                    Fault::region},
        RefusalCase{403, R"({"error":{"message":"m","code":"invalid_api_key_error"}})", Fault::bad_key},
        RefusalCase{404, R"({"error":{"message":"m","code":"model_not_found"}})", Fault::unknown_model},
        RefusalCase{404, R"({"error":{"message":"m","code":"DeploymentNotFound"}})", Fault::unknown_model},
        RefusalCase{429, R"({"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}})",
                    Fault::rate_limited},
        RefusalCase{429,
                    R"({"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}})",
                    Fault::no_credit},
        RefusalCase{429, R"({"error":{"message":"m","code":"insufficient_quota_error"}})", Fault::no_credit},
        RefusalCase{402, R"({"error":{"message":"m","code":402}})", Fault::no_credit},
        RefusalCase{500, R"({"error":{"message":"m","type":"server_error"}})", Fault::overloaded},
        RefusalCase{503, R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
                    Fault::overloaded},
        RefusalCase{503, R"({"error":{"message":"m","code":"rate_limit_exceeded_error"}})",
                    Fault::overloaded},
        RefusalCase{
            404,
            R"({"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404})",
            Fault::unknown_model},
        RefusalCase{
            404,
            R"({"error":{"message":"model \"x\" not found","type":"not_found_error","param":null,"code":null}})",
            Fault::unknown_model},
        RefusalCase{400, R"({"error":"no model loaded"})", Fault::bad_request},
        RefusalCase{
            400,
            R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}])",
            Fault::bad_key},
        RefusalCase{422, R"({"detail":[{"loc":["body","max_tokens"],"msg":"extra fields not permitted"}]})",
                    Fault::bad_request},
        RefusalCase{502, "<html>Bad gateway</html>", Fault::overloaded},
        RefusalCase{500, "", Fault::overloaded}));

TEST(OpenAiErrorTest, WhatTheVendorSaysAboutTryingAgainIsKept) {
  const net::ResponseHead head{
      429, {{"Retry-After-Ms", "350"}, {"retry-after", "9"}, {"x-should-retry", "false"}}};
  const auto error = openai_refusal(kAccount, "m", head, R"({"error":{"message":"slow"}})", WallTime());
  EXPECT_EQ(error.retry_after, std::chrono::milliseconds(350));
  EXPECT_EQ(error.should_retry, false);
  EXPECT_FALSE(is_retryable(error));
}

TEST(OpenAiErrorTest, OnlyARefusalOfTheFieldItselfIsOne) {
  const auto refuses = [](int status, const char* body) {
    const auto error = openai_refusal(kAccount, "m", {status, {}}, body, WallTime());
    return refuses_field(error, openai_error_param(body), "max_tokens");
  };
  EXPECT_TRUE(
      refuses(400, R"({"error":{"message":"no","param":"max_tokens","code":"unsupported_parameter"}})"));
  EXPECT_TRUE(
      refuses(422, R"({"detail":[{"loc":["body","max_tokens"],"msg":"Extra inputs are not permitted"}]})"));
  EXPECT_TRUE(refuses(400, R"({"error":"unknown field max_tokens"})"));
  EXPECT_FALSE(refuses(
      400, R"({"error":{"message":"max_tokens is too large","param":"max_tokens","code":"invalid_value"}})"));
  EXPECT_FALSE(
      refuses(400, R"({"error":{"message":"no","param":"temperature","code":"unsupported_parameter"}})"));
  EXPECT_FALSE(
      refuses(500, R"({"error":{"message":"no","param":"max_tokens","code":"unsupported_parameter"}})"));
}

class OpenAiRequestTest : public testing::Test {
 protected:
  boost::json::object body(const char* flavour = "openai", std::map<std::string, std::string> options = {}) {
    request_.choice = {flavour, "gpt-x", {}, std::move(options), {}};
    const auto read = read_openai_options(request_.choice);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    const auto* found = find_openai_flavour(flavour);
    const auto text = openai_body(*found, *read, read->cap_field.value_or(guess_cap_field(*found, "gpt-x")),
                                  request_, request_.history);
    return vendor::parse_json_object(text).value();
  }
  std::string messages() { return vendor::to_text(body().at("messages")); }

  boost::asio::io_context context_;
  std::shared_ptr<agent::Agent> agent_ = std::make_shared<agent::Agent>();
  ChatRequest request_{context_.get_executor(), agent_, {}, {}, {}, log::Logger("test"),
                       vendor::ignore_usage()};
};

TEST_F(OpenAiRequestTest, TheConversationIsToldInTheVendorsRoles) {
  request_.history = {
      {Role::agent, "Welcome.", InputKind::speech, {}},
      {Role::caller, "book it", InputKind::speech, {}},
      {Role::agent, "A moment.", InputKind::speech, {{{"c1", "book", "{\"day\":1}", ""}, "done"}}},
      {Role::caller, "12", InputKind::dtmf, {}},
      {Role::caller, "", InputKind::not_understood, {}}};
  const auto all = messages();
  EXPECT_THAT(all, HasSubstr(R"({"role":"assistant","content":"Welcome."})"));
  EXPECT_THAT(all, HasSubstr(R"({"role":"user","content":"book it"})"));
  EXPECT_THAT(
      all,
      HasSubstr(
          R"("content":"A moment.","tool_calls":[{"id":"c1","type":"function","function":{"name":"book","arguments":"{\"day\":1}"}}]})"));
  EXPECT_THAT(all, HasSubstr(R"({"role":"tool","tool_call_id":"c1","content":"done"})"));
  EXPECT_THAT(all, HasSubstr("[keys: 12]"));
  EXPECT_THAT(all, HasSubstr("[not understood]"));
  EXPECT_THAT(all, Not(HasSubstr("\"[go on]\"")));
}

TEST_F(OpenAiRequestTest, AnAnswerThatBrokeOffIsContinued) {
  request_.history = {{Role::caller, "hi", InputKind::speech, {}},
                      {Role::agent, "The price is", InputKind::speech, {}}};
  EXPECT_THAT(messages(),
              testing::EndsWith(
                  R"({"role":"assistant","content":"The price is"},{"role":"user","content":"[go on]"}])"));
}

TEST_F(OpenAiRequestTest, ArgumentsThatAreNoJsonDoNotSpoilLaterTurns) {
  request_.history = {
      {Role::agent, "", InputKind::speech, {{{"c1", "book", "{nonsense", "gemini:sig"}, "failed"}}}};
  const auto all = messages();
  EXPECT_THAT(all, HasSubstr(R"("content":null)"));
  EXPECT_THAT(all, HasSubstr(R"("arguments":"{}")"));
  EXPECT_THAT(all, Not(HasSubstr("sig"))) << "another vendor's";
}

TEST_F(OpenAiRequestTest, OptionsAreSentAsTheVendorNamesThem) {
  const auto sent = body("openai", {{"temperature", "0.4"},
                                    {"top_p", "1"},
                                    {"max_tokens", "200"},
                                    {"seed", "7"},
                                    {"stop", "a|b"},
                                    {"reasoning_effort", "low"},
                                    {"service_tier", "priority"},
                                    {"prompt_cache_key", "k"}});
  EXPECT_DOUBLE_EQ(sent.at("temperature").as_double(), 0.4);
  EXPECT_EQ(sent.at("max_completion_tokens").as_int64(), 200);
  EXPECT_FALSE(sent.contains("max_tokens"));
  EXPECT_EQ(sent.at("seed").as_int64(), 7);
  EXPECT_EQ(sent.at("stop").as_array().size(), 2U);
  EXPECT_EQ(sent.at("reasoning_effort").as_string(), "low");
  EXPECT_TRUE(sent.at("stream").as_bool());
  EXPECT_TRUE(sent.at("stream_options").as_object().at("include_usage").as_bool());
  EXPECT_FALSE(sent.contains("tools"));
}

TEST_F(OpenAiRequestTest, WhatIsNotSaidIsNotSent) {
  const auto sent = body("sarvam");
  for (const char* name : {"temperature", "max_tokens", "max_completion_tokens", "stream_options",
                           "parallel_tool_calls", "seed", "stop"})
    EXPECT_FALSE(sent.contains(name)) << name;
}

TEST_F(OpenAiRequestTest, ToolsGoWithTheirSchema) {
  request_.tools = {{"book", "Books.", R"({"type":"object","properties":{"day":{"type":"string"}}})"},
                    {"odd", "", "no json"}};
  const auto sent = body("openai", {{"parallel_tool_calls", "false"}});
  EXPECT_EQ(sent.at("tools").as_array().size(), 2U);
  EXPECT_THAT(vendor::to_text(sent.at("tools")), HasSubstr(R"("properties":{"day")"));
  EXPECT_FALSE(sent.at("parallel_tool_calls").as_bool());
}

TEST(OpenAiFlavourTest, EachServerIsCalledInItsOwnWay) {
  OpenAiOptions options;
  const auto* azure = find_openai_flavour("azure");
  EXPECT_EQ(openai_address(*azure, "https://r.openai.azure.com", "my dep", options),
            "https://r.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21");
  EXPECT_EQ(openai_address(*azure, "https://r.openai.azure.com/openai/v1", "d", options),
            "https://r.openai.azure.com/openai/v1/chat/completions");
  options.api_version = "preview";
  EXPECT_EQ(openai_address(*azure, "https://r.openai.azure.com/openai/v1", "d", options),
            "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview");
  EXPECT_EQ(net::find_header(openai_headers(*azure, kAccount, {}), "api-key"), "sk-secret-0001");
  EXPECT_FALSE(net::find_header(openai_headers(*azure, kAccount, {}), "authorization"));
  EXPECT_EQ(
      net::find_header(openai_headers(*find_openai_flavour("sarvam"), kAccount, {}), "api-subscription-key"),
      "sk-secret-0001");
  EXPECT_EQ(net::find_header(openai_headers(*find_openai_flavour("groq"), kAccount, {}), "authorization"),
            "Bearer sk-secret-0001");
  EXPECT_EQ(find_openai_flavour("nobody"), nullptr);
}

TEST(OpenAiFlavourTest, TheLimitsNameIsGuessedFromServerAndModel) {
  const auto guess = [](const char* flavour, const char* model) {
    return to_string(guess_cap_field(*find_openai_flavour(flavour), model));
  };
  EXPECT_EQ(guess("openai", "gpt-4o"), "max_completion_tokens");
  EXPECT_EQ(guess("ollama", "gpt-oss:20b"), "max_tokens");
  EXPECT_EQ(guess("azure", "gpt-4o"), "max_tokens");
  EXPECT_EQ(guess("azure", "gpt-5-mini"), "max_completion_tokens");
  EXPECT_EQ(guess("compatible", "openai/o3"), "max_completion_tokens");
  EXPECT_EQ(guess("compatible", "gpt-10"), "max_completion_tokens");
  EXPECT_EQ(guess("compatible", "olmo-7b"), "max_tokens");
}

}  // namespace
}  // namespace parley::llm
