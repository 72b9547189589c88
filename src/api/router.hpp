// Addresses to handlers. A pattern's segments are literal or {name}; of patterns that match, the one whose
// segment is literal where the other's is not is meant.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "async/task.hpp"
#include "net/http_server.hpp"

namespace parley::api {

using PathParameters = std::map<std::string, std::string, std::less<>>;
using RequestHandler = std::function<net::HttpResponse(const net::HttpRequest&, const PathParameters&)>;
// May wait; the arguments are its own.
using TaskHandler = std::function<async::Task<net::HttpResponse>(net::HttpRequest, PathParameters)>;
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
  // For every path that nothing else knows; without it they are 404.
  void otherwise(RequestHandler handler);
  // For requests with a body of at most so many bytes, by these methods; who takes GET takes HEAD, which is
  // answered alike (the server leaves the body out).
  void serve(std::string pattern, std::vector<std::string> methods, std::size_t body_limit,
             TaskHandler handler);

  // Is anything at this path? What otherwise() takes is not counted.
  bool knows(std::string_view path) const;
  // Does one of serve() have it?
  bool serves(std::string_view path) const;
  std::size_t body_limit(std::string_view path) const;                    // 0: none of serve() has it
  async::Task<net::HttpResponse> answer(net::HttpRequest request) const;  // of those that serves() has
  net::HttpResponse handle(const net::HttpRequest& request) const;        // of all others
  UpgradeDecision handle_upgrade(const net::HttpRequest& request) const;

 private:
  struct Served {
    std::string pattern;
    std::string rank;  // sorts a literal segment before a parameter in its place
    std::vector<std::string> methods;
    std::size_t body_limit;
    TaskHandler handler;
  };
  const Served* find_served(std::string_view path, PathParameters& parameters) const;

  std::vector<Served> served_;  // by rank
  std::vector<std::pair<std::string, RequestHandler>> get_;
  std::vector<std::pair<std::string, UpgradeHandler>> upgrades_;
  RequestHandler otherwise_;
};

}  // namespace parley::api
