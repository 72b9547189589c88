// Access: logins begun, the first owner's link, invitations.
#include <algorithm>

#include "base/ids.hpp"
#include "base/valid_text.hpp"
#include "control/access.hpp"
#include "security/hash.hpp"
#include "security/password.hpp"

namespace parley::control {
namespace {

using storage::WallMillis;

constexpr std::size_t kLongestToken = 200;
constexpr std::size_t kLongestName = 100;
constexpr int kTries = 5;
// Names the one link that makes an owner; older ones are not it any more.
constexpr const char* kOwnerLink = "owner_link";

std::unexpected<Error> no_such_link() {
  return fail(Errc::not_found, "this link was used already, is too old, or was replaced by a newer one");
}

// Of somebody whose name was not told: what stands before the @, as far as it fits.
std::string name_in(const std::string& email) {
  std::size_t end = std::min(email.find('@'), kLongestName);
  while (end > 0 && (static_cast<unsigned char>(email[end]) & 0xC0U) == 0x80)
    --end;
  return email.substr(0, end);
}

Result<void> check_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || valid_text(name) != name)
    return fail(Errc::invalid_argument, "a user needs a name of at most 100 bytes");
  return {};
}

// The end of an invited user's token. It changes with the password, so that setting it once makes every other
// link to the same user useless.
std::string mark_of(const std::string& password_hash) {
  return "." + security::hash_token("invite " + password_hash).substr(0, 12);
}

}  // namespace

Result<std::string> normal_email(std::string_view text) {
  std::string email(text);
  for (char& c : email) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto at = email.find('@');
  const bool printable = std::ranges::none_of(email, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>';
  });
  if (email.size() > kLongestEmail || !printable || valid_text(email) != email || at == std::string::npos ||
      at == 0 || at + 1 == email.size() || email.find('@', at + 1) != std::string::npos)
    return fail(Errc::invalid_argument, "this is not an e-mail address");
  return email;
}

Result<Login> Access::begin_login(storage::UserRecord user) {
  const WallMillis at = now();
  Login login;
  login.token = random_token(32);
  login.csrf_token = random_token(32);
  login.expires_at = at + options_.login_longest.count();
  const auto created =
      store_.create_login({.token_hash = security::hash_token(login.token),
                           .user_id = user.id,
                           .workspace_id = user.workspace_id,
                           .csrf_token = login.csrf_token,
                           .created_at = at,
                           .expires_at = std::min(login.expires_at, at + options_.login_idle.count())});
  if (!created) return fail(created.error());
  user.password_hash.clear();
  login.user = std::move(user);
  return login;
}

Result<std::string> Access::make_invite(const std::string& workspace, const std::string& user_id,
                                        const std::string& password_hash, std::chrono::milliseconds lasts) {
  std::string token = random_token(32);
  if (!user_id.empty()) token += mark_of(password_hash);
  const WallMillis at = now();
  const auto created = store_.create_invite({.token_hash = security::hash_token(token),
                                             .workspace_id = workspace,
                                             .user_id = user_id,
                                             .created_at = at,
                                             .expires_at = at + lasts.count()});
  if (!created) return fail(created.error());
  return token;
}

Result<std::string> Access::owner_link_token() {
  const auto count = store_.count_owners();
  if (!count) return fail(count.error());
  if (*count > 0)
    return fail(Errc::conflict, "there are users already: let an owner invite you, or use 'parley users'");
  auto token = make_invite(std::string(storage::kDefaultWorkspace), {}, {}, options_.owner_link_lasts);
  if (!token) return token;
  if (auto kept = store_.put_instance_value(kOwnerLink, security::hash_token(*token)); !kept)
    return fail(kept.error());
  return token;
}

Result<std::string> Access::invite(const std::string& workspace, storage::UserRecord user) {
  auto email = normal_email(user.email);
  if (!email) return fail(email.error());
  if (user.name.empty()) user.name = name_in(*email);
  if (auto good = check_name(user.name); !good) return fail(good.error());
  user.id = make_id();
  user.workspace_id = workspace;
  user.email = std::move(*email);
  user.password_hash.clear();
  user.disabled = false;
  user.etag = 1;
  user.created_at = now();
  user.last_login_at = 0;
  if (auto created = store_.create_user(user); !created) return fail(created.error());
  return make_invite(workspace, user.id, user.password_hash, options_.invite_lasts);
}

