// Where a call goes behind its stream: the flow's questions, transfers, recordings.
#include <algorithm>

#include <fmt/format.h>

#include "agent/variables.hpp"
#include "async/on_pool.hpp"
#include "async/on_pool_within.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/custom_field.hpp"
#include "control/phone_number.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");

constexpr std::string_view kThanks = "Thank you. Goodbye.";
constexpr std::size_t kMostDetail = 200;
constexpr std::size_t kMostWord = 60;

std::string summary_of(const carrier::StreamReport& report) {
  std::string text = report.status.empty() ? "unknown" : report.status;
  if (!report.disconnected_by.empty()) text += fmt::format(" by {}", report.disconnected_by);
  if (report.seconds) text += fmt::format(" after {} s", *report.seconds);
  if (!report.error.empty()) text += fmt::format(": {}", report.error);
  text.resize(std::min(text.size(), kMostDetail));
  return text;
}

// Both Exotel and Twilio say so what came of their connecting.
std::optional<TransferOutcome> outcome_behind_connect(const BookedCall& call, const carrier::Carrier& carrier,
                                                      const carrier::Fields& fields) {
  const std::string said(carrier::field(fields, {"DialCallStatus"}).substr(0, kMostWord));
  if (call.transfer && !said.empty()) {
    if (said == "completed" || said == "answered") return TransferOutcome{"connected", ""};
    return TransferOutcome{"failed", said};
  }
  const auto told = carrier.read_report(fields);
  return told ? transfer_outcome(call, *told) : std::nullopt;
}

Result<storage::CallSummary> newest_of_session(storage::CallStore& calls, const std::string& session_id) {
  storage::CallFilter filter;
  filter.session_id = session_id;
  filter.limit = 1;
  auto found = calls.list_calls(filter);
  if (!found) return fail(std::move(found.error()));
  if (found->empty()) return fail(Errc::not_found, "there is no such session");
  return std::move(found->front());
}

}  // namespace

async::Task<Result<BookedCall>> CarrierDesk::Parts::find(CallTrace trace,
                                                         std::chrono::milliseconds patience) {
  auto known = d.book.match(trace);
  if (known || known.error().code != Errc::not_found || trace.carrier_call_id.empty()) co_return known;
  std::function<Result<std::optional<storage::CallSummary>>()> look =
      [&calls = d.calls, carrier = trace.carrier, id = trace.carrier_call_id] {
        return calls.find_by_carrier_id(carrier, id);
      };
  auto found = co_await async::on_pool_within(d.executor, d.pool, patience, std::move(look));
  if (!found || !*found || !**found) co_return known;
  const storage::CallSummary& summary = ***found;
  // A caller who came back has a second row, and the custom field of the first.
  const bool named = trace.call_id.empty() || trace.call_id == summary.call.id ||
                     trace.call_id == parse_custom_field(summary.call.custom_field).call_id;
  const bool anothers =
      !named || (!trace.workspace_id.empty() && trace.workspace_id != summary.call.workspace_id);
  if (anothers) co_return fail(Errc::conflict, "the carrier's id belongs to another call");
  // From now on it is in the book, so that the next message is answered from there.
  co_return d.book.match_or_expect(trace, booked_of(summary));
}

async::Task<Result<CarrierDesk::Passed>> CarrierDesk::Parts::passthru(carrier::Carrier& carrier,
                                                                      carrier::Fields fields) {
  const auto notice = carrier.read_notice(fields);
  if (!notice) {
    count("passthru", "malformed");
    co_return fail(notice.error());
  }
  CallTrace trace = trace_of(carrier.name(), *notice, {});
  trace.call_id = parse_custom_field(notice->custom_field).call_id;
  const auto call = co_await find(trace, kLookUp);
  if (!call) {
    // The caller waits: the flow goes on without us.
    count("passthru", call.error().code == Errc::conflict ? "forged" : "unknown_call");
    co_return Passed{.way = Way::on, .case_name = "end"};
  }
  if (const auto report = carrier.read_stream_report(fields)) {
    event(call->call_id, "stream_report", summary_of(*report));
    if (!report->recording_url.empty()) {
      storage::CarrierWord word;
      word.call_id = call->call_id;
      word.recording_url = report->recording_url;
      word.at = now_millis(d.clock);
      d.calls.put_carrier_word(std::move(word));
    }
  }
  // Asked again behind the Connect applet: the transfer is over, one way or the other.
  if (const auto outcome = outcome_behind_connect(*call, carrier, fields)) {
    put_outcome(*call, *outcome);
    count("passthru", "on");
    co_return Passed{.way = Way::on, .case_name = "end"};
  }
  const bool wanted = call->transfer.has_value();
  count("passthru", wanted ? "transfer" : "on");
  co_return Passed{.way = wanted ? Way::transfer : Way::on, .case_name = wanted ? "transfer" : "end"};
}

