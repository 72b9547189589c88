// What is said of an account that works, and of one that does not.
#include "carrier/account_check.hpp"

#include <functional>

#include "carrier/tests/exotel_fixture.hpp"

namespace parley::carrier {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr const char* kStreams = R"({"Stream":{"ActiveStreamCount":"3","ThrottleLimit":"100"}})";
constexpr const char* kNumbers = R"({"incoming_phone_numbers":[{"phone_number":"+914412345678"}]})";

auto finding(std::string_view topic, Verdict verdict, const std::string& says) {
  return AllOf(Field(&AccountFinding::topic, std::string(topic)), Field(&AccountFinding::verdict, verdict),
               Field(&AccountFinding::says, HasSubstr(says)));
}

class AccountCheckTest : public ExotelFixture {
 protected:
  AccountFindings check(std::string number = {}) {
    auto findings = run(check_account(carrier(), account_, std::move(number)));
    for (const AccountFinding& one : findings)
      EXPECT_THAT(one.says, testing::Not(testing::ContainsRegex("the-key|the-token|4412345678")));
    return findings;
  }
};

TEST_F(AccountCheckTest, AnAccountThatWorksIsToldWithItsStreamsAndItsNumber) {
  reply(200, kStreams);
  reply(200, kNumbers);
  EXPECT_THAT(check(), ElementsAre(finding("account", Verdict::good, "3 of 100 streams"),
                                   finding("number", Verdict::good, "is the account's")));
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[0].method, "GET");
  EXPECT_EQ(requests_[1].method, "GET");
}

TEST_F(AccountCheckTest, ANumberOfAnotherAccountComesFirst) {
  reply(200, kStreams);
  reply(200, kNumbers);
  const auto findings = check("08099999999");
  EXPECT_THAT(findings, ElementsAre(finding("number", Verdict::bad, "none of the 1 numbers"),
                                    finding("account", Verdict::good, "")));
  EXPECT_EQ(worst_of(findings), Verdict::bad);
}

TEST_F(AccountCheckTest, WithoutANumberNoneIsLookedFor) {
  account_.number.clear();
  reply(200, kStreams);
  EXPECT_THAT(check(), ElementsAre(finding("account", Verdict::good, "")));
}

TEST_F(AccountCheckTest, WhatIsRefusedSaysWhatToChange) {
  reply(401, "{}");
  EXPECT_THAT(check(), ElementsAre(finding("account", Verdict::bad, "the API key and the API token anew")));
  replies_.clear();
  reply(404, "{}");
  EXPECT_THAT(check(), ElementsAre(finding("account", Verdict::bad, "does not know the account")));
  replies_.clear();
  reply(402, "{}");
  EXPECT_THAT(check(), ElementsAre(finding("account", Verdict::bad, "no balance")));
  replies_.clear();
  reply(403, "{}");
  EXPECT_THAT(check(), ElementsAre(finding("account", Verdict::bad, "not verified")));
  replies_.clear();
  reply(503, "{}");
  EXPECT_THAT(check(), ElementsAre(finding("reach", Verdict::warning, "ask again later")));
}

TEST_F(AccountCheckTest, SomebodyElseAtTheAddressAndNobodyAreTold) {
  reply(200, "<html>A router's page</html>", "text/html");
  EXPECT_THAT(check(), ElementsAre(finding("reach", Verdict::bad, "is not the carrier's interface")));
  account_.base_url = "http://127.0.0.1:1";
  EXPECT_THAT(check(), ElementsAre(finding("reach", Verdict::bad, "cannot be reached")));
}

TEST_F(AccountCheckTest, AnAccountWithoutStreamsIsNoUse) {
  reply(404, "{}");
  reply(200, kNumbers);
  EXPECT_THAT(check(), ElementsAre(finding("streams", Verdict::bad, "streams are not on"),
                                   finding("number", Verdict::good, "")));
}

TEST_F(AccountCheckTest, AllStreamsInUseIsAWarning) {
  account_.number.clear();
  reply(200, R"({"Stream":{"ActiveStreamCount":"100","ThrottleLimit":"100"}})");
  EXPECT_THAT(check(), ElementsAre(finding("streams", Verdict::warning, "all 100 streams")));
}

// Lets an account in at one address only.
class OneRegion final : public Carrier {
 public:
  explicit OneRegion(std::string home) : home_(std::move(home)) {}
  std::vector<std::string> asked;

