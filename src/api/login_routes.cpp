// Coming in and going out: the session is in a cookie that scripts cannot read, and what proves that a
// request comes from our own page (csrfToken) is in the answers.
#include <boost/json.hpp>
#include <fmt/core.h>

#include "api/access_routes.hpp"
#include "api/handler_support.hpp"
#include "api/json_out.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

std::string cookie_of(const ApiRequest& request, std::string_view token, std::int64_t seconds) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", kSessionCookie, token, seconds,
                     request.secure ? "; Secure" : "");
}

json::array permissions_of(const control::Principal& principal) {
  using control::AccessLevel;
  json::array permissions;
  if (principal.kind == control::Principal::Kind::api_key) {
    for (const control::Scope& scope : principal.scopes)
      permissions.emplace_back(to_string(scope));
    return permissions;
  }
  for (const AccessLevel level : {AccessLevel::admin, AccessLevel::write, AccessLevel::read}) {
    if (!may(principal, "*", level)) continue;
    permissions.emplace_back(fmt::format("*:{}", to_string(level)));
    break;
  }
  return permissions;
}

class LoginRoutes {
 public:
  explicit LoginRoutes(AccessRoutesDependencies dependencies) : d_(dependencies) {}

  ApiResult log_in(const ApiRequest& request) const {
    auto login = d_.access.log_in(text_member(request.body, "email").value_or(""),
                                  text_member(request.body, "password").value_or(""), request.address);
    if (!login) return std::unexpected(login_problem(login.error()));
    return logged_in(request, *login);
  }

  ApiResult log_out(const ApiRequest& request) const {
    if (!request.cookie.empty()) {
      auto ended = d_.access.log_out(request.cookie);
      if (!ended && ended.error().code != Errc::not_found) return std::unexpected(problem_of(ended.error()));
    }
    ApiAnswer answer = no_content("login");
    answer.headers.emplace_back("Set-Cookie", cookie_of(request, "", 0));
    return answer;
  }

  ApiResult me(const ApiRequest& request) const { return who(request.principal); }

  ApiResult change_password(const ApiRequest& request) const {
    if (request.principal.kind != control::Principal::Kind::user)
      return std::unexpected(forbidden("only users have a password"));
    auto login = d_.access.change_password(
        request.principal, text_member(request.body, "currentPassword").value_or(""),
        text_member(request.body, "newPassword").value_or(""), request.address);
    if (!login) {
      if (login.error().code == Errc::invalid_argument)
        return std::unexpected(validation_failed({{"/body/newPassword", login.error().message}}));
      if (login.error().code == Errc::permission_denied)
        return std::unexpected(validation_failed({{"/body/currentPassword", "is not the present password"}}));
      return std::unexpected(login_problem(login.error()));
    }
    ApiAnswer answer = no_content("user " + request.principal.id);
    answer.headers.emplace_back("Set-Cookie", cookie_of(request, login->token, cookie_seconds(*login)));
    answer.keep = false;
    return answer;
  }

  ApiResult invite(const ApiRequest& request) const {
    auto invite = d_.access.find_invite(request.id("token"));
    if (!invite) return std::unexpected(find_problem("link: it was used or is too old", invite.error()));
    json::object body{{"firstOwner", invite->user_id.empty()}, {"email", ""}};
    if (!invite->user_id.empty()) {
      auto user = d_.store.find_user(invite->workspace_id, invite->user_id);
      if (!user) return std::unexpected(find_problem("link: it was used or is too old", user.error()));
      body["email"] = user->email;
    }
    return json_answer(std::move(body));
  }

  ApiResult accept(const ApiRequest& request) const {
    auto login = d_.access.accept_invite(request.id("token"), text_member(request.body, "name").value_or(""),
                                         text_member(request.body, "email").value_or(""),
                                         text_member(request.body, "password").value_or(""));
    if (!login) {
      if (login.error().code == Errc::invalid_argument)
        return std::unexpected(validation_failed({{"/body", login.error().message}}));
      if (login.error().code == Errc::permission_denied || login.error().code == Errc::not_found)
        return std::unexpected(not_found("no such link: it was used or is too old"));
      return std::unexpected(login_problem(login.error()));
    }
    return logged_in(request, *login);
  }

 private:
  static Problem login_problem(const Error& error) {
    if (error.code == Errc::permission_denied) {
      Problem problem = unauthenticated();
      problem.detail = error.message;
      return problem;
    }
    if (error.code == Errc::overloaded)
      return too_many_requests(error.message, control::retry_after_of(error).value_or(60));
    return problem_of(error);
  }

  std::int64_t cookie_seconds(const control::Login& login) const {
    return std::max<std::int64_t>(1, (login.expires_at - now_millis(d_.clock)) / 1000);
  }

  ApiResult logged_in(const ApiRequest& request, const control::Login& login) const {
    control::Principal principal;
    principal.kind = control::Principal::Kind::user;
    principal.id = login.user.id;
    principal.name = login.user.name;
    principal.workspace_id = login.user.workspace_id;
    principal.role = login.user.role;
    principal.csrf_token = login.csrf_token;
    auto answer = who(principal);
    if (!answer) return answer;
    answer->audit_target = "login of user " + login.user.id;
    answer->audit_workspace = login.user.workspace_id;
    answer->audit_actor = "user:" + login.user.id;
    answer->headers.emplace_back("Set-Cookie", cookie_of(request, login.token, cookie_seconds(login)));
    answer->keep = false;
    return answer;
  }

  ApiResult who(const control::Principal& principal) const {
    auto workspace = d_.store.find_workspace(principal.workspace_id);
    if (!workspace) return std::unexpected(problem_of(workspace.error()));
    using Kind = control::Principal::Kind;
    json::object body{{"kind", principal.kind == Kind::user      ? "user"
                               : principal.kind == Kind::api_key ? "api_key"
                                                                 : "local"},
                      {"id", principal.id},
                      {"name", principal.name},
                      {"email", ""},
                      {"role", nullptr},
                      {"workspace", {{"id", workspace->id}, {"name", workspace->name}}},
                      {"permissions", permissions_of(principal)},
                      {"csrfToken", nullptr}};
    if (principal.kind == Kind::user) {
      auto user = d_.store.find_user(principal.workspace_id, principal.id);
      if (!user) return std::unexpected(problem_of(user.error()));
      body["email"] = user->email;
      body["role"] = storage::to_string(principal.role);
      body["csrfToken"] = principal.csrf_token;
    }
    if (principal.kind == Kind::local) body["role"] = "owner";
    return json_answer(std::move(body));
  }

  AccessRoutesDependencies d_;
};

}  // namespace

void add_login_routes(Api& api, AccessRoutesDependencies dependencies) {
  const auto routes = std::make_shared<const LoginRoutes>(dependencies);
  api.on("logIn", [routes](const ApiRequest& request) { return routes->log_in(request); });
  api.on("logOut", [routes](const ApiRequest& request) { return routes->log_out(request); });
  api.on("getMe", [routes](const ApiRequest& request) { return routes->me(request); });
  api.on("changePassword", [routes](const ApiRequest& request) { return routes->change_password(request); });
  api.on("getInvite", [routes](const ApiRequest& request) { return routes->invite(request); });
  api.on("acceptInvite", [routes](const ApiRequest& request) { return routes->accept(request); });
}

}  // namespace parley::api
