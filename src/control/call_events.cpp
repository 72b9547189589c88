#include "control/call_events.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "security/hash.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

LiveEvent event_of(const storage::CallRecord& call, std::string_view type, const json::object& data) {
  LiveEvent event{};
  event.workspace_id = call.workspace_id;
  event.type = type;
  event.call_id = call.id;
  event.session_id = call.session_id;
  event.data = json::serialize(data);
  return event;
}

LiveEvent once_of(const storage::CallRecord& call, std::string_view type, const json::object& data) {
  LiveEvent event = event_of(call, type, data);
  event.id = call_event_id(call.id, type);
  return event;
}

json::object parties_of(const storage::CallRecord& call) {
  return {{"direction", call.direction},
          {"from", call.from},
          {"to", call.to},
          {"phoneId", call.phone_id},
          {"agent", call.agent},
          {"agentVersion", call.agent_version},
          {"carrier", call.carrier},
          {"carrierCallId", call.carrier_call_id},
          {"startedAt", call.started_at}};
}

LiveEvent ended_event(const storage::CallRecord& call, const storage::CallEnd& end) {
  json::object data = parties_of(call);
  data["status"] = storage::to_string(end.status);
  data["reason"] = end.reason;
  data["endedAt"] = end.ended_at;
  data["durationMs"] = end.duration_ms;
  data["escalationRequested"] = end.escalation_requested;
  return once_of(call, "call.ended", data);
}

LiveEvent recording_event(const storage::CallRecord& call) {
  return once_of(call, "recording.ready", {{"path", "/api/v1/calls/" + call.id + "/recording"}});
}

// -1 is "did not happen".
void put_ms(json::object& to, std::string_view name, double ms) {
  if (ms >= 0) to[name] = ms;
}

struct Named {
  std::string_view type;
  json::object data;
};

// Of the call log's kinds those that have a type of their own; an empty type: none.
Named name_event(std::string_view kind, std::string_view detail) {
  if (kind == "stage") return {"stage.changed", {{"stage", detail}}};
  if (kind == "escalation_requested") return {"escalation", {{"reason", detail}}};
  if (kind == "slot") {
    const auto split = detail.find('=');
    if (split == std::string_view::npos) return {"slot.filled", {{"name", detail}, {"value", ""}}};
    return {"slot.filled", {{"name", detail.substr(0, split)}, {"value", detail.substr(split + 1)}}};
  }
  if (kind == "tool" || kind == "tool_failed") {
    return {"tool.used",
            {{"name", detail.substr(0, detail.find(' '))},
             {"failed", kind == "tool_failed"},
             {"detail", detail}}};
  }
  return {};
}

}  // namespace

std::string call_event_id(std::string_view call_id, std::string_view type) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string id(call_id.substr(0, 10));
  id.resize(10, '0');
  const std::string digest = security::sha256(std::string(type) + ' ' + std::string(call_id));
  for (std::size_t i = 0; i < 16; ++i)
    id += kAlphabet[static_cast<unsigned char>(digest[i]) & 31U];
  return id;
}

void publish_recovered(EventHub& hub, const std::vector<storage::CallSummary>& calls) {
  for (const storage::CallSummary& summary : calls) {
    if (!storage::is_final(summary.status)) continue;
    storage::CallEnd end = summary.end;
    end.status = summary.status;
    hub.publish(ended_event(summary.call, end));
    if (summary.recording && summary.recording->complete) hub.publish(recording_event(summary.call));
  }
}

CallEvents::CallPtr CallEvents::find(const std::string& call_id) const {
  MutexLock lock(mutex_);
  const auto found = calls_.find(call_id);
  return found == calls_.end() ? nullptr : found->second;
}

void CallEvents::on_call_started(const storage::CallRecord& call) {
  auto known = std::make_shared<storage::CallRecord>(call);
  known->agent_text.clear();
  {
    MutexLock lock(mutex_);
    calls_[call.id] = known;
  }
  hub_.publish(once_of(call, "call.started", parties_of(call)));
}

void CallEvents::on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) {
  const CallPtr call = find(call_id);
  if (!call) return;
  LiveEvent event = event_of(*call, line.final ? "transcript.final" : "transcript.partial",
                             {{"line", line.number},
                              {"speaker", line.by_agent ? "agent" : "caller"},
                              {"text", line.text},
                              {"interrupted", line.interrupted}});
  event.line = line.number;
  hub_.publish(std::move(event));
}

void CallEvents::on_turn(const storage::TurnRecord& turn) {
  const CallPtr call = find(turn.call_id);
  if (!call) return;
  json::object latencies;
  put_ms(latencies, "endpointMs", turn.endpoint_ms);
  put_ms(latencies, "transcriptMs", turn.transcript_ms);
  put_ms(latencies, "firstTokenMs", turn.first_token_ms);
  put_ms(latencies, "firstAudioMs", turn.first_audio_ms);
  put_ms(latencies, "sentMs", turn.sent_ms);
  hub_.publish(event_of(*call, "turn.completed",
                        {{"turn", turn.number},
                         {"inputKind", turn.input_kind},
                         {"callerText", turn.caller_text},
                         {"agentText", turn.agent_text},
                         {"agentHeard", turn.agent_heard},
                         {"interrupted", turn.interrupted},
                         {"startedAt", turn.started_at},
                         {"startMs", turn.start_ms},
                         {"endMs", turn.end_ms},
                         {"latencies", std::move(latencies)}}));
}

void CallEvents::on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                               std::int64_t offset_ms) {
  Named named = name_event(kind, detail);
  if (named.type.empty()) return;
  const CallPtr call = find(call_id);
  if (!call) return;
  named.data["offsetMs"] = offset_ms;
  hub_.publish(event_of(*call, named.type, named.data));
}

void CallEvents::on_call_ended(const std::string& call_id, const storage::CallEnd& end) {
  const CallPtr call = find(call_id);
  if (!call) return;
  hub_.publish(ended_event(*call, end));
  MutexLock lock(mutex_);
  ended_.push_back(call_id);
  if (ended_.size() <= kEndedCalls) return;
  calls_.erase(ended_.front());
  ended_.pop_front();
}

void CallEvents::on_recording_finished(const std::string& call_id, const agent::AgentPtr& /*agent*/,
                                       const std::filesystem::path& /*file*/) {
  const CallPtr call = find(call_id);
  if (call) hub_.publish(recording_event(*call));
}

}  // namespace parley::control
