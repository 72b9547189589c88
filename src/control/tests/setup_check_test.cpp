// What is said of an account and of a number: a real carrier against a server that answers as the test says.
#include "control/setup_check.hpp"

#include "carrier/tests/exotel_fixture.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::control {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using Level = SetupFinding::Level;

constexpr const char* kStreams = R"({"Stream":{"ActiveStreamCount":"3","ThrottleLimit":"100"}})";
constexpr const char* kNumbers = R"({"incoming_phone_numbers":[{"phone_number":"+914412345678"}]})";
constexpr const char* kHealth = R"({"status":"ok","version":"1.2.3"})";

auto finding(Level level, std::string_view about, const std::string& text) {
  return AllOf(Field(&SetupFinding::level, level), Field(&SetupFinding::about, std::string(about)),
               Field(&SetupFinding::text, HasSubstr(text)));
}

class Agent final : public ReadyAgent {
 public:
  explicit Agent(std::vector<std::string> warnings) : warnings_(std::move(warnings)) {
    auto agent = std::make_shared<agent::Agent>();
    agent->name = "desk";
    agent_ = std::move(agent);
  }
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }

 private:
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

class SetupCheckTest : public carrier::ExotelFixture {
 protected:
  void SetUp() override {
    ExotelFixture::SetUp();
    public_url_ = own("");
    number_.id = "N1";
    number_.workspace_id = "default";
    number_.number = "+914412345678";
    number_.carrier = "exotel";
  }
  void TearDown() override {
    pool_.stop();
    ExotelFixture::TearDown();
  }

  const SetupCheck& checks() {
    if (checks_) return *checks_;
    account_.id = "settings";
    accounts_.emplace(*store_, vault_, has_account_ ? std::optional(account_) : std::nullopt);
    EXPECT_TRUE(store_->create_phone_number(number_));
    directory_of_agents_.emplace(
        source_of(*store_),
        [](const std::string&, const agent::AgentPtr&) -> Result<ReadyAgentPtr> {
          return fail(Errc::internal, "not asked");
        },
        StandardAgent{std::make_shared<Agent>(warnings_), "name: desk\n", true});
    EXPECT_TRUE(directory_of_agents_->refresh());
    checks_.emplace(SetupCheck::Dependencies{
        .executor = context_.get_executor(),
        .pool = pool_,
        .accounts = *accounts_,
        .carriers = [this](std::string_view name) { return name == "exotel" ? &carrier() : nullptr; },
        .directory = *directory_of_agents_,
        .public_url = public_url_,
        .version = "1.2.3",
        .carrier_within = carrier_within_});
    return *checks_;
  }
  SetupFindings number(bool with_account = true) {
    auto found = run(checks().number(number_, with_account));
    EXPECT_TRUE(found) << describe(found.error());
    if (!found) return {};
    for (const SetupFinding& one : *found)
      EXPECT_THAT(one.text + one.fix, Not(testing::ContainsRegex("the-key|the-token|4412345678")));
    return *found;
  }

