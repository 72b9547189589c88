#include "api/router.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace parley::api {
namespace {

std::string rank_of(std::string_view pattern) {
  std::string rank;
  while (!pattern.empty()) {
    const std::string_view segment = take_segment(pattern);
    rank += '/';
    rank += segment.starts_with('{') ? std::string_view("~") : segment;
  }
  return rank;
}

net::HttpResponse not_allowed(const std::vector<std::string>& methods) {
  std::vector<std::string> allowed = methods;
  const auto get = std::ranges::find(allowed, "GET");
  if (get != allowed.end()) allowed.insert(get + 1, "HEAD");
  auto response = text_response(405, fmt::format("method not allowed: use {}", methods.front()));
  response.headers.emplace_back("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
  return response;
}

}  // namespace

std::string_view take_segment(std::string_view& path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool match_path(std::string_view pattern, std::string_view path, PathParameters& parameters) {
  parameters.clear();
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (wanted.starts_with('{') && wanted.ends_with('}')) {
      if (found.empty()) return false;
      parameters.emplace(wanted.substr(1, wanted.size() - 2), found);
    } else if (wanted != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

net::HttpResponse text_response(int status, std::string text) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(text) + '\n';
  return response;
}

void Router::get(std::string pattern, RequestHandler handler) {
  get_.emplace_back(std::move(pattern), std::move(handler));
}

void Router::upgrade(std::string pattern, UpgradeHandler handler) {
  upgrades_.emplace_back(std::move(pattern), std::move(handler));
}

void Router::otherwise(RequestHandler handler) {
  otherwise_ = std::move(handler);
}

void Router::serve(std::string pattern, std::vector<std::string> methods, std::size_t body_limit,
                   TaskHandler handler) {
  Served entry{.pattern = pattern,
               .rank = rank_of(pattern),
               .methods = std::move(methods),
               .body_limit = body_limit,
               .handler = std::move(handler)};
  const auto place = std::ranges::upper_bound(served_, entry.rank, {}, &Served::rank);
  served_.insert(place, std::move(entry));
}

const Router::Served* Router::find_served(std::string_view path, PathParameters& parameters) const {
  for (const Served& entry : served_) {
    if (match_path(entry.pattern, path, parameters)) return &entry;
  }
  return nullptr;
}

bool Router::serves(std::string_view path) const {
  PathParameters parameters;
  return find_served(path, parameters) != nullptr;
}

std::size_t Router::body_limit(std::string_view path) const {
  PathParameters parameters;
  const Served* entry = find_served(path, parameters);
  return entry == nullptr ? 0 : entry->body_limit;
}

async::Task<net::HttpResponse> Router::answer(net::HttpRequest request) const {
  PathParameters parameters;
  const Served* entry = find_served(request.path, parameters);
  if (entry == nullptr) co_return text_response(404, "nothing at this address");
  if (request.method == "HEAD") request.method = "GET";
  if (std::ranges::find(entry->methods, request.method) == entry->methods.end())
    co_return not_allowed(entry->methods);
  if (request.body.size() > entry->body_limit) co_return text_response(413, "the body is too large");
  co_return co_await entry->handler(std::move(request), std::move(parameters));
}

bool Router::knows(std::string_view path) const {
  PathParameters parameters;
  const auto matches = [&](const auto& entry) { return match_path(entry.first, path, parameters); };
  return serves(path) || std::ranges::any_of(get_, matches) || std::ranges::any_of(upgrades_, matches);
}

net::HttpResponse Router::handle(const net::HttpRequest& request) const {
  PathParameters parameters;
  for (const auto& [pattern, handler] : get_) {
    if (!match_path(pattern, request.path, parameters)) continue;
    if (request.method != "GET" && request.method != "HEAD") {
      auto response = text_response(405, "method not allowed: use GET");
      response.headers.emplace_back("Allow", "GET, HEAD");
      return response;
    }
    return handler(request, parameters);
  }
  for (const auto& [pattern, handler] : upgrades_) {
    if (match_path(pattern, request.path, parameters)) {
      auto response = text_response(426, "this address is a WebSocket: connect with ws:// or wss://");
      response.headers.emplace_back("Upgrade", "websocket");
      return response;
    }
  }
  return otherwise_ ? otherwise_(request, {}) : text_response(404, "nothing at this address");
}

UpgradeDecision Router::handle_upgrade(const net::HttpRequest& request) const {
  PathParameters parameters;
  for (const auto& [pattern, handler] : upgrades_) {
    if (match_path(pattern, request.path, parameters)) return handler(request, parameters);
  }
  return text_response(404, "no stream at this address: use /media");
}

}  // namespace parley::api
