// Workspaces, users, logins, invitations, API keys.
#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/control_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_P(ControlStoreContract, the_default_workspace_is_there_from_the_start) {
  const auto workspace = store_->find_workspace(std::string(kDefaultWorkspace));
  ASSERT_EQ(problem(workspace), "");
  EXPECT_EQ(workspace->settings, "{}");
  EXPECT_EQ(workspace->etag, 1);
  EXPECT_GT(workspace->created_at, 0);
  EXPECT_EQ(code_of(store_->find_workspace("nowhere")), Errc::not_found);
  EXPECT_EQ(code_of(store_->create_workspace(*workspace)), Errc::already_exists);
  EXPECT_EQ(store_->list_workspaces()->size(), 2U);
}

TEST_P(ControlStoreContract, a_workspace_goes_only_while_nobody_is_in_it) {
  WorkspaceRecord workspace;
  workspace.id = "w1";
  ASSERT_EQ(problem(store_->create_workspace(workspace)), "");
  make_user("U1", UserRole::owner, workspace.id);
  EXPECT_EQ(code_of(store_->delete_empty_workspace("w1")), Errc::not_found);
  workspace.id = "w2";
  ASSERT_EQ(problem(store_->create_workspace(workspace)), "");
  EXPECT_EQ(problem(store_->delete_empty_workspace("w2")), "");
  EXPECT_EQ(code_of(store_->find_workspace("w2")), Errc::not_found);
  EXPECT_EQ(problem(store_->find_workspace("w1")), "");
}

TEST_P(ControlStoreContract, of_two_who_change_what_both_have_read_one_is_told) {
  auto workspace = *store_->find_workspace(kHere);
  workspace.name = "Clinic";
  workspace.settings = R"({"retention_days":30})";
  EXPECT_EQ(store_->update_workspace(workspace, 1), 2);
  const auto late = store_->update_workspace(workspace, 1);
  EXPECT_EQ(code_of(late), Errc::conflict);
  EXPECT_THAT(problem(late), HasSubstr("2 now"));
  EXPECT_EQ(code_of(store_->update_workspace(workspace, std::int64_t{1} << 40)), Errc::conflict);
  EXPECT_EQ(store_->update_workspace(workspace, 0), 3) << "0 writes whatever is there";
  EXPECT_EQ(store_->find_workspace(kHere)->name, "Clinic");
  workspace.id = "nowhere";
  EXPECT_EQ(code_of(store_->update_workspace(workspace, 0)), Errc::not_found);
}

TEST_P(ControlStoreContract, one_of_two_writers_at_once_wins_and_the_other_gets_a_conflict) {
  const AgentRow agent = make_agent("A1", "clinic");
  for (std::int64_t etag = 1; etag <= 20; ++etag) {
    std::atomic<int> won = 0;
    std::atomic<int> lost = 0;
    const auto write = [&](ControlStore& store) {
      const auto updated = store.update_agent_draft(agent, etag);
      if (updated && *updated == etag + 1) ++won;
      if (code_of(updated) == Errc::conflict) ++lost;
    };
    at_once(write, write);
    ASSERT_EQ(won, 1);
    ASSERT_EQ(lost, 1);
  }
}

TEST_P(ControlStoreContract, gives_back_a_user_with_everything) {
  UserRecord user = make_user("U1", UserRole::editor);
  user.name = "Asha";
  user.email = "asha@example.com";
  user.role = UserRole::owner;
  user.password_hash = "hash";
  user.last_login_at = kTestNow + 1;
  EXPECT_EQ(store_->update_user(user, 1), 2);
  const auto found = store_->find_user_by_email("asha@example.com");
  ASSERT_EQ(problem(found), "");
  EXPECT_EQ(found->id, "U1");
  EXPECT_EQ(found->workspace_id, kHere);
  EXPECT_EQ(found->name, "Asha");
  EXPECT_EQ(found->role, UserRole::owner);
  EXPECT_EQ(found->password_hash, "hash");
  EXPECT_FALSE(found->disabled);
  EXPECT_EQ(found->etag, 2);
  EXPECT_EQ(found->created_at, kTestNow);
  EXPECT_EQ(found->last_login_at, kTestNow + 1);
  EXPECT_EQ(code_of(store_->find_user_by_email("U1@example.com")), Errc::not_found);
  EXPECT_EQ(code_of(store_->update_user(user, 1)), Errc::conflict);
}

TEST_P(ControlStoreContract, an_address_belongs_to_one_user_of_all_workspaces) {
  UserRecord user = make_user("U1");
  make_user("U2");
  UserRecord double_user = user;
  double_user.id = "U3";
  double_user.workspace_id = kOther;
  const auto created = store_->create_user(double_user);
  EXPECT_EQ(code_of(created), Errc::already_exists);
  EXPECT_THAT(problem(created), HasSubstr("U1@example.com"));
  user.email = "U2@example.com";
  EXPECT_EQ(code_of(store_->update_user(user, 0)), Errc::already_exists);
  EXPECT_EQ(store_->find_user(kHere, "U1")->email, "U1@example.com");
}

