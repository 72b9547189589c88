#include "control/call_follower.hpp"

#include <algorithm>
#include <set>

#include "async/on_pool.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");
constexpr std::chrono::seconds kLongestPause{15 * 60};
constexpr std::chrono::seconds kSoon{10};
// In the accounts' queues, beside the workspaces that place calls.
constexpr const char* kLane = "asking";

storage::CarrierWord ended_word(storage::CallStatus status, std::string reason, std::string cause) {
  storage::CarrierWord word;
  word.status = status;
  word.reason = std::move(reason);
  word.cause = std::move(cause);
  return word;
}

std::unexpected<carrier::CarrierError> unasked(Error why) {
  carrier::CarrierError error;
  error.error = std::move(why);
  return std::unexpected(std::move(error));
}

// Asking again is of no use: simulated callers, calls without an account that may be used (CarrierAccounts::
// find), and those that the carrier does not know. Anything else, a database that is away too, may pass.
bool is_nobodys(const carrier::CarrierError& error) {
  if (error.http_status != 0) return error.http_status == 404;
  const Errc code = error.error.code;
  return code == Errc::not_found || code == Errc::permission_denied || code == Errc::conflict;
}

}  // namespace

// One of those that are asked for now.
class CallFollower::Turn {
 public:
  Turn(CallFollower& follower, const BookedCall& call)
      : follower_(follower), call_id_(call.call_id), account_(account_of(call)) {
    follower_.busy_.insert(call_id_);
    ++follower_.busy_accounts_[account_];
  }
  ~Turn() {
    follower_.busy_.erase(call_id_);
    if (--follower_.busy_accounts_[account_] == 0) follower_.busy_accounts_.erase(account_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  static std::string account_of(const BookedCall& call) {
    return call.workspace_id + '\n' + call.telephony_config_id;
  }

 private:
  CallFollower& follower_;
  const std::string call_id_;
  const std::string account_;
};

void CallFollower::look() {
  look_for_ends();
  look_for_the_rest();
}

bool CallFollower::may_ask(const BookedCall& call) const {
  if (busy_.size() >= kAtOnce || busy_.contains(call.call_id)) return false;
  const auto account = busy_accounts_.find(Turn::account_of(call));
  return account == busy_accounts_.end() || account->second < kAtOnceOfAnAccount;
}

void CallFollower::look_for_ends() {
  const auto overdue = d_.sinks.book.overdue(d_.ask_after);
  std::set<std::string> waiting;
  for (const BookedCall& call : overdue)
    waiting.insert(call.call_id);
  std::erase_if(ends_, [&](const auto& entry) { return !waiting.contains(entry.first); });
  for (const BookedCall& call : overdue) {
    if (d_.is_placing(call.call_id) || gave_up(call) || !may_ask(call)) continue;
    Asked& asked = ends_[call.call_id];
    const SteadyTime now = d_.sinks.clock.now();
    if (now < asked.next) continue;
    asked.pause = std::min(std::max(asked.pause * 2, d_.ask_after), kLongestPause);
    asked.next = now + asked.pause;
    d_.group.spawn(ask(call));
  }
}

void CallFollower::look_for_the_rest() {
  const auto untold = d_.sinks.book.next_untold();
  for (const CallBook::Untold& one : untold.calls) {
    if (const auto met = rest_.find(one.call.call_id); met != rest_.end()) met->second.pass = pass_;
    // Whoever handed a caller on wants to know soon whether somebody picked up; bills are written later.
    const auto quiet = one.transfer && !one.end ? std::min(kSoon, d_.ask_after) : d_.ask_after;
    if (one.quiet < quiet || !may_ask(one.call)) continue;
    Asked& asked = rest_[one.call.call_id];
    const SteadyTime now = d_.sinks.clock.now();
    if (now < asked.next) continue;
    asked.pass = pass_;
    asked.pause = std::min(std::max(asked.pause * 2, d_.ask_after), kLongestPause);
    asked.next = now + asked.pause;
    d_.group.spawn(ask_for_the_rest(one.call));
  }
  if (!untold.last) return;
  std::erase_if(rest_, [this](const auto& entry) { return entry.second.pass != pass_; });
  ++pass_;
}

bool CallFollower::gave_up(const BookedCall& call) {
  const std::chrono::milliseconds age(now_millis(d_.sinks.clock) - call.created_at);
  if (age < d_.give_up_after) return false;
  return tell_ended(
      d_.sinks, call,
      ended_word(storage::CallStatus::failed, "nothing was heard of it",
                 "neither a stream nor a status came, and the carrier did not say how it ended"));
}

async::Task<carrier::CarrierResult<carrier::CallReport>> CallFollower::describe_call(BookedCall call) {
  if (call.carrier_call_id.empty())
    co_return unasked({Errc::not_found, "its name at the carrier is not known"});
  carrier::Carrier* const carrier = d_.carriers(call.carrier);
  if (carrier == nullptr) co_return unasked({Errc::not_found, "its carrier is not known"});
  auto account = co_await async::on_pool<carrier::Account>(
      d_.executor, d_.pool, [this, workspace = call.workspace_id, config = call.telephony_config_id] {
        return d_.accounts.find(workspace, config);
      });
  if (!account) co_return unasked(std::move(account.error()));
  account->workspace_id = kLane;
  co_return co_await carrier->describe(std::move(*account), call.carrier_call_id);
}

async::Task<> CallFollower::ask(BookedCall call) {
  const Turn turn(*this, call);
  const auto report = co_await describe_call(call);
  // What came in the meantime counts.
  const auto known = d_.sinks.book.find(call.call_id);
  if (!known || known->streams > 0 || storage::is_final(known->status)) co_return;
  if (report) {
    if (!d_.sinks.book.is_repeated(*report)) tell_report(d_.sinks, *known, *report);
    co_return;
  }
  const carrier::CarrierError& error = report.error();
  if (error.http_status == 404) {
    tell_ended(d_.sinks, *known,
               ended_word(storage::CallStatus::failed, "the carrier does not know it", error.error.message));
    co_return;
  }
  if (is_nobodys(error))
    kLog.debug("a call cannot be asked for: {}", describe(error.error));
  else
    kLog.warn("a call cannot be asked for: {}", describe(error.error));
}

async::Task<> CallFollower::ask_for_the_rest(BookedCall call) {
  const Turn turn(*this, call);
  const auto report = co_await describe_call(call);
  const auto untold = d_.sinks.book.untold_of(call.call_id);
  // It has come back to the agent, or a callback has told the rest.
  if (!untold) co_return;
  if (report) {
    take_rest(call, *untold, *report);
    // With the person that it was handed to: what is said of a call that goes on is not its end.
    if (!carrier::is_final(report->progress)) co_return;
  } else {
    kLog.debug("what a call leaves untold cannot be asked for: {}", describe(report.error().error));
  }
  const auto left = d_.sinks.book.untold_of(call.call_id);
  if (!left) co_return;
  const bool more =
      report ? left->transfer || left->seconds || left->price || (left->recording && call.carrier_records)
             : !is_nobodys(report.error());
  Asked& asked = rest_[call.call_id];
  asked.pass = pass_;
  if (more && ++asked.tries < kMostTries) co_return;
  settle(*left);
}

void CallFollower::take_rest(const BookedCall& call, const CallBook::Untold& untold,
                             const carrier::CallReport& report) {
  const bool news = (untold.end && carrier::is_final(report.progress)) ||
                    (untold.seconds && report.seconds) || (untold.price && !report.price.empty()) ||
                    (untold.recording && !report.recording_url.empty());
  if (news) tell_report(d_.sinks, call, report);
  if (const auto outcome = transfer_outcome(untold.call, report))
    tell_transfer(d_.sinks, untold.call, outcome->status, outcome->detail);
}

void CallFollower::settle(const CallBook::Untold& untold) {
  const BookedCall& call = untold.call;
  if (untold.transfer)
    d_.sinks.calls.put_transfer({call.call_id, "",
                                 call.transfer && call.transfer->asked_for ? "asked" : "requested",
                                 "the carrier has not said what came of it"});
  d_.sinks.book.settle(call.call_id);
  rest_.erase(call.call_id);
}

}  // namespace parley::control
