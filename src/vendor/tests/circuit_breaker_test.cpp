#include "vendor/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include "vendor/account.hpp"
#include "vendor/usage.hpp"

namespace parley::vendor {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

const VendorError kOverloaded(Fault::overloaded, "x", "");
const VendorError kBadKey(Fault::bad_key, "x", "");

class CircuitBreakerTest : public testing::Test {
 protected:
  void fail(const VendorError& error, int times = 1) {
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(breaker_.allow());
      breaker_.failed(error);
    }
  }
  ManualClock clock_;
  CircuitBreaker breaker_{clock_, {}};
};

TEST_F(CircuitBreakerTest, OpensAfterThreeFailuresInARow) {
  fail(kOverloaded, 2);
  breaker_.succeeded();
  fail(kOverloaded, 2);
  EXPECT_EQ(breaker_.state(), State::closed);
  fail(kOverloaded);
  EXPECT_EQ(breaker_.state(), State::open);
  EXPECT_FALSE(breaker_.allow());
}

TEST_F(CircuitBreakerTest, OpensAtOnceForWhatOnlyAPersonCanMend) {
  for (const auto fault : {Fault::bad_key, Fault::no_credit, Fault::unknown_model, Fault::region}) {
    CircuitBreaker breaker(clock_, {});
    breaker.failed({fault, "x", ""});
    EXPECT_FALSE(breaker.allow()) << to_string(fault);
  }
}

TEST_F(CircuitBreakerTest, RequestsOfOursThatAreWrongDoNotCount) {
  fail({Fault::bad_request, "x", ""}, 10);
  fail({Fault::internal, "", ""}, 10);
  EXPECT_EQ(breaker_.state(), State::closed);
}

TEST_F(CircuitBreakerTest, LetsOneTryAfterTheWaitAndItsSuccessCloses) {
  fail(kBadKey);
  clock_.advance(14'999ms);
  EXPECT_FALSE(breaker_.allow());
  clock_.advance(1ms);
  EXPECT_TRUE(breaker_.allow());
  EXPECT_EQ(breaker_.state(), State::half_open);
  EXPECT_FALSE(breaker_.allow());
  breaker_.succeeded();
  EXPECT_EQ(breaker_.state(), State::closed);
  EXPECT_TRUE(breaker_.allow());
  EXPECT_TRUE(breaker_.allow());
}

TEST_F(CircuitBreakerTest, TheWaitDoublesWithEachFailedTrialUpToTwoMinutes) {
  fail(kBadKey);
  auto wait = 15s;
  for (int i = 0; i < 6; ++i) {
    clock_.advance(wait - 1ms);
    EXPECT_FALSE(breaker_.allow()) << i;
    clock_.advance(1ms);
    fail(kOverloaded);
    wait = std::min<std::chrono::seconds>(wait * 2, 120s);
  }
  clock_.advance(120s);
  EXPECT_TRUE(breaker_.allow());
  breaker_.succeeded();
  fail(kBadKey);  // from the beginning again
  clock_.advance(15s);
  EXPECT_TRUE(breaker_.allow());
}

TEST_F(CircuitBreakerTest, AnAbandonedTrialIsGivenBack) {
  fail(kBadKey);
  clock_.advance(15s);
  EXPECT_TRUE(breaker_.allow());
  breaker_.abandoned();
  EXPECT_TRUE(breaker_.allow());
  breaker_.failed({Fault::bad_request, "x", ""});
  EXPECT_TRUE(breaker_.allow());
  EXPECT_FALSE(breaker_.allow());
}

TEST_F(CircuitBreakerTest, KeepsToWhatTheVendorSaysAboutTheWait) {
  VendorError limited(Fault::rate_limited, "x", "");
  limited.retry_after = 60s;
  fail(limited, 3);
  clock_.advance(59s);
  EXPECT_FALSE(breaker_.allow());
  clock_.advance(1s);
  EXPECT_TRUE(breaker_.allow());
}

TEST_F(CircuitBreakerTest, AnswersToWhatBeganBeforeItOpenedDoNotCloseIt) {
  EXPECT_TRUE(breaker_.allow());
  fail(kBadKey);
  breaker_.succeeded();
  EXPECT_EQ(breaker_.state(), State::open);
}

TEST_F(CircuitBreakerTest, EachKeyHasItsOwn) {
  CircuitBreakers breakers(clock_);
  breakers.of("a").failed(kBadKey);
  EXPECT_FALSE(breakers.of("a").allow());
  EXPECT_TRUE(breakers.of("b").allow());
  EXPECT_EQ(&breakers.of("a"), &breakers.of("a"));
}

TEST(RetryWaitTest, DoublesFromHalfASecondWithJitter) {
  EXPECT_EQ(retry_wait(kOverloaded, 1, 0), 500ms);
  EXPECT_EQ(retry_wait(kOverloaded, 2, 0), 1000ms);
  EXPECT_EQ(retry_wait(kOverloaded, 5, 0), 8000ms);
  EXPECT_EQ(retry_wait(kOverloaded, 1000, 0), 8000ms);
  EXPECT_EQ(retry_wait(kOverloaded, 1, 0.5), 437ms);
  EXPECT_GE(retry_wait(kOverloaded, 1, 0.9999), 375ms);
  VendorError told = kOverloaded;
  told.retry_after = 20ms;
  EXPECT_EQ(retry_wait(told, 3, 0.7), 20ms);
}

TEST(AccountTest, TheIdTellsAccountsApartAndShowsNothingOfTheKey) {
  const Account one{"deepgram", "https://api.deepgram.com", "0123456789abcdef", "DEEPGRAM_API_KEY"};
  auto other = one;
  EXPECT_EQ(one.id(), other.id());
  other.key = "0123456789abcdee";
  EXPECT_NE(one.id(), other.id());
  other = one;
  other.url += "/";
  EXPECT_NE(one.id(), other.id());
  EXPECT_EQ(one.id().find("0123456789"), std::string::npos);
  EXPECT_TRUE(one.id().starts_with("deepgram-"));
}

TEST(AccountTest, TheWebSocketsAddressFollowsTheScheme) {
  EXPECT_EQ((Account{"x", "https://h:1/v1", "", ""}).websocket_url(), "wss://h:1/v1");
  EXPECT_EQ((Account{"x", "http://127.0.0.1:9", "", ""}).websocket_url(), "ws://127.0.0.1:9");
}

TEST(UsageTest, TokensAreEstimatedFromTheText) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("a"), 1);
  EXPECT_EQ(estimate_tokens("twelve chars"), 3);
  EXPECT_EQ(estimate_tokens("\xE0\xA4\xA8\xE0\xA4\xAE\xE0\xA4\xB8"), 2);
}

TEST(UsageTest, PartsReadBack) {
  for (const auto part : {Part::stt, Part::llm, Part::tts, Part::sts, Part::carrier}) {
    EXPECT_EQ(parse_part(to_string(part)), part);
  }
  EXPECT_EQ(parse_part("x"), std::nullopt);
}

}  // namespace
}  // namespace parley::vendor
