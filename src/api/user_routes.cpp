// Users, API keys, workspaces and the audit log.
#include <boost/json.hpp>
#include <fmt/core.h>

#include "api/access_routes.hpp"
#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "api/json_pages.hpp"
#include "base/ids.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using storage::ApiKeyRecord;
using storage::UserRecord;

json::object to_json(const UserRecord& user) {
  return {{"id", user.id},
          {"email", user.email},
          {"name", user.name},
          {"role", storage::to_string(user.role)},
          {"disabled", user.disabled},
          {"hasPassword", !user.password_hash.empty()},
          {"createdAt", utc_time(user.created_at)},
          {"lastLoginAt", time_or_null(user.last_login_at)},
          {"etag", user.etag}};
}

json::object to_json(const ApiKeyRecord& key) {
  json::array scopes;
  for (const std::string& scope : key.scopes)
    scopes.emplace_back(scope);
  return {{"id", key.id},
          {"name", key.name},
          {"prefix", key.prefix},
          {"scopes", std::move(scopes)},
          {"createdBy", key.created_by},
          {"createdAt", utc_time(key.created_at)},
          {"expiresAt", time_or_null(key.expires_at)},
          {"lastUsedAt", time_or_null(key.last_used_at)},
          {"revokedAt", time_or_null(key.revoked_at)}};
}

json::object to_json(const storage::WorkspaceRecord& workspace) {
  return {{"id", workspace.id}, {"name", workspace.name}, {"createdAt", utc_time(workspace.created_at)}};
}

// The dashboard opens it; its token is in nobody else's hands.
std::string invite_url(const ApiRequest& request, const std::string& token) {
  return request.base_url + "/invite/" + token;
}

class UserRoutes {
 public:
  explicit UserRoutes(AccessRoutesDependencies dependencies) : d_(dependencies) {}

  ApiResult list(const ApiRequest& request) const {
    auto users = d_.store.list_users(request.workspace());
    if (!users) return std::unexpected(problem_of(users.error()));
    json::array items;
    for (const UserRecord& user : *users)
      items.push_back(to_json(user));
    return json_answer(json::object{{"items", std::move(items)}});
  }

  ApiResult invite(const ApiRequest& request) const {
    auto email = email_in(request, "email");
    if (!email) return std::unexpected(std::move(email.error()));
    UserRecord user;
    user.email = std::move(*email);
    user.name = text_member(request.body, "name").value_or("");
    user.role = storage::parse_user_role(text_member(request.body, "role").value_or(""))
                    .value_or(storage::UserRole::viewer);
    if (auto refused = refuses_role(request, user.role)) return std::unexpected(std::move(*refused));
    auto invited = invite_into(request.workspace(), user);
    if (!invited) return std::unexpected(std::move(invited.error()));
    ApiAnswer answer = json_answer(
        json::object{{"user", to_json(invited->user)}, {"inviteUrl", invite_url(request, invited->token)}});
    answer.status = 201;
    answer.keep = false;
    answer.audit_target = "user " + invited->user.id;
    return answer;
  }

  ApiResult get(const ApiRequest& request) const {
    auto user = find(request);
    if (!user) return std::unexpected(std::move(user.error()));
    return json_answer(to_json(*user), user->etag);
  }

  ApiResult update(const ApiRequest& request) const {
    auto user = find(request);
    if (!user) return std::unexpected(std::move(user.error()));
    if (auto name = text_member(request.body, "name")) user->name = std::move(*name);
    if (auto role = text_member(request.body, "role")) {
      user->role = storage::parse_user_role(*role).value_or(user->role);
      if (auto refused = refuses_role(request, user->role)) return std::unexpected(std::move(*refused));
    }
    if (auto disabled = bool_member(request.body, "disabled")) user->disabled = *disabled;
    auto etag = d_.store.update_user(*user, etag_to_change(request, user->etag));
    if (!etag) return std::unexpected(write_problem(request, etag.error()));
    if (user->disabled) {
      if (auto ended = d_.store.delete_logins_of(user->id); !ended)
        return std::unexpected(problem_of(ended.error()));
    }
    user->etag = *etag;
    ApiAnswer answer = json_answer(to_json(*user), user->etag);
    answer.audit_target = "user " + user->id;
    answer.audit_detail =
        json::serialize(json::object{{"role", storage::to_string(user->role)}, {"disabled", user->disabled}});
    return answer;
  }

