// Addresses to handlers. A pattern's segments are literal or {name}.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/http_server.hpp"

namespace parley::api {

using PathParameters = std::map<std::string, std::string, std::less<>>;
using RequestHandler = std::function<net::HttpResponse(const net::HttpRequest&, const PathParameters&)>;
using UpgradeDecision = std::variant<net::HttpResponse, net::Upgrade>;
using UpgradeHandler = std::function<UpgradeDecision(const net::HttpRequest&, const PathParameters&)>;

// What stands before the next slash, taken off `path` with the slash before it.
std::string_view take_segment(std::string_view& path);

// Matches whole paths, ignoring one trailing slash.
bool match_path(std::string_view pattern, std::string_view path, PathParameters& parameters);

net::HttpResponse text_response(int status, std::string text);

// Filled at start-up, read on the server's context afterwards.
class Router {
 public:
  void get(std::string pattern, RequestHandler handler);
  void upgrade(std::string pattern, UpgradeHandler handler);

  // Is anything at this path?
  bool knows(std::string_view path) const;
  net::HttpResponse handle(const net::HttpRequest& request) const;
  UpgradeDecision handle_upgrade(const net::HttpRequest& request) const;

 private:
  std::vector<std::pair<std::string, RequestHandler>> get_;
  std::vector<std::pair<std::string, UpgradeHandler>> upgrades_;
};

}  // namespace parley::api
