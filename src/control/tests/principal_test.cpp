#include "control/principal.hpp"

#include <gtest/gtest.h>

namespace parley::control {
namespace {

using storage::UserRole;

Principal user(UserRole role) {
  Principal principal;
  principal.kind = Principal::Kind::user;
  principal.id = "1";
  principal.role = role;
  return principal;
}
Principal key(std::vector<Scope> scopes) {
  Principal principal;
  principal.kind = Principal::Kind::api_key;
  principal.id = "2";
  // Must not matter.
  principal.role = UserRole::owner;
  principal.scopes = std::move(scopes);
  return principal;
}

// "rwa" of what it may of the resource.
std::string rights(const Principal& principal, std::string_view resource) {
  std::string text;
  if (may(principal, resource, AccessLevel::read)) text += 'r';
  if (may(principal, resource, AccessLevel::write)) text += 'w';
  if (may(principal, resource, AccessLevel::admin)) text += 'a';
  return text;
}

TEST(Principal, UsersMayWhatTheirRoleSays) {
  for (const char* resource : {"calls", "users", "*", ""}) {
    EXPECT_EQ(rights(user(UserRole::viewer), resource), "r");
    EXPECT_EQ(rights(user(UserRole::editor), resource), "rw");
    EXPECT_EQ(rights(user(UserRole::owner), resource), "rwa");
  }
}

TEST(Principal, ALocalRequestMayAllAndNobodyNothing) {
  EXPECT_EQ(rights(local_principal(), "users"), "rwa");
  EXPECT_EQ(local_principal().workspace_id, storage::kDefaultWorkspace);
  EXPECT_EQ(rights(Principal{}, "calls"), "");
}

TEST(Principal, AKeyMayWhatItsScopesSayAndAHigherLevelIncludesTheLower) {
  EXPECT_EQ(rights(key({{"calls", AccessLevel::read}}), "calls"), "r");
  EXPECT_EQ(rights(key({{"calls", AccessLevel::write}}), "calls"), "rw");
  EXPECT_EQ(rights(key({{"calls", AccessLevel::admin}}), "calls"), "rwa");
  EXPECT_EQ(rights(key({{"calls", AccessLevel::admin}}), "agents"), "");
  EXPECT_EQ(rights(key({{"calls", AccessLevel::admin}}), "*"), "");
  EXPECT_EQ(rights(key({{"calls", AccessLevel::admin}}), "call"), "");
  EXPECT_EQ(rights(key({{"*", AccessLevel::write}}), "agents"), "rw");
  EXPECT_EQ(rights(key({{"*", AccessLevel::read}, {"agents", AccessLevel::admin}}), "agents"), "rwa");
  EXPECT_EQ(rights(key({}), "calls"), "");
}

TEST(Scope, IsReadAndWritten) {
  for (const char* text : {"calls:read", "*:admin", "api-keys:write", "phone_numbers2:read"}) {
    const auto scope = parse_scope(text);
    ASSERT_TRUE(scope) << text;
    EXPECT_EQ(to_string(*scope), text);
  }
}

TEST(Scope, AnythingElseIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("calls"), std::string("calls:"), std::string(":read"),
        std::string("calls:all"), std::string("Calls:read"), std::string("calls:read "),
        std::string(" calls:read"), std::string("ca lls:read"), std::string("**:read"),
        std::string("calls*:read"), std::string("calls:read:write"), std::string("calls:Read"),
        std::string("calls\0:read", 11), std::string(41, 'x') + ":read", std::string("../etc:read")}) {
    const auto scope = parse_scope(text);
    ASSERT_FALSE(scope) << text;
    EXPECT_EQ(scope.error().code, Errc::invalid_argument);
  }
}

TEST(Principal, IsNamedInTheAuditLog) {
  EXPECT_EQ(actor_of(user(UserRole::viewer)), "user:1");
  EXPECT_EQ(actor_of(key({})), "key:2");
  EXPECT_EQ(actor_of(local_principal()), "local");
  EXPECT_EQ(actor_of({}), "nobody");
}

TEST(Principal, MayAlwaysAskWhoItIs) {
  Principal key;
  key.kind = Principal::Kind::api_key;
  key.scopes = {{"calls", AccessLevel::read}};
  EXPECT_TRUE(may(key, "me", AccessLevel::read));
  EXPECT_FALSE(may(key, "me", AccessLevel::write));
  EXPECT_FALSE(may(Principal(), "me", AccessLevel::read));
}

}  // namespace
}  // namespace parley::control
