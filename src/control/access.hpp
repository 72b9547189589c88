// Who may come in: logins, invitations, API keys. Without HTTP; the API and the commands call it.
//
// The database keeps only hashes of tokens. Everything is of one workspace. Errors of the database pass
// through as they are; who is not let in gets Errc::permission_denied.
//
// Thread: any; everything blocks, and passwords take a tenth of a second (pools and commands only).
// Lifetime: what the constructor gets outlives it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/principal.hpp"
#include "control/request_origin.hpp"
#include "storage/cache.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

// Bytes of an e-mail address (RFC 5321 §4.5.3.1.3).
inline constexpr std::size_t kLongestEmail = 254;
// As it is kept and looked for: in lower case. Errc::invalid_argument: not an address.
Result<std::string> normal_email(std::string_view text);

struct AccessOptions {
  std::chrono::milliseconds login_idle = std::chrono::hours(12);      // without a request: over
  std::chrono::milliseconds login_longest = std::chrono::hours(720);  // with as many as you like
  std::chrono::milliseconds owner_link_lasts = std::chrono::hours(24);
  std::chrono::milliseconds invite_lasts = std::chrono::hours(168);
  // Attempts to log in within one window, for each e-mail address and for each client; a success gives the
  // former back.
  std::chrono::milliseconds attempts_window = std::chrono::minutes(15);
  int attempts_per_email = 10;
  int attempts_per_client = 30;
};

struct Login {
  std::string token;  // for the cookie; nowhere else
  std::string csrf_token;
  storage::UserRecord user;            // without its password_hash
  storage::WallMillis expires_at = 0;  // at the latest: the cookie's end
};

struct NewApiKey {
  storage::ApiKeyRecord record;
  std::string token;  // shown once
};

class Access {
 public:
  Access(storage::ControlStore& store, storage::Cache& cache, const Clock& clock, AccessOptions options = {});

  // Unknown, revoked or expired: permission_denied. Notes the use, at most once a minute.
  Result<Principal> by_api_key(std::string_view token);
  // By the cookie's token. Puts off the end of the login.
  Result<Principal> by_session(std::string_view token);

  // An unknown user, a wrong password and a disabled user give the same error after the same time.
  // Too many attempts: Errc::overloaded, retry_after_of() says when. `address` is the client's.
  Result<Login> log_in(std::string_view email, std::string_view password, std::string_view address);
  Result<void> log_out(std::string_view token);
  // Ends every login of this user and gives a new one. invalid_argument: the new one is not good enough;
  // permission_denied: the old one is wrong. Attempts are counted like logins.
  Result<Login> change_password(const Principal& user, std::string_view old_password,
                                std::string_view new_password, std::string_view address);

  // While no owner can log in: the token of a link that makes the first; older ones become useless.
  // Errc::conflict when there are users.
  Result<std::string> owner_link_token();
  // Makes the user, who cannot log in before having opened the link, and gives its token. Id, times and an
  // empty password are set here, and a name from the e-mail address when there is none.
  Result<std::string> invite(const std::string& workspace, storage::UserRecord user);
  // Another link for a user who lost the first one, or the password. The password that was stays good until
  // the link is opened.
  Result<std::string> invite_again(const std::string& workspace, const std::string& user_id);
  // What a link is for, while it is good.
  Result<storage::InviteRecord> find_invite(std::string_view token);
  // Good once: makes the first owner, or sets an invited user's password. `name` and `email` are needed of
  // the owner; an invited user keeps the address and, when `name` is empty, the name. Nothing is used up
  // when something given is invalid_argument.
  Result<Login> accept_invite(std::string_view token, std::string_view name, std::string_view email,
                              std::string_view password);

  // Nobody can make a key that may more than themselves: permission_denied. `expires_at` 0: never.
  Result<NewApiKey> create_api_key(const Principal& maker, std::string_view name,
                                   const std::vector<std::string>& scopes, storage::WallMillis expires_at);

  // Cheap: asked for every local request.
  Result<bool> has_owner();

 private:
  storage::WallMillis now() const;
  // Counts one attempt; the error when it is one too many.
  Result<void> count_attempt(const std::string& email, std::string_view address);
  std::string attempts_key(std::string_view kind, std::string_view who) const;
  // At most two passwords are hashed at once, since each takes 64 MiB, and one more waits for its turn: who
  // comes with many logins at once must not hold all threads that requests are answered on. False: too many.
  bool begin_hashing();
  Result<bool> check_password_of(const std::optional<storage::UserRecord>& user, std::string_view password);
  Result<std::string> hash_new_password(std::string_view password);
  Result<void> set_password(storage::UserRecord& user, const std::string& hash, std::string_view name);
  Result<Login> begin_login(storage::UserRecord user);
  Result<std::string> make_invite(const std::string& workspace, const std::string& user_id,
                                  const std::string& password_hash, std::chrono::milliseconds lasts);
  Result<Login> accept_as_owner(const storage::InviteRecord& invite, std::string_view name,
                                std::string_view email, std::string_view password);
  Result<Login> accept_as_invited(const storage::InviteRecord& invite, std::string_view token,
                                  std::string_view name, std::string_view email, std::string_view password);

  storage::ControlStore& store_;
  storage::Cache& cache_;
  const Clock& clock_;
  const AccessOptions options_;
  std::counting_semaphore<2> hashing_{2};
  std::atomic<bool> waits_for_hashing_{false};
  // There never are none again: a workspace keeps an owner.
  std::atomic<bool> has_owner_{false};
  std::atomic<storage::WallMillis> no_owner_until_{0};
};

// Of an Errc::overloaded of Access: whole seconds until trying again is worth while.
std::optional<int> retry_after_of(const Error& error);

}  // namespace parley::control
