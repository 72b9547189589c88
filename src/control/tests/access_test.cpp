#include "control/access.hpp"

#include <algorithm>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "base/tests/temporary_directory.hpp"
#include "base/wall_millis.hpp"
#include "security/hash.hpp"
#include "storage/sql/database.hpp"

namespace parley::control {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::UserRole;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPassword = "correct horse battery";
constexpr const char* kOther = "another good password";
constexpr const char* kAddress = "203.0.113.7";

// Of the error, or "" when there is none.
template <class T>
std::string problem(const Result<T>& result) {
  return result ? "" : std::string(to_string(result.error().code));
}
const std::string kDenied{to_string(Errc::permission_denied)};
const std::string kInvalid{to_string(Errc::invalid_argument)};
const std::string kOverloaded{to_string(Errc::overloaded)};
const std::string kNotFound{to_string(Errc::not_found)};
const std::string kConflict{to_string(Errc::conflict)};

class AccessTest : public testing::Test {
 protected:
  static std::unique_ptr<storage::sql::Database> open(const std::filesystem::path& directory) {
    auto database = storage::sql::open_sqlite(directory / "parley.db", {});
    if (!database) throw std::runtime_error(describe(database.error()));
    return std::move(*database);
  }
  storage::WallMillis now() const { return now_millis(clock_); }
  Login make_owner() {
    auto login =
        access_.accept_invite(access_.owner_link_token().value(), "Asha", "asha@example.com", kPassword);
    EXPECT_TRUE(login) << describe(login.error());
    return *login;
  }
  static storage::UserRecord user(const std::string& email, UserRole role) {
    storage::UserRecord record;
    record.email = email;
    record.name = "Ravi";
    record.role = role;
    return record;
  }
  Login make_user(const std::string& email, UserRole role) {
    const auto token = access_.invite(kWorkspace, user(email, role));
    EXPECT_TRUE(token) << describe(token.error());
    return access_.accept_invite(*token, "", "", kPassword).value();
  }
  Principal principal(const Login& login) { return access_.by_session(login.token).value(); }

  const std::string kWorkspace{storage::kDefaultWorkspace};
  TemporaryDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<storage::sql::Database> database_ = open(directory_.path());
  std::unique_ptr<storage::ControlStore> store_ = storage::make_control_store(*database_);
  std::unique_ptr<storage::Cache> cache_ = storage::make_memory_cache(clock_);
  Access access_{*store_, *cache_, clock_};
};

TEST_F(AccessTest, TheOwnerLinkMakesTheFirstUserAnOwnerWhoIsLoggedIn) {
  EXPECT_FALSE(access_.has_users().value());
  const Login login = make_owner();
  EXPECT_TRUE(access_.has_users().value());
  EXPECT_EQ(login.user.role, UserRole::owner);
  EXPECT_EQ(login.user.password_hash, "");
  EXPECT_EQ(login.user.workspace_id, kWorkspace);
  const Principal who = principal(login);
  EXPECT_EQ(who.kind, Principal::Kind::user);
  EXPECT_EQ(who.id, login.user.id);
  EXPECT_EQ(who.name, "Asha");
  EXPECT_EQ(who.csrf_token, login.csrf_token);
  EXPECT_TRUE(may(who, "users", AccessLevel::admin));
  EXPECT_NE(login.csrf_token, login.token);
}

TEST_F(AccessTest, ANewerOwnerLinkReplacesTheOlderAndEachIsGoodOnce) {
  const std::string older = access_.owner_link_token().value();
  const std::string newer = access_.owner_link_token().value();
  EXPECT_EQ(problem(access_.accept_invite(older, "Asha", "a@example.com", kPassword)), kNotFound);
  EXPECT_EQ(problem(access_.accept_invite(newer, "Asha", "a@example.com", kPassword)), "");
  EXPECT_EQ(problem(access_.accept_invite(newer, "Eve", "e@example.com", kPassword)), kNotFound);
  EXPECT_EQ(problem(access_.owner_link_token()), kConflict);
  EXPECT_EQ(store_->count_users().value(), 1);
}

TEST_F(AccessTest, TheOwnerLinkEndsAfterADay) {
  const std::string token = access_.owner_link_token().value();
  clock_.advance(hours(24) - seconds(1));
  EXPECT_EQ(problem(access_.accept_invite(token, "", "a@example.com", kPassword)), kInvalid);
  clock_.advance(seconds(2));
  EXPECT_EQ(problem(access_.accept_invite(token, "Asha", "a@example.com", kPassword)), kNotFound);
}

TEST_F(AccessTest, AnOwnerLinkDoesNothingOnceThereIsAUserMadeInAnotherWay) {
  const std::string token = access_.owner_link_token().value();
  ASSERT_TRUE(access_.invite(kWorkspace, user("cli@example.com", UserRole::owner)));
  EXPECT_EQ(problem(access_.accept_invite(token, "Eve", "e@example.com", kPassword)), kConflict);
  EXPECT_EQ(store_->count_users().value(), 1);
}

TEST_F(AccessTest, WrongInputDoesNotUseALinkUp) {
  const std::string token = access_.owner_link_token().value();
  EXPECT_EQ(problem(access_.accept_invite(token, "Asha", "a@example.com", "short")), kInvalid);
  EXPECT_EQ(problem(access_.accept_invite(token, "", "a@example.com", kPassword)), kInvalid);
  EXPECT_EQ(problem(access_.accept_invite(token, std::string(101, 'x'), "a@example.com", kPassword)),
            kInvalid);
  EXPECT_EQ(problem(access_.accept_invite(token, "A\xff", "a@example.com", kPassword)), kInvalid);
  for (const char* email :
       {"", "a", "@example.com", "a@", "a@b@c", "a b@example.com", "a\n@example.com", "<a@b>"})
    EXPECT_EQ(problem(access_.accept_invite(token, "Asha", email, kPassword)), kInvalid) << email;
  EXPECT_EQ(problem(access_.accept_invite(token, "Asha", "A@Example.com", kPassword)), "");
  EXPECT_EQ(store_->find_user_by_email("a@example.com").value().name, "Asha");
}

TEST_F(AccessTest, TwoWhoOpenTheSameLinkMakeOneUser) {
  const std::string token = access_.owner_link_token().value();
  std::vector<std::string> problems(4, "not run");
  {
    std::vector<std::jthread> people;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      people.emplace_back([&, i] {
        problems[i] = problem(
            access_.accept_invite(token, "Asha", "a" + std::to_string(i) + "@example.com", kPassword));
      });
    }
  }
  EXPECT_EQ(std::ranges::count(problems, ""), 1);
  EXPECT_EQ(store_->count_users().value(), 1);
}

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

