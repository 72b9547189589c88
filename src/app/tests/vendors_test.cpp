#include "app/vendors.hpp"

#include <gmock/gmock.h>

#include "agent/agent_file.hpp"
#include "app/vendor_parts.hpp"
#include "vendor/tests/vendor_fixture.hpp"

namespace parley::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct ReplyLog final : llm::ChatListener {
  void on_reply_text(std::string_view delta) override { text += delta; }
  void on_reply_action(llm::ChatAction action) override { actions.push_back(std::move(action)); }
  void on_reply_tool_call(llm::ToolCall) override {}
  void on_reply_end() override { over = true; }
  void on_reply_failed(vendor::VendorError failure) override {
    error = std::move(failure);
    over = true;
  }
  std::string text;
  std::vector<llm::ChatAction> actions;
  bool over = false;
  std::optional<vendor::VendorError> error;
};

struct Events final : vendor::Observer {
  void on_usage(const vendor::Usage&) override {}
  void on_vendor_event(const vendor::VendorEvent& event) override {
    kinds.emplace_back(std::string(to_string(event.kind)) + " " + event.vendor);
  }
  std::vector<std::string> kinds;
};

std::string spoken(std::string_view words) {
  return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + std::string(words) +
         "\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: "
         "[DONE]\n\n";
}

// The real adapters, with all addresses on the loopback vendor: /v1 is openai, /groq is groq, and so on.
class AgentVendorsTest : public vendor::testing::VendorTest {
 protected:
  void SetUp() override {
    VendorTest::SetUp();
    serve_all();
    auto& vendors = settings_.vendors;
    vendors.openai = {"openai-secret-key", http_address("/v1")};
    vendors.groq = {"groq-secret-key", http_address("/groq")};
    vendors.deepgram = {"", http_address("/deepgram")};
    on_request_ = [this](const net::HttpRequest& request) {
      net::HttpResponse response;
      response.content_type = "text/event-stream";
      response.body = answers_.contains(request.path) ? answers_[request.path] : "";
      response.status = response.body.empty() ? 503 : 200;
      return response;
    };
  }
  void make_parts() {
    parts_.emplace(settings_, clock_, cache_);
    table_ = {};
    parts_->add_to(table_);
  }
  Result<AgentVendors> prepare(std::string_view yaml) {
    if (!parts_) make_parts();
    auto agent = agent::parse_agent(yaml, "a.yaml");
    if (!agent) return fail(agent.error());
    agent_ = *agent;
    return AgentVendors::prepare(table_, {breakers_, parts_->tools(), answers_cache_}, agent_);
  }
  std::string mistake(std::string_view yaml) {
    const auto made = prepare(yaml);
    return made ? "" : made.error().message;
  }
  ReplyLog ask(const engine::Vendors& vendors, std::string words = "Hello?") {
    ReplyLog heard;
    llm::ChatRequest request{executor(), agent_, agent_->llm, {}, {}, log::Logger("test"), events_};
    request.history.push_back({llm::Role::caller, std::move(words), llm::InputKind::speech, {}});
    const auto reply = vendors.chat->start(std::move(request), heard);
    run_until([&] { return heard.over; });
    return heard;
  }

  settings::Settings settings_;
  const Clock& clock_ = system_clock();
  metrics::Registry registry_;
  async::BlockingPool pool_{{.name = "files", .threads = 1, .queue_limit = 8}};
  speech::SpeechCache cache_{{.directory = {}, .disk_bytes = 0}, pool_, registry_};
  std::optional<VendorParts> parts_;
  VendorTable table_;
  vendor::CircuitBreakers breakers_{clock_};
  llm::AnswerCache answers_cache_{clock_};
  Events events_;
  agent::AgentPtr agent_;
  std::map<std::string, std::string> answers_;
};

constexpr const char* kChain = R"(
name: a
stt: {provider: openai}
tts: {provider: openai}
llm:
  provider: openai
  model: gpt-x
  options: {first_token_ms: "2000"}
  fallbacks: [{provider: groq, model: llama-x}]
)";

