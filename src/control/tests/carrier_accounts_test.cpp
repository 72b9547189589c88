#include "control/carrier_accounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/tests/temporary_directory.hpp"

namespace parley::control {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Spelling {
  const char* domain;
  const char* subdomain;
  const char* region;
  const char* base;
  const char* legs;
  const char* flow;
};

TEST(ExotelHostsTest, are_understood_in_every_spelling) {
  constexpr const char* kLegs = "https://cpaas-api.exotel.com";
  constexpr const char* kFlow = "https://my.exotel.com";
  constexpr const char* kIndiaLegs = "https://cpaas-api.in.exotel.com";
  constexpr const char* kIndiaFlow = "https://my.in.exotel.com";
  constexpr const char* kFirst = "https://api.exotel.com";
  constexpr const char* kIndia = "https://api.in.exotel.com";
  for (const Spelling& one : {
           Spelling{"", "", "", kFirst, kLegs, kFlow},
           Spelling{"", "", "sg", kFirst, kLegs, kFlow},
           Spelling{"", "", "us", kFirst, kLegs, kFlow},
           Spelling{"", "", "AE", kFirst, kLegs, kFlow},
           Spelling{"", "", "in", kIndia, kIndiaLegs, kIndiaFlow},
           Spelling{"api.in.exotel.com", "", "", kIndia, kIndiaLegs, kIndiaFlow},
           Spelling{"api.in.exotel.com", "", "sg", kIndia, kIndiaLegs, kIndiaFlow},
           Spelling{"@api.exotel.com", "", "in", kFirst, kLegs, kFlow},
           Spelling{"", "@api.in.exotel.com", "", kIndia, kIndiaLegs, kIndiaFlow},
           Spelling{"", "api", "", kFirst, kLegs, kFlow},
           Spelling{"", "api", "in", kIndia, kIndiaLegs, kIndiaFlow},
           Spelling{"", "api.in", "", kIndia, kIndiaLegs, kIndiaFlow},
           Spelling{"", "api4", "", "https://api4.exotel.in", "", "https://my.exotel.in"},
           Spelling{"api4.exotel.in", "", "", "https://api4.exotel.in", "", "https://my.exotel.in"},
           Spelling{"https://api.exotel.com/v2/accounts", "", "", kFirst, kLegs, kFlow},
           Spelling{" HTTPS://key:token@API.Exotel.com:443/ ", "", "", kFirst, kLegs, kFlow},
           Spelling{"my.exotel.com", "", "", kFirst, kLegs, kFlow},
           Spelling{"my.in.exotel.com", "", "", kIndia, kIndiaLegs, kIndiaFlow},
       }) {
    const auto hosts = exotel_hosts(one.domain, one.subdomain, one.region);
    ASSERT_TRUE(hosts) << one.domain << one.subdomain << ": " << hosts.error().message;
    EXPECT_EQ(hosts->base_url, one.base) << one.domain << one.subdomain << one.region;
    EXPECT_EQ(hosts->legs_url, one.legs) << one.domain << one.subdomain << one.region;
    EXPECT_EQ(hosts->flow_url, one.flow) << one.domain << one.subdomain << one.region;
  }
}

TEST(ExotelHostsTest, are_nobody_elses) {
  for (const char* domain :
       {"example.com", "api.exotel.com.example.com", "exotel.com@example.com", "127.0.0.1", "evilexotel.com",
        "api exotel.com", "a..exotel.com", "-.exotel.com", "api.exotel.com\r\nX: y"}) {
    const auto hosts = exotel_hosts(domain, "", "");
    ASSERT_FALSE(hosts) << domain << " " << hosts->base_url;
    EXPECT_EQ(hosts.error().code, Errc::invalid_argument);
  }
  EXPECT_THAT(exotel_hosts("", "", "moon").error().message, HasSubstr("in, us, sg and ae"));
}

class CarrierAccountsTest : public ::testing::Test {
 protected:
  CarrierAccountsTest() {
    database_ = std::move(*storage::sql::open_sqlite((directory_.path() / "parley.db").string(), {}));
    store_ = storage::make_control_store(*database_);
    EXPECT_TRUE(store_->create_workspace({.id = "another", .name = "Another"}));
  }