TEST_P(ControlStoreContract, the_last_owner_who_can_log_in_stays) {
  const UserRecord owner = make_user("U1");
  make_user("U2", UserRole::editor);
  UserRecord invited = make_user("U3");
  invited.password_hash.clear();
  ASSERT_EQ(problem(store_->update_user(invited, 0)), "");
  UserRecord disabled = make_user("U4");
  disabled.disabled = true;
  ASSERT_EQ(problem(store_->update_user(disabled, 0)), "");

  EXPECT_EQ(code_of(store_->delete_user(kHere, "U1")), Errc::conflict);
  UserRecord changed = owner;
  changed.role = UserRole::editor;
  EXPECT_EQ(code_of(store_->update_user(changed, 0)), Errc::conflict);
  changed = owner;
  changed.disabled = true;
  EXPECT_EQ(code_of(store_->update_user(changed, 0)), Errc::conflict);
  changed = owner;
  changed.password_hash.clear();
  EXPECT_EQ(code_of(store_->update_user(changed, 0)), Errc::conflict);
  EXPECT_EQ(store_->find_user(kHere, "U1")->etag, 1) << "nothing was changed";
  changed = owner;
  changed.name = "Another name";
  EXPECT_EQ(problem(store_->update_user(changed, 0)), "");

  invited.password_hash = "hash";
  ASSERT_EQ(problem(store_->update_user(invited, 0)), "");
  EXPECT_EQ(problem(store_->delete_user(kHere, "U1")), "");
  EXPECT_EQ(code_of(store_->delete_user(kHere, "U3")), Errc::conflict);
  EXPECT_EQ(problem(store_->delete_user(kHere, "U2")), "");
}

TEST_P(ControlStoreContract, two_owners_who_remove_each_other_at_once_leave_one) {
  for (int round = 0; round < 10; ++round) {
    WorkspaceRecord workspace;
    workspace.id = fmt::format("w{}", round);
    ASSERT_EQ(problem(store_->create_workspace(workspace)), "");
    const UserRecord first = make_user(fmt::format("A{}", round), UserRole::owner, workspace.id);
    UserRecord second = make_user(fmt::format("B{}", round), UserRole::owner, workspace.id);
    second.role = UserRole::viewer;
    at_once([&](ControlStore& store) { (void)store.delete_user(workspace.id, first.id); },
            [&](ControlStore& store) { (void)store.update_user(second, 0); });
    ASSERT_EQ(count(fmt::format("users WHERE workspace_id = '{}' AND role = 'owner'", workspace.id)), 1);
  }
}

TEST_P(ControlStoreContract, a_login_ends_when_its_time_or_its_user_is_over) {
  make_user("U1");
  make_user("U2");
  const LoginRecord login{.token_hash = "h1",
                          .user_id = "U1",
                          .workspace_id = kHere,
                          .csrf_token = "csrf",
                          .created_at = kTestNow,
                          .expires_at = kTestNow + 100};
  ASSERT_EQ(problem(store_->create_login(login)), "");
  const auto found = store_->find_login("h1", kTestNow + 99);
  ASSERT_EQ(problem(found), "");
  EXPECT_EQ(found->user_id, "U1");
  EXPECT_EQ(found->workspace_id, kHere);
  EXPECT_EQ(found->csrf_token, "csrf");
  EXPECT_EQ(found->created_at, kTestNow);
  EXPECT_EQ(found->expires_at, kTestNow + 100);
  EXPECT_EQ(code_of(store_->find_login("h1", kTestNow + 100)), Errc::not_found);

  LoginRecord foreign = login;
  foreign.token_hash = "h2";
  foreign.workspace_id = kOther;
  EXPECT_EQ(code_of(store_->create_login(foreign)), Errc::invalid_argument)
      << "the user is of another workspace";
  ASSERT_EQ(problem(store_->delete_user(kHere, "U1")), "");
  EXPECT_EQ(code_of(store_->find_login("h1", kTestNow)), Errc::not_found);
}

TEST_P(ControlStoreContract, a_login_is_extended_while_it_lasts) {
  make_user("U1");
  for (const std::string hash : {"h1", "h2"}) {
    ASSERT_EQ(problem(store_->create_login({.token_hash = hash,
                                            .user_id = "U1",
                                            .workspace_id = kHere,
                                            .csrf_token = "csrf",
                                            .created_at = kTestNow,
                                            .expires_at = kTestNow + 100})),
              "");
  }
  ASSERT_EQ(problem(store_->extend_login("h1", kTestNow + 300, kTestNow + 50)), "");
  EXPECT_EQ(problem(store_->find_login("h1", kTestNow + 299)), "");
  ASSERT_EQ(problem(store_->extend_login("h1", kTestNow + 200, kTestNow + 50)), "");
  EXPECT_EQ(problem(store_->find_login("h1", kTestNow + 299)), "") << "never earlier";
  ASSERT_EQ(problem(store_->extend_login("h2", kTestNow + 300, kTestNow + 100)), "");
  EXPECT_EQ(code_of(store_->find_login("h2", kTestNow + 100)), Errc::not_found) << "over stays over";

  ASSERT_EQ(problem(store_->delete_login("h1")), "");
  EXPECT_EQ(code_of(store_->find_login("h1", kTestNow)), Errc::not_found);
  ASSERT_EQ(problem(store_->delete_logins_of("U1")), "");
  EXPECT_EQ(count("logins"), 0);
}

