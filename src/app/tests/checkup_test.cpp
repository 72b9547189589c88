// What the doctor finds, on real parts: files, a database, sockets.
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include "app/checkup/finding.hpp"
#include "app/data_directory.hpp"
#include "app/stores.hpp"
#include "base/tests/temporary_directory.hpp"
#include "net/prompt_handlers.hpp"
#include "net/tests/certificate.hpp"
#include "security/vault.hpp"
#include "storage/sqlite/database.hpp"

namespace parley::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

auto found(Health health, const std::string& says) {
  return ElementsAre(AllOf(Field(&Finding::health, health), Field(&Finding::says, HasSubstr(says))));
}

class CheckupTest : public testing::Test {
 protected:
  CheckupTest() { settings_.data_dir = (directory_.path() / "live").string(); }
  ~CheckupTest() override {
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] { server_.reset(); });
    thread_.join();
  }

  // The address of a server that answers so.
  std::string serve(std::function<net::HttpResponse(const net::HttpRequest&)> answer) {
    net::PromptHandlers handlers;
    handlers.request = std::move(answer);
    net::HttpServerOptions options;
    options.port = 0;
    auto listening = net::HttpServer::listen(context_, options, std::move(handlers));
    EXPECT_TRUE(listening) << describe(listening.error());
    server_ = std::move(*listening);
    thread_ = std::thread([this] { context_.run(); });
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }
  static net::HttpResponse answer(int status, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
  }
  Stores open() {
    std::filesystem::create_directories(settings_.data_dir);
    auto stores = open_stores(settings_, registry_);
    EXPECT_TRUE(stores) << describe(stores.error());
    return std::move(*stores);
  }
  void save_account(const std::string& options) {
    const Stores stores = open();
    storage::TelephonyConfigRecord config;
    config.id = "T1";
    config.workspace_id = "default";
    config.name = "Main";
    config.carrier = "exotel";
    config.options = options;
    config.sealed_credentials =
        stores.vault.seal(R"({"apiKey":"the-key","apiToken":"the-token"})", "telephony T1");
    ASSERT_TRUE(stores.control->create_telephony_config(config));
  }

  TemporaryDirectory directory_;
  settings::Settings settings_;
  metrics::Registry registry_;
  boost::asio::io_context context_{1};
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

TEST_F(CheckupTest, where_no_server_ran_yet_nothing_is_bad_and_nothing_is_made) {
  EXPECT_THAT(check_database(settings_), found(Health::unused, "the first start makes it"));
  EXPECT_THAT(check_secrets(settings_), found(Health::unused, "the first start makes one"));
  EXPECT_THAT(check_carriers(settings_), found(Health::unused, "no account"));
  EXPECT_THAT(check_spool(settings_), found(Health::good, "no row"));
  EXPECT_THAT(check_bucket(settings_, system_clock()), found(Health::good, "are files in"));
  EXPECT_THAT(check_certificate(settings_, system_clock()), found(Health::unused, "without TLS"));
  EXPECT_EQ(check_disk(settings_).size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(settings_.data_dir));
}

TEST_F(CheckupTest, a_database_is_good_beside_a_running_server) {
  const Stores stores = open();
  EXPECT_THAT(check_database(settings_), found(Health::good, "parley.db: SQLite 3."));
  EXPECT_THAT(check_secrets(settings_), found(Health::good, "all 0 open"));
}

TEST_F(CheckupTest, a_database_that_is_locked_or_of_another_schema_is_bad) {
  {
    const Stores stores = open();
  }
  using storage::sqlite::Database;
  auto other = Database::open(database_file_of(settings_), Database::Mode::read_write);
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  EXPECT_THAT(check_database(settings_), found(Health::bad, "cannot be written"));
  ASSERT_TRUE(other->execute("INSERT INTO schema_migrations VALUES (999, 'later', 0); COMMIT"));
  EXPECT_THAT(check_database(settings_), found(Health::bad, "newer Parley"));
}

