// The whole adapter against a server on loopback.
#include "llm/openai/openai_model.hpp"

#include "llm/tests/imposter.hpp"

namespace parley::llm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vendor::Fault;

constexpr const char* kText = R"({"choices":[{"index":0,"delta":{"content":"Hi "},"finish_reason":null}]})";
constexpr const char* kStop = R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
constexpr const char* kUsage =
    R"({"choices":[],"usage":{"prompt_tokens":50,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":20}}})";
constexpr const char* kRefusesMaxTokens =
    R"({"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",)"
    R"("type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}})";

class OpenAiModelTest : public ModelTest {
 protected:
  OpenAiModel model(const char* flavour = "openai", std::string key = "sk-secret-0001") {
    return OpenAiModel(*find_openai_flavour(flavour),
                       {flavour, imposter_->address() + "/v1", std::move(key), "THE_API_KEY"}, clock_);
  }
};

TEST_F(OpenAiModelTest, AnAnswerIsSpokenAsItComesAndItsTokensAreCounted) {
  auto chat = model();
  imposter_->answers.push_back(streamed({kText, kText, kStop, kUsage, "[DONE]"}));
  ask(chat, request(question()));
  EXPECT_EQ(notes_.text, "Hi Hi ");
  EXPECT_EQ(notes_.lines.back(), "end");
  ASSERT_EQ(usage_.used.size(), 1U);
  EXPECT_EQ(usage_.used[0].input_tokens, 50);
  EXPECT_EQ(usage_.used[0].cached_input_tokens, 20);
  EXPECT_EQ(usage_.used[0].output_tokens, 7);
  EXPECT_FALSE(usage_.used[0].estimated);
  EXPECT_THAT(imposter_->heard[0].head, HasSubstr("POST /v1/chat/completions"));
  EXPECT_THAT(imposter_->heard[0].head, HasSubstr("Authorization: Bearer sk-secret-0001"));
}

TEST_F(OpenAiModelTest, TwoTurnsShareOneConnection) {
  auto chat = model();
  for (int turn = 0; turn < 2; ++turn) {
    imposter_->answers.push_back(streamed({kText, kStop, "[DONE]"}));
    ask(chat, request(question()));
    EXPECT_EQ(notes_.lines.back(), "end");
    notes_.reply.reset();
  }
  EXPECT_EQ(imposter_->sockets.size(), 1U);
}

TEST_F(OpenAiModelTest, AServerThatDoesNotEndItsBodyDoesNotKeepTheCallerWaiting) {
  auto chat = model();
  imposter_->answers.push_back({{stream_head(), event(kText), event(kStop), event("[DONE]")}, false});
  ask(chat, request(question()));
  EXPECT_EQ(notes_.lines.back(), "end");
  EXPECT_TRUE(usage_.used.at(0).estimated);
}

TEST_F(OpenAiModelTest, AStreamThatBreaksIsAFailureWithWhatWasUsedUntilThen) {
  auto chat = model();
  imposter_->answers.push_back({{stream_head(), event(kText)}, true});
  ask(chat, request(question()));
  EXPECT_THAT(notes_.lines, ElementsAre("text", "failed"));
  EXPECT_EQ(notes_.error.fault, Fault::unreachable);
  ASSERT_EQ(usage_.used.size(), 1U);
  EXPECT_TRUE(usage_.used[0].estimated);
  EXPECT_GT(usage_.used[0].input_tokens, 0);
  EXPECT_GT(usage_.used[0].output_tokens, 0);
}

TEST_F(OpenAiModelTest, AStreamThatEndsWithoutAReasonIsAFailure) {
  auto chat = model();
  imposter_->answers.push_back(streamed({kText}));
  ask(chat, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::unreachable);
}

TEST_F(OpenAiModelTest, ABadKeyIsToldWithoutTheKey) {
  auto chat = model();
  imposter_->answers.push_back(refusal(
      401, R"({"error":{"message":"Incorrect API key provided: sk-secret-0001.","code":"invalid_api_key"}})",
      "x-request-id: req_9\r\n"));
  ask(chat, request(question()));
  EXPECT_THAT(notes_.lines, ElementsAre("failed"));
  EXPECT_EQ(notes_.error.fault, Fault::bad_key);
  EXPECT_EQ(notes_.error.request_id, "req_9");
  EXPECT_EQ(notes_.error.key_setting, "THE_API_KEY");
  EXPECT_THAT(describe(notes_.error), Not(HasSubstr("secret")));
  EXPECT_TRUE(usage_.used.empty());
}

