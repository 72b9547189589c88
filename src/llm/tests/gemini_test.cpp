// Gemini: what is asked, what its answers and errors mean, and the adapter against a server on loopback.
#include <utility>

#include "llm/gemini/gemini_model.hpp"
#include "llm/gemini/gemini_stream.hpp"
#include "llm/tests/imposter.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

using testing::HasSubstr;
using testing::Not;
using vendor::Fault;

const vendor::Account kAccount{"gemini", "https://g.example", "AIza-secret-0001", "GEMINI_API_KEY"};

struct Taken {
  StreamStep all;
  std::optional<vendor::Usage> usage;
};

Taken take(const std::vector<std::string>& events) {
  GeminiStream stream(kAccount, "m");
  Taken taken;
  for (const auto& event : events) {
    stream.take(event, taken.all);
    if (taken.all.error) return taken;
  }
  stream.finish(taken.all);
  taken.usage = stream.usage();
  return taken;
}

std::string parts(std::string_view list, std::string_view reason = {}) {
  return fmt::format(R"({{"candidates":[{{"content":{{"role":"model","parts":[{}]}}{}}}]}})", list,
                     reason.empty() ? "" : fmt::format(R"(,"finishReason":"{}")", reason));
}

TEST(GeminiStreamTest, TextIsSpokenAndThoughtIsNot) {
  const auto taken = take(
      {parts(R"({"text":"hidden","thought":true},{"text":"Hi "})"), parts(R"({"text":"there."})", "STOP")});
  EXPECT_EQ(taken.all.text, "Hi there.");
  EXPECT_EQ(taken.all.end, StreamStep::End::now);
  EXPECT_FALSE(taken.all.error);
}

TEST(GeminiStreamTest, CallsKeepTheirSignature) {
  const auto taken = take({parts(
      R"({"functionCall":{"name":"book","args":{"day":1}},"thoughtSignature":"SIG"},{"functionCall":{"id":"x","name":"f"}})",
      "STOP")});
  ASSERT_EQ(taken.all.calls.size(), 2U);
  EXPECT_EQ(taken.all.calls[0].arguments, R"({"day":1})");
  EXPECT_EQ(taken.all.calls[0].opaque, "gemini:SIG");
  EXPECT_EQ(taken.all.calls[1].id, "x");
  EXPECT_EQ(taken.all.calls[1].arguments, "{}");
}

TEST(GeminiStreamTest, UsageIsCumulativeAndThoughtIsBilled) {
  const auto taken = take(
      {R"({"usageMetadata":{"promptTokenCount":10}})",
       R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":40,"cachedContentTokenCount":30,"candidatesTokenCount":5,"thoughtsTokenCount":2}})"});
  ASSERT_TRUE(taken.usage);
  EXPECT_EQ(taken.usage->input_tokens, 40);
  EXPECT_EQ(taken.usage->cached_input_tokens, 30);
  EXPECT_EQ(taken.usage->output_tokens, 7);
}

TEST(GeminiStreamTest, AnArrayIsTheSameStream) {
  EXPECT_EQ(take({"[" + parts(R"({"text":"a"})") + "," + parts(R"({"text":"b"})", "STOP") + "]"}).all.text,
            "ab");
}

struct EndCase {
  const char* event;
  Fault fault;
  const char* code;
};
class GeminiEndTest : public testing::TestWithParam<EndCase> {};
TEST_P(GeminiEndTest, AnAnswerWithoutWordsTellsWhy) {
  const auto taken = take({GetParam().event});
  ASSERT_TRUE(taken.all.error) << GetParam().event;
  EXPECT_EQ(taken.all.error->fault, GetParam().fault);
  EXPECT_EQ(taken.all.error->code, GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(
    All, GeminiEndTest,
    testing::Values(
        EndCase{R"({"promptFeedback":{"blockReason":"SAFETY"}})", Fault::bad_request, "SAFETY"},
        EndCase{R"({"candidates":[{"finishReason":"MAX_TOKENS"}]})", Fault::bad_request, "MAX_TOKENS"},
        EndCase{R"({"candidates":[{"finishReason":"SAFETY","content":{}}]})", Fault::bad_request, "SAFETY"},
        EndCase{R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]})", Fault::protocol,
                "MALFORMED_FUNCTION_CALL"},
        EndCase{R"({"candidates":[]})", Fault::unreachable, ""},
        EndCase{R"({"candidates":[{"content":{"parts":[{"text":"cut"}]}}]})", Fault::unreachable, ""},
        EndCase{R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})", Fault::overloaded,
                "UNAVAILABLE"},
        EndCase{"{broken", Fault::protocol, ""}, EndCase{"3", Fault::protocol, ""}));

