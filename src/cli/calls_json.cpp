#include <boost/json.hpp>

#include "base/clock.hpp"
#include "cli/calls_command.hpp"
#include "cli/table.hpp"
#include "storage/call_cost.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;

json::value latency(double ms) {
  return ms < 0 ? json::value(nullptr) : json::value(ms);
}

json::object summary_to_json(const storage::CallSummary& summary) {
  const storage::CallRecord& call = summary.call;
  const bool ended = summary.status != storage::CallStatus::in_progress;
  json::object object;
  object["id"] = call.id;
  object["session_id"] = call.session_id;
  object["status"] = to_string(summary.status);
  object["agent"] = call.agent;
  object["agent_version"] = call.agent_version;
  object["carrier"] = call.carrier;
  object["carrier_call_id"] = call.carrier_call_id;
  object["stream_id"] = call.stream_id;
  object["account_id"] = call.account_id;
  object["phone_id"] = call.phone_id;
  object["from"] = call.from;
  object["to"] = call.to;
  object["sample_rate_hz"] = call.sample_rate_hz;
  object["started_at"] = utc_time(call.started_at);
  object["ended_at"] = ended ? json::value(utc_time(summary.end.ended_at)) : json::value(nullptr);
  object["duration_ms"] = ended ? json::value(summary.end.duration_ms) : json::value(nullptr);
  object["end_reason"] = summary.end.reason;
  object["escalation_requested"] = summary.end.escalation_requested;
  object["turns_count"] = summary.turns;
  object["recording"] = nullptr;
  if (summary.recording) {
    object["recording"] = json::object{{"path", summary.recording->path},
                                       {"duration_ms", summary.recording->duration_ms},
                                       {"complete", summary.recording->complete}};
  }
  return object;
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
                      {"prices_as_of", line.as_of}});
  }
  json::array unpriced;
  for (const std::string& name : cost.unpriced)
    unpriced.emplace_back(name);
  return {{"totals", std::move(totals)}, {"without_a_price", std::move(unpriced)}};
}

json::object turn_to_json(const storage::TurnRecord& turn, const std::vector<storage::UsageRecord>& usage) {
  json::object object;
  object["number"] = turn.number;
  object["input_kind"] = turn.input_kind;
  object["caller_text"] = turn.caller_text;
  object["agent_text"] = turn.agent_text;
  object["agent_heard"] = turn.agent_heard;
  object["interrupted"] = turn.interrupted;
  object["started_at"] = utc_time(turn.started_at);
  object["start_ms"] = turn.start_ms;
  object["end_ms"] = turn.end_ms;
  object["latency_ms"] = json::object{{"endpoint", latency(turn.endpoint_ms)},
                                      {"transcript", latency(turn.transcript_ms)},
                                      {"first_token", latency(turn.first_token_ms)},
                                      {"first_audio", latency(turn.first_audio_ms)},
                                      {"sent", latency(turn.sent_ms)}};
  object["cost"] = cost_to_json(storage::cost_of(usage, turn.number));
  return object;
}

json::object event_to_json(const storage::EventRecord& event) {
  return {{"at", utc_time(event.at)},
          {"offset_ms", event.offset_ms},
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
  add("input_tokens", usage.input_tokens);
  add("cached_input_tokens", usage.cached_input_tokens);
  add("output_tokens", usage.output_tokens);
  add("audio_input_tokens", usage.audio_input_tokens);
  add("cached_audio_input_tokens", usage.cached_audio_input_tokens);
  add("audio_output_tokens", usage.audio_output_tokens);
  add("characters", usage.characters);
  if (usage.audio_seconds > 0) object["audio_seconds"] = usage.audio_seconds;
  object["cost"] = nullptr;
  if (row.cost) object["cost"] = {{"amount", amount(row.cost->micros)}, {"currency", row.cost->currency}};
  return object;
}

json::value transcript_to_json(const storage::TranscriptRecord& transcript) {
  boost::system::error_code broken;
  json::value segments = json::parse(transcript.segments, broken);
  return json::object{{"vendor", transcript.vendor},
                      {"model", transcript.model},
                      {"made_at", utc_time(transcript.made_at)},
                      {"error", transcript.error},
                      {"segments", broken ? json::array() : std::move(segments)}};
}

}  // namespace

std::string calls_to_json(const std::vector<storage::CallSummary>& calls) {
  json::array array;
  for (const storage::CallSummary& call : calls)
    array.push_back(summary_to_json(call));
  return json::serialize(array) + "\n";
}

std::string call_to_json(const storage::CallDetail& call) {
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
  object["recording_transcript"] =
      call.transcript ? transcript_to_json(*call.transcript) : json::value(nullptr);
  return json::serialize(object) + "\n";
}

}  // namespace parley::cli
