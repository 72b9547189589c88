#include "control/carrier_status.hpp"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/wall_millis.hpp"
#include "control/call_events.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;
using storage::CallStatus;

constexpr std::size_t kMostPrice = 40;

json::object data_of(const BookedCall& call) {
  return {{"direction", call.direction},
          {"from", call.from},
          {"to", call.to},
          {"phoneId", call.phone_id},
          {"agent", call.agent},
          {"carrier", call.carrier},
          {"carrierCallId", call.carrier_call_id},
          {"startedAt", call.created_at}};
}

void publish(EventHub& events, const BookedCall& call, std::string_view type, const json::object& data,
             bool once) {
  LiveEvent event{};
  if (once) event.id = call_event_id(call.call_id, type);
  event.workspace_id = call.workspace_id;
  event.type = type;
  event.call_id = call.call_id;
  event.session_id = call.session_id;
  event.data = json::serialize(data);
  events.publish(std::move(event));
}

void publish_ended(const CallSinks& sinks, const BookedCall& call, const storage::CarrierWord& word) {
  json::object data = data_of(call);
  data["status"] = storage::to_string(*word.status);
  data["reason"] = word.reason;
  if (!word.cause.empty()) data["cause"] = word.cause;
  data["endedAt"] = word.ended_at > 0 ? word.ended_at : word.at;
  data["durationMs"] = std::int64_t{word.seconds.value_or(0)} * 1000;
  data["escalationRequested"] = false;
  publish(sinks.events, call, "call.ended", data, true);
}

// Did this word change the call's status? Of a call that the book does not know (any more), its row tells.
bool moves_on(const CallSinks& sinks, const BookedCall& call, CallStatus status) {
  if (sinks.book.find(call.call_id)) return sinks.book.set_status(call.call_id, status);
  if (call.streams > 0 || storage::is_final(call.status) || call.status == CallStatus::in_progress)
    return false;
  return storage::is_final(status) || (call.status == CallStatus::queued && status == CallStatus::ringing);
}

}  // namespace

std::optional<CallStatus> status_of(carrier::Progress progress) {
  switch (progress) {
    case carrier::Progress::queued:
      return CallStatus::queued;
    case carrier::Progress::initiated:
    case carrier::Progress::ringing:
    case carrier::Progress::in_progress:
      return CallStatus::ringing;
    case carrier::Progress::completed:
      return CallStatus::completed;
    case carrier::Progress::busy:
      return CallStatus::busy;
    case carrier::Progress::failed:
      return CallStatus::failed;
    case carrier::Progress::no_answer:
      return CallStatus::no_answer;
    case carrier::Progress::canceled:
      return CallStatus::canceled;
    case carrier::Progress::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string_view reason_of(carrier::Progress progress) {
  switch (progress) {
    case carrier::Progress::completed:
      return "ended without a stream";
    case carrier::Progress::busy:
      return "busy";
    case carrier::Progress::failed:
      return "failed at the carrier";
    case carrier::Progress::no_answer:
      return "no answer";
    case carrier::Progress::canceled:
      return "canceled";
    default:
      return {};
  }
}

storage::CarrierWord word_of(const BookedCall& call, const carrier::CallReport& report,
                             storage::WallMillis now) {
  storage::CarrierWord word;
  word.call_id = call.call_id;
  if (call.streams == 0) {
    word.status = status_of(report.progress);
    word.reason = reason_of(report.progress);
  }
  word.carrier_status = report.status.empty() && report.progress != carrier::Progress::unknown
                            ? std::string(carrier::to_string(report.progress))
                            : report.status;
  word.carrier_call_id = report.carrier_call_id;
  word.recording_url = report.recording_url;
  word.cause = report.cause;
  word.seconds = report.seconds;
  word.at = now;
  word.answered_at = report.answered_at.value_or(0);
  word.ended_at = report.ended_at.value_or(0);
  return word;
}

storage::CallRecord row_of(const BookedCall& call, const agent::Agent* agent, const std::string& agent_text) {
  storage::CallRecord row;
  row.id = call.call_id;
  row.workspace_id = call.workspace_id;
  row.session_id = call.session_id;
  row.direction = call.direction;
  row.carrier = call.carrier;
  row.carrier_call_id = call.carrier_call_id;
  row.phone_id = call.phone_id;
  if (agent != nullptr) {
    row.agent = agent->name;
    row.agent_version = agent->version;
  }
  row.agent_text = agent_text;
  row.from = call.from;
  row.to = call.to;
  row.started_at = call.created_at;
  row.status = call.status;
  row.telephony_config_id = call.telephony_config_id;
  if (!call.variables.empty()) {
    json::object variables;
    for (const auto& [name, value] : call.variables)
      variables[name] = value;
    row.variables = json::serialize(variables);
  }
  row.custom_field = call.custom_field;
  return row;
}

void tell_queued(const CallSinks& sinks, const BookedCall& call) {
  publish(sinks.events, call, "call.queued", data_of(call), true);
}

void tell_report(const CallSinks& sinks, const BookedCall& call, const carrier::CallReport& report) {
  storage::CarrierWord word = word_of(call, report, now_millis(sinks.clock));
  if (sinks.book.note_report(call.call_id, report)) {
    sinks.calls.append_event({call.call_id, word.at, 0, "carrier_price", report.price.substr(0, kMostPrice)});
  }
  const bool moved = word.status && moves_on(sinks, call, *word.status);
  // Late news of a call that is over, or has a stream by now, stand beside its status.
  if (!moved) {
    word.status.reset();
    word.reason.clear();
  }
  json::object data = data_of(call);
  if (!word.carrier_call_id.empty()) data["carrierCallId"] = word.carrier_call_id;
  data["carrierStatus"] = word.carrier_status;
  if (!report.event.empty()) data["carrierEvent"] = report.event;
  if (!report.answered_by.empty()) data["answeredBy"] = report.answered_by;
  if (!report.cause.empty()) data["cause"] = report.cause;
  if (word.seconds) data["seconds"] = *word.seconds;
  sinks.calls.put_carrier_word(word);
  publish(sinks.events, call, "call.status", data, false);
  if (!moved) return;
  if (*word.status == CallStatus::ringing) publish(sinks.events, call, "call.ringing", data, true);
  if (storage::is_final(*word.status)) publish_ended(sinks, call, word);
}

void tell_transfer(const CallSinks& sinks, const BookedCall& call, const std::string& status,
                   std::string detail, std::string to) {
  if (!sinks.book.end_transfer(call.call_id)) return;
  sinks.calls.put_transfer({call.call_id, std::move(to), status, detail});
  sinks.calls.append_event(
      {call.call_id, now_millis(sinks.clock), 0, "transfer_" + status, std::move(detail)});
}

bool tell_ended(const CallSinks& sinks, const BookedCall& call, storage::CarrierWord word) {
  if (!word.status || !storage::is_final(*word.status) || !moves_on(sinks, call, *word.status)) return false;
  word.call_id = call.call_id;
  if (word.at == 0) word.at = now_millis(sinks.clock);
  sinks.calls.put_carrier_word(word);
  publish_ended(sinks, call, word);
  return true;
}

}  // namespace parley::control