TEST(GeminiStreamTest, TextThatIsNoTextIsAFault) {
  EXPECT_EQ(take({parts(R"({"text":4})", "STOP")}).all.error->fault, Fault::protocol);
}

TEST(GeminiStreamTest, ABlockAfterWordsEndsTheAnswerAsItIs) {
  EXPECT_FALSE(take({parts(R"({"text":"a"})"), R"({"candidates":[{"finishReason":"SAFETY"}]})"}).all.error);
}

TEST(GeminiStreamTest, WrongTypesAreAsIfNothingStoodThere) {
  for (const auto* event :
       {R"({"candidates":[7]})", R"({"candidates":{"a":1}})",
        R"({"candidates":[{"content":[],"finishReason":3}]})",
        R"({"candidates":[{"content":{"parts":[1,{"functionCall":"f"},{"functionCall":{"args":[]}}]}}]})",
        R"({"promptFeedback":1,"usageMetadata":[]})"}) {
    const auto taken = take({event, parts(R"({"text":"ok"})", "STOP")});
    EXPECT_FALSE(taken.all.error) << event;
    EXPECT_EQ(taken.all.text, "ok") << event;
  }
}

struct RefusalCase {
  int status;
  const char* body;
  Fault fault;
};
class GeminiRefusalTest : public testing::TestWithParam<RefusalCase> {};
TEST_P(GeminiRefusalTest, IsToldApart) {
  const auto error = gemini_refusal(kAccount, "m", GetParam().status, GetParam().body);
  EXPECT_EQ(error.fault, GetParam().fault) << GetParam().body;
  EXPECT_EQ(error.status, GetParam().status);
  EXPECT_FALSE(error.detail.empty());
}
INSTANTIATE_TEST_SUITE_P(
    All, GeminiRefusalTest,
    testing::Values(
        RefusalCase{
            400,
            R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"x","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}})",
            Fault::bad_key},
        RefusalCase{400, R"({"error":{"code":400,"message":"bad field","status":"INVALID_ARGUMENT"}})",
                    Fault::bad_request},
        RefusalCase{
            400,
            R"({"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}})",
            Fault::region},
        RefusalCase{
            400, R"({"error":{"code":400,"message":"Please enable billing","status":"FAILED_PRECONDITION"}})",
            Fault::no_credit},
        RefusalCase{403, R"({"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}})",
                    Fault::bad_key},
        RefusalCase{404, R"({"error":{"code":404,"message":"m","status":"NOT_FOUND"}})",
                    Fault::unknown_model},
        RefusalCase{429, R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])",
                    Fault::rate_limited},
        RefusalCase{
            429,
            R"({"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}]}})",
            Fault::no_credit},
        RefusalCase{500, R"({"error":{"code":500,"message":"m","status":"INTERNAL"}})", Fault::overloaded},
        RefusalCase{503, R"({"error":{"code":503,"message":"m","status":"UNAVAILABLE"}})", Fault::overloaded},
        RefusalCase{504, R"({"error":{"code":504,"message":"m","status":"DEADLINE_EXCEEDED"}})",
                    Fault::timeout},
        RefusalCase{502, "<html>", Fault::overloaded}));

TEST(GeminiErrorTest, TheWaitStandsInTheBody) {
  const auto wait = [](const char* delay) {
    return gemini_refusal(
               kAccount, "m", 429,
               fmt::format(
                   R"({{"error":{{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m","details":[7,{{"retryDelay":"{}"}}]}}}})",
                   delay))
        .retry_after;
  };
  EXPECT_EQ(wait("37s"), std::chrono::seconds(37));
  EXPECT_EQ(wait("0.5s"), std::chrono::milliseconds(500));
  for (const char* odd : {"", "s", "x", "-1s", "1e9s", "nans", "5 s"})
    EXPECT_FALSE(wait(odd)) << odd;
}

