#include <algorithm>
#include <thread>

#include "control/tests/access_fixture.hpp"

namespace parley::control {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST_F(AccessTest, TheOwnerLinkMakesTheFirstUserAnOwnerWhoIsLoggedIn) {
  EXPECT_FALSE(access_.has_owner().value());
  const Login login = make_owner();
  EXPECT_TRUE(access_.has_owner().value());
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
  EXPECT_EQ(store_->count_owners().value(), 1);
}

TEST_F(AccessTest, TheOwnerLinkEndsAfterADay) {
  const std::string token = access_.owner_link_token().value();
  clock_.advance(hours(24) - seconds(1));
  EXPECT_EQ(problem(access_.accept_invite(token, "", "a@example.com", kPassword)), kInvalid);
  clock_.advance(seconds(2));
  EXPECT_EQ(problem(access_.accept_invite(token, "Asha", "a@example.com", kPassword)), kNotFound);
}

TEST_F(AccessTest, AnInvitedOwnerClosesTheDoorAtOnce) {
  const auto invited = access_.invite(kWorkspace, user("owner@example.com", UserRole::owner));
  ASSERT_TRUE(invited);
  EXPECT_EQ(access_.has_owner().value(), false);
  EXPECT_EQ(problem(access_.accept_invite(*invited, "", "", kPassword)), "");
  EXPECT_EQ(access_.has_owner().value(), true);
}

TEST_F(AccessTest, WhoeverIsNoOwnerDoesNotCloseTheDoorBehindThem) {
  const auto invited = access_.invite(kWorkspace, user("editor@example.com", UserRole::editor));
  ASSERT_TRUE(invited);
  EXPECT_EQ(access_.has_owner().value(), false);
  EXPECT_EQ(problem(access_.accept_invite(*invited, "", "", kPassword)), "");
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(access_.has_owner().value(), false) << "without an owner nobody could let anybody in";
  const std::string token = access_.owner_link_token().value();
  EXPECT_EQ(problem(access_.accept_invite(token, "Asha", "a@example.com", kPassword)), "");
  EXPECT_EQ(access_.has_owner().value(), true);
}

TEST_F(AccessTest, AnOwnerLinkDoesNothingOnceThereIsAUserMadeInAnotherWay) {
  const std::string token = access_.owner_link_token().value();
  const auto invited = access_.invite(kWorkspace, user("cli@example.com", UserRole::owner));
  ASSERT_TRUE(invited);
  EXPECT_EQ(problem(access_.accept_invite(*invited, "", "", kPassword)), "");
  EXPECT_EQ(problem(access_.accept_invite(token, "Eve", "e@example.com", kPassword)), kConflict);
  EXPECT_EQ(store_->count_owners().value(), 1);
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
  EXPECT_EQ(store_->count_owners().value(), 1);
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

}  // namespace
}  // namespace parley::control
