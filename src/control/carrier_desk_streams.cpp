// Streams: who answers one that has started, and what the book learns while it runs. On the calls' shards.
#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "agent/variables.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/custom_field.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

const log::Logger kLog("control");

constexpr std::string_view kNothingBehind =
    "the call was placed straight to the agent: no flow follows that could hand it on (place it into a flow)";

std::string parameter(const media::StreamStart& start, std::string_view name) {
  const auto found = start.custom_parameters.find(std::string(name));
  return found == start.custom_parameters.end() ? std::string{} : found->second;
}

std::string json_of(const Variables& variables) {
  if (variables.empty()) return {};
  json::object object;
  for (const auto& [name, value] : variables)
    object[name] = value;
  return json::serialize(object);
}

// Both stay alive as long as the agent is held: what it was made ready with, and its texts for this call.
agent::AgentPtr held(const ReadyAgentPtr& ready, agent::AgentPtr agent) {
  struct Both {
    ReadyAgentPtr ready;
    agent::AgentPtr agent;
  };
  const agent::Agent* raw = agent.get();
  return {std::make_shared<const Both>(ready, std::move(agent)), raw};
}

std::shared_ptr<agent::Agent> changeable(const ReadyAgentPtr& ready, const agent::Agent& agent) {
  auto copy = std::make_shared<agent::Agent>(agent);
  if (copy->origin == nullptr) copy->origin = ready->agent();
  return copy;
}

// Another first message, for this call only.
agent::AgentPtr opening_with(const ReadyAgentPtr& ready, const agent::Agent& agent, std::string words) {
  auto changed = changeable(ready, agent);
  changed->first_message = std::move(words);
  changed->personal = true;
  return held(ready, std::move(changed));
}

// Its words for when nobody is there stay.
agent::AgentPtr without_transfer(const ReadyAgentPtr& ready, const agent::Agent& agent) {
  auto changed = changeable(ready, agent);
  changed->transfer.enabled = false;
  return held(ready, std::move(changed));
}

}  // namespace

Result<engine::CallAgent> CarrierDesk::Parts::choose(const media::StreamStart& start,
                                                     std::string_view carrier, std::string_view phone_id,
                                                     std::string_view token) {
  if (!token.empty() && !d.book.token_opens(token)) {
    count("stream", "replayed");
    return fail(Errc::permission_denied, "the stream's token was used before, or is too old");
  }
  // As a flow's parameter, or beside the parameters of Exotel's own start.
  std::string custom_text = parameter(start, "CustomField");
  if (custom_text.empty()) custom_text = parameter(start, "customField");
  const CustomField custom = parse_custom_field(custom_text);
  CallTrace trace{.carrier = std::string(carrier),
                  .carrier_call_id = start.call_id,
                  .token = std::string(token),
                  .call_id = parameter(start, "parley"),
                  .from = start.from,
                  .to = start.to,
                  .workspace_id = workspace_of(phone_id)};
  if (trace.call_id.empty()) trace.call_id = custom.call_id;
  // Whatever other people mean by a parameter of that name is none of ours.
  if (const std::string told = parameter(start, "token"); trace.token.empty() && d.book.token_opens(told))
    trace.token = told;

  const auto known = d.book.match(trace);
  if (!known && known.error().code == Errc::conflict) {
    count("stream", "forged");
    return fail(Errc::permission_denied, "the stream names two different calls");
  }
  if (known && is_another_account(*known, start.account_id)) {
    count("stream", "forged");
    return fail(Errc::permission_denied, "the stream is another account's than its call");
  }
  const carrier::CallNotice notice{.carrier_call_id = start.call_id,
                                   .account_sid = start.account_id,
                                   .from = start.from,
                                   .to = start.to,
                                   .other_to = {},
                                   .direction = {},
                                   .status = {},
                                   .custom_field = custom_text,
                                   .digits = {}};
  auto answerer = answerer_of(known ? &*known : nullptr, phone_id, notice, parameter(start, "agent"));
  if (!answerer) {
    count("stream", "no_agent");
    return fail(std::move(answerer.error()));
  }

  BookedCall fresh;
  fresh.call_id = make_id();
  fresh.session_id = parameter(start, "sessionId");
  if (fresh.session_id.empty()) fresh.session_id = session_id_of(start.call_id, fresh.call_id);
  fresh.workspace_id = answerer->workspace_id;
  fresh.phone_id = answerer->phone_id.empty() ? std::string(phone_id) : answerer->phone_id;
  fresh.telephony_config_id = answerer->telephony_config_id;
  fresh.carrier = carrier;
  fresh.carrier_call_id = start.call_id;
  fresh.direction = "inbound";
  fresh.custom_field = custom_text;
  fresh.from = start.from;
  fresh.to = start.to;
  fresh.variables = custom.variables;
  fresh.created_at = now_millis(d.clock);
  auto begun = d.book.begin_stream(trace, std::move(fresh));
  if (!begun) {
    count("stream", "forged");
    return fail(Errc::permission_denied, "the stream names two different calls");
  }
  const bool came_back = begun->streams > 1;
  // By its numbers it might be a call that we have placed, but the book waits for that one's token.
  if (known && !came_back && begun->call_id != known->call_id) {
    d.book.end_stream(begun->call_id, storage::CallStatus::failed);
    count("stream", "forged");
    return fail(Errc::permission_denied, "the stream does not hold the token of the call it seems to be");
  }
  count("stream", came_back ? "came_back" : known ? "expected" : "unannounced");

  agent::AgentPtr base(answerer->agent, answerer->agent->agent().get());
  if (came_back && known && known->transfer) {
    if (!known->transfer->over)
      d.calls.put_transfer({known->call_id, joined(known->transfer->to), "failed", "the caller came back"});
    if (!base->transfer.failed_say.empty())
      base = opening_with(answerer->agent, *base, base->transfer.failed_say);
  }
  if (begun->direction == "outbound" && begun->variables.contains(std::string(kOfflineAnswer)))
    base = opening_with(answerer->agent, *base, fmt::format("{{{{{}}}}}", kOfflineAnswer));
  engine::CallAgent chosen;
  const carrier::Carrier* const there = d.carriers ? d.carriers(carrier) : nullptr;
  if (begun->no_flow && !(there != nullptr && there->transfers_by_request())) {
    chosen.no_transfer = engine::NoTransfer{std::string(kNothingBehind), base->transfer.enabled};
    if (base->transfer.enabled) base = without_transfer(answerer->agent, *base);
  }
  auto personal = agent::with_variables(base, call_variables(*begun));
  chosen.agent = personal == base ? std::move(base) : held(answerer->agent, std::move(personal));
  chosen.vendors = answerer->agent->for_call();
  chosen.agent_text = std::move(answerer->agent_text);
  chosen.workspace_id = begun->workspace_id;
  chosen.phone_id = begun->phone_id;
  chosen.keeps_alive = answerer->agent;
  chosen.call_id = begun->call_id;
  chosen.session_id = begun->session_id;
  chosen.direction = begun->direction;
  chosen.from = begun->from;
  chosen.to = begun->to;
  chosen.telephony_config_id = begun->telephony_config_id;
  chosen.variables = json_of(begun->variables);
  chosen.custom_field = begun->custom_field;
  if (came_back) chosen.earlier = std::move(begun->conversation);
  return chosen;
}

