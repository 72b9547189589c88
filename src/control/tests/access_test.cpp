#include <algorithm>
#include <latch>
#include <thread>

#include "control/tests/access_fixture.hpp"
#include "security/hash.hpp"

namespace parley::control {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(AccessTest, ManyLoginsAtOnceDoNotAllWait) {
  make_owner();
  std::vector<std::string> problems(8);
  {
    std::latch ready(8);
    std::vector<std::jthread> people;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      people.emplace_back([&, i] {
        const std::string number = std::to_string(i);
        ready.arrive_and_wait();
        problems[i] = problem(access_.log_in(number + "@example.com", kPassword, "203.0.113." + number));
      });
    }
  }
  EXPECT_GE(std::ranges::count(problems, kDenied), 3) << "two at once and one after them";
  EXPECT_GE(std::ranges::count(problems, kOverloaded), 1);
}

TEST_F(AccessTest, WhoIsNotLetInLearnsNothing) {
  make_owner();
  const Login ravi = make_user("ravi@example.com", UserRole::viewer);
  auto record = store_->find_user(kWorkspace, ravi.user.id).value();
  record.disabled = true;
  ASSERT_TRUE(store_->update_user(record, 0));
  const auto wrong = access_.log_in("asha@example.com", "wrong password", kAddress);
  const auto unknown = access_.log_in("nobody@example.com", kPassword, kAddress);
  const auto disabled = access_.log_in("ravi@example.com", kPassword, kAddress);
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  ASSERT_FALSE(disabled);
  EXPECT_EQ(wrong.error(), unknown.error());
  EXPECT_EQ(wrong.error(), disabled.error());
  EXPECT_EQ(wrong.error().code, Errc::permission_denied);
  for (const std::string& email :
       {std::string(), std::string("asha@example.com\0", 17), std::string("\xff@x"),
        std::string("' OR 1=1 --"), std::string(100'000, 'a')})
    EXPECT_EQ(problem(access_.log_in(email, kPassword, kAddress)), kDenied);
  // A disabled user's login is over at once, and no link brings it back.
  EXPECT_EQ(problem(access_.by_session(ravi.token)), kDenied);
  EXPECT_EQ(problem(access_.invite_again(kWorkspace, ravi.user.id)), kConflict);
}

TEST_F(AccessTest, AttemptsForOneUserAreLimitedAndTheErrorSaysHowLong) {
  make_owner();
  clock_.advance(minutes(15) - std::chrono::milliseconds(now() % 900'000));  // the beginning of a window
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(
        problem(access_.log_in("ASHA@example.com", "wrong password", "198.51.100." + std::to_string(i))),
        kDenied);
  const auto refused = access_.log_in("asha@example.com", kPassword, kAddress);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::overloaded);
  EXPECT_EQ(retry_after_of(refused.error()), 900);
  clock_.advance(seconds(900));
  EXPECT_EQ(problem(access_.log_in("asha@example.com", kPassword, kAddress)), "");
}

TEST_F(AccessTest, AttemptsOfOneClientAreLimitedWhateverTheUser) {
  AccessOptions options;
  options.attempts_per_client = 3;
  Access access(*store_, *cache_, clock_, options);
  make_owner();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(problem(access.log_in("u" + std::to_string(i) + "@example.com", kPassword, "2001:db8::1")),
              kDenied);
  EXPECT_EQ(problem(access.log_in("asha@example.com", kPassword, "2001:db8::2")), kOverloaded);
  EXPECT_EQ(problem(access.log_in("asha@example.com", kPassword, kAddress)), "");
}

TEST_F(AccessTest, ASuccessGivesTheAttemptsBack) {
  make_owner();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 9; ++i)
      EXPECT_EQ(problem(access_.log_in("asha@example.com", "wrong password", "10.0.0." + std::to_string(i))),
                kDenied);
    EXPECT_EQ(problem(access_.log_in("asha@example.com", kPassword, "10.0.1.1")), "");
  }
}

TEST_F(AccessTest, OnlyALimitOfAccessSaysHowLong) {
  EXPECT_EQ(retry_after_of({Errc::overloaded, "too many attempts to log in: try again in 12 seconds"}), 12);
  EXPECT_EQ(retry_after_of({Errc::overloaded, "the pool is full"}), std::nullopt);
  EXPECT_EQ(retry_after_of({Errc::overloaded, "x: try again in a while"}), std::nullopt);
  EXPECT_EQ(retry_after_of({Errc::io, "x: try again in 12 seconds"}), std::nullopt);
}

TEST_F(AccessTest, ALoginRestsTwelveHoursAndNoLonger) {
  const Login login = make_owner();
  clock_.advance(hours(12) - seconds(1));
  EXPECT_TRUE(access_.by_session(login.token));
  clock_.advance(hours(12) - seconds(1));
  EXPECT_TRUE(access_.by_session(login.token));
  clock_.advance(hours(12));
  EXPECT_EQ(problem(access_.by_session(login.token)), kDenied);
}

TEST_F(AccessTest, ALoginEndsAfterThirtyDaysHoweverItIsUsed) {
  const Login login = make_owner();
  EXPECT_EQ(login.expires_at, now() + storage::WallMillis{30} * 24 * 3'600'000);
  for (int i = 0; i < 71; ++i) {
    clock_.advance(hours(10));
    ASSERT_TRUE(access_.by_session(login.token)) << i;
  }
  clock_.advance(hours(10));
  EXPECT_EQ(problem(access_.by_session(login.token)), kDenied);
}

TEST_F(AccessTest, LoggingOutEndsThisLoginOnly) {
  const Login first = make_owner();
  const Login second = access_.log_in("asha@example.com", kPassword, kAddress).value();
  EXPECT_NE(first.token, second.token);
  EXPECT_EQ(problem(access_.log_out(first.token)), "");
  EXPECT_EQ(problem(access_.log_out(first.token)), "");
  EXPECT_EQ(problem(access_.log_out("never was one")), "");
  EXPECT_EQ(problem(access_.by_session(first.token)), kDenied);
  EXPECT_TRUE(access_.by_session(second.token));
}

TEST_F(AccessTest, OnlyTheTokenItselfIsALogin) {
  const Login login = make_owner();
  for (const std::string& token : {std::string(), login.token + "x", login.token.substr(1), login.csrf_token,
                                   security::hash_token(login.token), std::string("' OR '1'='1"),
                                   std::string(1'000'000, 'a'), std::string("\0", 1)})
    EXPECT_EQ(problem(access_.by_session(token)), kDenied);
}

TEST_F(AccessTest, AChangeOfRoleCountsFromTheNextRequest) {
  make_owner();
  const Login login = make_user("ravi@example.com", UserRole::editor);
  auto record = store_->find_user(kWorkspace, login.user.id).value();
  record.role = UserRole::viewer;
  ASSERT_TRUE(store_->update_user(record, 0));
  EXPECT_FALSE(may(principal(login), "agents", AccessLevel::write));
  ASSERT_TRUE(store_->delete_user(kWorkspace, login.user.id));
  EXPECT_EQ(problem(access_.by_session(login.token)), kDenied);
}

TEST_F(AccessTest, ANewPasswordEndsTheOtherLogins) {
  const Login first = make_owner();
  const Login second = access_.log_in("asha@example.com", kPassword, kAddress).value();
  const Principal who = principal(second);
  EXPECT_EQ(problem(access_.change_password(who, "wrong password", kOther, kAddress)), kDenied);
  EXPECT_EQ(problem(access_.change_password(who, kPassword, "short", kAddress)), kInvalid);
  EXPECT_TRUE(access_.by_session(first.token));
  const auto changed = access_.change_password(who, kPassword, kOther, kAddress);
  ASSERT_TRUE(changed) << describe(changed.error());
  EXPECT_EQ(problem(access_.by_session(first.token)), kDenied);
  EXPECT_EQ(problem(access_.by_session(second.token)), kDenied);
  EXPECT_TRUE(access_.by_session(changed->token));
  EXPECT_EQ(problem(access_.log_in("asha@example.com", kPassword, kAddress)), kDenied);
  EXPECT_EQ(problem(access_.log_in("asha@example.com", kOther, kAddress)), "");
  EXPECT_EQ(problem(access_.change_password(local_principal(), "", kOther, kAddress)), kDenied);
}

TEST_F(AccessTest, GuessingThroughChangePasswordIsLimitedLikeLogins) {
  const Principal who = principal(make_owner());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(problem(access_.change_password(who, "wrong password", kOther, kAddress)), kDenied);
  EXPECT_EQ(problem(access_.change_password(who, kPassword, kOther, kAddress)), kOverloaded);
}

TEST_F(AccessTest, AnOwnerMadeByAnotherProcessIsSeenSoon) {
  EXPECT_FALSE(access_.has_owner().value());
  Access command(*store_, *cache_, clock_);
  const auto link = command.invite(kWorkspace, user("cli@example.com", UserRole::owner));
  ASSERT_TRUE(link);
  ASSERT_TRUE(command.accept_invite(*link, "", "", kPassword));
  clock_.advance(seconds(2));
  EXPECT_TRUE(access_.has_owner().value());
}

}  // namespace
}  // namespace parley::control
