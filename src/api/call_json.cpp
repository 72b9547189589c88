#include "api/call_json.hpp"

#include <boost/json.hpp>
#include <fmt/core.h>

#include "base/clock.hpp"
#include "storage/call_cost.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

json::value latency(double ms) {
  return ms < 0 ? json::value(nullptr) : json::value(ms);
}

double amount(std::int64_t micros) {
  return static_cast<double>(micros) / 1e6;
}

json::object cost_to_json(const storage::CallCost& cost) {
  json::array totals;
  for (const auto& [currency, line] : cost.by_currency) {
    json::object parts;
    for (const auto& [part, micros] : line.parts)
      parts[to_string(part)] = amount(micros);
    totals.push_back({{"currency", currency},
                      {"amount", amount(line.micros)},
                      {"parts", std::move(parts)},
                      {"pricesAsOf", line.as_of}});
  }
  json::array unpriced;
  for (const std::string& name : cost.unpriced)
    unpriced.emplace_back(name);
  return {{"totals", std::move(totals)}, {"withoutAPrice", std::move(unpriced)}};
}

json::object turn_to_json(const storage::TurnRecord& turn, const std::vector<storage::UsageRecord>& usage) {
  json::object object;
  object["number"] = turn.number;
  object["inputKind"] = turn.input_kind;
  object["callerText"] = turn.caller_text;
  object["agentText"] = turn.agent_text;
  object["agentHeard"] = turn.agent_heard;
  object["interrupted"] = turn.interrupted;
  object["startedAt"] = utc_time(turn.started_at);
  object["startMs"] = turn.start_ms;
  object["agentStartMs"] = turn.agent_start_ms < 0 ? json::value(nullptr) : json::value(turn.agent_start_ms);
  object["endMs"] = turn.end_ms;
  object["latencyMs"] = json::object{{"endpoint", latency(turn.endpoint_ms)},
                                     {"transcript", latency(turn.transcript_ms)},
                                     {"firstToken", latency(turn.first_token_ms)},
                                     {"firstAudio", latency(turn.first_audio_ms)},
                                     {"sent", latency(turn.sent_ms)}};
  object["cost"] = cost_to_json(storage::cost_of(usage, turn.number));
  return object;
}

json::object event_to_json(const storage::EventRecord& event) {
  return {{"at", utc_time(event.at)},
          {"offsetMs", event.offset_ms},
          {"kind", event.kind},
          {"detail", event.detail}};
}

json::object usage_to_json(const storage::UsageRecord& row) {
  const vendor::Usage& usage = row.usage;
  json::object object{{"turn", row.turn},
                      {"part", to_string(usage.part)},
                      {"vendor", usage.vendor},
                      {"model", usage.model},
                      {"estimated", usage.estimated}};
  const auto add = [&](std::string_view name, std::int64_t count) {
    if (count != 0) object[name] = count;
  };
  add("inputTokens", usage.input_tokens);
  add("cachedInputTokens", usage.cached_input_tokens);
  add("outputTokens", usage.output_tokens);
  add("audioInputTokens", usage.audio_input_tokens);
  add("cachedAudioInputTokens", usage.cached_audio_input_tokens);
  add("audioOutputTokens", usage.audio_output_tokens);
  add("characters", usage.characters);
  if (usage.audio_seconds > 0) object["audioSeconds"] = usage.audio_seconds;
  object["cost"] = nullptr;
  if (row.cost) object["cost"] = {{"amount", amount(row.cost->micros)}, {"currency", row.cost->currency}};
  return object;
}

json::value written_down_to_json(const storage::TranscriptRecord& transcript) {
  boost::system::error_code broken;
  json::value segments = json::parse(transcript.segments, broken);
  return json::object{{"vendor", transcript.vendor},
                      {"model", transcript.model},
                      {"madeAt", utc_time(transcript.made_at)},
                      {"error", transcript.error},
                      {"segments", broken ? json::array() : std::move(segments)}};
}

// Text as it was stored: redacted, or of an earlier release.
json::object variables_of(const std::string& text) {
  boost::system::error_code broken;
  json::value value = json::parse(text, broken);
  if (broken || !value.is_object()) return {};
  return std::move(value.get_object());
}

// What the carrier says stands beside what the stream knows. The address of its recording may be signed.
void put_carrier_word(const storage::CallSummary& summary, json::object& object) {
  object["carrierStatus"] = summary.carrier_status;
  object["carrierCause"] = summary.carrier_cause;
  object["carrierSeconds"] =
      summary.carrier_seconds ? json::value(*summary.carrier_seconds) : json::value(nullptr);
  object["hasCarrierRecording"] = !summary.carrier_recording_url.empty();
  object["answeredAt"] =
      summary.answered_at > 0 ? json::value(utc_time(summary.answered_at)) : json::value(nullptr);
  object["transfer"] = nullptr;
  if (summary.transfer) {
    object["transfer"] = json::object{{"to", summary.transfer->to},
                                      {"status", summary.transfer->status},
                                      {"detail", summary.transfer->detail}};
  }
}