  ApiResult remove(const ApiRequest& request) const {
    const std::string& id = request.id("userId");
    if (auto gone = d_.store.delete_user(request.workspace(), id); !gone)
      return std::unexpected(find_problem("user", gone.error()));
    return no_content("user " + id);
  }

  ApiResult list_keys(const ApiRequest& request) const {
    auto keys = d_.store.list_api_keys(request.workspace());
    if (!keys) return std::unexpected(problem_of(keys.error()));
    json::array items;
    for (const ApiKeyRecord& key : *keys)
      items.push_back(to_json(key));
    return json_answer(json::object{{"items", std::move(items)}});
  }

  ApiResult create_key(const ApiRequest& request) const {
    std::vector<std::string> scopes;
    for (const json::value& scope : request.body.get_object().at("scopes").get_array())
      scopes.emplace_back(scope.get_string());
    storage::WallMillis expires_at = 0;
    if (auto text = text_member(request.body, "expiresAt")) {
      const auto at = parse_utc_time(*text);
      if (!at || *at <= now_millis(d_.clock))
        return std::unexpected(validation_failed({{"/body/expiresAt", "must be a time to come"}}));
      expires_at = *at;
    }
    auto key = d_.access.create_api_key(request.principal, text_member(request.body, "name").value_or(""),
                                        scopes, expires_at);
    if (!key) {
      return std::unexpected(key.error().code == Errc::invalid_argument
                                 ? validation_failed({{"/body/scopes", key.error().message}})
                                 : problem_of(key.error()));
    }
    ApiAnswer answer = json_answer(json::object{{"apiKey", to_json(key->record)}, {"key", key->token}});
    answer.status = 201;
    answer.keep = false;
    answer.audit_target = "API key " + key->record.id;
    return answer;
  }

  ApiResult revoke_key(const ApiRequest& request) const {
    const std::string& id = request.id("keyId");
    if (auto gone = d_.store.revoke_api_key(request.workspace(), id, now_millis(d_.clock)); !gone)
      return std::unexpected(find_problem("API key", gone.error()));
    return no_content("API key " + id);
  }

  ApiResult list_workspaces(const ApiRequest& request) const {
    if (auto refused = needs_default_workspace(request)) return std::unexpected(std::move(*refused));
    auto workspaces = d_.store.list_workspaces();
    if (!workspaces) return std::unexpected(problem_of(workspaces.error()));
    json::array items;
    for (const auto& workspace : *workspaces)
      items.push_back(to_json(workspace));
    return json_answer(json::object{{"items", std::move(items)}});
  }

  ApiResult create_workspace(const ApiRequest& request) const {
    if (auto refused = needs_default_workspace(request)) return std::unexpected(std::move(*refused));
    // The address is checked first: a workspace that nobody can enter would stay behind otherwise.
    const auto email = email_in(request, "ownerEmail");
    if (!email) return std::unexpected(email.error());
    auto taken = d_.store.find_user_by_email(*email);
    if (taken) return std::unexpected(conflict("somebody with this e-mail address is a user already"));
    if (taken.error().code != Errc::not_found) return std::unexpected(problem_of(taken.error()));
    storage::WorkspaceRecord workspace;
    workspace.id = make_id();
    workspace.name = text_member(request.body, "name").value_or("");
    workspace.created_at = now_millis(d_.clock);
    if (auto created = d_.store.create_workspace(workspace); !created)
      return std::unexpected(problem_of(created.error()));
    UserRecord owner;
    owner.email = *email;
    owner.role = storage::UserRole::owner;
    auto invited = invite_into(workspace.id, owner);
    if (!invited) {
      // Another request was faster with this address: nobody could ever enter what was made here.
      (void)d_.store.delete_empty_workspace(workspace.id);
      return std::unexpected(std::move(invited.error()));
    }
    ApiAnswer answer = json_answer(
        json::object{{"workspace", to_json(workspace)}, {"inviteUrl", invite_url(request, invited->token)}});
    answer.status = 201;
    answer.keep = false;
    answer.audit_target = "workspace " + workspace.id;
    return answer;
  }