Result<std::string> Access::invite_again(const std::string& workspace, const std::string& user_id) {
  const auto user = store_.find_user(workspace, user_id);
  if (!user) return fail(user.error());
  if (user->disabled) return fail(Errc::conflict, "this user is disabled: enable the user first");
  return make_invite(workspace, user->id, user->password_hash, options_.invite_lasts);
}

Result<storage::InviteRecord> Access::find_invite(std::string_view token) {
  if (token.empty() || token.size() > kLongestToken) return no_such_link();
  auto invite = store_.find_invite(security::hash_token(token), now());
  if (!invite && invite.error().code == Errc::not_found) return no_such_link();
  if (!invite) return fail(invite.error());
  if (invite->user_id.empty()) {
    const auto newest = store_.find_instance_value(kOwnerLink);
    if (!newest) return fail(newest.error());
    if (*newest != invite->token_hash) return no_such_link();
  }
  return invite;
}

Result<Login> Access::accept_invite(std::string_view token, std::string_view name, std::string_view email,
                                    std::string_view password) {
  const auto invite = find_invite(token);
  if (!invite) return fail(invite.error());
  if (invite->user_id.empty()) return accept_as_owner(*invite, name, email, password);
  return accept_as_invited(*invite, token, name, email, password);
}

Result<Login> Access::accept_as_owner(const storage::InviteRecord& invite, std::string_view name,
                                      std::string_view email, std::string_view password) {
  auto address = normal_email(email);
  if (!address) return fail(address.error());
  if (auto good = check_name(name); !good) return fail(good.error());
  if (auto good = security::check_password(password, *address); !good) return fail(good.error());
  auto hash = hash_new_password(password);
  if (!hash) return fail(hash.error());

  const auto taken = store_.take_invite(invite.token_hash, now());
  if (!taken && taken.error().code == Errc::not_found) return no_such_link();
  if (!taken) return fail(taken.error());
  const auto count = store_.count_owners();
  if (!count) return fail(count.error());
  if (*count > 0) return fail(Errc::conflict, "there are users already: let an owner invite you");
  storage::UserRecord user;
  user.id = make_id();
  user.workspace_id = invite.workspace_id;
  user.email = std::move(*address);
  user.name = name;
  user.role = storage::UserRole::owner;
  user.password_hash = std::move(*hash);
  user.created_at = now();
  user.last_login_at = user.created_at;
  if (auto created = store_.create_user(user); !created) return fail(created.error());
  no_owner_until_ = 0;
  return begin_login(std::move(user));
}

Result<Login> Access::accept_as_invited(const storage::InviteRecord& invite, std::string_view token,
                                        std::string_view name, std::string_view email,
                                        std::string_view password) {
  auto user = store_.find_user(invite.workspace_id, invite.user_id);
  if (!user && user.error().code == Errc::not_found) return no_such_link();
  if (!user) return fail(user.error());
  if (user->disabled || !token.ends_with(mark_of(user->password_hash))) return no_such_link();
  if (!email.empty()) {
    const auto address = normal_email(email);
    if (!address) return fail(address.error());
    if (*address != user->email)
      return fail(Errc::invalid_argument, "this link is for another e-mail address");
  }
  if (!name.empty()) {
    if (auto good = check_name(name); !good) return fail(good.error());
  }
  if (auto good = security::check_password(password, user->email); !good) return fail(good.error());
  const auto hash = hash_new_password(password);
  if (!hash) return fail(hash.error());

  const auto taken = store_.take_invite(invite.token_hash, now());
  if (!taken && taken.error().code == Errc::not_found) return no_such_link();
  if (!taken) return fail(taken.error());
  user->last_login_at = now();
  if (auto set = set_password(*user, *hash, name); !set) return fail(set.error());
  no_owner_until_ = 0;
  return begin_login(std::move(*user));
}

// Only over the password that was looked at: of two changes at once one fails. Other changes to the user
// (role, name) are kept.
Result<void> Access::set_password(storage::UserRecord& user, const std::string& hash, std::string_view name) {
  const std::string before = user.password_hash;
  for (int i = 0; i < kTries; ++i) {
    user.password_hash = hash;
    if (!name.empty()) user.name = name;
    const auto etag = store_.update_user(user, user.etag);
    if (etag) {
      user.etag = *etag;
      return store_.delete_logins_of(user.id);
    }
    if (etag.error().code != Errc::conflict) return fail(etag.error());
    auto present = store_.find_user(user.workspace_id, user.id);
    if (!present) return fail(present.error());
    if (present->password_hash != before || present->disabled) break;
    user = std::move(*present);
  }
  return fail(Errc::conflict, "somebody changed this user at the same time: try again");
}

}  // namespace parley::control