class GeminiRequestTest : public testing::Test {
 protected:
  boost::json::object body(std::string model, std::map<std::string, std::string> options = {},
                           Thinking thinking = Thinking::least) {
    request_.choice = {"gemini", std::move(model), {}, std::move(options), {}};
    const auto read = read_gemini_options(request_.choice);
    EXPECT_TRUE(read);
    return vendor::parse_json_object(gemini_body(*read, request_, request_.history, thinking)).value();
  }
  std::string contents() { return vendor::to_text(body("gemini-3.5-flash").at("contents")); }
  std::string thinking(std::string model, std::map<std::string, std::string> options = {}) {
    const auto sent = body(std::move(model), std::move(options));
    const auto* config = vendor::object_member(sent, "generationConfig");
    const auto* thought = config == nullptr ? nullptr : vendor::object_member(*config, "thinkingConfig");
    return thought == nullptr ? "" : vendor::to_text(*thought);
  }
  boost::asio::io_context context_;
  ChatRequest request_{
      context_.get_executor(), std::make_shared<agent::Agent>(), {}, {}, {}, log::Logger("test"),
      vendor::ignore_usage()};
};

TEST_F(GeminiRequestTest, TheConversationBeginsWithTheUser) {
  request_.history = {{Role::agent, "Welcome.", InputKind::speech, {}},
                      {Role::caller, "hi", InputKind::speech, {}}};
  EXPECT_EQ(
      contents(),
      R"([{"role":"user","parts":[{"text":"[the call begins]"}]},{"role":"model","parts":[{"text":"Welcome."}]},{"role":"user","parts":[{"text":"hi"}]}])");
}

TEST_F(GeminiRequestTest, OwnCallsGoBackWithTheirSignatureAndOthersAsWords) {
  request_.history = {{Role::caller, "go", InputKind::speech, {}},
                      {Role::agent,
                       "",
                       InputKind::speech,
                       {{{"parley_call_0", "book", R"({"day":1})", "gemini:SIG"}, R"({"ok":true})"},
                        {{"x1", "f", "{}", "gemini:"}, "plain words"},
                        {{"call_9", "old", R"({"a":2})", ""}, "was fine"}}}};
  const auto all = contents();
  EXPECT_THAT(all,
              HasSubstr(R"({"functionCall":{"name":"book","args":{"day":1}},"thoughtSignature":"SIG"})"));
  EXPECT_THAT(all, HasSubstr(R"({"functionCall":{"name":"f","args":{},"id":"x1"}})"));
  EXPECT_THAT(all, HasSubstr(R"({"functionResponse":{"name":"book","response":{"ok":true}}})"));
  EXPECT_THAT(
      all, HasSubstr(R"({"functionResponse":{"name":"f","response":{"result":"plain words"},"id":"x1"}})"));
  EXPECT_THAT(all, HasSubstr("was fine"));
  EXPECT_THAT(all, Not(HasSubstr(R"("name":"old")")));
}

TEST_F(GeminiRequestTest, ModelsAreToldToThinkAsLittleAsTheyCan) {
  EXPECT_EQ(thinking("gemini-2.5-flash"), R"({"thinkingBudget":0})");
  EXPECT_EQ(thinking("gemini-2.5-pro"), R"({"thinkingBudget":128})");
  EXPECT_EQ(thinking("models/gemini-3.5-flash"), R"({"thinkingLevel":"MINIMAL"})");
  EXPECT_EQ(thinking("gemini-3-pro"), R"({"thinkingLevel":"LOW"})");
  EXPECT_EQ(thinking("gemini-2.0-flash"), "");
  EXPECT_EQ(thinking("gemma-3"), "");
  EXPECT_EQ(thinking("gemini-flash-latest"), "");
  EXPECT_EQ(thinking("gemini-2.5-flash", {{"thinking_budget", "512"}}), R"({"thinkingBudget":512})");
  EXPECT_EQ(thinking("gemini-3.5-flash", {{"thinking_level", "HIGH"}}), R"({"thinkingLevel":"HIGH"})");
}

TEST_F(GeminiRequestTest, AddressesAreMadeOfHostOrBase) {
  EXPECT_EQ(gemini_address("https://g.example", "gemini-x"),
            "https://g.example/v1beta/models/gemini-x:streamGenerateContent?alt=sse");
  EXPECT_EQ(gemini_address("https://g.example/v1", "models/gemini-x"),
            "https://g.example/v1/models/gemini-x:streamGenerateContent?alt=sse");
  EXPECT_EQ(gemini_address("https://g.example", "tunedModels/a/../b"),
            "https://g.example/v1beta/tunedModels/a%2F..%2Fb:streamGenerateContent?alt=sse");
}