CarrierDesk::Parts::Target CarrierDesk::Parts::target_of(const BookedCall& call,
                                                         const TransferIntent& intent) const {
  Target target;
  const std::string& ours = call.direction == "outbound" ? call.from : call.to;
  auto answerer = call.agent.empty() ? d.directory.resolve(call.phone_id, ours)
                                     : d.directory.find(call.workspace_id, call.agent);
  if (answerer) target.how = answerer->agent->agent()->transfer;
  if (!intent.announce.empty()) target.how.announce = intent.announce;
  target.how.announce = agent::fill_in(target.how.announce, call_variables(call));
  for (const std::string& text : intent.to.empty() ? target.how.to : intent.to) {
    if (auto number = normal_number(text, "")) target.to.push_back(std::move(*number));
  }
  return target;
}

async::Task<Result<carrier::WebAnswer>> CarrierDesk::Parts::connect_target(carrier::Carrier& carrier,
                                                                           carrier::Fields fields) {
  const auto notice = carrier.read_notice(fields);
  if (!notice) {
    count("connect", "malformed");
    co_return fail(notice.error());
  }
  CallTrace trace = trace_of(carrier.name(), *notice, {});
  trace.call_id = parse_custom_field(notice->custom_field).call_id;
  const auto call = co_await find(trace, kLookUp);
  if (!call) {
    count("connect", call.error().code == Errc::conflict ? "forged" : "unknown_call");
    co_return fail(Errc::not_found, "no call of ours is to be connected");
  }
  const bool first = call->transfer && !call->transfer->asked_for;
  const auto intent = d.book.transfer_of(call->call_id);
  const Target target = intent ? target_of(*call, *intent) : Target{};
  if (target.to.empty()) {
    count("connect", "nobody");
    if (intent && first) tell_transfer(sinks(), *call, "failed", "there is no number to transfer to");
    co_return fail(Errc::not_found, "nobody wants this call to be connected");
  }
  if (first) {
    d.calls.put_transfer({call->call_id, joined(target.to), "asked", ""});
    event(call->call_id, "transfer_asked", "");
  }
  count("connect", "connected");
  carrier::ConnectAnswer answer;
  answer.to = target.to;
  const auto number = d.directory.find_number(call->phone_id, "");
  answer.caller_id = number ? number->number : call->direction == "outbound" ? call->from : call->to;
  answer.announce = target.how.announce;
  answer.ring = target.how.ring;
  co_return carrier.answer(answer);
}

// Only carriers with a request for it do anything: the others' flow goes on by itself.
async::Task<> CarrierDesk::Parts::ask_for_transfer(BookedCall call) {
  carrier::Carrier* carrier = d.carriers ? d.carriers(call.carrier) : nullptr;
  if (carrier == nullptr || !call.transfer || call.carrier_call_id.empty()) co_return;
  const Target target = target_of(call, *call.transfer);
  if (target.to.empty()) co_return;
  std::function<Result<carrier::Account>()> look = [&accounts = d.accounts, workspace = call.workspace_id,
                                                    config = call.telephony_config_id] {
    return accounts.find(workspace, config);
  };
  auto account = co_await async::on_pool(d.executor, d.pool, std::move(look));
  if (!account) co_return;  // without an account there is only the flow
  const auto done = co_await carrier->transfer(std::move(*account), call.carrier_call_id, target.to.front());
  if (!done && done.error().error.code == Errc::conflict) co_return;
  if (done) {
    d.book.transfer_of(call.call_id);  // asked for
    d.calls.put_transfer({call.call_id, target.to.front(), "asked", ""});
    event(call.call_id, "transfer_asked", "");
    co_return;
  }
  tell_transfer(sinks(), call, "failed", done.error().error.message, target.to.front());
}