TEST_P(ControlStoreContract, an_invitation_is_good_once_and_for_its_time) {
  const InviteRecord invite{.token_hash = "h1",
                            .workspace_id = kHere,
                            .user_id = "",
                            .created_at = kTestNow,
                            .expires_at = kTestNow + 100};
  ASSERT_EQ(problem(store_->create_invite(invite)), "");
  EXPECT_EQ(code_of(store_->take_invite("h1", kTestNow + 100)), Errc::not_found) << "too late";
  ASSERT_EQ(problem(store_->find_invite("h1", kTestNow)), "") << "looking does not use it up";
  const auto taken = store_->take_invite("h1", kTestNow);
  ASSERT_EQ(problem(taken), "");
  EXPECT_EQ(taken->workspace_id, kHere);
  EXPECT_EQ(taken->user_id, "");
  EXPECT_EQ(taken->expires_at, kTestNow + 100);
  EXPECT_EQ(code_of(store_->take_invite("h1", kTestNow)), Errc::not_found);
  EXPECT_EQ(code_of(store_->find_invite("h1", kTestNow)), Errc::not_found);
}

TEST_P(ControlStoreContract, of_two_who_take_one_invitation_one_gets_it) {
  for (int round = 0; round < 20; ++round) {
    const std::string hash = fmt::format("h{}", round);
    ASSERT_EQ(problem(store_->create_invite({.token_hash = hash,
                                             .workspace_id = kHere,
                                             .user_id = "",
                                             .created_at = kTestNow,
                                             .expires_at = kTestNow + 100})),
              "");
    std::atomic<int> got = 0;
    std::atomic<int> missed = 0;
    const auto take = [&](ControlStore& store) {
      const auto taken = store.take_invite(hash, kTestNow);
      if (taken) ++got;
      if (code_of(taken) == Errc::not_found) ++missed;
    };
    at_once(take, take);
    ASSERT_EQ(got, 1);
    ASSERT_EQ(missed, 1);
  }
}

TEST_P(ControlStoreContract, an_api_key_tells_when_it_was_used_to_the_minute) {
  const ApiKeyRecord key{.id = "K1",
                         .workspace_id = kHere,
                         .name = "CRM",
                         .prefix = "pk_abc",
                         .key_hash = "hash",
                         .scopes = {"calls:read", "*:write", "odd \"scope', "},
                         .created_by = "U1",
                         .created_at = kTestNow,
                         .expires_at = kTestNow + 1000,
                         .last_used_at = 0,
                         .revoked_at = 0};
  ASSERT_EQ(problem(store_->create_api_key(key)), "");
  EXPECT_EQ(code_of(store_->create_api_key(key)), Errc::already_exists);
  const WallMillis minute = kTestNow - kTestNow % 60'000;
  ASSERT_EQ(problem(store_->touch_api_key("K1", minute + 59'999)), "");
  ASSERT_EQ(problem(store_->touch_api_key("K1", minute - 1)), "");
  const auto found = store_->find_api_key_by_hash("hash");
  ASSERT_EQ(problem(found), "");
  EXPECT_EQ(found->id, "K1");
  EXPECT_EQ(found->workspace_id, kHere);
  EXPECT_EQ(found->name, "CRM");
  EXPECT_EQ(found->prefix, "pk_abc");
  EXPECT_EQ(found->scopes, key.scopes);
  EXPECT_EQ(found->created_by, "U1");
  EXPECT_EQ(found->created_at, kTestNow);
  EXPECT_EQ(found->expires_at, kTestNow + 1000);
  EXPECT_EQ(found->last_used_at, minute) << "and never goes back";
  EXPECT_EQ(code_of(store_->touch_api_key("K9", kTestNow)), Errc::not_found);
}

TEST_P(ControlStoreContract, a_revoked_key_is_found_and_keeps_the_time_it_was_revoked) {
  ApiKeyRecord key;
  key.id = "K1";
  key.workspace_id = kHere;
  key.key_hash = "hash";
  ASSERT_EQ(problem(store_->create_api_key(key)), "");
  ASSERT_EQ(problem(store_->revoke_api_key(kHere, "K1", kTestNow)), "");
  ASSERT_EQ(problem(store_->revoke_api_key(kHere, "K1", kTestNow + 5)), "");
  EXPECT_EQ(store_->find_api_key_by_hash("hash")->revoked_at, kTestNow);
  EXPECT_THAT(ids_of(store_->list_api_keys(kHere)), ElementsAre("K1"));
}

}  // namespace
}  // namespace parley::storage