class GeminiModelTest : public ModelTest {
 protected:
  ChatRequest thoughtful() {
    auto asked = request(question());
    asked.choice.model = "gemini-3.5-flash";
    return asked;
  }
  vendor::Account account() { return {"gemini", imposter_->address(), "AIza-secret-0001", "GEMINI_API_KEY"}; }
};

TEST_F(GeminiModelTest, AnAnswerIsSpokenAndItsEndIsTheBodysEnd) {
  GeminiModel chat(account());
  imposter_->answers.push_back({{stream_head(), chunk("data: " + parts(R"({"text":"Hi."})") + "\r\n\r\n"),
                                 chunk("data: " + parts("", "STOP") + "\r\n\r\n"), stream_end()},
                                false});
  ask(chat, request(question()));
  EXPECT_EQ(notes_.text, "Hi.");
  EXPECT_EQ(notes_.lines.back(), "end");
  EXPECT_THAT(imposter_->heard[0].head, HasSubstr("x-goog-api-key: AIza-secret-0001"));
  EXPECT_THAT(imposter_->heard[0].head, Not(HasSubstr("key=")));
  EXPECT_TRUE(usage_.used.at(0).estimated);
}

TEST_F(GeminiModelTest, ABareErrorInTheMiddleFails) {
  GeminiModel chat(account());
  imposter_->answers.push_back({{stream_head(), event(parts(R"({"text":"Hi "})")),
                                 chunk("{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"busy\",\n  "
                                       "  \"status\": \"UNAVAILABLE\"\n  }\n}\n"),
                                 stream_end()},
                                false});
  ask(chat, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::overloaded);
}

TEST_F(GeminiModelTest, AModelThatCannotBeToldHowToThinkIsAskedWithoutAndRemembered) {
  GeminiModel chat(account());
  const auto good = streamed({parts(R"({"text":"Hi."})", "STOP")});
  imposter_->answers.push_back(refusal(
      400,
      R"({"error":{"code":400,"message":"Thinking level is not supported for this model.","status":"INVALID_ARGUMENT"}})"));
  imposter_->answers.push_back(good);
  imposter_->answers.push_back(good);
  ask(chat, thoughtful());
  EXPECT_EQ(notes_.lines.back(), "end");
  ask(chat, thoughtful());
  ASSERT_EQ(imposter_->heard.size(), 3U);
  EXPECT_THAT(imposter_->heard[0].body, HasSubstr("thinkingLevel"));
  EXPECT_THAT(imposter_->heard[1].body, Not(HasSubstr("thinkingLevel")));
  EXPECT_THAT(imposter_->heard[2].body, Not(HasSubstr("thinkingLevel")));
}

TEST_F(GeminiModelTest, ABadKeyIsToldWithoutTheKey) {
  GeminiModel chat(account());
  imposter_->answers.push_back(refusal(
      400,
      R"({"error":{"code":400,"message":"API key not valid: AIza-secret-0001","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})"));
  ask(chat, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::bad_key);
  EXPECT_THAT(describe(notes_.error), Not(HasSubstr("secret")));
  EXPECT_THAT(describe(notes_.error), HasSubstr("GEMINI_API_KEY"));
}

TEST_F(GeminiModelTest, WithoutAKeyTheAgentIsRefused) {
  GeminiModel chat({"gemini", "", "", ""});
  const auto ready = chat.prepare(agent_, {"gemini", "gemini-x", {}, {}, {}});
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::permission_denied);
  EXPECT_THAT(ready.error().message, HasSubstr("GEMINI_API_KEY"));
}

TEST_F(GeminiModelTest, AReplyMayBeDroppedWhileItSpeaks) {
  GeminiModel chat(account());
  imposter_->answers.push_back({{stream_head(), event(parts(R"({"text":"Hi "})"))}, false});
  notes_.drop_at = "text";
  ask(chat, request(question()));
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  EXPECT_EQ(usage_.used.size(), 1U);
}

}  // namespace
}  // namespace parley::llm
