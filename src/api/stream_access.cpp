#include "api/stream_access.hpp"

#include "api/router.hpp"
#include "base/ids.hpp"
#include "media/base64.hpp"

namespace parley::api {
namespace {

std::string basic_authorization(std::string_view user, std::string_view password) {
  std::string plain(user);
  plain += ':';
  plain += password;
  std::string header = "Basic ";
  media::base64_encode(std::as_bytes(std::span(plain)), header);
  return header;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

}  // namespace

StreamAccess::StreamAccess(Options options) : options_(std::move(options)) {
  if (!options_.user.empty()) authorization_ = basic_authorization(options_.user, options_.password);
}

std::string StreamAccess::client_address(const net::HttpRequest& request) const {
  if (!options_.trusted_proxies.contains(request.remote_address)) return request.remote_address;
  // From the right: each proxy appends whom it saw; the first one that is not ours is the client.
  std::string_view rest = request.header("x-forwarded-for");
  std::string_view address = request.remote_address;
  while (!rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    address = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!options_.trusted_proxies.contains(address)) break;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
  }
  return std::string(address);
}

std::optional<net::HttpResponse> StreamAccess::check(const net::HttpRequest& request,
                                                     const std::string& token) const {
  if (!options_.allow.empty() && !options_.allow.contains(client_address(request))) {
    return text_response(403, "this address may not open a stream");
  }
  if (!options_.path_token.empty() && !constant_time_equal(token, options_.path_token)) {
    return text_response(403, "the token in the path is missing or wrong");
  }
  if (!authorization_.empty() && !constant_time_equal(request.header("authorization"), authorization_)) {
    auto response = text_response(401, "user and password are missing or wrong");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"parley\"");
    return response;
  }
  return std::nullopt;
}

}  // namespace parley::api