// A call whose agent was not chosen here (an echo, a test) is booked all the same: callbacks tell of it.
void CarrierDesk::Parts::on_call_started(const storage::CallRecord& row) {
  if (const auto known = d.book.find(row.id)) {
    // What was told of it before it turned up: not earlier, for its row stands in the log only now.
    take_remembered(*known);
    return;
  }
  storage::CallSummary summary;
  summary.call = row;
  summary.status = storage::CallStatus::in_progress;
  take_remembered(d.book.expect(booked_of(summary)));
}

void CarrierDesk::Parts::on_call_ended(const std::string& call_id, const storage::CallEnd& end) {
  d.book.end_stream(call_id, end.status);
  auto call = d.book.find(call_id);
  if (!call || !call->transfer || call->transfer->asked_for) return;
  async::asio::post(d.executor, [this, held = ticket, call = std::move(*call)]() mutable {
    if (held.valid()) group.spawn(ask_for_transfer(std::move(call)));
  });
}

// Before the socket is closed: the flow may ask where to go before we have noticed that it is gone.
void CarrierDesk::Parts::on_call_event(const std::string& call_id, std::string_view kind,
                                       std::string_view detail, std::int64_t /*offset_ms*/) {
  if (kind == "transfer_not_done") {
    // The caller hung up before the last word, or the call failed: nobody is to be asked any more.
    d.calls.put_transfer({call_id, "", "failed", std::string(detail)});
    d.book.transfer_of(call_id);
    d.book.end_transfer(call_id);
    return;
  }
  if (kind == "transfer_refused") {
    d.calls.put_transfer({call_id, "", "failed", std::string(detail)});
    return;
  }
  if (kind != "transfer_requested") return;
  TransferIntent intent;
  intent.to = numbers_of(detail);
  d.calls.put_transfer({call_id, joined(intent.to), "requested", ""});
  d.book.set_transfer(call_id, std::move(intent));
}

void CarrierDesk::Parts::on_turn(const storage::TurnRecord& turn) {
  d.book.add_turn(turn.call_id, turn.caller_text, turn.agent_heard);
}

}  // namespace parley::control
