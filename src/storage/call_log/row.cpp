#include "storage/call_log/row.hpp"

#include "base/valid_text.hpp"
#include "storage/call_log/call_rows.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Connection;
using sql::Value;

Value latency(double ms) {
  if (ms < 0) return {};
  return ms;
}
Value flag(bool value) {
  return std::int64_t{value ? 1 : 0};
}
Value text(std::string_view bytes) {
  return valid_text(bytes);
}
Value number(int value) {
  return std::int64_t{value};
}

Result<void> run(Connection& connection, std::string_view sql, std::initializer_list<Value> values) {
  auto done = connection.run(sql, values);
  if (!done) return fail(std::move(done.error()));
  return {};
}

Result<void> write(Connection& connection, const CallRow& row) {
  return write_call(connection, row);
}
Result<void> write(Connection& connection, const EndRow& row) {
  return write_end(connection, row);
}
Result<void> write(Connection& connection, const CarrierWord& word) {
  return write_word(connection, word);
}
Result<void> write(Connection& connection, const TransferRecord& transfer) {
  return write_transfer(connection, transfer);
}

Result<void> write(Connection& connection, const TurnRecord& turn) {
  return run(
      connection,
      "INSERT INTO turns (call_id, number, caller_text, agent_text, agent_heard, interrupted, "
      "input_kind, started_at, start_ms, end_ms, endpoint_ms, transcript_ms, first_token_ms, "
      "first_audio_ms, sent_ms, agent_start_ms) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT "
      "(call_id, number) DO "
      "UPDATE SET caller_text = excluded.caller_text, agent_text = excluded.agent_text, agent_heard = "
      "excluded.agent_heard, interrupted = excluded.interrupted, input_kind = excluded.input_kind, "
      "started_at = excluded.started_at, start_ms = excluded.start_ms, end_ms = excluded.end_ms, "
      "endpoint_ms = excluded.endpoint_ms, transcript_ms = excluded.transcript_ms, first_token_ms = "
      "excluded.first_token_ms, first_audio_ms = excluded.first_audio_ms, sent_ms = excluded.sent_ms, "
      "agent_start_ms = excluded.agent_start_ms",
      {text(turn.call_id), number(turn.number), text(turn.caller_text), text(turn.agent_text),
       text(turn.agent_heard), flag(turn.interrupted), text(turn.input_kind), turn.started_at, turn.start_ms,
       turn.end_ms, latency(turn.endpoint_ms), latency(turn.transcript_ms), latency(turn.first_token_ms),
       latency(turn.first_audio_ms), latency(turn.sent_ms), turn.agent_start_ms});
}

Result<void> write(Connection& connection, const EventRow& row) {
  const EventRecord& event = row.event;
  return run(
      connection,
      "INSERT INTO events (event_id, call_id, at, offset_ms, kind, detail) VALUES (?, ?, ?, ?, ?, ?) ON "
      "CONFLICT (event_id) DO NOTHING",
      {text(row.id), text(event.call_id), event.at, event.offset_ms, text(event.kind), text(event.detail)});
}

Result<void> write(Connection& connection, const RecordingRecord& recording) {
  return run(
      connection,
      "INSERT INTO recordings (call_id, path, duration_ms, complete) VALUES (?, ?, ?, ?) ON CONFLICT "
      "(call_id) DO UPDATE SET path = excluded.path, duration_ms = excluded.duration_ms, complete = "
      "excluded.complete, recorded = 1",
      {text(recording.call_id), text(recording.path), recording.duration_ms, flag(recording.complete)});
}

Result<void> write(Connection& connection, const RecordingBlob& blob) {
  return run(connection,
             "INSERT INTO recordings (call_id, path, duration_ms, complete, recorded, blob_kind, blob_key, "
             "upload_token, blob_bytes, stored_kind) VALUES (?, '', 0, 0, 0, ?, ?, ?, ?, ?) ON CONFLICT "
             "(call_id) DO UPDATE SET blob_kind = excluded.blob_kind, blob_key = excluded.blob_key, "
             "upload_token = excluded.upload_token, blob_bytes = excluded.blob_bytes, stored_kind = "
             "excluded.stored_kind",
             {text(blob.call_id), text(blob.kind), text(blob.key), text(blob.upload_token), blob.bytes,
              text(blob.stored ? blob.kind : "")});
}

Result<void> write(Connection& connection, const UsageRecord& row) {
  const vendor::Usage& usage = row.usage;
  return run(
      connection,
      "INSERT INTO usage (call_id, turn, part, vendor, model, input_tokens, cached_input_tokens, "
      "output_tokens, audio_input_tokens, cached_audio_input_tokens, audio_output_tokens, characters, "
      "audio_seconds, estimated, cost_micros, currency, price_as_of) VALUES "
      "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (call_id, turn, part, vendor, model) DO UPDATE "
      "SET input_tokens = excluded.input_tokens, cached_input_tokens = excluded.cached_input_tokens, "
      "output_tokens = excluded.output_tokens, audio_input_tokens = excluded.audio_input_tokens, "
      "cached_audio_input_tokens = excluded.cached_audio_input_tokens, audio_output_tokens = "
      "excluded.audio_output_tokens, characters = excluded.characters, audio_seconds = "
      "excluded.audio_seconds, estimated = excluded.estimated, cost_micros = excluded.cost_micros, "
      "currency = excluded.currency, price_as_of = excluded.price_as_of",
      {text(row.call_id), number(row.turn), std::string(to_string(usage.part)), text(usage.vendor),
       text(usage.model), usage.input_tokens, usage.cached_input_tokens, usage.output_tokens,
       usage.audio_input_tokens, usage.cached_audio_input_tokens, usage.audio_output_tokens, usage.characters,
       usage.audio_seconds, flag(usage.estimated), row.cost ? Value(row.cost->micros) : Value(),
       text(row.cost ? row.cost->currency : ""), text(row.cost ? row.cost->as_of : "")});
}

Result<void> write(Connection& connection, const TranscriptRecord& row) {
  return run(
      connection,
      "INSERT INTO recording_transcripts (call_id, vendor, model, made_at, error, segments) VALUES "
      "(?,?,?,?,?,?) ON CONFLICT (call_id) DO UPDATE SET vendor = excluded.vendor, model = "
      "excluded.model, made_at = excluded.made_at, error = excluded.error, segments = excluded.segments",
      {text(row.call_id), text(row.vendor), text(row.model), row.made_at, text(row.error),
       text(row.segments)});
}

}  // namespace

std::string_view kind_of(const Row& row) {
  constexpr std::string_view kKinds[] = {"call",  "end",        "turn", "event", "recording",
                                         "usage", "transcript", "blob", "word",  "transfer"};
  static_assert(std::size(kKinds) == std::variant_size_v<Row>);
  return kKinds[row.index()];
}

const std::string& call_id_of(const Row& row) {
  return std::visit(
      [](const auto& value) -> const std::string& {
        if constexpr (requires { value.call_id; }) {
          return value.call_id;
        } else if constexpr (requires { value.call; }) {
          return value.call.id;
        } else {
          return value.event.call_id;
        }
      },
      row);
}

std::string number_key(std::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.size() > 10) digits.erase(0, digits.size() - 10);
  return digits;
}

bool is_passing(Errc code) {
  return code != Errc::invalid_argument && code != Errc::already_exists && code != Errc::not_found;
}

Result<void> write_row(sql::Connection& connection, const Row& row) {
  return std::visit([&](const auto& value) { return write(connection, value); }, row);
}

}  // namespace parley::storage::call_log
