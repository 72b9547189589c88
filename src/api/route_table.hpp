// Paths to operations. A segment of a pattern is literal or {name}; a literal one wins. Filled at start-up,
// read by any thread afterwards.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/openapi.hpp"

namespace parley::api {

class RouteTable {
 public:
  struct Match {
    std::map<std::string, std::size_t, std::less<>> by_method;  // GET … → the operation's number
    OpenApi::Values parameters;                                 // of the operation that `method` names
  };

  void add(const Operation& operation, std::size_t number);
  // nullopt: no operation has this path. One trailing slash is ignored. With a `method` that the path does
  // not take, parameters are empty.
  std::optional<Match> find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::size_t operation;
    std::vector<std::string> names;  // of the {}, from left to right
  };
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
    std::unique_ptr<Node> parameter;
    std::map<std::string, Route, std::less<>> routes;  // by method
  };
  static const Node* walk(const Node& node, std::string_view rest, std::vector<std::string_view>& values);

  Node root_;
};

}  // namespace parley::api
