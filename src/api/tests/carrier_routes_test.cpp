// The addresses of carriers over the real desk, book, directory and stores; the carrier is made of paper.
#include "api/carrier_routes.hpp"

#include <boost/json.hpp>

#include "agent/agent.hpp"
#include "api/front.hpp"
#include "api/tests/api_fixture.hpp"
#include "security/hash.hpp"
#include "security/vault.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kGuarded = "01HAAAAAAAAAAAAAAAAAAAAAA1";
constexpr const char* kOpen = "01HAAAAAAAAAAAAAAAAAAAAAA2";
constexpr const char* kSecret = "the-numbers-secret";

// Its answers are words, so that a test sees which one was given.
class PaperCarrier final : public carrier::Carrier {
 public:
  explicit PaperCarrier(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }

  template <class T>
  static async::Task<carrier::CarrierResult<T>> never() {
    co_return std::unexpected(carrier::CarrierError{.outcome = carrier::CarrierError::Outcome::not_done,
                                                    .error = {Errc::conflict, "made of paper"},
                                                    .http_status = 0,
                                                    .code = {},
                                                    .retry_after = {}});
  }
  async::Task<carrier::CarrierResult<carrier::CallReport>> place(carrier::Account,
                                                                 carrier::PlaceRequest) override {
    return never<carrier::CallReport>();
  }
  async::Task<carrier::CarrierResult<void>> end(carrier::Account, std::string) override {
    return never<void>();
  }
  bool transfers_by_request() const override { return false; }
  async::Task<carrier::CarrierResult<void>> transfer(carrier::Account, std::string, std::string) override {
    return never<void>();
  }
  async::Task<carrier::CarrierResult<carrier::CallReport>> describe(carrier::Account, std::string) override {
    return never<carrier::CallReport>();
  }
  async::Task<carrier::CarrierResult<std::vector<carrier::CallReport>>> find_calls(
      carrier::Account, std::string, carrier::WallMillis) override {
    return never<std::vector<carrier::CallReport>>();
  }
  async::Task<carrier::CarrierResult<carrier::RecordingFile>> fetch_recording(carrier::Account, std::string,
                                                                              std::size_t) override {
    return never<carrier::RecordingFile>();
  }
  async::Task<carrier::CarrierResult<std::vector<carrier::OwnNumber>>> own_numbers(
      carrier::Account) override {
    return never<std::vector<carrier::OwnNumber>>();
  }
  async::Task<carrier::CarrierResult<carrier::AccountState>> check(carrier::Account) override {
    return never<carrier::AccountState>();
  }

  Result<carrier::CallReport> read_report(const carrier::Fields& fields) const override {
    carrier::CallReport report;
    report.carrier_call_id = carrier::field(fields, {"CallSid"});
    if (report.carrier_call_id.empty()) return fail(Errc::invalid_argument, "CallSid is missing");
    report.status = carrier::field(fields, {"Status", "CallStatus"});
    if (report.status == "busy") report.progress = carrier::Progress::busy;
    if (report.status == "ringing") report.progress = carrier::Progress::ringing;
    report.from = carrier::field(fields, {"From"});
    report.to = carrier::field(fields, {"To"});
    return report;
  }
  Result<carrier::CallNotice> read_notice(const carrier::Fields& fields) const override {
    carrier::CallNotice notice;
    notice.carrier_call_id = carrier::field(fields, {"CallSid"});
    if (notice.carrier_call_id.empty()) return fail(Errc::invalid_argument, "CallSid is missing");
    notice.from = carrier::field(fields, {"CallFrom", "From"});
    notice.to = carrier::field(fields, {"CallTo", "To"});
    return notice;
  }
  std::optional<carrier::StreamReport> read_stream_report(const carrier::Fields&) const override {
    return std::nullopt;
  }
  Result<void> verify(const carrier::Account& account, const carrier::SignedRequest& request) const override {
    const std::string wanted = fmt::format("{} {} {}", account.api_token, request.url, request.form.size());
    if (request.signature == wanted) return {};
    return fail(Errc::permission_denied, "not signed with " + account.api_token);
  }

  carrier::WebAnswer answer(const carrier::StreamAnswer& answer) const override {
    return xml("<Stream url=\"" + answer.stream_url + "\"/>");
  }
  carrier::WebAnswer answer(const carrier::RecordAnswer& answer) const override {
    return xml("<Record action=\"" + answer.action + "\"/>");
  }
  carrier::WebAnswer answer(const carrier::HangUpAnswer&) const override { return xml("<Hangup/>"); }
  carrier::WebAnswer answer(const carrier::ConnectAnswer& answer) const override {
    return {.status = 200, .content_type = "application/json", .body = answer.to.front(), .headers = {}};
  }