TEST_F(AccessTest, AnInvitedUserSetsAPasswordAndIsIn) {
  make_owner();
  const auto token = access_.invite(kWorkspace, user("Ravi@Example.com", UserRole::editor));
  ASSERT_TRUE(token);
  EXPECT_EQ(problem(access_.log_in("ravi@example.com", "", kAddress)), kDenied);
  EXPECT_EQ(problem(access_.accept_invite(*token, "", "eve@example.com", kPassword)), kInvalid);
  const auto login = access_.accept_invite(*token, "Ravi K", "RAVI@example.com", kPassword);
  ASSERT_TRUE(login) << describe(login.error());
  EXPECT_EQ(login->user.name, "Ravi K");
  EXPECT_EQ(login->user.role, UserRole::editor);
  EXPECT_TRUE(may(principal(*login), "agents", AccessLevel::write));
  EXPECT_FALSE(may(principal(*login), "users", AccessLevel::admin));
  EXPECT_EQ(problem(access_.accept_invite(*token, "", "", kOther)), kNotFound);
  EXPECT_EQ(problem(access_.log_in("ravi@example.com", kPassword, kAddress)), "");
}

TEST_F(AccessTest, AnInvitationCannotBringItsOwnPasswordOrId) {
  make_owner();
  auto record = user("ravi@example.com", UserRole::viewer);
  record.id = "chosen";
  record.workspace_id = "foreign";
  record.password_hash = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA";
  ASSERT_TRUE(access_.invite(kWorkspace, record));
  const auto made = store_->find_user_by_email("ravi@example.com").value();
  EXPECT_NE(made.id, "chosen");
  EXPECT_EQ(made.workspace_id, kWorkspace);
  EXPECT_EQ(made.password_hash, "");
  EXPECT_EQ(problem(access_.invite(kWorkspace, record)), to_string(Errc::already_exists));
}

TEST_F(AccessTest, ANewLinkResetsAPasswordAndMakesEveryOtherLinkUseless) {
  make_owner();
  const Login before = make_user("ravi@example.com", UserRole::viewer);
  const std::string first = access_.invite_again(kWorkspace, before.user.id).value();
  const std::string second = access_.invite_again(kWorkspace, before.user.id).value();
  EXPECT_EQ(problem(access_.log_in("ravi@example.com", kPassword, kAddress)), "");
  ASSERT_EQ(problem(access_.accept_invite(first, "", "", kOther)), "");
  EXPECT_EQ(problem(access_.by_session(before.token)), kDenied);
  EXPECT_EQ(problem(access_.accept_invite(second, "", "", "a thief's password")), kNotFound);
  EXPECT_EQ(problem(access_.log_in("ravi@example.com", kPassword, kAddress)), kDenied);
  EXPECT_EQ(problem(access_.log_in("ravi@example.com", kOther, kAddress)), "");
  EXPECT_EQ(problem(access_.invite_again("foreign", before.user.id)), kNotFound);
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

TEST_F(AccessTest, AKeyOpensWhatItsScopesSay) {
  const auto made =
      access_.create_api_key(principal(make_owner()), "ci", {"calls:read", "calls:read", "agents:write"}, 0);
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_THAT(made->token, StartsWith("pk_"));
  EXPECT_GE(made->token.size(), 40U);
  EXPECT_THAT(made->token, StartsWith(made->record.prefix));
  EXPECT_LE(made->record.prefix.size(), 12U);
  EXPECT_EQ(made->record.key_hash, security::hash_token(made->token));
  EXPECT_THAT(made->record.scopes, ElementsAre("calls:read", "agents:write"));
  const auto who = access_.by_api_key(made->token);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->kind, Principal::Kind::api_key);
  EXPECT_EQ(who->id, made->record.id);
  EXPECT_EQ(who->workspace_id, kWorkspace);
  EXPECT_TRUE(may(*who, "agents", AccessLevel::write));
  EXPECT_FALSE(may(*who, "calls", AccessLevel::write));
}

