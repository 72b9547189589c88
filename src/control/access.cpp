#include "control/access.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "base/ascii.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/valid_text.hpp"
#include "base/wall_millis.hpp"
#include "control/rate_limit.hpp"
#include "security/hash.hpp"
#include "security/password.hpp"

namespace parley::control {
namespace {

using storage::WallMillis;

constexpr std::size_t kLongestToken = 200;
constexpr std::size_t kMostScopes = 50;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kPrefixLength = 10;
constexpr WallMillis kMinute = 60'000;
constexpr WallMillis kAskAgainForUsers = 2'000;
constexpr std::string_view kTryAgain = ": try again in ";

// What was asked for is done all the same; only this is not written down.
void note(std::string_view what, const Result<void>& written) {
  static const log::Logger logger("control");
  if (!written) logger.warn("could not write down {}: {}", what, describe(written.error()));
}

std::unexpected<Error> no_such_login() {
  return fail(Errc::permission_denied, "you are not logged in any more: log in again");
}
std::unexpected<Error> no_such_key() {
  return fail(Errc::permission_denied, "this API key is not known");
}

std::unexpected<Error> try_again(std::string_view why, std::int64_t seconds) {
  return fail(Errc::overloaded, fmt::format("{}{}{} seconds", why, kTryAgain, seconds));
}

}  // namespace

Access::Access(storage::ControlStore& store, storage::Cache& cache, const Clock& clock, AccessOptions options)
    : store_(store), cache_(cache), clock_(clock), options_(options) {}

WallMillis Access::now() const {
  return now_millis(clock_);
}

Result<Principal> Access::by_api_key(std::string_view token) {
  if (!token.starts_with("pk_") || token.size() > kLongestToken) return no_such_key();
  const auto key = store_.find_api_key_by_hash(security::hash_token(token));
  if (!key && key.error().code == Errc::not_found) return no_such_key();
  if (!key) return fail(key.error());
  const WallMillis at = now();
  if (key->revoked_at > 0) return fail(Errc::permission_denied, "this API key was revoked");
  if (key->expires_at > 0 && key->expires_at <= at)
    return fail(Errc::permission_denied, "this API key has expired");

  Principal principal;
  principal.kind = Principal::Kind::api_key;
  principal.id = key->id;
  principal.name = key->name;
  principal.workspace_id = key->workspace_id;
  for (const std::string& text : key->scopes) {
    // What a later version wrote and this one does not understand gives no right.
    if (auto scope = parse_scope(text)) principal.scopes.push_back(std::move(*scope));
  }
  // A use that cannot be noted is still a use.
  if (at - key->last_used_at >= kMinute) note("the use of an API key", store_.touch_api_key(key->id, at));
  return principal;
}

Result<Principal> Access::by_session(std::string_view token) {
  if (token.empty() || token.size() > kLongestToken) return no_such_login();
  const WallMillis at = now();
  const std::string hash = security::hash_token(token);
  const auto login = store_.find_login(hash, at);
  if (!login && login.error().code == Errc::not_found) return no_such_login();
  if (!login) return fail(login.error());
  const auto user = store_.find_user(login->workspace_id, login->user_id);
  if (!user && user.error().code == Errc::not_found) return no_such_login();
  if (!user) return fail(user.error());
  if (user->disabled) return no_such_login();

  const WallMillis longest = login->created_at + options_.login_longest.count();
  if (longest <= at) return no_such_login();
  const WallMillis expires = std::min(longest, at + options_.login_idle.count());
  // Once a minute is often enough; if it fails now, the next request tries again.
  if (expires - login->expires_at >= kMinute) note("a login put off", store_.extend_login(hash, expires, at));

  Principal principal;
  principal.kind = Principal::Kind::user;
  principal.id = user->id;
  principal.name = user->name;
  principal.workspace_id = user->workspace_id;
  principal.role = user->role;
  principal.csrf_token = login->csrf_token;
  return principal;
}

Result<void> Access::log_out(std::string_view token) {
  if (token.empty() || token.size() > kLongestToken) return {};
  const auto ended = store_.delete_login(security::hash_token(token));
  if (!ended && ended.error().code != Errc::not_found) return ended;
  return {};
}

Result<Login> Access::log_in(std::string_view email, std::string_view password, std::string_view address) {
  const std::string lower = to_lower(email);
  if (auto allowed = count_attempt(lower, address); !allowed) return fail(allowed.error());

  std::optional<storage::UserRecord> user;
  // A database may refuse such text with an error of its own, which would be another answer.
  if (lower.size() <= kLongestEmail && valid_text(lower) == lower) {
    auto found = store_.find_user_by_email(lower);
    if (!found && found.error().code != Errc::not_found) return fail(found.error());
    if (found) user = std::move(*found);
  }
  const auto right = check_password_of(user, password);
  if (!right) return fail(right.error());
  if (!*right || user->disabled)
    return fail(Errc::permission_denied, "the e-mail address or the password is wrong");
  cache_.forget(attempts_key("email", lower));

  auto login = begin_login(*user);
  if (!login) return login;
  // A password changed since it was looked at ended the logins that were there then, perhaps before this one
  // was made.
  auto present = store_.find_user(user->workspace_id, user->id);
  if (!present || present->disabled || present->password_hash != user->password_hash) {
    note("a login ended", log_out(login->token));
    if (!present) return fail(present.error());
    return fail(Errc::permission_denied, "the e-mail address or the password is wrong");
  }
  // Who changes the user at this moment goes first: nothing depends on the time of the last login.
  present->last_login_at = now();
  const auto updated = store_.update_user(*present, present->etag);
  if (!updated && updated.error().code != Errc::conflict) note("a last login", fail(updated.error()));
  return login;
}

Result<Login> Access::change_password(const Principal& principal, std::string_view old_password,
                                      std::string_view new_password, std::string_view address) {
  if (principal.kind != Principal::Kind::user)
    return fail(Errc::permission_denied, "only a user who is logged in has a password");
  auto user = store_.find_user(principal.workspace_id, principal.id);
  if (!user) return fail(user.error());
  if (user->disabled) return no_such_login();
  if (auto good = security::check_password(new_password, user->email); !good) return fail(good.error());
  if (auto allowed = count_attempt(user->email, address); !allowed) return fail(allowed.error());
  const auto right = check_password_of(*user, old_password);
  if (!right) return fail(right.error());
  if (!*right) return fail(Errc::permission_denied, "the present password is wrong");
  cache_.forget(attempts_key("email", user->email));

  const auto hash = hash_new_password(new_password);
  if (!hash) return fail(hash.error());
  if (auto set = set_password(*user, *hash, {}); !set) return fail(set.error());
  return begin_login(std::move(*user));
}

Result<NewApiKey> Access::create_api_key(const Principal& maker, std::string_view name,
                                         const std::vector<std::string>& scopes, WallMillis expires_at) {
  if (name.empty() || name.size() > kLongestName || valid_text(name) != name)
    return fail(Errc::invalid_argument, "an API key needs a name of at most 100 bytes");
  if (scopes.empty() || scopes.size() > kMostScopes)
    return fail(Errc::invalid_argument, "an API key needs from 1 to 50 scopes");
  const WallMillis at = now();
  if (expires_at != 0 && expires_at <= at)
    return fail(Errc::invalid_argument, "an API key cannot have expired before it is made");

  NewApiKey made;
  for (const std::string& text : scopes) {
    const auto scope = parse_scope(text);
    if (!scope) return fail(scope.error());
    if (!may(maker, scope->resource, scope->level)) {
      return fail(Errc::permission_denied,
                  fmt::format("nobody can give a key more than they may themselves: {}", to_string(*scope)));
    }
    const std::string written = to_string(*scope);
    if (std::ranges::find(made.record.scopes, written) == made.record.scopes.end())
      made.record.scopes.push_back(written);
  }
  made.token = "pk_" + random_token(32);
  made.record.id = make_id();
  made.record.workspace_id = maker.workspace_id;
  made.record.name = name;
  made.record.prefix = made.token.substr(0, kPrefixLength);
  made.record.key_hash = security::hash_token(made.token);
  made.record.created_by = maker.kind == Principal::Kind::user ? maker.id : actor_of(maker);
  made.record.created_at = at;
  made.record.expires_at = expires_at;
  if (auto created = store_.create_api_key(made.record); !created) return fail(created.error());
  return made;
}

Result<bool> Access::has_owner() {
  if (has_owner_) return true;
  const WallMillis at = now();
  if (at < no_owner_until_) return false;
  const auto count = store_.count_owners();
  if (!count) return fail(count.error());
  if (*count > 0) {
    has_owner_ = true;
  } else {
    no_owner_until_ = at + kAskAgainForUsers;
  }
  return *count > 0;
}

// A window is a piece of the calendar, so that its end is known without asking.
std::string Access::attempts_key(std::string_view kind, std::string_view who) const {
  return fmt::format("attempts:{}:{}:{}", kind, now() / options_.attempts_window.count(),
                     security::hash_token(who));
}

Result<void> Access::count_attempt(const std::string& email, std::string_view address) {
  // Counted before the password is looked at: attempts side by side count like those one after another.
  const auto of_client = cache_.count(attempts_key("client", client_key(address)), options_.attempts_window);
  const auto of_email = cache_.count(attempts_key("email", email), options_.attempts_window);
  if (of_client <= options_.attempts_per_client && of_email <= options_.attempts_per_email) return {};
  const WallMillis window = options_.attempts_window.count();
  const WallMillis left = window - now() % window;
  return try_again("too many attempts to log in", (left + 999) / 1000);
}

bool Access::begin_hashing() {
  if (hashing_.try_acquire()) return true;
  if (waits_for_hashing_.exchange(true)) return false;
  const bool begun = hashing_.try_acquire_for(std::chrono::seconds(1));
  waits_for_hashing_ = false;
  return begun;
}

Result<bool> Access::check_password_of(const std::optional<storage::UserRecord>& user,
                                       std::string_view password) {
  if (!begin_hashing()) return try_again("too many people log in at this moment", 1);
  bool right = false;
  if (user && !user->password_hash.empty()) {
    right = security::verify_password(password, user->password_hash);
  } else {
    security::waste_a_verification(password);
  }
  hashing_.release();
  return right;
}

Result<std::string> Access::hash_new_password(std::string_view password) {
  if (!begin_hashing()) return try_again("too many people log in at this moment", 1);
  auto hash = security::hash_password(password);
  hashing_.release();
  return hash;
}

std::optional<int> retry_after_of(const Error& error) {
  if (error.code != Errc::overloaded) return std::nullopt;
  const auto at = error.message.rfind(kTryAgain);
  if (at == std::string::npos) return std::nullopt;
  const char* const digits = error.message.data() + at + kTryAgain.size();
  int seconds = 0;
  if (std::from_chars(digits, error.message.data() + error.message.size(), seconds).ec != std::errc())
    return std::nullopt;
  return seconds;
}

}  // namespace parley::control
