// Calls that are announced: by a webhook, by the request for a stream's address, by a greeting.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "agent/variables.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/carrier_status.hpp"
#include "control/custom_field.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

const log::Logger kLog("control");

constexpr std::string_view kAllBusy =
    "All our lines are busy at the moment. Please call again in a few minutes. Goodbye.";
constexpr std::string_view kNotInService = "This number is not in service at the moment. Goodbye.";
constexpr std::string_view kNobodyHere =
    "Nobody can take your call at the moment. Please call again later. Goodbye.";

// For the caller, why there is no conversation.
std::string_view spoken(Errc code) {
  if (code == Errc::overloaded) return kAllBusy;
  return code == Errc::permission_denied ? kNotInService : kNobodyHere;
}

std::string_view outcome_of(Errc code) {
  if (code == Errc::overloaded) return "full";
  if (code == Errc::conflict) return "forged";
  if (code == Errc::permission_denied) return "inactive";
  return code == Errc::not_found ? "no_agent" : "unavailable";
}

// A WebSocket at the address that this server is reached by.
std::string socket_url(std::string_view base_url) {
  if (base_url.starts_with("https://")) return "wss://" + std::string(base_url.substr(8));
  if (base_url.starts_with("http://")) return "ws://" + std::string(base_url.substr(7));
  return std::string(base_url);
}

std::string first_words(const Answerer& answerer, const BookedCall& call) {
  return agent::fill_in(answerer.agent->agent()->first_message, call_variables(call));
}

}  // namespace

Result<Answerer> CarrierDesk::Parts::answerer_of(const BookedCall* known, std::string_view phone_id,
                                                 const carrier::CallNotice& notice,
                                                 std::string_view named) const {
  const std::string_view id = known != nullptr && !known->phone_id.empty() ? known->phone_id : phone_id;
  const std::string ours =
      known != nullptr && known->direction == "outbound" ? known->from : our_number(notice, id);
  auto answer = d.directory.resolve(id, ours);
  std::string_view wanted =
      known != nullptr && !known->agent.empty() ? std::string_view(known->agent) : named;
  if (wanted.empty()) return answer;
  // An outbound call needs no number of ours that answers.
  const std::string workspace = known != nullptr ? known->workspace_id : answer ? answer->workspace_id : "";
  if (workspace.empty()) return answer;
  auto chosen = d.directory.find(workspace, wanted);
  if (!chosen) {
    // A slip in a flow is no reason to turn a caller away.
    kLog.warn("the agent that a call names is passed over: {}", chosen.error().message);
    return answer;
  }
  if (answer && answer->workspace_id == workspace) {
    chosen->phone_id = answer->phone_id;
    chosen->telephony_config_id = answer->telephony_config_id;
    chosen->answer_with = answer->answer_with;
    chosen->after_recording = answer->after_recording;
  }
  return chosen;
}

Result<CarrierDesk::Parts::Arrival> CarrierDesk::Parts::arrive(carrier::Carrier& carrier,
                                                               const CarrierAddress& address,
                                                               const carrier::CallNotice& notice,
                                                               const carrier::Fields& fields) {
  if (d.accepts_calls && !d.accepts_calls())
    return fail(Errc::overloaded, "the server takes no more calls at the moment");
  const CustomField custom = parse_custom_field(notice.custom_field);
  CallTrace trace = trace_of(carrier.name(), notice, workspace_of(address.phone_id));
  trace.call_id = custom.call_id;

  const auto known = d.book.match(trace);
  if (!known && known.error().code == Errc::conflict) return fail(known.error());
  const std::string named(carrier::field(fields, {"agent"}));
  auto answerer = answerer_of(known ? &*known : nullptr, address.phone_id, notice, named);
  if (!answerer) return fail(std::move(answerer.error()));
  Arrival arrival{.call = {}, .answerer = std::move(*answerer), .named_agent = {}};
  if (!named.empty() && arrival.answerer.agent->agent()->name == named) arrival.named_agent = named;
  if (known) {
    arrival.call = *known;
    return arrival;
  }

  BookedCall fresh;
  fresh.call_id = make_id();
  fresh.session_id = session_id_of(notice.carrier_call_id, fresh.call_id);
  fresh.workspace_id = arrival.answerer.workspace_id;
  fresh.phone_id = arrival.answerer.phone_id;
  fresh.telephony_config_id = arrival.answerer.telephony_config_id;
  fresh.agent = arrival.named_agent;
  fresh.carrier = carrier.name();
  fresh.carrier_call_id = notice.carrier_call_id;
  fresh.direction = notice.direction == "outbound" ? "outbound" : "inbound";
  fresh.custom_field = notice.custom_field;
  fresh.from = notice.from;
  fresh.to = notice.to;
  fresh.variables = custom.variables;
  fresh.status = storage::CallStatus::ringing;
  fresh.created_at = now_millis(d.clock);
  const std::string id = fresh.call_id;
  auto booked = d.book.match_or_expect(trace, std::move(fresh));
  if (!booked) return fail(std::move(booked.error()));
  arrival.call = std::move(*booked);
  if (arrival.call.call_id == id) {
    d.calls.append_call(
        row_of(arrival.call, arrival.answerer.agent->agent().get(), arrival.answerer.agent_text));
    tell_queued(sinks(), arrival.call);
    take_remembered(arrival.call);
  }
  return arrival;
}

