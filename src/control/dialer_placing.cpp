// A call on its way: placed once, looked for when nobody knows whether it was, cancelled.
#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "async/on_pool.hpp"
#include "async/sleep.hpp"
#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/custom_field.hpp"
#include "control/dialer_parts.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");
// Carriers' clocks, and seconds without a fraction.
constexpr storage::WallMillis kEarlier = 30'000;
constexpr storage::WallMillis kLater = 180'000;
constexpr int kMostTakenOver = 1000;

bool same_digits(std::string_view one, std::string_view other) {
  const auto last = [](std::string_view number) {
    std::string digits;
    for (const char c : number) {
      if (is_digit(c)) digits += c;
    }
    return digits.size() > 10 ? digits.substr(digits.size() - 10) : digits;
  };
  const std::string compared = last(one);
  return !compared.empty() && compared == last(other);
}

// However a task ends, it is not placing any more.
class PlacingMark {
 public:
  PlacingMark(std::map<std::string, PlacingState>& placing, std::string call_id)
      : placing_(placing), call_id_(std::move(call_id)) {
    placing_.try_emplace(call_id_);
  }
  ~PlacingMark() { placing_.erase(call_id_); }
  PlacingMark(const PlacingMark&) = delete;
  PlacingMark& operator=(const PlacingMark&) = delete;

 private:
  std::map<std::string, PlacingState>& placing_;
  const std::string call_id_;
};

}  // namespace

async::Task<> Dialer::Parts::run(PlacingOrder order) {
  const std::string id = order.call.call_id;
  const PlacingMark mark(placing, id);
  carrier::Carrier* const carrier = d.carriers(order.call.carrier);
  if (carrier == nullptr) co_return;
  if (order.into_stream) order.request.stream_url = stream_url(order.call);
  order.request.still_wanted = [this, id] {
    PlacingState& one = placing[id];
    one.sent = !one.cancelled;
    return one.sent;
  };
  const storage::WallMillis since = now_millis(d.clock);
  carrier::CarrierResult<carrier::CallReport> report = co_await carrier->place(order.account, order.request);
  if (report) {
    placed(order.call, *report);
  } else if (report.error().outcome == carrier::CarrierError::Outcome::not_done) {
    not_placed(order.call, report.error());
    co_return;
  } else {
    kLog.with_call(id).warn("it is not known whether the call was placed: {}",
                            describe(report.error().error));
    co_await look_for(order.call, std::move(order.account), since, report.error().error.message);
  }
  if (placing[id].cancelled) co_await end_unwanted(std::move(order.call));
}

void Dialer::Parts::placed(const BookedCall& call, const carrier::CallReport& report) {
  d.book.set_carrier_call_id(call.call_id, report.carrier_call_id);
  // A callback may have overtaken this answer.
  const auto known = d.book.find(call.call_id);
  if (!known) return;
  carrier::CallReport told = report;
  // Whatever word it has for it: it is at it now, and nobody has picked up.
  if (!carrier::is_final(told.progress)) told.progress = carrier::Progress::initiated;
  tell_report(sinks(), *known, told);
  kLog.with_call(call.call_id)
      .info("call placed carrier={} carrier_call={}", call.carrier, report.carrier_call_id);
}

void Dialer::Parts::not_placed(const BookedCall& call, const carrier::CarrierError& error) {
  const bool cancelled = placing[call.call_id].cancelled;
  if (cancelled) return give_up(call, storage::CallStatus::canceled, "canceled", "before it was placed");
  kLog.with_call(call.call_id).warn("call not placed: {}", describe(error.error));
  const bool refused = error.http_status >= 400;
  give_up(call, storage::CallStatus::failed, refused ? "refused by the carrier" : "not placed",
          error.error.message);
}

void Dialer::Parts::give_up(const BookedCall& call, storage::CallStatus status, std::string reason,
                            std::string cause) {
  const auto known = d.book.find(call.call_id);
  storage::CarrierWord word;
  word.status = status;
  word.reason = std::move(reason);
  word.cause = std::move(cause);
  tell_ended(sinks(), known.value_or(call), std::move(word));
}

async::Task<> Dialer::Parts::look_for(BookedCall call, carrier::Account account, storage::WallMillis since,
                                      std::string why) {
  carrier::Carrier* const carrier = d.carriers(call.carrier);
  for (const auto pause : d.options.look_after) {
    co_await async::sleep_for(d.executor, pause);
    const auto known = d.book.find(call.call_id);
    // Its stream or a callback said so meanwhile.
    if (!known || !known->carrier_call_id.empty() || known->streams > 0 || storage::is_final(known->status))
      co_return;
    const auto theirs = co_await carrier->find_calls(account, call.to, since - kEarlier);
    if (!theirs) {
      kLog.with_call(call.call_id).warn("the carrier's list: {}", describe(theirs.error().error));
      continue;
    }
    if (const auto* found = recognise(call, *theirs, since)) {
      placed(call, *found);
      co_return;
    }
  }
  give_up(
      call, storage::CallStatus::failed, "not known whether it was placed",
      fmt::format("{}; it may have been placed all the same, but the carrier's list does not show it", why));
}

