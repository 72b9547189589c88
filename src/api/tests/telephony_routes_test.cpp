// Carriers' accounts, numbers and their secrets, by the published description.
#include "api/telephony_routes.hpp"

#include <boost/json.hpp>

#include "api/tests/api_fixture.hpp"
#include "security/hash.hpp"
#include "security/vault.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class QuietAgent final : public control::ReadyAgent {
 public:
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }

 private:
  agent::AgentPtr agent_ = std::make_shared<agent::Agent>();
  std::vector<std::string> warnings_;
};

class TelephonyRoutesTest : public ApiTest {
 protected:
  TelephonyRoutesTest() {
    description_ = OpenApi::load().value();
    add_telephony_routes(api(), {*store_, agents_, vault_, clock_});
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
  static std::string text(const json::value& body, const char* name) {
    return std::string(body.at(name).as_string());
  }

  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  control::AgentDirectory agents_{
      control::source_of(*store_),
      [](const std::string&, const agent::AgentPtr&) -> Result<control::ReadyAgentPtr> {
        return std::make_shared<QuietAgent>();
      },
      {.agent = std::make_shared<QuietAgent>(), .text = {}, .chosen = false}};
};

TEST_F(TelephonyRoutesTest, ASecretIsGivenOnceWithTheAddressesThatCarryIt) {
  const json::value number = done("importPhoneNumber", "POST", "/api/v1/phone-numbers",
                                  R"({"phoneNumber":"08030752400","answerWith":"record"})", 201);
  const std::string id = text(number, "id");
  EXPECT_EQ(number.at("hasSecret"), false);
  EXPECT_EQ(number.at("answerWith"), "record");
  EXPECT_EQ(text(number, "statusCallbackUrl"), "http://localhost:8080/api/v1/webhooks/exotel/status");
  EXPECT_THAT(text(number, "greetingUrl"), EndsWith("/api/v1/webhooks/exotel/greeting/" + id));

  const std::string path = "/api/v1/phone-numbers/" + id;
  const json::value made = done("createPhoneNumberSecret", "POST", path + "/secret");
  const std::string secret = text(made, "secret");
  EXPECT_GE(secret.size(), 32U);
  for (const char* address :
       {"webhookUrl", "dynamicEndpointUrl", "statusCallbackUrl", "passthruUrl", "connectUrl", "greetingUrl"})
    EXPECT_THAT(text(made, address), EndsWith("/" + secret)) << address;
  EXPECT_EQ(agents_.find_number(id, "")->secret_hash, security::hash_token(secret));

  const json::value read = done("getPhoneNumber", "GET", path);
  EXPECT_EQ(read.at("hasSecret"), true);
  EXPECT_THAT(json::serialize(read), Not(HasSubstr(secret)));
  for (const auto& row : audits())
    EXPECT_THAT(row.target + row.detail, Not(HasSubstr(secret)));

  const json::value again = done("createPhoneNumberSecret", "POST", path + "/secret");
  EXPECT_NE(text(again, "secret"), secret);
  done("deletePhoneNumberSecret", "DELETE", path + "/secret", {}, 204);
  EXPECT_EQ(agents_.find_number(id, "")->secret_hash, "");
  done("createPhoneNumberSecret", "POST", "/api/v1/phone-numbers/none/secret", {}, 404);
}

TEST_F(TelephonyRoutesTest, TwilioNeedsNoKeyAndItsNumbersHaveItsAddresses) {
  const std::string path = "/api/v1/telephony-configurations";
  const json::value twilio =
      done("createTelephonyConfiguration", "POST", path,
           R"({"name":"T","provider":"twilio","apiToken":"auth-token","sid":"AC1"})", 201);
  EXPECT_EQ(twilio.at("provider"), "twilio");
  EXPECT_THAT(json::serialize(twilio), Not(HasSubstr("auth-token")));
  const json::value refused = done("createTelephonyConfiguration", "POST", path,
                                   R"({"name":"E","provider":"exotel","apiToken":"t","sid":"acme1"})", 400);
  EXPECT_EQ(refused.at("errors").at(0).at("pointer"), "/body/apiKey");

  const json::value number = done(
      "importPhoneNumber", "POST", "/api/v1/phone-numbers",
      fmt::format(R"({{"phoneNumber":"+15005550006","telephonyConfigurationId":"{}"}})", text(twilio, "id")),
      201);
  EXPECT_EQ(number.at("provider"), "twilio");
  EXPECT_THAT(text(number, "webhookUrl"), EndsWith("/api/v1/webhooks/twilio/incoming/" + text(number, "id")));
  EXPECT_TRUE(number.at("passthruUrl").is_null());
  done("importPhoneNumber", "POST", "/api/v1/phone-numbers",
       fmt::format(R"({{"phoneNumber":"+15005550007","provider":"exotel","telephonyConfigurationId":"{}"}})",
                   text(twilio, "id")),
       400);
}

}  // namespace
}  // namespace parley::api
