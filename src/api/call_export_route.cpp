// The call log as CSV (RFC 4180), read page by page while it is sent.
#include <fmt/format.h>

#include "api/call_routes.hpp"
#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "async/on_pool.hpp"

namespace parley::api {
namespace {

constexpr int kPage = 500;
constexpr int kMostCalls = 100'000;

// Numbers and names come from strangers: a cell that begins like a formula is given as text, because
// spreadsheets would run it. A phone number's + is no formula.
void append_cell(std::string_view text, std::string& out) {
  const bool number =
      text.size() > 1 && text[0] == '+' && text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  const bool formula =
      !text.empty() && !number && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  out += '"';
  if (formula) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_row(const storage::CallSummary& summary, std::string& out) {
  const storage::CallRecord& call = summary.call;
  const bool ended = storage::is_final(summary.status);
  const std::string cells[] = {call.id,
                               utc_time(call.started_at),
                               ended ? utc_time(summary.end.ended_at) : "",
                               ended ? std::to_string(summary.end.duration_ms / 1000) : "",
                               std::string(to_string(summary.status)),
                               summary.end.reason,
                               summary.end.escalation_requested ? "yes" : "no",
                               call.direction,
                               call.from,
                               call.to,
                               call.agent,
                               call.agent_version,
                               std::to_string(summary.turns),
                               call.session_id,
                               call.carrier,
                               call.carrier_call_id,
                               summary.carrier_status,
                               summary.carrier_seconds ? std::to_string(*summary.carrier_seconds) : "",
                               summary.answered_at > 0 ? utc_time(summary.answered_at) : "",
                               summary.transfer ? summary.transfer->to : "",
                               summary.transfer ? summary.transfer->status : "",
                               call.custom_field};
  bool first = true;
  for (const std::string& cell : cells) {
    if (!std::exchange(first, false)) out += ',';
    append_cell(cell, out);
  }
  out += "\r\n";
}

constexpr std::string_view kHeader =
    "id,startedAt,endedAt,seconds,status,endReason,escalated,direction,from,to,agent,agentVersion,turns,"
    "sessionId,carrier,carrierCallId,carrierStatus,carrierSeconds,answeredAt,transferTo,transferStatus,"
    "customField\r\n";

class CsvSource final : public net::BodySource {
 public:
  CsvSource(std::shared_ptr<const CallRoutesDependencies> d, storage::CallFilter filter)
      : d_(std::move(d)), filter_(std::move(filter)) {
    filter_.limit = kPage;
  }

  async::Task<Result<std::optional<std::string>>> next() override {
    if (!std::exchange(begun_, true)) co_return std::string(kHeader);
    if (done_) co_return std::optional<std::string>();
    auto calls = co_await async::on_pool<std::vector<storage::CallSummary>>(
        d_->executor, d_->pool, [d = d_, filter = filter_] { return d->calls.list_calls(filter); });
    if (!calls) co_return fail(std::move(calls.error()));
    sent_ += static_cast<int>(calls->size());
    done_ = calls->size() < kPage || sent_ >= kMostCalls;
    if (calls->empty()) co_return std::optional<std::string>();
    std::string piece;
    for (const storage::CallSummary& call : *calls)
      append_row(call, piece);
    filter_.after_started_at = calls->back().call.started_at;
    filter_.after_id = calls->back().call.id;
    co_return piece;
  }

 private:
  std::shared_ptr<const CallRoutesDependencies> d_;
  storage::CallFilter filter_;
  bool begun_ = false;
  bool done_ = false;
  int sent_ = 0;
};

async::Task<net::HttpResponse> export_calls(std::shared_ptr<const CallRoutesDependencies> d,
                                            std::shared_ptr<const ApiRequest> request) {
  auto filter = call_filter_of(*request);
  if (!filter) co_return to_response(filter.error());
  net::HttpResponse response;
  response.content_type = "text/csv; charset=utf-8";
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"calls.csv\"");
  response.source = std::make_shared<CsvSource>(std::move(d), std::move(*filter));
  co_return response;
}

}  // namespace

void add_call_export_route(Api& api, CallRoutesDependencies dependencies) {
  const auto d = std::make_shared<const CallRoutesDependencies>(std::move(dependencies));
  api.on_stream("exportCalls", [d](std::shared_ptr<const ApiRequest> request) {
    return export_calls(d, std::move(request));
  });
}

}  // namespace parley::api