  std::string add_account(const std::string& id, const std::string& workspace = "default",
                          const std::string& carrier = "exotel",
                          const std::string& options = R"({"sid":"acme1","appId":"9","region":"in"})") {
    storage::TelephonyConfigRecord record{};
    record.id = id;
    record.workspace_id = workspace;
    record.name = "account " + id;
    record.carrier = carrier;
    record.options = options;
    record.sealed_credentials =
        vault_.seal(R"({"apiKey":"the-key","apiToken":"the-token"})", "telephony " + id);
    const auto made = store_->create_telephony_config(record);
    EXPECT_TRUE(made) << describe(made.error());
    return id;
  }
  void add_number(const std::string& id, const std::string& number, const std::string& config,
                  const std::string& workspace = "default", bool active = true,
                  const std::string& carrier = "exotel") {
    storage::PhoneNumberRecord record{};
    record.id = id;
    record.workspace_id = workspace;
    record.number = number;
    record.carrier = carrier;
    record.telephony_config_id = config;
    record.active = active;
    const auto made = store_->create_phone_number(record);
    EXPECT_TRUE(made) << describe(made.error());
  }
  void use_settings() {
    standard_.emplace();
    standard_->id = "settings";
    standard_->carrier = "exotel";
    standard_->number = "08047110000";
  }
  CarrierAccounts accounts() { return {*store_, vault_, standard_}; }

  storage::TemporaryDirectory directory_;
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::ControlStore> store_;
  std::optional<carrier::Account> standard_;
};

TEST_F(CarrierAccountsTest, a_configuration_opens_as_an_account) {
  add_account("a1");
  const auto account = accounts().find("default", "a1");
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->id, "a1");
  EXPECT_EQ(account->workspace_id, "default");
  EXPECT_EQ(account->carrier, "exotel");
  EXPECT_EQ(account->sid, "acme1");
  EXPECT_EQ(account->app_id, "9");
  EXPECT_EQ(account->api_key, "the-key");
  EXPECT_EQ(account->api_token, "the-token");
  EXPECT_EQ(account->base_url, "https://api.in.exotel.com");
  EXPECT_EQ(account->legs_url, "https://cpaas-api.in.exotel.com");
  EXPECT_EQ(account->flow_url, "https://my.in.exotel.com");
}

TEST_F(CarrierAccountsTest, twilio_has_one_address_and_its_sid_for_a_name) {
  storage::TelephonyConfigRecord record{};
  record.name = "tw";
  record.carrier = "twilio";
  record.options = R"({"sid":"AC1"})";
  const auto account = account_of(record, R"({"apiToken":"t"})");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->base_url, "https://api.twilio.com");
  EXPECT_EQ(account->api_key, "AC1");
  EXPECT_EQ(account->api_token, "t");
}

TEST_F(CarrierAccountsTest, what_is_missing_in_a_configuration_is_named_and_no_secret_is) {
  storage::TelephonyConfigRecord record{};
  record.name = "main";
  record.carrier = "exotel";
  const auto message = [&](const char* options, const char* credentials) {
    record.options = options;
    const auto account = account_of(record, credentials);
    EXPECT_FALSE(account);
    return account ? std::string() : account.error().message;
  };
  EXPECT_THAT(message("{}", R"({"apiKey":"the-key","apiToken":"the-token"})"), HasSubstr("has no sid"));
  EXPECT_THAT(message(R"({"sid":"a"})", R"({"apiKey":"the-key"})"), HasSubstr("has no credentials"));
  EXPECT_THAT(message(R"({"sid":"a"})", "the-key"), HasSubstr("cannot be read"));
  EXPECT_THAT(message(R"({"sid":"a","domain":"example.com"})", R"({"apiKey":"the-key","apiToken":"t"})"),
              Not(HasSubstr("the-key")));
  record.carrier = "smoke signals";
  EXPECT_THAT(message(R"({"sid":"a"})", R"({"apiKey":"k","apiToken":"t"})"), HasSubstr("exotel and twilio"));
}

