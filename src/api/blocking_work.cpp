#include "api/blocking_work.hpp"

#include <algorithm>
#include <typeinfo>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"

namespace parley::api {
namespace {

const log::Logger kLog("api");

// If-None-Match: a list of ETags, maybe weak, or *.
bool names_etag(std::string_view header, const std::string& etag) {
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    std::string_view one = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag || one == "*") return true;
  }
  return false;
}

net::HttpResponse to_http(const ApiAnswer& answer) {
  net::HttpResponse response;
  response.status = answer.status;
  response.headers = answer.headers;
  response.content_type = answer.content_type;
  if (!answer.text.empty()) {
    response.body = answer.text;
  } else if (!answer.body.is_null()) {
    response.body = boost::json::serialize(answer.body);
  } else {
    response.content_type.clear();
  }
  if (answer.etag > 0) response.headers.emplace_back("ETag", fmt::format("\"{}\"", answer.etag));
  return response;
}

void leave_out_what_is_known(const std::string& if_none_match, net::HttpResponse& response) {
  if (if_none_match.empty() || response.status != 200) return;
  const auto etag = std::ranges::find(response.headers, "ETag", &std::pair<std::string, std::string>::first);
  if (etag == response.headers.end() || !names_etag(if_none_match, etag->second)) return;
  response.status = 304;
  response.body.clear();
  response.content_type.clear();
}

}  // namespace

net::HttpResponse BlockingWork::answer(Incoming incoming, const BlockingHandler& handler) {
  const Operation& operation = *incoming.operation;
  const std::string if_none_match(operation.method == "GET" ? incoming.request.header("if-none-match")
                                                            : std::string_view());
  const Sent sent{.path = incoming.request.path,
                  .query = incoming.request.query,
                  .idempotency_key = std::string(incoming.request.header("idempotency-key"))};
  const auto admitted = gate_.admit(std::move(incoming));
  if (!admitted) return to_response(admitted.error(), operation.compatible);
  net::HttpResponse response = answer_once(**admitted, handler, sent);
  leave_out_what_is_known(if_none_match, response);
  return response;
}

net::HttpResponse BlockingWork::answer_once(const ApiRequest& request, const BlockingHandler& handler,
                                            const Sent& sent) {
  bool keep = true;
  const std::string& key = sent.idempotency_key;
  const bool compatible = request.operation->compatible;
  if (key.empty() || request.operation->method != "POST") return run(request, handler, keep);
  if (!Idempotency::is_key(key))
    return to_response(
        validation_failed({{"/header/Idempotency-Key", "must be 1 to 255 visible characters"}}), compatible);
  // What nobody in particular sends is not kept: keys are of a workspace.
  if (request.workspace().empty()) return run(request, handler, keep);
  const std::string fingerprint = Idempotency::fingerprint(request, sent.path, sent.query);
  auto begun = idempotency_.begin(request, key, fingerprint);
  if (auto* replayed = std::get_if<net::HttpResponse>(&begun)) return std::move(*replayed);
  if (const auto* problem = std::get_if<Problem>(&begun)) return to_response(*problem, compatible);
  net::HttpResponse response = run(request, handler, keep);
  idempotency_.finish(request, key, fingerprint, response, keep);
  return response;
}

net::HttpResponse BlockingWork::run(const ApiRequest& request, const BlockingHandler& handler, bool& keep) {
  const Operation& operation = *request.operation;
  ApiResult result = std::unexpected(internal_problem());
  try {
    result = handler(request);
  } catch (const std::exception& error) {
    // Its words may hold what the request held.
    kLog.error("operation {} threw {}", operation.id, typeid(error).name());
  }
  if (!result) return to_response(result.error(), operation.compatible);
  keep = result->keep;
  if (operation.audited && result->status < 400) {
    storage::AuditRecord record;
    record.workspace_id = result->audit_workspace;
    record.actor = result->audit_actor;
    record.target = result->audit_target;
    record.detail = result->audit_detail;
    append_audit(request, std::move(record));
  }
  return to_http(*result);
}

void BlockingWork::audit(const ApiRequest& request) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : request.path) {
    // Whose data was removed must not live on in the trace of it.
    const bool of_caller = name == "number" && value.size() > 4;
    parts.push_back(of_caller ? fmt::format("{} …{}", name, std::string_view(value).substr(value.size() - 4))
                              : fmt::format("{} {}", name, value));
  }
  storage::AuditRecord record;
  record.target = fmt::format("{}", fmt::join(parts, ", "));
  append_audit(request, std::move(record));
}

void BlockingWork::append_audit(const ApiRequest& request, storage::AuditRecord record) {
  if (record.workspace_id.empty()) record.workspace_id = request.workspace();
  if (record.workspace_id.empty()) return;
  if (record.actor.empty()) record.actor = control::actor_of(request.principal);
  if (record.detail.empty()) record.detail = "{}";
  record.id = make_id();
  record.at = now_millis(clock_);
  record.action = request.operation->id;
  record.address = request.address;
  // What was done is done: the answer says so in any case.
  if (const auto done = store_.append_audit(record); !done)
    kLog.error("no audit row for operation {}: {}", record.action, describe(done.error()));
}

}  // namespace parley::api
