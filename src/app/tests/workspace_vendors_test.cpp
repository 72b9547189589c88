#include "app/workspace_vendors.hpp"

#include <gmock/gmock.h>

#include "agent/agent_file.hpp"
#include "vendor/tests/vendor_fixture.hpp"

namespace parley::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ReplyLog final : llm::ChatListener {
  void on_reply_text(std::string_view delta) override { text += delta; }
  void on_reply_action(llm::ChatAction) override {}
  void on_reply_tool_call(llm::ToolCall) override {}
  void on_reply_end() override { over = true; }
  void on_reply_failed(vendor::VendorError failure) override {
    error = std::move(failure);
    over = true;
  }
  std::string text;
  bool over = false;
  std::optional<vendor::VendorError> error;
};

// The real adapters; openai of the settings is the loopback vendor's /v1. The clock is turned by hand.
class WorkspaceVendorsTest : public vendor::testing::VendorTest {
 protected:
  void SetUp() override {
    VendorTest::SetUp();
    serve_all();
    settings_.vendors.openai = {"operators-secret-key", http_address("/v1")};
    on_request_ = [](const net::HttpRequest& request) {
      net::HttpResponse response;
      response.content_type = "text/event-stream";
      response.body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + request.path +
                      "\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
      return response;
    };
  }
  WorkspaceVendors& vendors() {
    if (!vendors_) {
      vendors_.emplace(
          WorkspaceVendors::Dependencies{.settings = settings_,
                                         .clock = clock_,
                                         .speech = cache_,
                                         .breakers = breakers_,
                                         .own = {},
                                         .policy = std::make_shared<const net::AddressPolicy>(allowed_),
                                         .notes = nullptr});
    }
    return *vendors_;
  }
  static agent::AgentPtr agent(std::string_view options = "", std::string_view more = "") {
    auto parsed = agent::parse_agent(
        "name: a\nstt: {provider: none}\ntts: {provider: openai}\nllm: {provider: openai, model: gpt-x" +
            std::string(options) + "}\n" + std::string(more),
        "a.yaml");
    EXPECT_TRUE(parsed) << describe(parsed.error());
    return parsed ? *parsed : nullptr;
  }
  // The path that was asked, and the key it was asked with.
  std::string asks(const control::ReadyAgentPtr& ready) {
    ReplyLog heard;
    const auto call = ready->for_call();
    llm::ChatRequest request{executor(),          ready->agent(), ready->agent()->llm, {}, {},
                             log::Logger("test"), books_};
    request.history.push_back({llm::Role::caller, "Hello?", llm::InputKind::speech, {}});
    const auto reply = call.chat->start(std::move(request), heard);
    run_until([&] { return heard.over; });
    if (heard.error) return describe(*heard.error);
    return heard.text + " " + std::string(requests_.back().header("authorization"));
  }
  std::string asks_as(const std::string& workspace) {
    const auto ready = vendors().prepare(workspace, agent());
    return ready ? asks(*ready) : describe(ready.error());
  }

  settings::Settings settings_;
  settings::IpAllowList allowed_;
  ManualClock clock_;
  metrics::Registry registry_;
  async::BlockingPool pool_{{.name = "files", .threads = 1, .queue_limit = 8}};
  speech::SpeechCache cache_{{.directory = {}, .disk_bytes = 0}, pool_, registry_};
  vendor::CircuitBreakers breakers_{system_clock()};
  std::optional<WorkspaceVendors> vendors_;
};

TEST_F(WorkspaceVendorsTest, AWorkspaceUsesItsOwnKeyAndElseTheOperators) {
  vendors().set_keys({{"shop", "openai", "shops-secret-key", ""}});
  EXPECT_EQ(asks_as("shop"), "/v1/chat/completions Bearer shops-secret-key");
  EXPECT_EQ(asks_as("default"), "/v1/chat/completions Bearer operators-secret-key");
  EXPECT_EQ(asks_as("other"), "/v1/chat/completions Bearer operators-secret-key");
}

TEST_F(WorkspaceVendorsTest, TheOperatorsKeysStayInTheDefaultWorkspaceIfTheyAreNotShared) {
  settings_.vendors.shared = false;
  vendors().set_keys({{"shop", "deepgram", "shops-ear-key", ""}});
  EXPECT_EQ(asks_as("default"), "/v1/chat/completions Bearer operators-secret-key");
  for (const char* other : {"other", "shop"}) {
    const auto ready = vendors().prepare(other, agent());
    ASSERT_FALSE(ready) << other;
    EXPECT_THAT(ready.error().message, HasSubstr("OPENAI_API_KEY"));
  }
}

TEST_F(WorkspaceVendorsTest, NewKeysAreForTheNextCallsAndOldOnesGoOnInTheirs) {
  vendors().set_keys({{"shop", "openai", "old-key-of-shop", ""}});
  const auto before = vendors().prepare("shop", agent());
  ASSERT_TRUE(before);
  vendors().set_keys({{"shop", "openai", "new-key-of-shop", ""}});
  EXPECT_EQ(asks_as("shop"), "/v1/chat/completions Bearer new-key-of-shop");
  EXPECT_EQ(asks(*before), "/v1/chat/completions Bearer old-key-of-shop");
}

