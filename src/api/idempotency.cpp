#include "api/idempotency.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "security/hash.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

const log::Logger kLog("api");
// A handler has seconds; what is older belongs to a process that died.
constexpr storage::WallMillis kAbandonedAfterMs = 120'000;

std::string to_text(const net::HttpResponse& response) {
  json::array headers;
  for (const auto& [name, value] : response.headers)
    headers.push_back(json::array{name, value});
  return json::serialize(json::object{
      {"type", response.content_type}, {"headers", std::move(headers)}, {"body", response.body}});
}

std::optional<net::HttpResponse> from_text(int status, const std::string& text) {
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  const json::object* object = ec ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value* type = object->if_contains("type");
  const json::value* headers = object->if_contains("headers");
  const json::value* body = object->if_contains("body");
  if (type == nullptr || !type->is_string() || headers == nullptr || !headers->is_array() ||
      body == nullptr || !body->is_string())
    return std::nullopt;
  net::HttpResponse response;
  response.status = status;
  response.content_type = type->get_string();
  response.body = body->get_string();
  for (const auto& header : headers->get_array()) {
    const json::array* pair = header.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) continue;
    response.headers.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
  }
  response.headers.emplace_back("Idempotency-Replayed", "true");
  return response;
}

}  // namespace

storage::WallMillis Idempotency::now() const {
  return now_millis(clock_);
}

bool Idempotency::is_key(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

std::string Idempotency::fingerprint(const ApiRequest& request, std::string_view path,
                                     std::string_view query) {
  // No part can run into the next one: none of them holds NUL.
  security::Sha256 hash;
  const std::string actor = control::actor_of(request.principal);
  for (const std::string_view part :
       {std::string_view(request.operation->id), std::string_view(actor), path, query,
        std::string_view(request.content_type), std::string_view(request.raw_body)}) {
    hash.add(part);
    hash.add(std::string_view("\0", 1));
  }
  return security::to_hex(hash.finish());
}

std::variant<std::monostate, net::HttpResponse, Problem> Idempotency::begin(const ApiRequest& request,
                                                                            const std::string& key,
                                                                            const std::string& fingerprint) {
  const storage::WallMillis at = now();
  auto there = store_.begin_idempotent({.workspace_id = request.workspace(),
                                        .key = key,
                                        .operation = request.operation->id,
                                        .fingerprint = fingerprint,
                                        .status = 0,
                                        .response = {},
                                        .created_at = at},
                                       at - kAbandonedAfterMs);
  if (!there) return problem_of(there.error());
  if (!*there) return std::monostate();
  const storage::IdempotencyRecord& record = **there;
  if (record.operation != request.operation->id || record.fingerprint != fingerprint)
    return conflict("this Idempotency-Key was used for another request: take a new one for each");
  if (record.status == 0)
    return still_at_work("the first request with this Idempotency-Key is still at work");
  if (record.response.empty())
    return done_already("this was done already, but its answer held a secret and was not kept");
  auto response = from_text(record.status, record.response);
  if (!response) return done_already("this was done already, but its answer is damaged");
  return std::move(*response);
}

void Idempotency::finish(const ApiRequest& request, const std::string& key, const std::string& fingerprint,
                         const net::HttpResponse& response, bool keep) {
  const bool again = response.status >= 500 || response.status == 429;
  auto done = again ? store_.forget_idempotent(request.workspace(), key)
                    : store_.finish_idempotent({.workspace_id = request.workspace(),
                                                .key = key,
                                                .operation = request.operation->id,
                                                .fingerprint = fingerprint,
                                                .status = response.status,
                                                .response = keep ? to_text(response) : std::string(),
                                                .created_at = now()});
  // The key stays taken for a while: nothing is done twice, only the answer is lost.
  if (!done) kLog.error("an idempotency key could not be kept: {}", describe(done.error()));
}

}  // namespace parley::api
