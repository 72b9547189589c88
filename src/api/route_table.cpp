#include "api/route_table.hpp"

#include "api/router.hpp"

namespace parley::api {
namespace {

// A path of more segments than any pattern has ends the walk early anyway; this bounds its recursion.
constexpr std::size_t kMaxSegments = 16;

}  // namespace

void RouteTable::add(const Operation& operation, std::size_t number) {
  Node* node = &root_;
  std::vector<std::string> names;
  std::string_view rest = operation.path;
  while (!rest.empty()) {
    const std::string_view segment = take_segment(rest);
    const bool parameter = segment.starts_with('{') && segment.ends_with('}');
    if (parameter) names.emplace_back(segment.substr(1, segment.size() - 2));
    std::unique_ptr<Node>& next = parameter ? node->parameter : node->literal[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  node->routes.emplace(operation.method, Route{number, std::move(names)});
}

const RouteTable::Node* RouteTable::walk(const Node& node, std::string_view rest,
                                         std::vector<std::string_view>& values) {
  if (rest.empty()) return node.routes.empty() ? nullptr : &node;
  const std::string_view segment = take_segment(rest);
  if (const auto literal = node.literal.find(segment); literal != node.literal.end()) {
    if (const Node* found = walk(*literal->second, rest, values); found != nullptr) return found;
  }
  if (!node.parameter || segment.empty() || values.size() >= kMaxSegments) return nullptr;
  values.push_back(segment);
  const Node* found = walk(*node.parameter, rest, values);
  if (found == nullptr) values.pop_back();
  return found;
}

std::optional<RouteTable::Match> RouteTable::find(std::string_view method, std::string_view path) const {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> values;
  const Node* node = walk(root_, path, values);
  if (node == nullptr) return std::nullopt;
  Match match;
  for (const auto& [name, route] : node->routes)
    match.by_method.emplace(name, route.operation);
  if (const auto route = node->routes.find(method); route != node->routes.end()) {
    for (std::size_t i = 0; i < values.size(); ++i)
      match.parameters.emplace(route->second.names[i], values[i]);
  }
  return match;
}

}  // namespace parley::api
