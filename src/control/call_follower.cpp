#include "control/call_follower.hpp"

#include <algorithm>
#include <set>

#include "async/on_pool.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");
constexpr std::chrono::seconds kLongestPause{15 * 60};

storage::CarrierWord ended_word(storage::CallStatus status, std::string reason, std::string cause) {
  storage::CarrierWord word;
  word.status = status;
  word.reason = std::move(reason);
  word.cause = std::move(cause);
  return word;
}

}  // namespace

async::Task<> CallFollower::look() {
  const auto overdue = d_.sinks.book.overdue(d_.ask_after);
  std::set<std::string> waiting;
  for (const BookedCall& call : overdue)
    waiting.insert(call.call_id);
  std::erase_if(asked_, [&](const auto& entry) { return !waiting.contains(entry.first); });
  for (const BookedCall& call : overdue) {
    if (d_.is_placing(call.call_id) || gave_up(call)) continue;
    Asked& asked = asked_[call.call_id];
    const SteadyTime now = d_.sinks.clock.now();
    if (now < asked.next) continue;
    asked.pause = std::min(std::max(asked.pause * 2, d_.ask_after), kLongestPause);
    asked.next = now + asked.pause;
    co_await ask(call);
  }
}

bool CallFollower::gave_up(const BookedCall& call) {
  const std::chrono::milliseconds age(now_millis(d_.sinks.clock) - call.created_at);
  if (age < d_.give_up_after) return false;
  return tell_ended(
      d_.sinks, call,
      ended_word(storage::CallStatus::failed, "nothing was heard of it",
                 "neither a stream nor a status came, and the carrier did not say how it ended"));
}

async::Task<> CallFollower::ask(BookedCall call) {
  // Without its name at the carrier there is nothing to ask for.
  if (call.carrier_call_id.empty()) co_return;
  carrier::Carrier* const carrier = d_.carriers(call.carrier);
  if (carrier == nullptr) co_return;
  auto account = co_await async::on_pool<carrier::Account>(
      d_.executor, d_.pool, [this, workspace = call.workspace_id, config = call.telephony_config_id] {
        return d_.accounts.find(workspace, config);
      });
  if (!account) {
    kLog.debug("a call cannot be asked for: {}", describe(account.error()));
    co_return;
  }
  const auto report = co_await carrier->describe(std::move(*account), call.carrier_call_id);
  // What came in the meantime counts.
  const auto known = d_.sinks.book.find(call.call_id);
  if (!known || known->streams > 0 || storage::is_final(known->status)) co_return;
  if (report) {
    if (!d_.sinks.book.is_repeated(*report)) tell_report(d_.sinks, *known, *report);
    co_return;
  }
  if (report.error().http_status == 404) {
    tell_ended(d_.sinks, *known,
               ended_word(storage::CallStatus::failed, "the carrier does not know it",
                          report.error().error.message));
    co_return;
  }
  kLog.warn("a call cannot be asked for: {}", describe(report.error().error));
}

}  // namespace parley::control