 private:
  static carrier::WebAnswer xml(std::string body) {
    return {.status = 200, .content_type = "application/xml", .body = std::move(body), .headers = {}};
  }
  const std::string name_;
};

class QuietAgent final : public control::ReadyAgent {
 public:
  QuietAgent() {
    auto made = std::make_shared<agent::Agent>();
    made->name = "reception";
    made->first_message = "Hello from the clinic.";
    agent_ = std::move(made);
  }
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }

 private:
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

class CarrierRoutesTest : public ApiTest {
 protected:
  void SetUp() override {
    add_number(kGuarded, "+918030752400", kSecret);
    add_number(kOpen, "+918030752401", "");
    ASSERT_TRUE(agents_.refresh());
    access_options_.requests_per_second = 1000;
  }
  void TearDown() override {
    run(desk_.stop());
    ApiTest::TearDown();
  }

  void add_number(std::string id, std::string number, const std::string& secret) {
    storage::PhoneNumberRecord record;
    record.id = std::move(id);
    record.workspace_id = "default";
    record.number = std::move(number);
    record.carrier = "exotel";
    if (!secret.empty()) record.secret_hash = security::hash_token(secret);
    ASSERT_TRUE(store_->create_phone_number(record));
  }
  net::HttpHandlers& handlers() {
    if (front_) return handlers_;
    add_carrier_routes(
        router_, {.desk = desk_,
                  .carriers = find_,
                  .clock = clock_,
                  .registry = registry_,
                  .find_number = [this](std::string_view id,
                                        std::string_view number) { return agents_.find_number(id, number); },
                  .account_of =
                      [this](std::string, std::string phone_id, std::string number) {
                        signers_.push_back(number);
                        return twilio_account(std::move(phone_id));
                      },
                  .access = access_options_,
                  .public_url = "https://voice.example.com"});
    front_ = std::make_unique<Front>(api(), router_, settings::IpAllowList());
    handlers_ = front_->handlers();
    return handlers_;
  }
  static async::Task<Result<carrier::Account>> twilio_account(std::string phone_id) {
    if (phone_id == kGuarded) co_return fail(Errc::not_found, "no account");
    carrier::Account account;
    account.api_token = "token";
    co_return account;
  }
  net::HttpResponse get(std::string path) { return run(handlers().request(request("GET", std::move(path)))); }
  net::HttpResponse post(std::string path, std::string form, Headers headers = {}) {
    if (headers.empty()) headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    return run(handlers().request(request("POST", std::move(path), std::move(headers), std::move(form))));
  }
  static std::string call(int number, const char* to = "08030752401") {
    return fmt::format("CallSid=c{}&CallFrom=09876543210&CallTo={}", number, to);
  }

  std::unique_ptr<storage::CallStore> calls_ =
      storage::open_sqlite_call_store(directory_.path() / storage::kSqliteFile, {}, registry_).value();
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  PaperCarrier exotel_{"exotel"};
  PaperCarrier twilio_{"twilio"};
  control::FindCarrier find_ = [this](std::string_view name) -> carrier::Carrier* {
    if (name == "exotel") return &exotel_;
    return name == "twilio" ? &twilio_ : nullptr;
  };
  control::AgentDirectory agents_{
      control::source_of(*store_),
      [](const std::string&, const agent::AgentPtr&) -> Result<control::ReadyAgentPtr> {
        return std::make_shared<QuietAgent>();
      },
      {.agent = std::make_shared<QuietAgent>(), .text = "name: reception", .chosen = true}};
  control::CarrierAccounts accounts_{*store_, vault_, std::nullopt};
  control::CallBook book_{clock_};
  control::EventHub events_{clock_};
  control::CarrierDesk desk_{{.executor = executor(),
                              .pool = pool_,
                              .clock = clock_,
                              .registry = registry_,
                              .calls = *calls_,
                              .directory = agents_,
                              .accounts = accounts_,
                              .carriers = find_,
                              .book = book_,
                              .events = events_,
                              .accepts_calls = {},
                              .webhook_secret = {},
                              .on_recording = {}}};
  std::vector<std::string> signers_;  // numbers whose account was asked for
  CarrierAccess::Options access_options_;
  Router router_;
  std::unique_ptr<Front> front_;
  net::HttpHandlers handlers_;
};

