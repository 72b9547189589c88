// Errors of the API as RFC 9457 problem documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/http_server.hpp"

namespace parley::api {

// One thing that is wrong with a request, by its JSON pointer ("/body/name", "/query/limit").
struct InvalidPart {
  std::string pointer;
  std::string detail;
};

struct Problem {
  int status = 500;
  std::string type;    // the last part of its address, "validation-failed": stable, for programs
  std::string title;   // the same sentence for every problem of the type
  std::string detail;  // what happened here and what to do; never a secret, never another workspace's names
  std::vector<InvalidPart> errors;
  std::vector<std::pair<std::string, std::string>> headers;  // Retry-After, WWW-Authenticate …
};

// The types there are; docs/api.md lists them.
Problem validation_failed(std::vector<InvalidPart> errors);  // 400
Problem unauthenticated();                                   // 401
Problem forbidden(std::string detail);                       // 403
Problem not_found(std::string_view what);                    // 404: "no such agent"
Problem conflict(std::string detail);                        // 409
Problem still_at_work(std::string detail);                   // 409: the same Idempotency-Key
Problem done_already(std::string detail);                    // 409: the same, and no answer is kept
Problem precondition_failed(std::string detail);             // 412: If-Match
Problem too_many_requests(std::string detail, int retry_after_seconds);  // 429
Problem unavailable(std::string detail, int retry_after_seconds = 1);    // 503
// By its code: invalid_argument 400, not_found 404, already_exists and conflict 409, permission_denied 403,
// overloaded 429, unavailable and timeout 503; anything else is logged and answered as a 500 without detail.
Problem problem_of(const Error& error);

Problem method_not_allowed(const std::string& allowed);  // 405, with Allow
Problem too_large(std::size_t limit);                    // 413
// Of a request that was never read whole: 400, 408, 413, 431, 503.
Problem refused_early(int status, std::string detail);
Problem unsupported_type(const std::string& wanted);  // 415
Problem internal_problem();                           // 500: the log says more

// application/problem+json. `compatible`: with the members success and error, which callers of the addresses
// that existed before look for.
net::HttpResponse to_response(const Problem& problem, bool compatible = false);

}  // namespace parley::api