TEST_F(AccessTest, AKeyCannotBeGivenMoreThanItsMakerMay) {
  make_owner();
  const Principal editor = principal(make_user("ravi@example.com", UserRole::editor));
  EXPECT_EQ(problem(access_.create_api_key(editor, "k", {"agents:write"}, 0)), "");
  EXPECT_EQ(problem(access_.create_api_key(editor, "k", {"calls:read", "users:admin"}, 0)), kDenied);
  EXPECT_EQ(problem(access_.create_api_key(editor, "k", {"*:admin"}, 0)), kDenied);
  const auto key = access_.create_api_key(editor, "k", {"agents:write", "keys:write"}, 0);
  const Principal by_key = access_.by_api_key(key->token).value();
  EXPECT_EQ(problem(access_.create_api_key(by_key, "k", {"agents:read"}, 0)), "");
  EXPECT_EQ(problem(access_.create_api_key(by_key, "k", {"agents:admin"}, 0)), kDenied);
  EXPECT_EQ(problem(access_.create_api_key(by_key, "k", {"calls:read"}, 0)), kDenied);
  EXPECT_EQ(problem(access_.create_api_key(by_key, "k", {"*:read"}, 0)), kDenied);
  EXPECT_EQ(problem(access_.create_api_key({}, "k", {"calls:read"}, 0)), kDenied);
}

TEST_F(AccessTest, AKeyWithWrongParticularsIsNotMade) {
  const Principal owner = principal(make_owner());
  EXPECT_EQ(problem(access_.create_api_key(owner, "", {"calls:read"}, 0)), kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, std::string(101, 'x'), {"calls:read"}, 0)), kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, "\xff", {"calls:read"}, 0)), kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, "k", {}, 0)), kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, "k", {"calls"}, 0)), kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, "k", std::vector<std::string>(51, "calls:read"), 0)),
            kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, "k", {"calls:read"}, now())), kInvalid);
  EXPECT_EQ(problem(access_.create_api_key(owner, "k", {"calls:read"}, -5)), kInvalid);
  EXPECT_TRUE(store_->list_api_keys(kWorkspace).value().empty());
}

TEST_F(AccessTest, ARevokedOrExpiredOrUnknownKeyOpensNothing) {
  const Principal owner = principal(make_owner());
  const auto revoked = access_.create_api_key(owner, "a", {"calls:read"}, 0).value();
  const auto expiring = access_.create_api_key(owner, "b", {"calls:read"}, now() + 60'000).value();
  ASSERT_TRUE(access_.by_api_key(revoked.token));
  ASSERT_TRUE(access_.by_api_key(expiring.token));
  ASSERT_TRUE(store_->revoke_api_key(kWorkspace, revoked.record.id, now()));
  clock_.advance(seconds(60));
  EXPECT_EQ(problem(access_.by_api_key(revoked.token)), kDenied);
  EXPECT_EQ(problem(access_.by_api_key(expiring.token)), kDenied);
  for (const std::string& token :
       {std::string(), std::string("pk_"), "pk_" + random_token(32), expiring.record.key_hash,
        std::string("pk_' OR 1=1"), "pk_" + std::string(1'000'000, 'a')}) {
    const auto who = access_.by_api_key(token);
    EXPECT_EQ(problem(who), kDenied);
    if (token.size() > 3) EXPECT_THAT(who.error().message, Not(HasSubstr(token)));
  }
}

TEST_F(AccessTest, TheUseOfAKeyIsNotedOnceAMinute) {
  const auto key = access_.create_api_key(principal(make_owner()), "a", {"calls:read"}, 0).value();
  const auto last_used = [&] { return store_->find_api_key(kWorkspace, key.record.id).value().last_used_at; };
  ASSERT_TRUE(access_.by_api_key(key.token));
  const auto first = last_used();
  EXPECT_EQ(first, now());
  clock_.advance(seconds(59));
  ASSERT_TRUE(access_.by_api_key(key.token));
  EXPECT_EQ(last_used(), first);
  clock_.advance(seconds(1));
  ASSERT_TRUE(access_.by_api_key(key.token));
  EXPECT_EQ(last_used(), now());
}

TEST_F(AccessTest, AUserMadeByAnotherProcessIsSeenSoon) {
  EXPECT_FALSE(access_.has_users().value());
  Access command(*store_, *cache_, clock_);
  ASSERT_TRUE(command.invite(kWorkspace, user("cli@example.com", UserRole::owner)));
  clock_.advance(seconds(2));
  EXPECT_TRUE(access_.has_users().value());
}

}  // namespace
}  // namespace parley::control