TEST_F(CarrierRoutesTest, ACallIsAnsweredWithAStreamAtTheAddressesOfANumberAndARecordAtThePlatforms) {
  int number = 0;
  for (const std::string path : {"/api/telephony/webhook/", "/api/v1/telephony/exotel/incoming/"}) {
    for (const char* tail : {"", "/", "/an-old-secret"}) {
      const auto answer = post(path + kOpen + tail, call(++number));
      EXPECT_EQ(answer.status, 200) << path << tail;
      EXPECT_EQ(answer.content_type, "application/xml");
      EXPECT_THAT(answer.body, HasSubstr("wss://voice.example.com/"));
      EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
    }
    EXPECT_THAT(get(path + kOpen + "?" + call(++number)).body, HasSubstr("<Stream"));
  }
  EXPECT_THAT(post("/api/v1/webhooks/exotel/incoming", call(++number)).body, HasSubstr("<Record action="));
}

TEST_F(CarrierRoutesTest, TheDynamicEndpointGivesAnAddressByGetAndPostWithAndWithoutANumber) {
  const std::string base = "/api/v1/telephony/exotel/endpoint";
  for (const auto& answer : {get(base + "?" + call(1)), get(base + "/" + kOpen + "?" + call(2)),
                             post(base + "/" + kOpen + "/secret", call(3)), post(base, call(4))}) {
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_THAT(std::string(json::parse(answer.body).at("url").as_string()),
                StartsWith("wss://voice.example.com/"));
  }
  const auto refused = get(base);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(json::parse(refused.body).at("error"), "CallSid is missing");
}

TEST_F(CarrierRoutesTest, AStatusIsTakenInEveryFormAtBothAddresses) {
  const std::string form = "CallSid=s1&Status=busy&From=09876543210&To=08030752401";
  const std::string multipart =
      "--b\r\nContent-Disposition: form-data; name=\"CallSid\"\r\n\r\ns2\r\n--b\r\nContent-Disposition: "
      "form-data; name=\"Status\"\r\n\r\nbusy\r\n--b--\r\n";
  for (const char* path : {"/webhooks/exotel/call-status", "/api/v1/webhooks/exotel/status",
                           "/api/v1/webhooks/exotel/status/some-secret"}) {
    EXPECT_EQ(post(path, form).body, R"({"success":true})") << path;
    EXPECT_EQ(
        post(path, R"({"CallSid":"s3","Status":"busy"})", {{"content-type", "application/json"}}).status,
        200);
    EXPECT_EQ(post(path, multipart, {{"content-type", "multipart/form-data; boundary=b"}}).status, 200);
    const auto refused = post(path, "Status=busy");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(json::parse(refused.body).at("success"), false);
  }
}

TEST_F(CarrierRoutesTest, PassthruGoesOnOrLeavesByARedirectAndSwitchNamesItsCase) {
  const std::string known = "CallSid=p1&CallFrom=09876543210&CallTo=08030752401";
  EXPECT_EQ(post("/api/telephony/webhook/" + std::string(kOpen), known).status, 200);
  const std::string passthru = "/api/v1/webhooks/exotel/passthru";
  EXPECT_EQ(get(passthru + "?" + known).status, 200);
  EXPECT_EQ(get("/api/v1/webhooks/exotel/switch?" + known).body, R"({"select":"end"})");
  EXPECT_EQ(get("/api/v1/webhooks/exotel/connect?" + known).status, 404);
  const auto booked = book_.match({.carrier = "exotel",
                                   .carrier_call_id = "p1",
                                   .token = {},
                                   .call_id = {},
                                   .from = {},
                                   .to = {},
                                   .workspace_id = {}});
  ASSERT_TRUE(booked);
  book_.set_transfer(booked->call_id, {.to = {"+918040001234"}, .reason = "key 0", .announce = {}});
  const auto leaves = get(passthru + "/secret?" + known);
  EXPECT_EQ(leaves.status, 302);
  EXPECT_EQ(header(leaves, "Location"), "https://voice.example.com/healthz");
  const auto chosen = post("/api/v1/webhooks/exotel/switch", known);
  EXPECT_EQ(chosen.body, R"({"select":"transfer"})");
  EXPECT_EQ(chosen.content_type, "text/plain");
  EXPECT_EQ(get("/api/v1/webhooks/exotel/connect?" + known).body, "+918040001234");
}

TEST_F(CarrierRoutesTest, AGreetingHasTheSameHeadersForHeadAndGet) {
  const std::string path = "/api/v1/webhooks/exotel/greeting/" + std::string(kOpen) + "?" + call(1);
  const auto said = get(path);
  const auto head = run(handlers().request(request("HEAD", path)));
  EXPECT_EQ(said.body, "Hello from the clinic.");
  EXPECT_THAT(said.content_type, StartsWith("text/plain"));
  EXPECT_EQ(head.headers, said.headers);
  EXPECT_EQ(head.body.size(), said.body.size());
  const auto refused = post(path, "");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header(refused, "Allow"), "GET, HEAD");
}

