#include "control/principal.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace parley::control {
namespace {

constexpr std::array kLevels{AccessLevel::read, AccessLevel::write, AccessLevel::admin};
constexpr std::size_t kLongestResource = 40;

std::optional<AccessLevel> parse_level(std::string_view text) {
  for (const AccessLevel level : kLevels) {
    if (to_string(level) == text) return level;
  }
  return std::nullopt;
}

bool is_resource(std::string_view text) {
  return text == "*" ||
         (!text.empty() && text.size() <= kLongestResource &&
          text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos);
}

}  // namespace

AccessLevel highest_of(storage::UserRole role) {
  switch (role) {
    case storage::UserRole::viewer:
      return AccessLevel::read;
    case storage::UserRole::editor:
      return AccessLevel::write;
    case storage::UserRole::owner:
      return AccessLevel::admin;
  }
  return AccessLevel::read;
}

std::string_view to_string(AccessLevel level) {
  switch (level) {
    case AccessLevel::read:
      return "read";
    case AccessLevel::write:
      return "write";
    case AccessLevel::admin:
      return "admin";
  }
  return "read";
}

std::string to_string(const Scope& scope) {
  return scope.resource + ":" + std::string(to_string(scope.level));
}

Result<Scope> parse_scope(std::string_view text) {
  const auto colon = text.find(':');
  const auto level = colon == std::string_view::npos ? std::nullopt : parse_level(text.substr(colon + 1));
  if (!level || !is_resource(text.substr(0, colon))) {
    return fail(Errc::invalid_argument,
                "a scope is a resource and a level, as in \"calls:read\", \"agents:write\" or \"*:admin\"");
  }
  return Scope{.resource = std::string(text.substr(0, colon)), .level = *level};
}

Principal local_principal() {
  Principal principal;
  principal.kind = Principal::Kind::local;
  principal.name = "local";
  principal.workspace_id = storage::kDefaultWorkspace;
  principal.role = storage::UserRole::owner;
  return principal;
}

std::string actor_of(const Principal& principal) {
  switch (principal.kind) {
    case Principal::Kind::nobody:
      return "nobody";
    case Principal::Kind::local:
      return "local";
    case Principal::Kind::user:
      return "user:" + principal.id;
    case Principal::Kind::api_key:
      return "key:" + principal.id;
  }
  return "nobody";
}

bool may(const Principal& principal, std::string_view resource, AccessLevel level) {
  // Who one is, one may always ask.
  if (resource == "me" && level == AccessLevel::read) return principal.kind != Principal::Kind::nobody;
  switch (principal.kind) {
    case Principal::Kind::nobody:
      return false;
    case Principal::Kind::local:
      return true;
    case Principal::Kind::user:
      return level <= highest_of(principal.role);
    case Principal::Kind::api_key:
      return std::ranges::any_of(principal.scopes, [&](const Scope& scope) {
        return level <= scope.level && (scope.resource == "*" || scope.resource == resource);
      });
  }
  return false;
}

}  // namespace parley::control