TEST_F(WorkspaceVendorsTest, AdaptersThatNobodyUsesGoAfterARest) {
  vendors().set_keys({{"shop", "openai", "old-key-of-shop", ""}});
  auto in_call = *vendors().prepare("shop", agent());
  const std::vector<WorkspaceKey> keys{{"shop", "openai", "new-key-of-shop", ""}};
  vendors().set_keys(keys);
  ASSERT_TRUE(vendors().prepare("shop", agent()));
  EXPECT_EQ(vendors().sets_of_adapters(), 2U);
  clock_.advance(WorkspaceVendors::kRest * 2);
  vendors().set_keys(keys);
  EXPECT_EQ(vendors().sets_of_adapters(), 2U) << "a call still uses them";
  in_call.reset();
  clock_.advance(WorkspaceVendors::kRest - std::chrono::seconds(1));
  vendors().set_keys(keys);
  EXPECT_EQ(vendors().sets_of_adapters(), 2U) << "a socket of theirs may still be in a pool";
  clock_.advance(std::chrono::seconds(1));
  vendors().set_keys(keys);
  EXPECT_EQ(vendors().sets_of_adapters(), 1U);
  EXPECT_EQ(asks_as("shop"), "/v1/chat/completions Bearer new-key-of-shop");
}

TEST_F(WorkspaceVendorsTest, AnAddressOfAWorkspaceKeepsToThePolicyAndGetsNoKeyOfTheOperators) {
  vendors().set_keys({{"shop", "openai", "shops-secret-key", http_address("/shop")},
                      {"keyless", "openai", "", http_address("/keyless")}});
  const auto refused = vendors().prepare("shop", agent());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_THAT(refused.error().message, HasSubstr("the address of openai"));

  vendors_.reset();
  const std::string loopback[] = {"127.0.0.0/8"};
  allowed_ = *settings::IpAllowList::parse(loopback);
  vendors().set_keys({{"shop", "openai", "shops-secret-key", http_address("/shop")},
                      {"keyless", "openai", "", http_address("/keyless")}});
  EXPECT_EQ(asks_as("shop"), "/shop/chat/completions Bearer shops-secret-key");
  EXPECT_THAT(asks_as("keyless"), ::testing::Not(HasSubstr("operators")));
}

TEST_F(WorkspaceVendorsTest, AnAddressThatANameHidesIsFoundWhenItIsConnectedTo) {
  const std::string port = http_address().substr(http_address().rfind(':'));
  // The check of the text knows "localhost"; this one only the resolver knows.
  vendors().set_keys({{"shop", "openai", "shops-secret-key", "http://ip6-localhost" + port}});
  const auto ready = vendors().prepare("shop", agent());
  if (ready) asks(*ready);
  EXPECT_THAT(requests_, IsEmpty());
}

TEST_F(WorkspaceVendorsTest, AUsersAgentNamesNoAddressInsideAndNoVariableOfTheServers) {
  const std::string inside = ", options: {base_url: \"" + http_address("/inside") + "\"}";
  const auto refused = vendors().prepare("default", agent(inside));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  const auto operators = vendors().prepare_operators(agent(inside));
  ASSERT_TRUE(operators) << describe(operators.error());
  EXPECT_THAT(asks(*operators), HasSubstr("/inside/chat/completions"));

  ::setenv("SOME_OTHER_VENDOR_KEY", "not-for-users-0123", 1);
  for (const std::string leak :
       {", options: {base_url: \"https://evil.example\", key_env: SOME_OTHER_VENDOR_KEY}",
        ", fallbacks: [{provider: openai, options: {key_env: SOME_OTHER_VENDOR_KEY}}]"}) {
    const auto ready = vendors().prepare("shop", agent(leak));
    ASSERT_FALSE(ready) << leak;
    EXPECT_EQ(ready.error().code, Errc::permission_denied);
    EXPECT_THAT(ready.error().message, HasSubstr("key_env"));
  }
}

TEST_F(WorkspaceVendorsTest, TheTranscriberIsThatOfTheAgentsOwnWorkspace) {
  vendors().set_keys({{"shop", "openai", "shops-secret-key", ""}});
  const std::string_view transcribes = "recording: {transcribe: {provider: openai, model: whisper-1}}\n";
  auto of_shop = *vendors().prepare("shop", agent("", transcribes));
  auto of_default = *vendors().prepare("default", agent("", transcribes));
  auto of_nobody = *vendors().prepare("default", agent());
  // A recording holds the agent of its call long after everybody else has let go of it.
  const agent::AgentPtr held = agent_of(of_shop);
  const agent::AgentPtr other = agent_of(of_default);
  auto* ears = vendors().transcriber_of(*held);
  ASSERT_NE(ears, nullptr);
  EXPECT_NE(ears, vendors().transcriber_of(*other));
  EXPECT_EQ(vendors().transcriber_of(*agent_of(of_nobody)), nullptr);
  of_shop.reset();
  vendors().set_keys({});
  clock_.advance(WorkspaceVendors::kRest * 2);
  vendors().set_keys({});
  EXPECT_EQ(vendors().transcriber_of(*held), ears);
}

}  // namespace
}  // namespace parley::app