TEST_F(CarrierAccountsTest, the_servers_own_account_is_the_default_workspaces) {
  EXPECT_EQ(accounts().find("default", "").error().code, Errc::conflict);
  EXPECT_THAT(accounts().find("default", "").error().message, HasSubstr("EXOTEL_API_KEY"));
  use_settings();
  EXPECT_EQ(accounts().find("default", "")->id, "settings");
  EXPECT_EQ(accounts().find("default", "settings")->id, "settings");
  EXPECT_EQ(accounts().find("another", "settings").error().code, Errc::permission_denied);
  EXPECT_EQ(accounts().find("another", "").error().code, Errc::permission_denied);
}

TEST_F(CarrierAccountsTest, another_workspaces_configuration_is_not_there) {
  add_account("a1", "another");
  EXPECT_EQ(accounts().find("default", "a1").error().code, Errc::not_found);
  EXPECT_TRUE(accounts().find("another", "a1"));
}

TEST_F(CarrierAccountsTest, credentials_sealed_with_another_key_do_not_open) {
  add_account("a1");
  vault_ = *security::Vault::from_keys({std::string(64, 'b')});
  EXPECT_EQ(accounts().find("default", "a1").error().code, Errc::internal);
}

TEST_F(CarrierAccountsTest, a_call_leaves_by_the_number_that_is_named) {
  use_settings();
  add_account("a1");
  add_number("n1", "+918047110001", "a1");
  add_number("n2", "+918047110002", "");
  const auto by_id = accounts().line_for("default", "n1");
  ASSERT_TRUE(by_id);
  EXPECT_EQ(by_id->account.id, "a1");
  EXPECT_EQ(by_id->number, "+918047110001");
  const auto by_number = accounts().line_for("default", "080 4711 0002");
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->account.id, "settings");
  EXPECT_EQ(by_number->phone_id, "n2");
  const auto settings = accounts().line_for("default", "+918047110000");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->phone_id, "");
  EXPECT_EQ(accounts().line_for("default", "+918047119999").error().code, Errc::not_found);
  EXPECT_EQ(accounts().line_for("another", "n1").error().code, Errc::not_found);
}

TEST_F(CarrierAccountsTest, without_a_number_the_only_active_one_or_the_settings_serve) {
  EXPECT_EQ(accounts().line_for("default", "").error().code, Errc::invalid_argument);
  add_account("a1");
  add_number("n1", "+918047110001", "a1");
  add_number("n2", "+918047110002", "a1", "default", false);
  EXPECT_EQ(accounts().line_for("default", "")->phone_id, "n1");
  EXPECT_EQ(accounts().line_for("default", "n2").error().code, Errc::conflict);
  add_number("n3", "+918047110003", "a1");
  EXPECT_THAT(accounts().line_for("default", "").error().message, HasSubstr("say which one"));
  use_settings();
  EXPECT_EQ(accounts().line_for("default", "")->account.id, "settings");
  EXPECT_EQ(accounts().line_for("another", "").error().code, Errc::invalid_argument);
}

TEST_F(CarrierAccountsTest, a_number_and_its_account_are_at_one_carrier) {
  use_settings();
  add_number("n1", "+918047110001", "", "default", true, "twilio");
  EXPECT_EQ(accounts().line_for("default", "n1").error().code, Errc::invalid_argument);
}

TEST_F(CarrierAccountsTest, the_settings_number_that_is_saved_too_counts_as_that_number) {
  use_settings();
  add_number("n1", "+918047110000", "");
  add_number("n2", "+918047110002", "");
  EXPECT_EQ(accounts().line_for("default", "")->phone_id, "n1");
}

}  // namespace
}  // namespace parley::control