  async::Task<CarrierResult<AccountState>> check(Account account) override {
    asked.push_back(account.base_url);
    if (account.base_url != home_) {
      co_return std::unexpected(CarrierError{.outcome = CarrierError::Outcome::not_done,
                                             .error = {Errc::permission_denied, "refused"},
                                             .http_status = 401,
                                             .code = {},
                                             .retry_after = {}});
    }
    co_return AccountState{"active", 0, 100};
  }

  std::string_view name() const override { return "exotel"; }
  async::Task<CarrierResult<CallReport>> place(Account, PlaceRequest) override { co_return CallReport{}; }
  async::Task<CarrierResult<void>> end(Account, std::string) override { co_return CarrierResult<void>(); }
  bool transfers_by_request() const override { return false; }
  async::Task<CarrierResult<void>> transfer(Account, std::string, std::string) override {
    co_return CarrierResult<void>();
  }
  async::Task<CarrierResult<CallReport>> describe(Account, std::string) override { co_return CallReport{}; }
  async::Task<CarrierResult<std::vector<CallReport>>> find_calls(Account, std::string, WallMillis) override {
    co_return std::vector<CallReport>{};
  }
  async::Task<CarrierResult<RecordingFile>> fetch_recording(Account, std::string, std::size_t) override {
    co_return RecordingFile{};
  }
  async::Task<CarrierResult<std::vector<OwnNumber>>> own_numbers(Account) override {
    co_return std::vector<OwnNumber>{};
  }
  Result<CallReport> read_report(const Fields&) const override { return CallReport{}; }
  Result<CallNotice> read_notice(const Fields&) const override { return CallNotice{}; }
  std::optional<StreamReport> read_stream_report(const Fields&) const override { return std::nullopt; }
  Result<void> verify(const Account&, const SignedRequest&) const override { return {}; }
  WebAnswer answer(const StreamAnswer&) const override { return {}; }
  WebAnswer answer(const RecordAnswer&) const override { return {}; }
  WebAnswer answer(const HangUpAnswer&) const override { return {}; }
  WebAnswer answer(const ConnectAnswer&) const override { return {}; }

 private:
  const std::string home_;
};

TEST_F(AccountCheckTest, AnAccountOfTheOtherRegionIsToldWhereItIs) {
  OneRegion mumbai("https://api.in.exotel.com");
  account_.base_url = "https://api.exotel.com";
  EXPECT_THAT(
      run(check_account(mumbai, account_)),
      ElementsAre(finding("account", Verdict::bad, "not at api.exotel.com but at api.in.exotel.com")));
  // Wrong in both: the credentials are what is wrong.
  OneRegion nowhere("");
  EXPECT_THAT(run(check_account(nowhere, account_)),
              ElementsAre(finding("account", Verdict::bad, "refuses the credentials")));
  // Another's server in Exotel's place gets the credentials, and nobody else.
  OneRegion own("");
  account_.base_url = "http://127.0.0.1:8090";
  run(check_account(own, account_));
  EXPECT_THAT(own.asked, ElementsAre("http://127.0.0.1:8090"));
}

TEST(CheckPublicUrlTest, SaysWhetherACarrierCouldComeThere) {
  EXPECT_THAT(check_public_url(""), finding("public_url", Verdict::bad, "is not set"));
  EXPECT_THAT(check_public_url("voice.example.com"), finding("public_url", Verdict::bad, "no address"));
  EXPECT_THAT(check_public_url("wss://voice.example.com"), finding("public_url", Verdict::bad, "no address"));
  for (const char* near : {"https://localhost", "https://127.0.0.1:8080", "https://10.1.2.3",
                           "https://[::1]:80", "https://box.local", "https://parley:8080"})
    EXPECT_THAT(check_public_url(near), finding("public_url", Verdict::warning, "private network")) << near;
  EXPECT_THAT(check_public_url("http://voice.example.com"),
              finding("public_url", Verdict::warning, "without TLS"));
  for (const char* good : {"https://voice.example.com", "https://voice.example.com:8443/parley",
                           "https://8.8.8.8", "https://[2606:4700::1111]"})
    EXPECT_THAT(check_public_url(good), finding("public_url", Verdict::good, "carriers are sent to")) << good;
}

}  // namespace
}  // namespace parley::carrier