TEST_F(AgentVendorsTest, TheFirstChoiceAnswersAndTheNextTakesOver) {
  answers_["/v1/chat/completions"] = spoken("From openai.");
  answers_["/groq/chat/completions"] = spoken("From groq.");
  const auto vendors = prepare(kChain);
  ASSERT_TRUE(vendors) << describe(vendors.error());
  EXPECT_EQ(ask(vendors->for_call()).text, "From openai.");
  EXPECT_TRUE(events_.kinds.empty());
  answers_.erase("/v1/chat/completions");
  const auto call = vendors->for_call();
  EXPECT_EQ(ask(call).text, "From groq.");
  EXPECT_THAT(events_.kinds, ElementsAre("failed openai", "switched openai"));
  EXPECT_EQ(requests_.back().header("authorization"), "Bearer groq-secret-key");
  const auto before = requests_.size();
  EXPECT_EQ(ask(call).text, "From groq.") << "the call stays with it";
  EXPECT_EQ(requests_.size(), before + 1);
}

TEST_F(AgentVendorsTest, AVendorThatIsDownIsNotAskedByTheNextCalls) {
  answers_["/groq/chat/completions"] = spoken("From groq.");
  const auto vendors = prepare(kChain);
  ASSERT_TRUE(vendors);
  for (int i = 0; i < 3; ++i)
    ask(vendors->for_call());
  const auto before = requests_.size();
  EXPECT_EQ(ask(vendors->for_call()).text, "From groq.");
  EXPECT_EQ(requests_.size(), before + 1) << "openai's circuit is open";
}

TEST_F(AgentVendorsTest, ToolsAreRunBelowTheCall) {
  answers_["/v1/chat/completions"] =
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Bye.\",\"tool_calls\":[{\"index\":0,\"id\":\"c\","
      "\"function\":{\"name\":\"end_call\",\"arguments\":\"{}\"}}]}}]}\n\ndata: [DONE]\n\n";
  const auto vendors = prepare(kChain);
  ASSERT_TRUE(vendors);
  const auto heard = ask(vendors->for_call());
  EXPECT_THAT(heard.text, HasSubstr("Bye."));
  ASSERT_EQ(heard.actions.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<llm::EndCall>(heard.actions.back()));
}

TEST_F(AgentVendorsTest, AnAnswerIsKeptOnlyWhereTheAgentAllowsIt) {
  answers_["/v1/chat/completions"] = spoken("Nine to five.");
  const auto vendors = prepare(std::string(kChain) + "caching: {answers: true}\n");
  ASSERT_TRUE(vendors);
  ask(vendors->for_call());
  EXPECT_EQ(ask(vendors->for_call(), "hello").text, "Nine to five.");
  EXPECT_EQ(requests_.size(), 1U);
  const auto forbidden = prepare(kChain);
  ask(forbidden->for_call());
  ask(forbidden->for_call());
  EXPECT_EQ(requests_.size(), 3U);
}

TEST_F(AgentVendorsTest, AllPartsThatAreWrongAreToldAtOnce) {
  const auto said =
      mistake("name: a\nstt: {provider: opnai}\ntts: {provider: elevnlabs}\nllm: {provider: scripty}\n");
  for (const char* wrong : {"stt provider 'opnai'", "llm provider 'scripty'", "tts provider 'elevnlabs'"})
    EXPECT_THAT(said, HasSubstr(wrong));
}

TEST_F(AgentVendorsTest, AnUnknownProviderIsNamedWithThoseThereAre) {
  const auto said =
      mistake("name: a\nstt: {provider: openai}\ntts: {provider: openai}\nllm: {provider: opnai}\n");
  EXPECT_THAT(said, HasSubstr("agent 'a': llm provider 'opnai' is not known; there is "));
  for (const char* name :
       {"azure", "brain", "compatible", "gemini", "groq", "ollama", "openai", "openrouter"})
    EXPECT_THAT(said, HasSubstr(name));
  EXPECT_THAT(mistake("name: a\nstt: {provider: elevenlabs}\nllm: {provider: openai}\n"),
              HasSubstr("stt provider 'elevenlabs' is not known; there is deepgram, openai, sarvam"));
}

TEST_F(AgentVendorsTest, AFallbackWithoutAKeyIsLeftOutAndSaidSo) {
  const auto vendors = prepare(
      "name: a\nstt: {provider: openai, fallbacks: [{provider: sarvam}]}\nllm: {provider: openai, model: m}\n"
      "tts: {provider: openai}\n");
  ASSERT_TRUE(vendors);
  ASSERT_EQ(vendors->left_out().size(), 1U);
  EXPECT_THAT(
      vendors->left_out().front(),
      ::testing::AllOf(HasSubstr("agent 'a', stt: "), HasSubstr("SARVAM_API_KEY"), HasSubstr("left out")));
}

