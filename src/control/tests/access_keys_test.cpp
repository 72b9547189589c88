#include "base/ids.hpp"
#include "control/tests/access_fixture.hpp"
#include "security/hash.hpp"

namespace parley::control {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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

}  // namespace
}  // namespace parley::control