const carrier::CallReport* Dialer::Parts::recognise(const BookedCall& call,
                                                    const std::vector<carrier::CallReport>& theirs,
                                                    storage::WallMillis since) const {
  const carrier::CallReport* only = nullptr;
  for (const auto& one : theirs) {
    if (one.carrier_call_id.empty()) continue;
    if (!one.custom_field.empty()) {
      const std::string named = parse_custom_field(one.custom_field).call_id;
      if (named == call.call_id) return &one;
      // The caller's own text may be the same for many calls; whatever names another call is not this one.
      if (!named.empty() || one.custom_field != call.custom_field) continue;
    }
    if (one.direction == "inbound" || !one.created_at) continue;
    if (*one.created_at < since - kEarlier || *one.created_at > since + kLater) continue;
    const bool same =
        (same_digits(one.to, call.to) && (one.from.empty() || same_digits(one.from, call.from))) ||
        (same_digits(one.from, call.to) && (one.to.empty() || same_digits(one.to, call.from)));
    if (!same) continue;
    CallTrace trace;
    trace.carrier = call.carrier;
    trace.carrier_call_id = one.carrier_call_id;
    if (d.book.match(trace)) continue;  // it is another of our calls
    if (only != nullptr) return nullptr;
    only = &one;
  }
  return only;
}

async::Task<Result<carrier::Account>> Dialer::Parts::account_of_call(BookedCall call) {
  co_return co_await async::on_pool<carrier::Account>(
      d.executor, d.pool, [this, workspace = call.workspace_id, config = call.telephony_config_id] {
        return d.accounts.find(workspace, config);
      });
}

async::Task<Result<void>> Dialer::Parts::cancel(std::string call_id) {
  const auto call = d.book.find(call_id);
  if (!call) co_return fail(Errc::not_found, "no call with this id is on its way");
  if (storage::is_final(call->status)) co_return fail(Errc::conflict, "the call is over");
  if (call->streams > 0) co_return fail(Errc::conflict, "the call has begun: hang it up instead");
  if (const auto at = placing.find(call->call_id); at != placing.end()) {
    at->second.cancelled = true;
    // Sent already: it is ended as soon as the carrier has named it.
    if (!at->second.sent) give_up(*call, storage::CallStatus::canceled, "canceled", "before it was placed");
    co_return Result<void>{};
  }
  co_return co_await end_at_carrier(*call);
}

async::Task<Result<void>> Dialer::Parts::end_at_carrier(BookedCall call) {
  carrier::Carrier* const carrier = d.carriers(call.carrier);
  if (carrier == nullptr || call.carrier_call_id.empty())
    co_return fail(Errc::conflict, "the carrier has not said yet which call it is: try again in a while");
  auto account = co_await account_of_call(call);
  if (!account) co_return fail(std::move(account.error()));
  const auto ended = co_await carrier->end(std::move(*account), call.carrier_call_id);
  if (!ended) co_return fail(ended.error().error);
  give_up(call, storage::CallStatus::canceled, "canceled", {});
  co_return Result<void>{};
}

async::Task<> Dialer::Parts::end_unwanted(BookedCall call) {
  const auto known = d.book.find(call.call_id);
  if (!known || known->carrier_call_id.empty()) co_return;
  const auto ended = co_await end_at_carrier(*known);
  if (!ended) kLog.with_call(call.call_id).warn("a cancelled call goes on: {}", describe(ended.error()));
}

async::Task<> Dialer::Parts::follow() {
  co_await take_over();
  while (true) {
    co_await async::sleep_for(d.executor, d.options.follow_every);
    follower.look();
  }
}

async::Task<> Dialer::Parts::take_over() {
  auto open = co_await async::on_pool<std::vector<storage::CallSummary>>(
      d.executor, d.pool, [this] { return d.calls.open_outbound_calls(kMostTakenOver); });
  if (!open) {
    kLog.warn("calls of the process before cannot be listed: {}", describe(open.error()));
    co_return;
  }
  for (const auto& summary : *open) {
    // This process has placed it already.
    if (d.book.find(summary.call.id)) continue;
    const BookedCall call = d.book.expect(booked_of(summary));
    if (!call.carrier_call_id.empty()) continue;
    auto account = co_await account_of_call(call);
    if (account && d.carriers(call.carrier) != nullptr) {
      group.spawn(look_for_taken_over(call, std::move(*account)));
    } else {
      give_up(call, storage::CallStatus::failed, "not known whether it was placed",
              account ? "there is no such carrier" : account.error().message);
    }
  }
}

async::Task<> Dialer::Parts::look_for_taken_over(BookedCall call, carrier::Account account) {
  const PlacingMark mark(placing, call.call_id);
  co_await look_for(call, std::move(account), call.created_at, "the server stopped while it was placing it");
  if (placing[call.call_id].cancelled) co_await end_unwanted(std::move(call));
}

}  // namespace parley::control
