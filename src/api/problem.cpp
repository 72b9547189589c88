#include "api/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

#include "base/log.hpp"

namespace parley::api {
namespace {

const log::Logger kLog("api");

Problem make(int status, std::string_view type, std::string_view title, std::string detail) {
  return {.status = status,
          .type = std::string(type),
          .title = std::string(title),
          .detail = std::move(detail),
          .errors = {},
          .headers = {}};
}

}  // namespace

Problem validation_failed(std::vector<InvalidPart> errors) {
  std::string detail;
  if (!errors.empty()) {
    detail = errors.front().pointer.empty()
                 ? errors.front().detail
                 : fmt::format("{}: {}", errors.front().pointer.substr(1), errors.front().detail);
    if (errors.size() > 1) detail += fmt::format(" (and {} more)", errors.size() - 1);
  }
  Problem problem = make(400, "validation-failed", "The request is not as it must be.", std::move(detail));
  problem.errors = std::move(errors);
  return problem;
}

Problem unauthenticated() {
  Problem problem = make(401, "unauthenticated", "Nobody is logged in.",
                         "log in, or send a valid API key as Authorization: Bearer");
  problem.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"parley\"");
  return problem;
}

Problem forbidden(std::string detail) {
  return make(403, "forbidden", "This is not allowed.", std::move(detail));
}

Problem not_found(std::string_view what) {
  return make(404, "not-found", "There is no such thing here.", std::string(what));
}

Problem conflict(std::string detail) {
  return make(409, "conflict", "This does not go together with what is there.", std::move(detail));
}

Problem still_at_work(std::string detail) {
  Problem problem = make(409, "still-at-work", "The first request is still at work.", std::move(detail));
  problem.headers.emplace_back("Retry-After", "1");
  return problem;
}

Problem done_already(std::string detail) {
  return make(409, "done-already", "This was done, and its answer cannot be given again.", std::move(detail));
}

Problem precondition_failed(std::string detail) {
  return make(412, "precondition-failed", "Somebody else changed it meanwhile.", std::move(detail));
}

Problem too_many_requests(std::string detail, int retry_after_seconds) {
  Problem problem = make(429, "too-many-requests", "That was too often.", std::move(detail));
  problem.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  return problem;
}

Problem unavailable(std::string detail, int retry_after_seconds) {
  Problem problem = make(503, "unavailable", "This does not work at the moment.", std::move(detail));
  problem.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  return problem;
}

Problem method_not_allowed(const std::string& allowed) {
  Problem problem = make(405, "method-not-allowed", "This address does not take this method.",
                         fmt::format("use {}", allowed));
  problem.headers.emplace_back("Allow", allowed);
  return problem;
}

Problem too_large(std::size_t limit) {
  return make(413, "too-large", "The body is too large.", fmt::format("send at most {} bytes", limit));
}

Problem refused_early(int status, std::string detail) {
  while (detail.ends_with('\n'))
    detail.pop_back();
  switch (status) {
    case 408:
      return make(status, "timeout", "The request did not arrive in time.", std::move(detail));
    case 413:
      return make(status, "too-large", "The body is too large.", std::move(detail));
    case 431:
      return make(status, "headers-too-large", "The headers are too large.", std::move(detail));
    case 503:
      return unavailable(std::move(detail));
    default:
      return make(status, "malformed", "This is no request.", std::move(detail));
  }
}

Problem unsupported_type(const std::string& wanted) {
  return make(415, "unsupported-type", "The body is of a type that is not taken here.",
              fmt::format("send it as {}", wanted));
}

Problem internal_problem() {
  return make(500, "internal", "The server failed on this request.",
              "its log says why; sending the request again may help");
}

Problem problem_of(const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument:
      return validation_failed({{"", error.message}});
    case Errc::not_found:
      return not_found(error.message);
    case Errc::already_exists:
    case Errc::conflict:
      return conflict(error.message);
    case Errc::permission_denied:
      return forbidden(error.message);
    case Errc::overloaded:
      return too_many_requests(error.message, 1);
    case Errc::unavailable:
    case Errc::timeout:
      return unavailable(error.message);
    case Errc::cancelled:
    case Errc::protocol:
    case Errc::io:
    case Errc::internal:
      break;
  }
  kLog.error("a request failed: {}", describe(error));
  return internal_problem();
}

net::HttpResponse to_response(const Problem& problem, bool compatible) {
  boost::json::object document;
  document["type"] = "urn:parley:problem:" + problem.type;
  document["title"] = problem.title;
  document["status"] = problem.status;
  if (!problem.detail.empty()) document["detail"] = problem.detail;
  if (!problem.errors.empty()) {
    boost::json::array errors;
    for (const InvalidPart& part : problem.errors)
      errors.push_back(boost::json::object{{"pointer", part.pointer}, {"detail", part.detail}});
    document["errors"] = std::move(errors);
  }
  if (compatible) {
    document["success"] = false;
    document["error"] = problem.detail.empty() ? problem.title : problem.detail;
  }
  net::HttpResponse response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(document);
  response.headers = problem.headers;
  return response;
}

}  // namespace parley::api