std::string CarrierDesk::Parts::stream_url(const CarrierAddress& address, std::string_view carrier,
                                           const BookedCall& call) {
  return fmt::format("{}/api/v1/telephony/{}/stream/{}", socket_url(address.base_url), carrier,
                     d.book.issue_token(call.call_id));
}

Result<carrier::WebAnswer> CarrierDesk::Parts::incoming(carrier::Carrier& carrier,
                                                        const CarrierAddress& address,
                                                        const carrier::Fields& fields) {
  const auto notice = carrier.read_notice(fields);
  if (!notice) {
    count("incoming", "malformed");
    return fail(notice.error());
  }
  const auto arrival = arrive(carrier, address, *notice, fields);
  if (!arrival) {
    const Errc code = arrival.error().code;
    count("incoming", outcome_of(code));
    kLog.warn("a call is not taken: {}", arrival.error().message);
    if (code == Errc::conflict) return fail(Errc::permission_denied, "this is another call's id");
    return carrier.answer(carrier::HangUpAnswer{std::string(spoken(code))});
  }
  const std::string& said = arrival->answerer.answer_with;
  const bool by_record = said == "record" || (said != "stream" && address.answer == AnswerWith::record);
  if (by_record) return record(carrier, address, *arrival);
  count("incoming", "stream");
  carrier::StreamAnswer answer;
  answer.stream_url = stream_url(address, carrier.name(), arrival->call);
  answer.parameters.emplace_back("sessionId", arrival->call.session_id);
  if (!arrival->named_agent.empty()) answer.parameters.emplace_back("agent", arrival->named_agent);
  return carrier.answer(answer);
}

carrier::WebAnswer CarrierDesk::Parts::record(carrier::Carrier& carrier, const CarrierAddress& address,
                                              const Arrival& arrival) {
  count("incoming", "record");
  {
    const MutexLock lock(mutex);
    if (recorded.size() >= kMostRecorded) std::erase_if(recorded, [](const auto& one) { return one.second; });
    if (recorded.size() < kMostRecorded) recorded.emplace(arrival.call.call_id, false);
  }
  event(arrival.call.call_id, kOfflineRecord, "");
  const agent::Agent& agent = *arrival.answerer.agent->agent();
  carrier::RecordAnswer answer;
  answer.say = first_words(arrival.answerer, arrival.call);
  answer.voice = agent.tts.voice;
  answer.language = agent.language;
  answer.action = fmt::format("{}/api/v1/webhooks/{}/recording/{}", address.base_url, carrier.name(),
                              arrival.call.session_id);
  if (!d.webhook_secret.empty()) answer.action += "/" + d.webhook_secret;
  return carrier.answer(answer);
}

Result<carrier::WebAnswer> CarrierDesk::Parts::stream_address(carrier::Carrier& carrier,
                                                              const CarrierAddress& address,
                                                              const carrier::Fields& fields) {
  const auto notice = carrier.read_notice(fields);
  if (!notice) {
    count("stream_address", "malformed");
    return fail(notice.error());
  }
  const auto arrival = arrive(carrier, address, *notice, fields);
  if (!arrival) {
    count("stream_address", outcome_of(arrival.error().code));
    if (arrival.error().code == Errc::conflict)
      return fail(Errc::permission_denied, "this is another call's id");
    return fail(arrival.error());
  }
  count("stream_address", "stream");
  const json::object body{{"url", stream_url(address, carrier.name(), arrival->call)}};
  return carrier::WebAnswer{
      .status = 200, .content_type = "application/json", .body = json::serialize(body), .headers = {}};
}

// Before the stream: nothing is booked yet, since the carrier asks for it as often as it likes.
Result<carrier::WebAnswer> CarrierDesk::Parts::greeting(carrier::Carrier& carrier,
                                                        const CarrierAddress& address,
                                                        const carrier::Fields& fields) {
  const auto notice = carrier.read_notice(fields);
  if (!notice) return fail(notice.error());
  const CustomField custom = parse_custom_field(notice->custom_field);
  CallTrace trace = trace_of(carrier.name(), *notice, workspace_of(address.phone_id));
  trace.call_id = custom.call_id;
  const auto known = d.book.match(trace);
  const auto answerer =
      answerer_of(known ? &*known : nullptr, address.phone_id, *notice, carrier::field(fields, {"agent"}));
  if (!answerer) return fail(answerer.error());
  BookedCall call;
  if (known) {
    call = *known;
  } else {
    call.from = notice->from;
    call.to = notice->to;
    call.direction = notice->direction;
    call.variables = custom.variables;
  }
  count("greeting", "said");
  return carrier::WebAnswer{.status = 200,
                            .content_type = "text/plain; charset=utf-8",
                            .body = first_words(*answerer, call),
                            .headers = {}};
}

}  // namespace parley::control