  ApiResult audit_log(const ApiRequest& request) const {
    auto page = page_of(request);
    if (!page) return std::unexpected(std::move(page.error()));
    auto rows = d_.store.list_audit(request.workspace(), one_more(*page));
    if (!rows) return std::unexpected(problem_of(rows.error()));
    return page_answer(*rows, page->limit, [](const storage::AuditRecord& row) {
      return json::object{{"id", row.id},
                          {"at", utc_time(row.at)},
                          {"actor", row.actor},
                          {"action", row.action},
                          {"target", row.target},
                          {"address", row.address},
                          {"detail", parse_object_or_empty(row.detail)}};
    });
  }

 private:
  struct Invited {
    UserRecord user;
    std::string token;
  };

  // As users are looked for.
  static std::expected<std::string, Problem> email_in(const ApiRequest& request, const std::string& member) {
    auto email = control::normal_email(text_member(request.body, member).value_or(""));
    if (email) return std::move(*email);
    return std::unexpected(validation_failed({{"/body/" + member, email.error().message}}));
  }

  std::expected<UserRecord, Problem> find(const ApiRequest& request) const {
    auto user = d_.store.find_user(request.workspace(), request.id("userId"));
    if (user) return std::move(*user);
    return std::unexpected(find_problem("user", user.error()));
  }

  std::expected<Invited, Problem> invite_into(const std::string& workspace, const UserRecord& user) const {
    auto token = d_.access.invite(workspace, user);
    if (!token) {
      return std::unexpected(token.error().code == Errc::invalid_argument
                                 ? validation_failed({{"/body/name", token.error().message}})
                                 : problem_of(token.error()));
    }
    auto made = d_.store.find_user_by_email(user.email);
    if (!made) return std::unexpected(problem_of(made.error()));
    return Invited{std::move(*made), std::move(*token)};
  }

  // As with keys: a key with users:admin alone would make itself an owner otherwise.
  static std::optional<Problem> refuses_role(const ApiRequest& request, storage::UserRole role) {
    const control::AccessLevel level = control::highest_of(role);
    if (control::may(request.principal, "*", level)) return std::nullopt;
    return forbidden(
        fmt::format("nobody can give a role that may more than they may themselves: {} needs *:{}",
                    storage::to_string(role), control::to_string(level)));
  }

  // Other workspaces are the business of whoever runs the server.
  static std::optional<Problem> needs_default_workspace(const ApiRequest& request) {
    if (request.workspace() == storage::kDefaultWorkspace) return std::nullopt;
    return forbidden("workspaces are made by owners of the default workspace");
  }

  AccessRoutesDependencies d_;
};

}  // namespace

void add_user_routes(Api& api, AccessRoutesDependencies dependencies) {
  const auto routes = std::make_shared<const UserRoutes>(dependencies);
  using Member = ApiResult (UserRoutes::*)(const ApiRequest&) const;
  static constexpr std::pair<std::string_view, Member> kHandlers[] = {
      {"listUsers", &UserRoutes::list},
      {"inviteUser", &UserRoutes::invite},
      {"getUser", &UserRoutes::get},
      {"deleteUser", &UserRoutes::remove},
      {"listApiKeys", &UserRoutes::list_keys},
      {"createApiKey", &UserRoutes::create_key},
      {"revokeApiKey", &UserRoutes::revoke_key},
      {"listWorkspaces", &UserRoutes::list_workspaces},
      {"createWorkspace", &UserRoutes::create_workspace},
      {"listAuditLog", &UserRoutes::audit_log},
  };
  for (const auto& [operation, member] : kHandlers) {
    api.on(operation,
           [routes, handler = member](const ApiRequest& request) { return (*routes.*handler)(request); });
  }
  api.on("updateUser",
         again_when_changed([routes](const ApiRequest& request) { return routes->update(request); }));
}

}  // namespace parley::api
