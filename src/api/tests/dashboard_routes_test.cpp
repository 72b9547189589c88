// The overview, sample agents, choices and checks, by the published description.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "agent/agent_catalog.hpp"
#include "api/agent_routes.hpp"
#include "api/check_routes.hpp"
#include "api/choice_routes.hpp"
#include "api/overview_routes.hpp"
#include "api/tests/api_fixture.hpp"
#include "storage/call_log.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using control::SetupFinding;
using testing::ElementsAre;
using testing::IsEmpty;

class QuietAgent final : public control::ReadyAgent {
 public:
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }

 private:
  agent::AgentPtr agent_ = std::make_shared<agent::Agent>();
  std::vector<std::string> warnings_;
};

class DashboardRoutesTest : public ApiTest {
 protected:
  DashboardRoutesTest() {
    description_ = OpenApi::load().value();
    add_agent_routes(api(), {*store_, agents_, clock_, [this](const std::string&) { return providers_; }});
    add_choice_routes(api(), {.providers = [this](const std::string&) { return providers_; },
                              .choices = vendor::ChoiceTable::bundled(),
                              .notes = vendor::ModelNotes::bundled()});
    add_overview_routes(api(), {.overview = overview_, .live = live_, .clock = clock_, .calls_max = 7});
    // The fixture has given every operation a blocking handler.
    for (const char* streaming : {"checkTelephonyConfiguration", "checkPhoneNumber", "checkProviderKey"})
      api().on(streaming, nullptr);
    add_check_routes(api(), {.store = *store_,
                             .checks = checks_,
                             .executor = executor(),
                             .pool = pool_,
                             .providers = {"openai", "gemini"},
                             .check_key = [this](std::string workspace, std::string provider) {
                               asked_ = workspace + " " + provider;
                               return findings();
                             }});
  }

  json::value done(const std::string& operation, std::string method, std::string path, std::string body = {},
                   int status = 200) {
    const auto answer = ask(std::move(method), std::move(path), {}, std::move(body));
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_THAT(description_->check_answer(*description_->find(operation), answer.status, answer.content_type,
                                           answer.body),
                IsEmpty())
        << answer.body;
    return answer.body.empty() ? json::value() : json::parse(answer.body);
  }

  async::Task<control::SetupFindings> findings() { co_return found_; }

  std::vector<ProviderInfo> providers_;
  control::AgentDirectory agents_{
      control::source_of(*store_),
      [](const std::string&, const agent::AgentPtr&) -> Result<control::ReadyAgentPtr> {
        return std::make_shared<QuietAgent>();
      },
      {.agent = std::make_shared<QuietAgent>(), .text = {}, .chosen = false}};
  std::unique_ptr<storage::CallStore> calls_ =
      *storage::open_call_log(*database_, {.spool_dir = directory_.path() / "spool"}, registry_);
  control::UsageBook usage_{
      [this](const std::string& workspace, storage::WallMillis since, storage::WallMillis before,
             storage::UsageGroup by) { return calls_->sum_usage(workspace, since, before, by); },
      clock_};
  control::OverviewBook overview_{{.calls = *calls_,
                                   .store = *store_,
                                   .usage = usage_,
                                   .clock = clock_,
                                   .public_url = "https://voice.example.com",
                                   .has_server_keys = [](const std::string&) { return false; }}};
  control::LiveCalls live_{executor()};
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  control::CarrierAccounts accounts_{*store_, vault_, std::nullopt};
  control::SetupCheck checks_{{.executor = executor(),
                               .pool = pool_,
                               .accounts = accounts_,
                               .carriers = [](std::string_view) -> carrier::Carrier* { return nullptr; },
                               .directory = agents_,
                               .public_url = "",
                               .version = "1"}};
  std::string asked_;
  control::SetupFindings found_;
};

