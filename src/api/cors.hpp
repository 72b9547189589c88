// Which pages of other origins may use the API (the Fetch standard's CORS protocol). Immutable, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.hpp"

namespace parley::api {

class Cors {
 public:
  // Exact origins, or "*": every page, but without cookies.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  // An answer when the request is a browser's question before the real one; `allowed` are the path's methods.
  std::optional<net::HttpResponse> preflight(const net::HttpRequest& request,
                                             const std::string& allowed) const;
  // Says on the answer whether the page may read it. Answers differ by origin: so Vary.
  void mark(std::string_view origin, net::HttpResponse& response) const;
  bool allows(std::string_view origin) const;

 private:
  bool allows_all() const;

  std::vector<std::string> origins_;
};

}  // namespace parley::api
