// How calls go, as carriers tell it: in any order, repeatedly, late, and of calls that nobody knows yet.
#include <algorithm>

#include <fmt/format.h>

#include "async/on_pool_within.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/custom_field.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");

// Nobody waits for the answer of a status callback but the carrier.
constexpr std::chrono::milliseconds kLogMayTake{5000};
constexpr std::size_t kMostWord = 60;

std::string key_of(std::string_view carrier, std::string_view id) {
  return fmt::format("{} {}", carrier, id);
}

// A carrier's word for the log's line: short, and printable.
std::string word(std::string_view text) {
  std::string out(text.substr(0, kMostWord));
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return out;
}

}  // namespace

std::optional<TransferOutcome> transfer_outcome(const BookedCall& call, const carrier::CallReport& report) {
  if (!call.transfer) return std::nullopt;
  // The first leg is the caller's own; whoever was called is behind it.
  std::optional<TransferOutcome> failed;
  for (std::size_t i = 1; i < report.legs.size(); ++i) {
    const carrier::LegReport& leg = report.legs[i];
    if (leg.progress == carrier::Progress::in_progress || leg.progress == carrier::Progress::completed)
      return TransferOutcome{"connected", ""};
    if (is_final(leg.progress)) failed = TransferOutcome{"failed", word(to_string(leg.progress))};
  }
  return failed;
}

async::Task<Result<void>> CarrierDesk::Parts::status(carrier::Carrier& carrier, std::string phone_id,
                                                     carrier::Fields fields) {
  const auto report = carrier.read_report(fields);
  if (!report) {
    count("status", "malformed");
    co_return fail(report.error());
  }
  CallTrace trace{.carrier = std::string(carrier.name()),
                  .carrier_call_id = report->carrier_call_id,
                  .token = {},
                  .call_id = parse_custom_field(report->custom_field).call_id,
                  .from = report->from,
                  .to = report->to,
                  .workspace_id = workspace_of(phone_id),
                  .direction = report->direction};
  auto call = co_await find(trace, kLogMayTake);
  if (!call && call.error().code == Errc::conflict) {
    count("status", "forged");
    kLog.warn("a {} callback is refused: {}", trace.carrier, call.error().message);
    co_return fail(Errc::permission_denied, "this is another call's id");
  }
  if (call && is_another_account(*call, report->account_sid)) {
    count("status", "forged");
    kLog.warn("a {} callback is refused: it is another account's than its call", trace.carrier);
    co_return fail(Errc::permission_denied, "this is another account's call");
  }
  // One that is repeated may come with what its first had not: the recording is made late.
  if (d.book.is_repeated(*report) && report->recording_url.empty()) {
    count("status", "repeated");
    co_return Result<void>{};
  }
  if (call) {
    count("status", "taken");
    take(*call, *report);
    co_return Result<void>{};
  }
  if (const auto fresh = new_call_to_us(trace, phone_id, *report)) {
    count("status", "new_call");
    take(*fresh, *report);
    co_return Result<void>{};
  }
  count("status", "unknown_call");
  remember(trace.carrier, *report);
  co_return Result<void>{};
}

void CarrierDesk::Parts::take(const BookedCall& call, const carrier::CallReport& report) {
  std::string detail = word(report.status.empty() ? to_string(report.progress) : report.status);
  if (!report.event.empty()) detail += fmt::format(" ({})", word(report.event));
  event(call.call_id, "carrier_status", std::move(detail));
  tell_report(sinks(), call, report);
  take_transfer(call, report);
  if (report.recording_url.empty() || take_recorded(call.call_id) != Recorded::first) return;
  // Answered by recording, and this is how the carrier tells of it.
  hand_over_recording(call, report.recording_url);
}

void CarrierDesk::Parts::take_transfer(const BookedCall& call, const carrier::CallReport& report) {
  if (const auto outcome = transfer_outcome(call, report)) put_outcome(call, *outcome);
}

void CarrierDesk::Parts::put_outcome(const BookedCall& call, const TransferOutcome& outcome) {
  std::string to = call.transfer ? joined(target_of(call, *call.transfer).to) : "";
  tell_transfer(sinks(), call, outcome.status, outcome.detail, std::move(to));
}

std::optional<BookedCall> CarrierDesk::Parts::new_call_to_us(const CallTrace& trace,
                                                             std::string_view phone_id,
                                                             const carrier::CallReport& report) {
  if (report.carrier_call_id.empty()) return std::nullopt;
  auto number = d.directory.find_number(phone_id, report.to);
  bool outbound = report.direction == "outbound";
  if (!number && !report.from.empty()) {
    number = d.directory.find_number("", report.from);
    outbound = number.has_value();
  }
  if (!number) return std::nullopt;
  BookedCall fresh;
  fresh.call_id = make_id();
  fresh.session_id = session_id_of(report.carrier_call_id, fresh.call_id);
  fresh.workspace_id = number->workspace_id;
  fresh.phone_id = number->id;
  fresh.telephony_config_id = number->telephony_config_id;
  fresh.carrier = trace.carrier;
  fresh.carrier_call_id = report.carrier_call_id;
  fresh.direction = outbound ? "outbound" : "inbound";
  fresh.custom_field = report.custom_field;
  fresh.variables = parse_custom_field(report.custom_field).variables;
  fresh.from = report.from;
  fresh.to = report.to;
  fresh.status = storage::CallStatus::queued;
  fresh.created_at = report.created_at.value_or(now_millis(d.clock));
  const std::string id = fresh.call_id;
  auto booked = d.book.match_or_expect(trace, std::move(fresh));
  if (!booked) return std::nullopt;
  if (booked->call_id == id) {
    const auto answerer = d.directory.resolve(number->id, "");
    d.calls.append_call(answerer ? row_of(*booked, answerer->agent->agent().get(), answerer->agent_text)
                                 : row_of(*booked, nullptr, ""));
    take_remembered(*booked);
  }
  return std::move(*booked);
}

void CarrierDesk::Parts::remember(std::string_view carrier, const carrier::CallReport& report) {
  if (report.carrier_call_id.empty()) return;
  const SteadyTime now = d.clock.now();
  const MutexLock lock(mutex);
  while (!unclaimed.empty() &&
         (unclaimed.size() >= kMostUnclaimed || now - unclaimed.front().at > kKeepUnclaimed))
    unclaimed.pop_front();
  unclaimed.push_back({key_of(carrier, report.carrier_call_id), now, report});
}

void CarrierDesk::Parts::take_remembered(const BookedCall& call) {
  if (call.carrier_call_id.empty()) return;
  const std::string key = key_of(call.carrier, call.carrier_call_id);
  const SteadyTime now = d.clock.now();
  std::vector<carrier::CallReport> told;
  {
    const MutexLock lock(mutex);
    std::erase_if(unclaimed, [&](Unclaimed& one) {
      if (one.key != key) return false;
      if (now - one.at <= kKeepUnclaimed) told.push_back(std::move(one.report));
      return true;
    });
  }
  for (const carrier::CallReport& report : told) {
    // Each moves the call on for the next.
    take(d.book.find(call.call_id).value_or(call), report);
  }
}

}  // namespace parley::control