TEST_F(CheckupTest, a_key_that_others_can_read_is_missing_or_is_another_is_bad) {
  save_account("{}");
  EXPECT_THAT(check_secrets(settings_), found(Health::good, "all 1 open"));
  const auto file = secret_file_of(settings_);
  ::chmod(file.c_str(), 0644);
  EXPECT_THAT(check_secrets(settings_), found(Health::bad, "chmod 600"));
  ::chmod(file.c_str(), 0600);
  ASSERT_TRUE(security::Vault::rotate(file));
  EXPECT_THAT(check_secrets(settings_), found(Health::warning, "parley secrets rotate"));
  ASSERT_TRUE(security::Vault::drop_old_keys(file));
  EXPECT_THAT(check_secrets(settings_), found(Health::bad, "the carrier's account 'Main' does not open"));
  std::filesystem::remove(file);
  EXPECT_THAT(check_secrets(settings_), found(Health::bad, "1 stored secrets cannot be opened without it"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(CheckupTest, the_public_address_must_lead_to_this_parley) {
  EXPECT_THAT(check_public_address(settings_), found(Health::warning, "PUBLIC_URL is not set"));
  EXPECT_THAT(check_public_address(settings_, true),
              found(Health::bad, "the carrier cannot find this server"));
  settings_.public_url = "http://127.0.0.1:1";
  EXPECT_THAT(check_public_address(settings_), found(Health::bad, "nobody answers at PUBLIC_URL"));
  std::string body = R"({"status":"ok","version":"0.0.1"})";
  std::string path;
  settings_.public_url = serve([&](const net::HttpRequest& request) {
    path = request.path;
    return answer(200, body);
  });
  EXPECT_THAT(check_public_address(settings_), found(Health::warning, "Parley 0.0.1 answers"));
  EXPECT_EQ(path, "/api/v1/health");
  body = R"({"status":"ok","version":")" PARLEY_VERSION R"("})";
  EXPECT_THAT(check_public_address(settings_), found(Health::warning, "a private network"));
  body = "<html>";
  EXPECT_THAT(check_public_address(settings_), found(Health::bad, "is not Parley"));
}

TEST_F(CheckupTest, a_certificate_is_looked_at_with_its_key_its_name_and_its_end) {
  const auto one = net::make_self_signed();
  const auto write = [&](const char* name, const std::string& text) {
    const auto file = directory_.path() / name;
    std::ofstream(file) << text;
    return file.string();
  };
  settings_.tls = {.certificate = write("certificate.pem", one.certificate),
                   .key = write("key.pem", one.key)};
  EXPECT_THAT(check_certificate(settings_, system_clock()), found(Health::warning, "ends in 0 days: renew"));
  settings_.public_url = "https://voice.example.com";
  EXPECT_THAT(check_certificate(settings_, system_clock()),
              found(Health::warning, "is not for voice.example.com"));
  settings_.public_url = "https://localhost";
  EXPECT_THAT(check_certificate(settings_, system_clock()), found(Health::warning, "ends in 0 days"));
  // Whose year is 2025, or so.
  EXPECT_THAT(check_certificate(settings_, ManualClock()), found(Health::bad, "not valid yet"));
  settings_.tls.key = write("key.pem", net::make_self_signed().key);
  EXPECT_THAT(check_certificate(settings_, system_clock()), found(Health::bad, "key.pem"));
  settings_.tls.certificate = (directory_.path() / "none.pem").string();
  EXPECT_THAT(check_certificate(settings_, system_clock()), found(Health::bad, "none.pem"));
}

TEST_F(CheckupTest, a_clock_that_differs_from_the_vendors_is_bad) {
  using std::chrono::seconds;
  EXPECT_THAT(check_clock(seconds(-20)), found(Health::good, "agrees"));
  EXPECT_THAT(check_clock(seconds(3600)), found(Health::bad, "3600 seconds ahead of"));
  EXPECT_THAT(check_clock(seconds(-61)), found(Health::bad, "61 seconds behind"));
  EXPECT_EQ(check_clock(std::nullopt).size(), 1U);
}

TEST_F(CheckupTest, rows_that_wait_and_too_few_files_are_told) {
  std::filesystem::create_directories(std::filesystem::path(settings_.data_dir) / "spool");
  std::ofstream(std::filesystem::path(settings_.data_dir) / "spool" / "1.jsonl") << "{}\n{}\n{}\n";
  EXPECT_THAT(check_spool(settings_), found(Health::warning, "3 rows"));
  settings_.calls.max = 1;
  EXPECT_THAT(check_open_files(settings_), found(Health::good, "enough for 1 calls"));
  settings_.calls.max = 2'000'000'000;
  EXPECT_THAT(check_open_files(settings_), found(Health::bad, "LimitNOFILE"));
}

TEST_F(CheckupTest, a_bucket_that_cannot_be_reached_is_told_with_its_setting) {
  settings_.s3.bucket = "recordings";
  settings_.s3.access_key_id = "id";
  settings_.s3.secret_access_key = "secret-of-s3";
  settings_.s3.endpoint = serve([](const net::HttpRequest&) {
    return answer(403, "<Error><Code>InvalidAccessKeyId</Code><Message>unknown</Message></Error>");
  });
  const auto findings = check_bucket(settings_, system_clock());
  EXPECT_THAT(findings, found(Health::bad, "writing to the bucket failed: "));
  EXPECT_THAT(findings.front().says, HasSubstr("AWS_ACCESS_KEY_ID"));
  EXPECT_THAT(findings.front().says, Not(HasSubstr("secret-of-s3")));
}

constexpr const char* kStreams =
    R"({"Stream":{"Status":"success","ActiveStreamCount":"3","ThrottleLimit":"100"}})";

TEST_F(CheckupTest, a_saved_account_is_tried_with_its_own_credentials) {
  save_account(R"({"sid":"acme 1","region":"in"})");
  int status = 200;
  net::HttpRequest asked;
  const std::string base = serve([&](const net::HttpRequest& request) {
    asked = request;
    return answer(status, status == 200 ? kStreams : "{}");
  });
  std::string domain;
  const auto address = [&](const std::string& of) {
    domain = of;
    return base;
  };
  EXPECT_THAT(check_carriers(settings_, address), found(Health::good, "active, 3 of 100 streams"));
  EXPECT_EQ(domain, "api.in.exotel.com");
  EXPECT_EQ(asked.path, "/v1/Accounts/acme 1/ActiveStreams");
  EXPECT_EQ(asked.header("authorization"), "Basic dGhlLWtleTp0aGUtdG9rZW4=");
  status = 401;
  const auto refused = check_carriers(settings_, address);
  EXPECT_THAT(refused, found(Health::bad, "the API key and the API token anew"));
  EXPECT_THAT(refused.front().says, Not(HasSubstr("the-")));
  status = 404;
  EXPECT_THAT(check_carriers(settings_, address), found(Health::bad, "check its sid"));
  status = 503;
  EXPECT_THAT(check_carriers(settings_, address), found(Health::warning, "ask again later"));
  EXPECT_THAT(check_carriers(settings_, [](const std::string&) { return "http://127.0.0.1:1"; }),
              found(Health::bad, "cannot be reached"));
}

TEST_F(CheckupTest, the_settings_account_is_tried_and_its_number_looked_for) {
  settings_.exotel.account_sid = "acme1";
  settings_.exotel.api_key = "the-key";
  settings_.exotel.api_token = "the-token";
  settings_.exotel.number = "08040001234";
  settings_.exotel.url = serve([](const net::HttpRequest& request) {
    if (request.path.ends_with("/ActiveStreams")) return answer(200, kStreams);
    return answer(200, R"({"incoming_phone_numbers":[{"phone_number":"+918040001234"}]})");
  });
  EXPECT_THAT(check_carriers(settings_),
              ElementsAre(Field(&Finding::health, Health::good), Field(&Finding::health, Health::good)));
  settings_.exotel.number = "08040009999";
  const auto strange = check_carriers(settings_);
  ASSERT_EQ(strange.size(), 2U);
  EXPECT_EQ(strange.front().health, Health::bad);
  EXPECT_THAT(strange.front().says, HasSubstr("none of the 1 numbers"));
  EXPECT_EQ(strange.front().part, "carrier (EXOTEL_…)");
  settings_.exotel.region = "nowhere";
  EXPECT_THAT(check_carriers(settings_), found(Health::bad, "EXOTEL_SUBDOMAIN"));
}

TEST_F(CheckupTest, twilios_account_of_the_settings_is_tried) {
  settings_.twilio.account_sid = "AC1";
  settings_.twilio.auth_token = "the-token";
  std::string path;
  settings_.twilio.url = serve([&](const net::HttpRequest& request) {
    path = request.path;
    return answer(200, R"({"status":"suspended","type":"Full"})");
  });
  EXPECT_THAT(check_carriers(settings_), found(Health::bad, "the account is suspended"));
  EXPECT_EQ(path, "/2010-04-01/Accounts/AC1.json");
}

}  // namespace
}  // namespace parley::app
