#include "storage/call_log/read_rows.hpp"

namespace parley::storage::call_log {

const std::string_view kSelectSummaries =
    "SELECT c.id, c.workspace_id, c.session_id, c.direction, c.carrier, c.carrier_call_id, c.stream_id, "
    "c.account_id, c.phone_id, c.agent, c.agent_version, c.from_number, c.to_number, c.sample_rate_hz, "
    "c.started_at, c.status, c.end_reason, c.ended_at, c.duration_ms, c.escalation_requested, "
    "(SELECT count(*) FROM turns t WHERE t.call_id = c.id AND t.number > 0), "
    "r.recorded, r.path, r.duration_ms, r.complete, r.blob_kind, r.blob_key, r.upload_token, r.blob_bytes, "
    "r.stored_kind, c.telephony_config_id, c.variables, c.custom_field, c.carrier_status, c.carrier_cause, "
    "c.carrier_recording_url, c.carrier_seconds, c.answered_at, c.transfer_to, c.transfer_status, "
    "c.transfer_detail FROM calls c LEFT JOIN recordings r ON r.call_id = c.id ";

std::vector<CallSummary> read_summaries(const sql::Rows& rows) {
  std::vector<CallSummary> calls(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CallSummary& summary = calls[i];
    CallRecord& call = summary.call;
    call.id = rows.text(i, 0);
    call.workspace_id = rows.text(i, 1);
    call.session_id = rows.text(i, 2);
    call.direction = rows.text(i, 3);
    call.carrier = rows.text(i, 4);
    call.carrier_call_id = rows.text(i, 5);
    call.stream_id = rows.text(i, 6);
    call.account_id = rows.text(i, 7);
    call.phone_id = rows.text(i, 8);
    call.agent = rows.text(i, 9);
    call.agent_version = rows.text(i, 10);
    call.from = rows.text(i, 11);
    call.to = rows.text(i, 12);
    call.sample_rate_hz = static_cast<int>(rows.integer(i, 13));
    call.started_at = rows.integer(i, 14);
    // The schema's CHECK allows nothing else.
    summary.status = parse_call_status(rows.text(i, 15)).value_or(CallStatus::failed);
    summary.end.status = summary.status;
    summary.end.reason = rows.text(i, 16);
    summary.end.ended_at = rows.integer(i, 17);
    summary.end.duration_ms = rows.integer(i, 18);
    summary.end.escalation_requested = rows.integer(i, 19) != 0;
    summary.turns = static_cast<int>(rows.integer(i, 20));
    if (rows.integer(i, 21) != 0) {
      summary.recording =
          RecordingRecord{call.id, rows.text(i, 22), rows.integer(i, 23), rows.integer(i, 24) != 0};
    }
    if (!rows.text(i, 25).empty() || !rows.text(i, 26).empty() || !rows.text(i, 27).empty()) {
      summary.blob = RecordingBlob{call.id,          rows.text(i, 25),    rows.text(i, 26),
                                   rows.text(i, 27), rows.integer(i, 28), !rows.text(i, 29).empty()};
    }
    call.status = summary.status;
    call.telephony_config_id = rows.text(i, 30);
    call.variables = rows.text(i, 31);
    call.custom_field = rows.text(i, 32);
    summary.carrier_status = rows.text(i, 33);
    summary.carrier_cause = rows.text(i, 34);
    summary.carrier_recording_url = rows.text(i, 35);
    if (!rows.is_null(i, 36)) summary.carrier_seconds = static_cast<int>(rows.integer(i, 36));
    summary.answered_at = rows.integer(i, 37);
    if (!rows.text(i, 39).empty())
      summary.transfer = TransferRecord{call.id, rows.text(i, 38), rows.text(i, 39), rows.text(i, 40)};
  }
  return calls;
}

Result<std::vector<TurnRecord>> read_turns(sql::Connection& connection, const std::string& call_id) {
  const auto rows = connection.query(
      "SELECT number, caller_text, agent_text, agent_heard, interrupted, input_kind, started_at, start_ms, "
      "end_ms, endpoint_ms, transcript_ms, first_token_ms, first_audio_ms, sent_ms, agent_start_ms FROM "
      "turns WHERE call_id "
      "= "
      "? ORDER BY number",
      {call_id});
  if (!rows) return fail(rows.error());
  std::vector<TurnRecord> turns(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    TurnRecord& turn = turns[i];
    turn.call_id = call_id;
    turn.number = static_cast<int>(rows->integer(i, 0));
    turn.caller_text = rows->text(i, 1);
    turn.agent_text = rows->text(i, 2);
    turn.agent_heard = rows->text(i, 3);
    turn.interrupted = rows->integer(i, 4) != 0;
    turn.input_kind = rows->text(i, 5);
    turn.started_at = rows->integer(i, 6);
    turn.start_ms = rows->integer(i, 7);
    turn.end_ms = rows->integer(i, 8);
    turn.endpoint_ms = rows->real(i, 9).value_or(-1);
    turn.transcript_ms = rows->real(i, 10).value_or(-1);
    turn.first_token_ms = rows->real(i, 11).value_or(-1);
    turn.first_audio_ms = rows->real(i, 12).value_or(-1);
    turn.sent_ms = rows->real(i, 13).value_or(-1);
    turn.agent_start_ms = rows->integer(i, 14);
  }
  return turns;
}

Result<std::vector<EventRecord>> read_events(sql::Connection& connection, const std::string& call_id) {
  const auto rows = connection.query(
      "SELECT at, offset_ms, kind, detail FROM events WHERE call_id = ? ORDER BY id", {call_id});
  if (!rows) return fail(rows.error());
  std::vector<EventRecord> events(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i)
    events[i] = {call_id, rows->integer(i, 0), rows->integer(i, 1), rows->text(i, 2), rows->text(i, 3)};
  return events;
}

Result<std::vector<UsageRecord>> read_usage(sql::Connection& connection, const std::string& call_id) {
  const auto rows = connection.query(
      "SELECT turn, part, vendor, model, input_tokens, cached_input_tokens, output_tokens, "
      "audio_input_tokens, cached_audio_input_tokens, audio_output_tokens, characters, audio_seconds, "
      "estimated, cost_micros, currency, price_as_of FROM usage WHERE call_id = ? "
      "ORDER BY turn, part, vendor, model",
      {call_id});
  if (!rows) return fail(rows.error());
  std::vector<UsageRecord> records(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    UsageRecord& record = records[i];
    record.call_id = call_id;
    record.turn = static_cast<int>(rows->integer(i, 0));
    vendor::Usage& usage = record.usage;
    usage.part = vendor::parse_part(rows->text(i, 1)).value_or(vendor::Part::llm);  // the schema's CHECK
    usage.vendor = rows->text(i, 2);
    usage.model = rows->text(i, 3);
    usage.input_tokens = rows->integer(i, 4);
    usage.cached_input_tokens = rows->integer(i, 5);
    usage.output_tokens = rows->integer(i, 6);
    usage.audio_input_tokens = rows->integer(i, 7);
    usage.cached_audio_input_tokens = rows->integer(i, 8);
    usage.audio_output_tokens = rows->integer(i, 9);
    usage.characters = rows->integer(i, 10);
    usage.audio_seconds = rows->real(i, 11).value_or(0);
    usage.estimated = rows->integer(i, 12) != 0;
    if (!rows->is_null(i, 13))
      record.cost = vendor::Cost{rows->integer(i, 13), rows->text(i, 14), rows->text(i, 15)};
  }
  return records;
}

Result<std::optional<TranscriptRecord>> read_transcript(sql::Connection& connection,
                                                        const std::string& call_id) {
  const auto rows = connection.query(
      "SELECT vendor, model, made_at, error, segments FROM recording_transcripts WHERE call_id = ?",
      {call_id});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::nullopt;
  return TranscriptRecord{call_id,          rows->text(0, 0), rows->text(0, 1), rows->integer(0, 2),
                          rows->text(0, 3), rows->text(0, 4)};
}

}  // namespace parley::storage::call_log