TEST_F(OpenAiModelTest, ARefusedMaxTokensIsTriedByItsOtherNameOnceAndRemembered) {
  auto chat = model("vllm");
  const std::map<std::string, std::string> options{{"max_tokens", "99"}};
  imposter_->answers.push_back(refusal(400, kRefusesMaxTokens));
  imposter_->answers.push_back(streamed({kText, kStop, "[DONE]"}));
  ask(chat, request(question(), options));
  EXPECT_EQ(notes_.lines.back(), "end");
  ASSERT_EQ(imposter_->heard.size(), 2U);
  EXPECT_THAT(imposter_->heard[0].body, HasSubstr(R"("max_tokens":99)"));
  EXPECT_THAT(imposter_->heard[1].body, HasSubstr(R"("max_completion_tokens":99)"));
  EXPECT_THAT(imposter_->heard[1].body, Not(HasSubstr(R"("max_tokens")")));

  imposter_->answers.push_back(streamed({kText, kStop, "[DONE]"}));
  ask(chat, request(question(), options));
  ASSERT_EQ(imposter_->heard.size(), 3U);
  EXPECT_THAT(imposter_->heard[2].body, HasSubstr(R"("max_completion_tokens":99)"));
}

TEST_F(OpenAiModelTest, ARefusalOfBothNamesFailsAfterTwoRequests) {
  auto chat = model("vllm");
  imposter_->answers.push_back(refusal(400, kRefusesMaxTokens));
  imposter_->answers.push_back(refusal(400, kRefusesMaxTokens));
  ask(chat, request(question(), {{"max_tokens", "99"}}));
  EXPECT_EQ(notes_.error.fault, Fault::bad_request);
  EXPECT_EQ(imposter_->heard.size(), 2U);
}

TEST_F(OpenAiModelTest, AFieldThatTheAgentNamesIsNotSwapped) {
  auto chat = model();
  imposter_->answers.push_back(refusal(400, kRefusesMaxTokens));
  ask(chat, request(question(), {{"max_tokens", "99"}, {"max_tokens_field", "max_tokens"}}));
  EXPECT_EQ(imposter_->heard.size(), 1U);
  EXPECT_EQ(notes_.error.code, "unsupported_parameter");
}

TEST_F(OpenAiModelTest, AReplyMayBeDroppedInEveryCall) {
  for (const char* at : {"text", "tool", "end", "failed"}) {
    auto chat = model();
    const bool fails = std::string_view(at) == "failed";
    imposter_->answers.push_back(
        fails ? refusal(500, "oops")
              : streamed({kText,
                          R"({"choices":[{"delta":{"tool_calls":[{"id":"a","function":)"
                          R"({"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})",
                          "[DONE]"}));
    notes_.drop_at = at;
    ask(chat, request(question()));
    EXPECT_TRUE(notes_.lines.back().starts_with(at)) << at;
    EXPECT_EQ(net::http_client(executor()).transfers(), 0U) << at;
    context_->run_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(notes_.lines.back().starts_with(at)) << "a call after the drop at " << at;
  }
}

TEST_F(OpenAiModelTest, AReplyThatIsDroppedBeforeAnAnswerLeavesNoTransfer) {
  auto chat = model();
  notes_.reply = chat.start(request(question()), notes_);
  run_until([&] { return imposter_->heard.size() == 1; });
  notes_.reply.reset();
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  ASSERT_EQ(usage_.used.size(), 1U);
  EXPECT_TRUE(usage_.used[0].estimated);
  EXPECT_TRUE(notes_.lines.empty());
}

TEST_F(OpenAiModelTest, AnAnswerWithoutEndIsGivenUp) {
  auto chat = model();
  const std::string much =
      fmt::format(R"({{"choices":[{{"delta":{{"content":"{}"}}}}]}})", std::string(40'000, 'a'));
  imposter_->answers.push_back(streamed({much, much, much}));
  ask(chat, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::protocol);
  EXPECT_LE(notes_.text.size(), 64U * 1024);
}

TEST_F(OpenAiModelTest, AnEmptyAnswerToTheCallerIsAFailureButNotAfterTools) {
  auto chat = model();
  imposter_->answers.push_back(streamed({kStop, "[DONE]"}));
  ask(chat, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::protocol);

  auto history = question();
  history.push_back({Role::agent, "A moment.", InputKind::speech, {{{"c", "f", "{}", ""}, "done"}}});
  imposter_->answers.push_back(streamed({kStop, "[DONE]"}));
  ask(chat, request(history));
  EXPECT_EQ(notes_.lines.back(), "end");
}

TEST_F(OpenAiModelTest, AServerThatAnswersWithOneObjectIsUnderstood) {
  auto chat = model();
  const std::string body =
      R"({"choices":[{"message":{"role":"assistant","content":"Good day."},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":3,"completion_tokens":2}})";
  imposter_->answers.push_back(
      {{fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}"
                    "\r\n\r\n{}",
                    body.size(), body)},
       false});
  ask(chat, request(question()));
  EXPECT_EQ(notes_.text, "Good day.");
  EXPECT_EQ(usage_.used.at(0).output_tokens, 2);
}

