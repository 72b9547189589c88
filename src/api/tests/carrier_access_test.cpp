// Who may speak for a carrier, and what those who may not are told.
#include "api/carrier_access.hpp"

#include <gmock/gmock.h>

#include "net/url.hpp"
#include "security/hash.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;
using testing::Not;
using HandedOut = CarrierAccess::HandedOut;

constexpr const char* kServers = "the-servers-secret";
constexpr const char* kNumbers = "the-numbers-secret";

settings::IpAllowList networks(const std::string& entry) {
  return settings::IpAllowList::parse(std::span(&entry, 1)).value();
}

class CarrierAccessTest : public testing::Test {
 protected:
  CarrierAccess& access() {
    if (!access_) {
      access_ = std::make_unique<CarrierAccess>(
          clock_, registry_,
          [](std::string_view phone_id,
             std::string_view number) -> std::optional<storage::PhoneNumberRecord> {
            storage::PhoneNumberRecord record;
            record.secret_hash = security::hash_token(kNumbers);
            if (phone_id == "guarded" || number == "+918030752400") return record;
            record.secret_hash.clear();
            if (phone_id == "open" || number == "+918030752401") return record;
            return std::nullopt;
          },
          options_);
    }
    return *access_;
  }
  static net::HttpRequest from(std::string address, std::string forwarded = {}, std::string password = {}) {
    net::HttpRequest request;
    request.method = "POST";
    request.remote_address = std::move(address);
    if (!forwarded.empty()) request.headers.emplace_back("x-forwarded-for", std::move(forwarded));
    if (!password.empty())
      request.headers.emplace_back("authorization", net::basic_authorization("exotel", password));
    return request;
  }
  int status(const std::optional<net::HttpResponse>& refusal) { return refusal ? refusal->status : 200; }
  int asked(const AddressTail& tail, const carrier::Fields& fields = {},
            HandedOut handed_out = HandedOut::by_people, const std::string& password = {}) {
    return status(access().check_secret(from("192.0.2.1", "", password), tail, fields, handed_out));
  }

  ManualClock clock_;
  metrics::Registry registry_;
  CarrierAccess::Options options_;
  std::unique_ptr<CarrierAccess> access_;
};

TEST_F(CarrierAccessTest, WithoutAnythingSetEverybodyMay) {
  EXPECT_EQ(status(access().check_client(from("192.0.2.1"))), 200);
  EXPECT_EQ(asked({}), 200);
  EXPECT_EQ(asked({.phone_id = "open", .secret = "an old one"}), 200);
}

TEST_F(CarrierAccessTest, TheAllowListSeesThroughTrustedProxiesOnly) {
  options_.allow = networks("192.0.2.0/24");
  options_.trusted_proxies = networks("10.0.0.1");
  EXPECT_EQ(status(access().check_client(from("192.0.2.1"))), 200);
  EXPECT_EQ(status(access().check_client(from("10.0.0.1", "192.0.2.1"))), 200);
  EXPECT_EQ(status(access().check_client(from("10.0.0.1", "192.0.2.1, 198.51.100.1"))), 403);
  EXPECT_EQ(status(access().check_client(from("198.51.100.1", "192.0.2.1"))), 403);
}

TEST_F(CarrierAccessTest, OneAddressMayAskSoOftenAndIsToldWhenToComeBack) {
  options_.requests_per_second = 1;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(status(access().check_client(from("192.0.2.1"))), 200);
  const auto refused = access().check_client(from("192.0.2.1"));
  ASSERT_EQ(status(refused), 429);
  EXPECT_THAT(refused->headers, testing::Contains(testing::Pair("Retry-After", "1")));
  EXPECT_EQ(status(access().check_client(from("192.0.2.2"))), 200);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(status(access().check_client(from("192.0.2.1"))), 200);
}

TEST_F(CarrierAccessTest, TheServersSecretStandsInThePathOrIsThePassword) {
  options_.secret = kServers;
  EXPECT_EQ(asked({}), 401);
  EXPECT_EQ(asked({.phone_id = {}, .secret = "wrong"}), 403);
  EXPECT_EQ(asked({.phone_id = {}, .secret = kServers}), 200);
  EXPECT_EQ(asked({}, {}, HandedOut::by_people, kServers), 200);
  EXPECT_EQ(asked({}, {}, HandedOut::by_people, "wrong"), 403);
  const auto refused = access().check_secret(from("192.0.2.1"), {}, {}, HandedOut::by_people);
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->headers, testing::Contains(testing::Pair("WWW-Authenticate", HasSubstr("Basic"))));
  EXPECT_THAT(registry_.expose(), HasSubstr("parley_carrier_requests_refused_total{reason=\"secret\"}"));
}

TEST_F(CarrierAccessTest, ANumberWithASecretWantsItsOwnWhateverAddressNamesIt) {
  options_.secret = kServers;
  const carrier::Fields to_it{{"CallSid", "c1"}, {"callto", "+918030752400"}};
  const carrier::Fields hidden{{"To", "+918030752401"}, {"To", "+918030752400"}};
  EXPECT_EQ(asked({.phone_id = "guarded", .secret = kNumbers}), 200);
  EXPECT_EQ(asked({.phone_id = "guarded", .secret = kServers}), 403);
  EXPECT_EQ(asked({.phone_id = "guarded", .secret = {}}), 401);
  EXPECT_EQ(asked({}, to_it), 401);
  EXPECT_EQ(asked({}, hidden), 401);
  EXPECT_EQ(asked({.phone_id = "not ours", .secret = kServers}, to_it), 403);
  EXPECT_EQ(asked({}, to_it, HandedOut::by_people, kNumbers), 200);
  // Of what we hand out ourselves we know the server's only.
  EXPECT_EQ(asked({.phone_id = {}, .secret = kServers}, to_it, HandedOut::by_us), 200);
}

TEST_F(CarrierAccessTest, AddressesThatWeHandOutHaveASecretEvenWhenNoneIsSet) {
  options_.callback_secret = kServers;
  const carrier::Fields to_it{{"To", "+918030752400"}};
  EXPECT_EQ(asked({.phone_id = {}, .secret = kServers}, to_it, HandedOut::by_us), 200);
  EXPECT_EQ(asked({.phone_id = {}, .secret = kServers}, to_it, HandedOut::by_people), 403);
  EXPECT_EQ(asked({}), 200);
}

TEST_F(CarrierAccessTest, TheEndOfAnAddressIsAPhonesIdOrASecret) {
  options_.secret = kServers;
  const carrier::Fields to_it{{"To", "+918030752400"}};
  EXPECT_EQ(access().tail_of(kServers, {}).secret, kServers);
  EXPECT_EQ(access().tail_of("open", {}).phone_id, "open");
  EXPECT_EQ(access().tail_of(kNumbers, to_it).secret, kNumbers);
  EXPECT_EQ(access().tail_of("p7", to_it).phone_id, "p7");
  EXPECT_EQ(access().tail_of("", {}).phone_id, "");
}

TEST_F(CarrierAccessTest, BrokenCredentialsAreNoneAndNothingQuotesThem) {
  options_.secret = kServers;
  for (const char* header : {"Basic", "Basic ", "Basic !!!!", "Basic YWJj", "Bearer the-servers-secret"}) {
    auto request = from("192.0.2.1");
    request.headers.emplace_back("authorization", header);
    const auto refused = access().check_secret(request, {}, {}, HandedOut::by_people);
    ASSERT_EQ(status(refused), 401) << header;
    EXPECT_THAT(refused->body, Not(HasSubstr("servers")));
  }
}

}  // namespace
}  // namespace parley::api
