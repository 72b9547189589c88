#include "api/stream_access.hpp"

#include "api/client_address.hpp"
#include "api/router.hpp"
#include "base/ids.hpp"
#include "net/url.hpp"

namespace parley::api {

StreamAccess::StreamAccess(Options options) : options_(std::move(options)) {
  if (!options_.user.empty()) authorization_ = net::basic_authorization(options_.user, options_.password);
}

std::optional<net::HttpResponse> StreamAccess::check(const net::HttpRequest& request,
                                                     const std::string& token) const {
  if (!options_.allow.empty() &&
      !options_.allow.contains(client_address(request, options_.trusted_proxies))) {
    return text_response(403, "this address may not open a stream");
  }
  if (!token_passes(token)) {
    return text_response(403, "the token in the path is missing or wrong");
  }
  if (!authorization_.empty() && !constant_time_equal(request.header("authorization"), authorization_)) {
    auto response = text_response(401, "user and password are missing or wrong");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"parley\"");
    return response;
  }
  return std::nullopt;
}

bool StreamAccess::token_passes(const std::string& token) const {
  if (!options_.path_token.empty() && constant_time_equal(token, options_.path_token)) return true;
  if (is_of_call(token)) return true;
  if (options_.token_opens && token.starts_with(kCallTokenPrefix)) return false;
  return options_.path_token.empty();
}

bool StreamAccess::is_of_call(std::string_view token) const {
  return options_.token_opens && !token.empty() && options_.token_opens(token);
}

}  // namespace parley::api