TEST_F(OpenAiModelTest, GarbageIsAProtocolFault) {
  for (const char* body :
       {"<html>It works!</html>", "data: {nonsense\n\n", "data: [1,2]\n\n", "data: {\"choices\":7}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}\n\n", ""}) {
    auto chat = model();
    imposter_->answers.push_back({{stream_head(), *body != 0 ? chunk(body) : "", stream_end()}, false});
    ask(chat, request(question()));
    EXPECT_EQ(notes_.error.fault, Fault::protocol) << body;
  }
}

TEST_F(OpenAiModelTest, ALineThatIsNoEventAmongEventsIsAProtocolFault) {
  auto chat = model();
  imposter_->answers.push_back({{stream_head(), event(kText), chunk("U+rZgRiv{{\n\n}}]{\"\n\n"), event(kText),
                                 event(kStop), event("[DONE]"), stream_end()},
                                false});
  ask(chat, request(question()));
  EXPECT_EQ(notes_.text, "Hi ");
  EXPECT_EQ(notes_.error.fault, Fault::protocol);
}

TEST_F(OpenAiModelTest, TheKeyOfTheSettingsDoesNotGoToAnAddressOfTheAgents) {
  OpenAiModel chat(*find_openai_flavour("openai"),
                   {"openai", "https://elsewhere.example/v1", "sk-secret-0001", "OPENAI_API_KEY"}, clock_);
  imposter_->answers.push_back(streamed({kText, kStop, "[DONE]"}));
  ask(chat, request(question(), {{"base_url", imposter_->address() + "/v1"}}));
  EXPECT_EQ(notes_.lines.back(), "end");
  EXPECT_THAT(imposter_->heard[0].head, Not(HasSubstr("Authorization")));
  EXPECT_THAT(imposter_->heard[0].head + imposter_->heard[0].body, Not(HasSubstr("secret")));
}

TEST_F(OpenAiModelTest, WarmingLeavesAConnectionForTheFirstTurn) {
  auto chat = model();
  chat.warm(request({}));
  run_until([&] { return !imposter_->sockets.empty(); });
  context_->run_for(std::chrono::milliseconds(20));
  imposter_->answers.push_back(streamed({kText, kStop, "[DONE]"}));
  ask(chat, request(question()));
  EXPECT_EQ(imposter_->sockets.size(), 1U);
}

TEST_F(OpenAiModelTest, AnAgentIsRefusedForItsKeyItsModelAndItsOptions) {
  agent::ProviderChoice choice{"openai", "gpt-x", {}, {}, {}};
  const auto problem = [&](ChatModel& chat) {
    const auto ready = chat.prepare(agent_, choice);
    return ready ? std::string() : ready.error().message;
  };
  auto keyless = model("openai", "");
  EXPECT_THAT(problem(keyless), HasSubstr("THE_API_KEY"));
  auto local = model("ollama", "");
  EXPECT_EQ(problem(local), "");
  auto chat = model();
  EXPECT_EQ(problem(chat), "");
  choice.options = {{"temprature", "1"}};
  EXPECT_THAT(problem(chat), HasSubstr("temprature"));
  choice.options = {{"temperature", "9"}};
  EXPECT_THAT(problem(chat), HasSubstr("from 0 to 2"));
  choice.options = {};
  choice.model.clear();
  EXPECT_THAT(problem(chat), HasSubstr("model"));
}

TEST_F(OpenAiModelTest, AConversationThatCannotFitIsRefusedWithoutAsking) {
  auto chat = model();
  agent_->prompt = std::string(8000, 'x');
  ask(chat, request(question(), {{"max_context_tokens", "300"}}));
  EXPECT_EQ(notes_.error.fault, Fault::bad_request);
  EXPECT_TRUE(imposter_->heard.empty());
}

}  // namespace
}  // namespace parley::llm
