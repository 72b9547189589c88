#include "llm/tool_runner.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "vendor/json.hpp"
#include "vendor/tests/vendor_fixture.hpp"

namespace parley::llm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class ToolRunnerTest : public vendor::testing::VendorTest {
 protected:
  void SetUp() override {
    VendorTest::SetUp();
    agent_ = std::make_shared<agent::Agent>();
  }
  void TearDown() override {
    run_.reset();
    VendorTest::TearDown();
  }
  void add_tool(std::string name, std::string url, std::chrono::milliseconds timeout = 5s) {
    agent::Tool tool;
    tool.name = std::move(name);
    tool.description = "does it";
    tool.parameters = R"({"type":"object"})";
    tool.method = "POST";
    tool.url = std::move(url);
    tool.timeout = timeout;
    agent_->tools.push_back(std::move(tool));
  }
  void start(std::vector<ToolCall> calls) {
    run_ = runner_->start({executor(), agent_, std::move(calls), log::Logger("test")},
                          [this](ToolOutcome outcome) {
                            outcome_ = std::move(outcome);
                            if (on_done_) on_done_();
                          });
    EXPECT_FALSE(outcome_) << "not from inside start()";
  }
  const ToolOutcome& run(std::vector<ToolCall> calls) {
    outcome_.reset();
    start(std::move(calls));
    run_until([this] { return outcome_.has_value(); });
    return *outcome_;
  }
  static net::HttpResponse answer(int status, std::string body) {
    return vendor::testing::json_answer(status, std::move(body));
  }

  std::shared_ptr<agent::Agent> agent_;
  std::unique_ptr<ToolRunner> runner_ = make_http_tool_runner();
  std::unique_ptr<ToolRun> run_;
  std::optional<ToolOutcome> outcome_;
  std::function<void()> on_done_;
};

TEST_F(ToolRunnerTest, AToolReachesOnlyWhatThePolicyAllows) {
  serve_all();
  on_request_ = [](const net::HttpRequest&) { return answer(200, R"({"secret":1})"); };
  add_tool("inside", http_address("/admin"));
  runner_ = make_http_tool_runner(std::make_shared<const net::AddressPolicy>(settings::IpAllowList()));
  const auto& refused = run({{"1", "inside", "{}", {}}});
  ASSERT_EQ(refused.used.size(), 1U);
  EXPECT_TRUE(refused.used[0].failed);
  EXPECT_THAT(refused.used[0].exchange.result, Not(HasSubstr("secret")));
  EXPECT_TRUE(requests_.empty());

  const std::string loopback[] = {"127.0.0.0/8"};
  runner_ = make_http_tool_runner(
      std::make_shared<const net::AddressPolicy>(*settings::IpAllowList::parse(loopback)));
  EXPECT_FALSE(run({{"2", "inside", "{}", {}}}).used[0].failed);
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(ToolRunnerTest, CallsRunTogetherAndAnswerInTheirOrder) {
  serve_all();
  on_request_ = [](const net::HttpRequest& request) { return answer(200, "at " + request.path); };
  add_tool("one", http_address("/1"));
  add_tool("two", http_address("/2"));
  const auto& outcome = run({{"c1", "two", R"({"a":1})", ""}, {"c2", "one", "{}", "kept"}});
  ASSERT_EQ(outcome.used.size(), 2U);
  EXPECT_EQ(outcome.used[0].exchange.call.id, "c1");
  EXPECT_EQ(outcome.used[0].exchange.result, "at /2");
  EXPECT_EQ(outcome.used[1].exchange.result, "at /1");
  EXPECT_EQ(outcome.used[1].exchange.call.opaque, "kept");
  EXPECT_FALSE(outcome.used[0].failed);
  EXPECT_FALSE(outcome.only_actions);
  EXPECT_TRUE(outcome.actions.empty());
}

TEST_F(ToolRunnerTest, TheBuiltInOnesBecomeActions) {
  const auto& outcome =
      run({{"c1", "end_call", "{}", ""}, {"c2", "transfer_to_human", R"({"reason":"angry"})", ""}});
  EXPECT_TRUE(outcome.only_actions);
  ASSERT_EQ(outcome.actions.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<EndCall>(outcome.actions[0]));
  EXPECT_EQ(std::get<Escalate>(outcome.actions[1]).reason, "angry");
  ASSERT_EQ(outcome.used.size(), 2U) << "every call is answered";
  EXPECT_EQ(outcome.used[0].exchange.result, R"({"ok":true})");
}

TEST_F(ToolRunnerTest, WhatTheModelHearsOfATransferIsWhatWillHappen) {
  const std::string noted = run({{"c", "transfer_to_human", "{}", ""}}).used[0].exchange.result;
  EXPECT_TRUE(vendor::parse_json_object(noted)) << noted;
  EXPECT_NE(noted.find("cannot join this call"), std::string::npos);
  EXPECT_NE(offered_tools(*agent_)[1].description.find("Nobody joins this call"), std::string::npos);

  agent_->transfer.enabled = true;
  const std::string handed = run({{"c", "transfer_to_human", "{}", ""}}).used[0].exchange.result;
  EXPECT_TRUE(vendor::parse_json_object(handed)) << handed;
  EXPECT_NE(handed.find("handed over"), std::string::npos);
  EXPECT_NE(offered_tools(*agent_)[1].description.find("Hands the caller to a human"), std::string::npos);
}

TEST_F(ToolRunnerTest, AReasonOfAnyShapeIsTakenAndIsShort) {
  EXPECT_EQ(std::get<Escalate>(run({{"c", "transfer_to_human", "nonsense", ""}}).actions[0]).reason, "");
  const std::string long_reason = R"({"reason":")" + std::string(5000, 'x') + "\"}";
  EXPECT_LT(std::get<Escalate>(run({{"c", "transfer_to_human", long_reason, ""}}).actions[0]).reason.size(),
            400U);
}