TEST_F(DashboardRoutesTest, TheOverviewOfAFreshServerIsEmptyAndSinceMidnight) {
  const json::value body = done("getOverview", "GET", "/api/v1/overview");
  EXPECT_EQ(body.at("calls"), 0);
  EXPECT_EQ(body.at("callsMax"), 7);
  EXPECT_TRUE(body.at("answerRate").is_null());
  EXPECT_TRUE(body.at("medianResponseMs").is_null());
  EXPECT_TRUE(body.at("since").as_string().ends_with("T00:00:00.000Z"));
  EXPECT_EQ(body.at("checklist").at("publicUrl"), true);
  EXPECT_EQ(body.at("checklist").at("agentPublished"), false);
  const json::value since =
      done("getOverview", "GET", "/api/v1/overview?since=2026-01-02T03:04:05.000Z").at("since");
  EXPECT_EQ(since, "2026-01-02T03:04:00.000Z");
  EXPECT_EQ(ask("GET", "/api/v1/overview?since=today").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/overview?since=2020-01-02T03:04:05.000Z").status, 400);
}

TEST_F(DashboardRoutesTest, AnAgentIsMadeOfEachSampleAsItIs) {
  const json::value body = done("listSampleAgents", "GET", "/api/v1/agents/samples");
  const json::array& items = body.at("items").as_array();
  EXPECT_EQ(items.size(), agent::bundled_agents().size() - 1) << "all but the one that is for measuring";
  for (const json::value& sample : items) {
    EXPECT_NE(sample.at("summary"), "") << sample.at("name");
    const json::value made = done("createAgent", "POST", "/api/v1/agents",
                                  json::serialize(json::object{{"yaml", sample.at("yaml")}}), 201);
    EXPECT_EQ(made.at("name"), sample.at("name"));
    EXPECT_EQ(made.at("yaml"), sample.at("yaml"));
    EXPECT_EQ(made.at("config"), sample.at("config"));
  }
}

TEST_F(DashboardRoutesTest, ChoicesAreOfTheProvidersThereAreWithWhatIsKnownOfThem) {
  providers_ = {{"openai", {"stt", "tts"}, true}, {"homemade", {"tts"}, false}};
  const json::value body = done("listChoices", "GET", "/api/v1/choices");
  EXPECT_THAT(body.at("llm").as_array(), IsEmpty());
  const json::array& tts = body.at("tts").as_array();
  ASSERT_EQ(tts.size(), 2U);
  EXPECT_EQ(tts[0].at("label"), "OpenAI");
  EXPECT_EQ(tts[0].at("ready"), true);
  EXPECT_FALSE(tts[0].at("voices").as_array().empty());
  const json::value& model = tts[0].at("models").at(0);
  EXPECT_EQ(model.at("default"), true);
  EXPECT_EQ(model.at("endsOn"), "2027-01-06");
  EXPECT_EQ(tts[1].at("label"), "homemade");
  EXPECT_EQ(tts[1].at("ready"), false);
  // Keys need no recogniser.
  EXPECT_EQ(body.at("stt").as_array().back().at("provider"), "none");
  EXPECT_FALSE(body.at("languages").as_array().empty());
}

TEST_F(DashboardRoutesTest, AKeysCheckIsToldWithWhatWasFound) {
  found_ = {{.level = SetupFinding::Level::error, .about = "key", .text = "refused", .fix = "Another one."}};
  const json::value body = done("checkProviderKey", "POST", "/api/v1/provider-keys/openai/check");
  EXPECT_EQ(asked_, "default openai");
  EXPECT_EQ(body.at("ok"), false);
  EXPECT_EQ(body.at("findings").at(0).at("fix"), "Another one.");
  EXPECT_EQ(ask("POST", "/api/v1/provider-keys/unheard/check").status, 400);
  found_ = {};
  EXPECT_EQ(ask("POST", "/api/v1/provider-keys/gemini/check").status, 404);
}

TEST_F(DashboardRoutesTest, WhatIsNotThereCannotBeChecked) {
  EXPECT_EQ(ask("POST", "/api/v1/phone-numbers/nothing/check").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/telephony-configurations/nothing/check").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/telephony-configurations/settings/check").status, 409);
}

TEST_F(DashboardRoutesTest, WhoMayReadMayCheckAndNobodyElse) {
  const auto with = [](const std::string& key) { return Headers{{"authorization", "Bearer " + key}}; };
  make_owner();
  const std::string reads = make_key({"numbers:read"});
  const std::string calls = make_key({"calls:read"});
  EXPECT_EQ(ask("POST", "/api/v1/phone-numbers/nothing/check", with(reads)).status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/phone-numbers/nothing/check", with(calls)).status, 403);
  storage::PhoneNumberRecord number;
  number.id = "N1";
  number.workspace_id = "default";
  number.number = "+914412345678";
  number.carrier = "exotel";
  ASSERT_TRUE(store_->create_phone_number(number));
  const auto about = [&](const std::string& key) {
    return ask("POST", "/api/v1/phone-numbers/N1/check", with(key)).body;
  };
  EXPECT_THAT(about(reads), testing::Not(testing::HasSubstr("credentials")));
  EXPECT_THAT(about(make_key({"numbers:read", "telephony:read"})), testing::HasSubstr("credentials"));
  EXPECT_EQ(ask("GET", "/api/v1/overview", with(calls)).status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/overview", with(reads)).status, 403);
  EXPECT_EQ(ask("GET", "/api/v1/overview").status, 401);
}

}  // namespace
}  // namespace parley::api