TEST_F(AgentVendorsTest, AMissingKeyNamesTheSettingAndTheAgent) {
  EXPECT_THAT(
      mistake("name: a\nstt: {provider: deepgram}\nllm: {provider: openai}\ntts: {provider: openai}\n"),
      ::testing::AllOf(HasSubstr("agent 'a', stt: "), HasSubstr("DEEPGRAM_API_KEY")));
  EXPECT_THAT(mistake("name: a\nstt: {provider: openai}\nllm: {provider: openai, model: m}\ntts: {provider: "
                      "elevenlabs}\n"),
              HasSubstr("ELEVENLABS_API_KEY"));
}

TEST_F(AgentVendorsTest, OptionsOfTheFailoverAndOfTheAdapterAreBothChecked) {
  EXPECT_THAT(mistake("name: a\nstt: {provider: openai}\ntts: {provider: openai}\n"
                      "llm: {provider: openai, options: {first_token_ms: soon}}\n"),
              HasSubstr("first_token_ms"));
  EXPECT_THAT(mistake("name: a\nstt: {provider: openai}\ntts: {provider: openai}\n"
                      "llm: {provider: openai, options: {temprature: '1'}}\n"),
              HasSubstr("temprature"));
}

TEST_F(AgentVendorsTest, ARealtimeAgentNeedsItsVoiceModelAndNoOther) {
  const auto vendors = prepare(
      "name: a\nkind: realtime\nsts: {provider: openai, fallbacks: [{provider: openai, model: b}]}\n"
      "tts: {provider: openai}\nrecording: {transcribe: {provider: openai}}\n");
  ASSERT_TRUE(vendors) << describe(vendors.error());
  const auto call = vendors->for_call();
  ASSERT_EQ(call.voices.size(), 2U);
  EXPECT_EQ(call.voices[1].choice.model, "b");
  EXPECT_FALSE(call.stt);
  EXPECT_FALSE(call.chat);
  EXPECT_TRUE(call.tts);
  EXPECT_NE(vendors->transcriber(), nullptr);
}

TEST_F(AgentVendorsTest, AnEchoNeedsNobody) {
  const auto vendors = prepare("name: a\nkind: echo\n");
  ASSERT_TRUE(vendors);
  EXPECT_FALSE(vendors->for_call().tts);
  EXPECT_EQ(vendors->transcriber(), nullptr);
}

TEST(ModelWarnings, NameAgentPartAndModelAlsoOfFallbacks) {
  const auto notes = vendor::ModelNotes::parse(
      "models:\n  - {vendor: openai, model: gpt-4*, ends: 2026-10-23, instead: gpt-6, as_of: 2026-10-01}\n"
      "  - {vendor: sarvam, model: 'saarika:v2.5', instead: 'saaras:v3', as_of: 2026-11-01, note: legacy}\n",
      "t");
  ASSERT_TRUE(notes) << describe(notes.error());
  const auto agent = agent::parse_agent(
      "name: a\nllm: {provider: openai, model: gpt-5, fallbacks: [{provider: openai, model: gpt-4-turbo}]}\n"
      "stt: {provider: sarvam, model: 'saarika:v2.5'}\nrecording: {transcribe: {provider: groq, model: "
      "gpt-4}}\n",
      "t");
  ASSERT_TRUE(agent) << describe(agent.error());
  const auto warnings = model_warnings(**agent, **notes, "2026-11-21");
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("agent 'a', stt: sarvam saarika:v2.5"));
  EXPECT_THAT(warnings[1], HasSubstr("agent 'a', llm: openai gpt-4-turbo"));
  EXPECT_THAT(warnings[1], HasSubstr("gpt-6"));
}

TEST(LoadedTables, AFileThatIsNotThereIsNamed) {
  settings::Settings settings;
  EXPECT_TRUE(load_prices(settings));
  EXPECT_TRUE(load_model_notes(settings));
  settings.vendors.prices_file = "/nowhere/prices.yaml";
  settings.vendors.models_file = "/nowhere/models.yaml";
  EXPECT_THAT(load_prices(settings).error().message, HasSubstr("/nowhere/prices.yaml"));
  EXPECT_THAT(load_model_notes(settings).error().message, HasSubstr("/nowhere/models.yaml"));
}

}  // namespace
}  // namespace parley::app