TEST_F(ToolRunnerTest, FailuresAreToldToTheModelWithoutAddresses) {
  serve_all();
  on_request_ = [](const net::HttpRequest&) { return answer(500, "database down"); };
  add_tool("broken", http_address("/x"));
  add_tool("nobody", "http://127.0.0.1:1/secret/path");
  const auto& outcome = run({{"1", "broken", "{}", ""},
                             {"2", "nobody", "{}", ""},
                             {"3", "unheard_of", "{}", ""},
                             {"4", "broken", "no json", ""}});
  for (const auto& used : outcome.used)
    EXPECT_TRUE(used.failed) << used.exchange.result;
  EXPECT_THAT(outcome.used[0].exchange.result, HasSubstr("500"));
  EXPECT_THAT(outcome.used[0].exchange.result, HasSubstr("database down"));
  EXPECT_THAT(outcome.used[1].exchange.result, Not(HasSubstr("secret")));
  EXPECT_THAT(outcome.used[2].exchange.result, HasSubstr("no tool 'unheard_of'"));
  EXPECT_THAT(outcome.used[3].exchange.result, HasSubstr("not a JSON object"));
}

TEST_F(ToolRunnerTest, AToolThatDoesNotAnswerInTimeIsGivenUp) {
  // Takes the request and never answers: nobody accepts.
  boost::asio::ip::tcp::acceptor silent(*context_, {boost::asio::ip::address_v4::loopback(), 0});
  add_tool("slow", "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/", 100ms);
  const auto& outcome = run({{"1", "slow", "{}", ""}});
  EXPECT_TRUE(outcome.used[0].failed);
  EXPECT_THAT(outcome.used[0].exchange.result, HasSubstr("in time"));
}

TEST_F(ToolRunnerTest, ALongAnswerIsCutAtACharacterAndTheRestIsNotWaitedFor) {
  serve_all();
  std::string letters;
  while (letters.size() < 2 * 1024 * 1024)
    letters += "नम";
  on_request_ = [&](const net::HttpRequest&) { return answer(200, "x" + letters); };
  add_tool("long", http_address("/"));
  const auto& outcome = run({{"1", "long", "{}", ""}});
  EXPECT_FALSE(outcome.used[0].failed);
  const std::string& result = outcome.used[0].exchange.result;
  EXPECT_LT(result.size(), 16U * 1024 + 20);
  EXPECT_TRUE(result.ends_with("\n[cut]"));
  EXPECT_EQ(result.find("\uFFFD"), std::string::npos) << "no character is cut";
}

TEST_F(ToolRunnerTest, WhatIsNoTextIsMendedSoThatVendorsTakeIt) {
  serve_all();
  on_request_ = [](const net::HttpRequest&) { return answer(200, "caf\xE9 \xff"); };
  add_tool("latin", http_address("/"));
  EXPECT_EQ(run({{"1", "latin", "{}", ""}}).used[0].exchange.result, "caf\uFFFD \uFFFD");
}

TEST_F(ToolRunnerTest, ARedirectIsNotFollowed) {
  serve_all();
  on_request_ = [this](const net::HttpRequest& request) {
    auto response = answer(302, "");
    response.headers.emplace_back("Location", http_address("/elsewhere"));
    return request.path == "/elsewhere" ? answer(200, "inside") : response;
  };
  add_tool("moved", http_address("/"));
  EXPECT_TRUE(run({{"1", "moved", "{}", ""}}).used[0].failed);
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(ToolRunnerTest, ARunThatIsDestroyedEndsItsTransfers) {
  boost::asio::ip::tcp::acceptor silent(*context_, {boost::asio::ip::address_v4::loopback(), 0});
  add_tool("slow", "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/");
  start({{"1", "slow", "{}", ""}, {"2", "end_call", "{}", ""}});
  EXPECT_EQ(net::http_client(executor()).transfers(), 1U);
  run_.reset();
  context_->restart();
  context_->run_for(20ms);
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  EXPECT_FALSE(outcome_);
}

TEST_F(ToolRunnerTest, TheRunMayBeDestroyedInsideItsAnswer) {
  serve_all();
  on_request_ = [](const net::HttpRequest&) { return answer(200, "x"); };
  add_tool("quick", http_address("/"));
  on_done_ = [this] { run_.reset(); };
  run({{"1", "quick", "{}", ""}});
  EXPECT_FALSE(run_);
  run({{"1", "end_call", "{}", ""}});
  EXPECT_FALSE(run_);
}

TEST_F(ToolRunnerTest, OffersTheAgentsToolsAndTheBuiltInOnesAndKnowsWhatToSayMeanwhile) {
  add_tool("weather", "https://a.example/");
  agent_->tools[0].say = "Let me look.";
  add_tool("quiet", "https://a.example/");
  const auto offered = offered_tools(*agent_);
  ASSERT_EQ(offered.size(), 4U);
  EXPECT_EQ(offered[0].name, "weather");
  EXPECT_EQ(offered[2].name, "end_call");
  EXPECT_EQ(offered[3].name, "transfer_to_human");
  EXPECT_EQ(runner_->words_for(*agent_, {{"1", "quiet", "", ""}, {"2", "weather", "", ""}}), "Let me look.");
  EXPECT_EQ(runner_->words_for(*agent_, {{"1", "quiet", "", ""}, {"2", "end_call", "", ""}}), "");
}

}  // namespace
}  // namespace parley::llm