  storage::TemporaryDirectory directory_;
  std::unique_ptr<storage::sql::Database> database_ =
      *storage::sql::open_sqlite(directory_.path() / "parley.db", {});
  std::unique_ptr<storage::ControlStore> store_ = storage::make_control_store(*database_);
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  async::BlockingPool pool_{{.name = "control", .threads = 1, .queue_limit = 10}};
  storage::PhoneNumberRecord number_;
  bool has_account_ = true;
  std::chrono::milliseconds carrier_within_{15'000};
  std::string public_url_;
  std::vector<std::string> warnings_;
  std::optional<CarrierAccounts> accounts_;
  std::optional<AgentDirectory> directory_of_agents_;
  std::optional<SetupCheck> checks_;
};

TEST_F(SetupCheckTest, ANumberThatWorksIsToldPartByPart) {
  reply(200, kStreams);
  reply(200, kNumbers);
  reply(200, kHealth);
  warnings_ = {"gpt-4o ends on 2027-01-14"};
  const SetupFindings found = number();
  EXPECT_THAT(found, ElementsAre(finding(Level::ok, "credentials", "3 of 100 streams"),
                                 finding(Level::ok, "number", "is the account's"),
                                 finding(Level::ok, "agent", "desk answers"),
                                 finding(Level::warning, "agent", "gpt-4o ends"),
                                 finding(Level::warning, "publicUrl", "of this machine")));
  EXPECT_TRUE(is_ok(found));
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(requests_.back().path, "/api/v1/health");
  EXPECT_EQ(requests_.back().header("authorization"), "") << "the account's secrets are for the carrier";
}

TEST_F(SetupCheckTest, WhatIsWrongAnywhereIsAnErrorWithAFix) {
  number_.active = false;
  reply(401, "{}");
  public_url_ = "";
  const SetupFindings found = number();
  EXPECT_THAT(found, ElementsAre(finding(Level::error, "number", "switched off"),
                                 finding(Level::error, "credentials", "refuses the credentials"),
                                 finding(Level::error, "publicUrl", "PUBLIC_URL is not set")));
  EXPECT_NE(found.front().fix, "");
  EXPECT_FALSE(is_ok(found));
}

TEST_F(SetupCheckTest, WhoeverElseAnswersAtThePublicAddressIsTold) {
  reply(200, kStreams);
  reply(200, kNumbers);
  reply(200, "<html>a router's page</html>", "text/html");
  EXPECT_THAT(number().back(), finding(Level::error, "publicUrl", "is not Parley"));
  replies_ = {};
  reply(200, kStreams);
  reply(200, kNumbers);
  reply(200, R"({"status":"ok","version":"0.9"})");
  EXPECT_THAT(number(), testing::Contains(finding(Level::warning, "publicUrl", "Parley 0.9 answers")));
}

TEST_F(SetupCheckTest, NobodyAtThePublicAddressIsAnError) {
  public_url_ = "http://127.0.0.1:1";
  reply(200, kStreams);
  reply(200, kNumbers);
  EXPECT_THAT(number().back(), finding(Level::error, "publicUrl", "nobody answers at PUBLIC_URL"));
}

TEST_F(SetupCheckTest, ANumberWithoutAnAccountTakesCallsAllTheSame) {
  has_account_ = false;
  reply(200, kHealth);
  const SetupFindings found = number();
  EXPECT_THAT(found.front(), finding(Level::warning, "credentials", "no account at a carrier"));
  EXPECT_TRUE(is_ok(found));
}

TEST_F(SetupCheckTest, AnAccountIsCheckedByItsIdAndOneThatIsNotThereIsAnError) {
  reply(200, kStreams);
  reply(200, kNumbers);
  const auto found = run(checks().account("default", "settings"));
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre(finding(Level::ok, "credentials", ""), finding(Level::ok, "number", "")));
  EXPECT_EQ(run(checks().account("default", "nothing")).error().code, Errc::not_found);
  EXPECT_EQ(run(checks().account("another", "settings")).error().code, Errc::permission_denied);
}

TEST_F(SetupCheckTest, ACarrierThatDoesNotAnswerInTimeIsAFindingAndIsAskedNoMore) {
  slow_ = true;
  reply(200, kStreams);
  carrier_within_ = std::chrono::milliseconds(50);
  const auto found = run(checks().account("default", "settings"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  EXPECT_THAT(*found, ElementsAre(finding(Level::warning, "reach", "")));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(SetupCheckTest, AnAccountIsCheckedOnceAtATime) {
  reply(200, kStreams);
  reply(200, kNumbers);
  std::vector<SetupFindings> all;
  for (int one = 0; one < 2; ++one) {
    async::asio::co_spawn(context_, checks().account("default", "settings"),
                          [&](const std::exception_ptr&, Result<SetupFindings> found) {
                            all.push_back(std::move(found).value());
                          });
  }
  while (all.size() < 2)
    context_.run_one();
  EXPECT_THAT(all.front(), ElementsAre(finding(Level::warning, "reach", "checked already")));
  EXPECT_THAT(all.back(), testing::Contains(finding(Level::ok, "credentials", "")));
  replies_ = {};
  reply(200, kStreams);
  reply(200, kNumbers);
  EXPECT_THAT(*run(checks().account("default", "settings")),
              testing::Contains(finding(Level::ok, "credentials", "")));
}

TEST_F(SetupCheckTest, WhoMayNotKnowOfTheAccountIsToldNothingOfIt) {
  reply(200, kHealth);
  const SetupFindings found = number(false);
  EXPECT_THAT(found, ElementsAre(finding(Level::ok, "agent", ""), finding(Level::warning, "publicUrl", "")));
  EXPECT_EQ(requests_.size(), 1U) << "and the carrier is not asked";
}

TEST_F(SetupCheckTest, CredentialsThatDoNotOpenAreAFinding) {
  storage::TelephonyConfigRecord config;
  config.id = "T1";
  config.workspace_id = "default";
  config.name = "Main";
  config.carrier = "exotel";
  config.options = R"({"sid":"acme1"})";
  config.sealed_credentials = "nonsense";
  ASSERT_TRUE(store_->create_telephony_config(config));
  const auto found = run(checks().account("default", "T1"));
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre(finding(Level::error, "credentials", "")));
  EXPECT_TRUE(requests_.empty());
}

}  // namespace
}  // namespace parley::control