CarrierDesk::Parts::Recorded CarrierDesk::Parts::take_recorded(const std::string& call_id) {
  const MutexLock lock(mutex);
  const auto at = recorded.find(call_id);
  if (at == recorded.end()) return Recorded::unknown;
  return std::exchange(at->second, true) ? Recorded::again : Recorded::first;
}

async::Task<bool> CarrierDesk::Parts::waits_for_recording(std::string call_id) {
  std::function<Result<storage::CallDetail>()> look = [&calls = d.calls, id = std::move(call_id)] {
    return calls.find_call(id);
  };
  const auto found = co_await async::on_pool_within(d.executor, d.pool, kLookUp, std::move(look));
  if (!found || !*found) co_return false;
  const auto asked = [](const storage::EventRecord& event) { return event.kind == kOfflineRecord; };
  co_return !(*found)->summary.recording && (*found)->summary.carrier_recording_url.empty() &&
      std::ranges::any_of((*found)->events, asked);
}

void CarrierDesk::Parts::hand_over_recording(const BookedCall& call, std::string url) {
  event(call.call_id, "carrier_recording", "");
  if (d.on_recording) d.on_recording(call, std::move(url));
}

async::Task<Result<carrier::WebAnswer>> CarrierDesk::Parts::recording(carrier::Carrier& carrier,
                                                                      std::string session_id,
                                                                      carrier::Fields fields) {
  const auto notice = carrier.read_notice(fields);
  const auto report = carrier.read_report(fields);
  CallTrace trace;
  trace.carrier = carrier.name();
  if (notice) trace = trace_of(carrier.name(), *notice, {});
  trace.call_id.clear();
  Result<BookedCall> call = fail(Errc::not_found, "there is no such session");
  if (!trace.carrier_call_id.empty()) call = co_await find(trace, kLookUp);
  std::optional<storage::CallSummary> logged;
  if (!call) {
    // Some engines tell of the recording and not of the call.
    std::function<Result<storage::CallSummary>()> look = [&calls = d.calls, session_id] {
      return newest_of_session(calls, session_id);
    };
    auto found = co_await async::on_pool_within(d.executor, d.pool, kLookUp, std::move(look));
    if (found && *found) {
      logged = std::move(**found);
      call = d.book.find(logged->call.id).value_or(booked_of(*logged));
    }
  }
  const bool anothers = call && (call->session_id != session_id ||
                                 (!trace.carrier_call_id.empty() && !call->carrier_call_id.empty() &&
                                  call->carrier_call_id != trace.carrier_call_id));
  if (!call || anothers) {
    count("recording", anothers ? "forged" : "unknown_call");
    co_return fail(Errc::not_found, "there is no such session");
  }
  const carrier::HangUpAnswer goodbye{std::string(kThanks)};
  // After a restart nobody remembers how the call was answered; what the log has got already is not fetched
  // again.
  const Recorded told = take_recorded(call->call_id);
  bool first = told == Recorded::first;
  if (told == Recorded::unknown)
    first = logged ? !logged->recording : co_await waits_for_recording(call->call_id);
  if (!first) {
    count("recording", "repeated");
    co_return carrier.answer(goodbye);
  }
  const std::string url = report && !report->recording_url.empty()
                              ? report->recording_url
                              : std::string(carrier::field(fields, {"RecordingUrl"}));
  storage::CarrierWord word;
  word.call_id = call->call_id;
  word.status = storage::CallStatus::completed;
  word.reason = url.empty() ? "nothing was recorded" : "recorded";
  word.recording_url = url;
  word.at = word.ended_at = now_millis(d.clock);
  tell_ended(sinks(), *call, std::move(word));
  if (url.empty()) {
    count("recording", "empty");
    event(call->call_id, "offline_failed", "the carrier told of no recording");
    co_return carrier.answer(goodbye);
  }
  count("recording", "taken");
  hand_over_recording(*call, url);
  co_return carrier.answer(goodbye);
}

}  // namespace parley::control