json::object line_of(int turn, std::string_view speaker, std::string text, std::int64_t at_ms) {
  return {{"turn", turn},  {"speaker", speaker},   {"text", std::move(text)},
          {"atMs", at_ms}, {"interrupted", false}, {"notHeard", ""}};
}

// What is left of the agent's words behind those that were heard.
std::string not_heard(const storage::TurnRecord& turn) {
  if (!turn.interrupted || !turn.agent_text.starts_with(turn.agent_heard)) return {};
  std::string rest = turn.agent_text.substr(turn.agent_heard.size());
  rest.erase(0, rest.find_first_not_of(' '));
  return rest;
}

}  // namespace

json::object summary_to_json(const storage::CallSummary& summary) {
  const storage::CallRecord& call = summary.call;
  const bool ended = storage::is_final(summary.status);
  json::object object;
  object["id"] = call.id;
  object["sessionId"] = call.session_id;
  object["direction"] = call.direction;
  object["status"] = to_string(summary.status);
  object["agent"] = call.agent;
  object["agentVersion"] = call.agent_version;
  object["carrier"] = call.carrier;
  object["carrierCallId"] = call.carrier_call_id;
  object["streamId"] = call.stream_id;
  object["accountId"] = call.account_id;
  object["phoneId"] = call.phone_id;
  object["from"] = call.from;
  object["to"] = call.to;
  object["sampleRateHz"] = call.sample_rate_hz;
  object["startedAt"] = utc_time(call.started_at);
  object["endedAt"] = ended ? json::value(utc_time(summary.end.ended_at)) : json::value(nullptr);
  object["durationMs"] = ended ? json::value(summary.end.duration_ms) : json::value(nullptr);
  object["endReason"] = summary.end.reason;
  object["escalationRequested"] = summary.end.escalation_requested;
  object["turnsCount"] = summary.turns;
  object["variables"] = variables_of(call.variables);
  object["customField"] = call.custom_field;
  put_carrier_word(summary, object);
  object["recording"] = nullptr;
  // The row stays when the sound has been removed.
  const bool in_store = summary.blob && !summary.blob->key.empty();
  if (summary.recording && (in_store || !summary.recording->path.empty())) {
    const bool in_blobs = summary.blob && summary.blob->stored && summary.blob->kind != "files";
    object["recording"] = json::object{{"durationMs", summary.recording->duration_ms},
                                       {"complete", summary.recording->complete},
                                       {"storedIn", in_blobs ? summary.blob->kind : "files"},
                                       {"url", fmt::format("/api/v1/calls/{}/recording", call.id)}};
  }
  return object;
}

json::object detail_to_json(const storage::CallDetail& call) {
  json::object object = summary_to_json(call.summary);
  json::array turns;
  for (const storage::TurnRecord& turn : call.turns)
    turns.push_back(turn_to_json(turn, call.usage));
  json::array events;
  for (const storage::EventRecord& event : call.events)
    events.push_back(event_to_json(event));
  object["turns"] = std::move(turns);
  object["events"] = std::move(events);
  json::array usage;
  for (const storage::UsageRecord& row : call.usage)
    usage.push_back(usage_to_json(row));
  object["usage"] = std::move(usage);
  object["cost"] = cost_to_json(storage::cost_of(call.usage));
  object["recordingTranscript"] =
      call.transcript ? written_down_to_json(*call.transcript) : json::value(nullptr);
  return object;
}

json::object transcript_to_json(const storage::CallDetail& call) {
  json::array lines;
  for (const storage::TurnRecord& turn : call.turns) {
    if (!turn.caller_text.empty())
      lines.push_back(line_of(turn.number, "caller", turn.caller_text, turn.start_ms));
    if (turn.agent_text.empty() && turn.agent_heard.empty()) continue;
    const auto spoken_at = turn.agent_start_ms >= 0 ? turn.agent_start_ms : turn.start_ms;
    json::object line = line_of(turn.number, "agent", turn.agent_heard, spoken_at);
    line["interrupted"] = turn.interrupted;
    line["notHeard"] = not_heard(turn);
    lines.push_back(std::move(line));
  }
  json::object object{{"callId", call.summary.call.id}, {"lines", std::move(lines)}, {"recording", nullptr}};
  if (call.transcript) object["recording"] = written_down_to_json(*call.transcript);
  return object;
}

}  // namespace parley::api