TEST_F(CarrierRoutesTest, AHeartbeatIsCountedWithoutItsNumbers) {
  const auto answer = post(
      "/api/v1/webhooks/exotel/heartbeat",
      R"({"timestamp":"t","status_type":"CRITICAL","incoming_affected":[{"number":"0803","since":"t"},{"number":"0804","since":"t"}],)"
      R"("outgoing_affected":[],"data":{}})",
      {{"content-type", "application/json"}});
  EXPECT_EQ(answer.status, 200);
  const std::string metrics = registry_.expose();
  EXPECT_THAT(metrics, HasSubstr("parley_exotel_heartbeats_total{status=\"CRITICAL\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("parley_exotel_heartbeat_level 2"));
  EXPECT_THAT(metrics, HasSubstr("parley_exotel_heartbeat_affected{direction=\"incoming\"} 2"));
  EXPECT_THAT(metrics, HasSubstr("parley_carrier_requests_total"));
}

TEST_F(CarrierRoutesTest, ANumberWithASecretIsServedWithItOnly) {
  const std::string path = "/api/telephony/webhook/" + std::string(kGuarded);
  EXPECT_EQ(post(path, call(1)).status, 401);
  EXPECT_EQ(post(path + "/wrong", call(1)).status, 403);
  EXPECT_EQ(post(path + "/" + kSecret, call(1)).status, 200);
  const std::string endpoint = "/api/v1/telephony/exotel/endpoint";
  EXPECT_EQ(post(endpoint, call(2, "+918030752400")).status, 401);
  EXPECT_EQ(post(endpoint + "/" + kSecret, call(2, "+918030752400")).status, 200);
  EXPECT_EQ(post(endpoint + "/" + kGuarded, call(3)).status, 401);
  EXPECT_EQ(post(endpoint + "/" + kGuarded + "/" + kSecret, call(3)).status, 200);
  EXPECT_EQ(book_.size(), 3U) << "nothing was booked for those who were refused";
}

TEST_F(CarrierRoutesTest, TwilioMustSignWhatItSends) {
  const std::string path = "/api/v1/webhooks/twilio/incoming/" + std::string(kOpen);
  EXPECT_EQ(post(path, call(1)).status, 403);
  EXPECT_EQ(book_.size(), 0U);
  const auto sign = [](const std::string& address, int fields) {
    return Headers{
        {"content-type", "application/x-www-form-urlencoded"},
        {"x-twilio-signature", fmt::format("token https://voice.example.com{} {}", address, fields)}};
  };
  EXPECT_THAT(post(path, call(1), sign(path, 3)).body, HasSubstr("<Stream"));
  EXPECT_EQ(post("/api/v1/webhooks/twilio/status?a=b", call(1) + "&CallStatus=ringing",
                 sign("/api/v1/webhooks/twilio/status?a=b", 4))
                .status,
            200);
  // Of an outbound call ours is the number that rings.
  const std::string status = "/api/v1/webhooks/twilio/status";
  post(status, "CallSid=c9&CallStatus=ringing&From=%2B918030752401&To=%2B919876543210", sign(status, 4));
  ASSERT_FALSE(signers_.empty());
  EXPECT_EQ(signers_.back(), "+918030752401");
  // Nobody knows whose signature it would be.
  const std::string unknown = "/api/v1/webhooks/twilio/incoming/" + std::string(kGuarded) + "/" + kSecret;
  const auto refused = post(unknown, call(2), sign(unknown, 3));
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, Not(HasSubstr("token")));
}

TEST_F(CarrierRoutesTest, AddressesOfTheApiStayBesideThem) {
  EXPECT_EQ(handlers().body_limit("POST", "/api/v1/webhooks/exotel/status/x"), 1024U * 1024);
  EXPECT_FALSE(router_.serves("/api/v1/webhooks/exotel"));
  EXPECT_FALSE(router_.serves("/api/v1/webhooks/01HAAAAAAAAAAAAAAAAAAAAAA1/secret"));
  EXPECT_EQ(get("/api/v1/things").status, 200);
}

TEST_F(CarrierRoutesTest, MalformedRequestsAreToldSoInOneLine) {
  const std::string path = "/api/telephony/webhook/" + std::string(kOpen);
  for (const char* body : {"{", "--b\r\n", "\xff\xfe"}) {
    const auto refused = post(path, body, {{"content-type", "application/json"}});
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_EQ(std::ranges::count(refused.body, '\n'), 1);
  }
  const auto many = post(
      path, std::string(3000, '&') + [] {
        std::string fields;
        for (int i = 0; i < 1200; ++i)
          fields += fmt::format("a{}=1&", i);
        return fields;
      }());
  EXPECT_EQ(many.status, 413);
}

}  // namespace
}  // namespace parley::api
