// Who asks, and what they may. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

// A higher level includes the lower ones.
enum class AccessLevel { read, write, admin };
std::string_view to_string(AccessLevel level);

// What an API key may: "calls:read", "*:admin".
struct Scope {
  std::string resource;  // "*": every one
  AccessLevel level = AccessLevel::read;

  friend bool operator==(const Scope&, const Scope&) = default;
};
std::string to_string(const Scope& scope);
// Errc::invalid_argument with a sentence: RESOURCE:LEVEL, the resource of lower-case letters, digits, '-' and
// '_', at most 40, or "*".
Result<Scope> parse_scope(std::string_view text);

struct Principal {
  // local: on this machine while nobody has an account; whoever can reach the loopback port is the owner.
  enum class Kind { nobody, local, user, api_key };
  Kind kind = Kind::nobody;
  std::string id;  // of the user or the key
  std::string name;
  std::string workspace_id;
  storage::UserRole role = storage::UserRole::viewer;  // of users
  std::vector<Scope> scopes;                           // of keys
  std::string csrf_token;                              // of users who came with a cookie
};

// The owner of the default workspace, without login.
Principal local_principal();
// "user:ID", "key:ID", "local", "nobody": the actor of the audit log.
std::string actor_of(const Principal& principal);

// What a role may with every resource.
AccessLevel highest_of(storage::UserRole role);
// Viewers read, editors write too, owners and local requests may all; a key what its scopes say. Everybody
// reads "me". The resource
// "*" asks for a right to everything.
bool may(const Principal& principal, std::string_view resource, AccessLevel level);

}  // namespace parley::control
