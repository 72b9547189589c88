#include "storage/sqlite/row.hpp"

#include "base/valid_text.hpp"
#include "storage/sqlite/database.hpp"

namespace parley::storage::sqlite {
namespace {

std::optional<double> latency(double ms) {
  return ms < 0 ? std::nullopt : std::optional(ms);
}
std::int64_t flag(bool value) {
  return value ? 1 : 0;
}

Result<void> write(Database& database, const CallRecord& call) {
  Result<Query> session = database.query(
      "INSERT INTO sessions (id, channel, agent, agent_version, created_at) VALUES (?, 'phone', ?, ?, ?) "
      "ON CONFLICT (id) DO NOTHING");
  if (!session) return fail(session.error());
  const Result<void> made = session->bind(valid_text(call.session_id))
                                .bind(valid_text(call.agent))
                                .bind(valid_text(call.agent_version))
                                .bind(call.started_at)
                                .run();
  if (!made) return made;

  Result<Query> query = database.query(
      "INSERT INTO calls (id, session_id, carrier, carrier_call_id, stream_id, account_id, phone_id, agent, "
      "agent_version, from_number, to_number, sample_rate_hz, started_at) VALUES "
      "(?,?,?,?,?,?,?,?,?,?,?,?,?)");
  if (!query) return fail(query.error());
  return query->bind(valid_text(call.id))
      .bind(valid_text(call.session_id))
      .bind(valid_text(call.carrier))
      .bind(valid_text(call.carrier_call_id))
      .bind(valid_text(call.stream_id))
      .bind(valid_text(call.account_id))
      .bind(valid_text(call.phone_id))
      .bind(valid_text(call.agent))
      .bind(valid_text(call.agent_version))
      .bind(valid_text(call.from))
      .bind(valid_text(call.to))
      .bind(std::int64_t{call.sample_rate_hz})
      .bind(call.started_at)
      .run();
}

Result<void> write(Database& database, const EndRow& row) {
  Result<Query> query = database.query(
      "UPDATE calls SET status = ?, end_reason = ?, ended_at = ?, duration_ms = ?, escalation_requested = ? "
      "WHERE id = ?");
  if (!query) return fail(query.error());
  const Result<void> done = query->bind(to_string(row.end.status))
                                .bind(valid_text(row.end.reason))
                                .bind(row.end.ended_at)
                                .bind(row.end.duration_ms)
                                .bind(flag(row.end.escalation_requested))
                                .bind(valid_text(row.call_id))
                                .run();
  if (!done) return done;
  if (database.changed_rows() == 0) return fail(Errc::not_found, database.path() + ": no such call");
  return {};
}

Result<void> write(Database& database, const TurnRecord& turn) {
  Result<Query> query = database.query(
      "INSERT INTO turns (call_id, number, caller_text, agent_text, agent_heard, interrupted, input_kind, "
      "started_at, "
      "start_ms, end_ms, endpoint_ms, transcript_ms, first_token_ms, first_audio_ms, sent_ms) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (call_id, number) DO UPDATE SET "
      "caller_text = excluded.caller_text, agent_text = excluded.agent_text, agent_heard = "
      "excluded.agent_heard, "
      "interrupted = excluded.interrupted, input_kind = excluded.input_kind, started_at = "
      "excluded.started_at, "
      "start_ms = excluded.start_ms, end_ms = excluded.end_ms, endpoint_ms = excluded.endpoint_ms, "
      "transcript_ms = excluded.transcript_ms, first_token_ms = excluded.first_token_ms, "
      "first_audio_ms = excluded.first_audio_ms, sent_ms = excluded.sent_ms");
  if (!query) return fail(query.error());
  return query->bind(valid_text(turn.call_id))
      .bind(std::int64_t{turn.number})
      .bind(valid_text(turn.caller_text))
      .bind(valid_text(turn.agent_text))
      .bind(valid_text(turn.agent_heard))
      .bind(flag(turn.interrupted))
      .bind(valid_text(turn.input_kind))
      .bind(turn.started_at)
      .bind(turn.start_ms)
      .bind(turn.end_ms)
      .bind(latency(turn.endpoint_ms))
      .bind(latency(turn.transcript_ms))
      .bind(latency(turn.first_token_ms))
      .bind(latency(turn.first_audio_ms))
      .bind(latency(turn.sent_ms))
      .run();
}

Result<void> write(Database& database, const EventRecord& event) {
  Result<Query> query =
      database.query("INSERT INTO events (call_id, at, offset_ms, kind, detail) VALUES (?, ?, ?, ?, ?)");
  if (!query) return fail(query.error());
  return query->bind(valid_text(event.call_id))
      .bind(event.at)
      .bind(event.offset_ms)
      .bind(valid_text(event.kind))
      .bind(valid_text(event.detail))
      .run();
}

Result<void> write(Database& database, const RecordingRecord& recording) {
  Result<Query> query = database.query(
      "INSERT INTO recordings (call_id, path, duration_ms, complete) VALUES (?, ?, ?, ?) ON CONFLICT "
      "(call_id) "
      "DO UPDATE SET path = excluded.path, duration_ms = excluded.duration_ms, complete = excluded.complete");
  if (!query) return fail(query.error());
  return query->bind(valid_text(recording.call_id))
      .bind(valid_text(recording.path))
      .bind(recording.duration_ms)
      .bind(flag(recording.complete))
      .run();
}

Result<void> write(Database& database, const UsageRecord& row) {
  Result<Query> query = database.query(
      "INSERT OR REPLACE INTO usage (call_id, turn, part, vendor, model, input_tokens, cached_input_tokens, "
      "output_tokens, audio_input_tokens, cached_audio_input_tokens, audio_output_tokens, characters, "
      "audio_seconds, estimated, cost_micros, currency, price_as_of) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  if (!query) return fail(query.error());
  const vendor::Usage& usage = row.usage;
  query->bind(valid_text(row.call_id))
      .bind(std::int64_t{row.turn})
      .bind(to_string(usage.part))
      .bind(valid_text(usage.vendor))
      .bind(valid_text(usage.model))
      .bind(usage.input_tokens)
      .bind(usage.cached_input_tokens)
      .bind(usage.output_tokens)
      .bind(usage.audio_input_tokens)
      .bind(usage.cached_audio_input_tokens)
      .bind(usage.audio_output_tokens)
      .bind(usage.characters)
      .bind(std::optional(usage.audio_seconds))
      .bind(flag(usage.estimated));
  // The only whole number that may be absent.
  if (row.cost) {
    query->bind(row.cost->micros);
  } else {
    query->bind(std::optional<double>());
  }
  return query->bind(row.cost ? row.cost->currency : "").bind(row.cost ? row.cost->as_of : "").run();
}

Result<void> write(Database& database, const TranscriptRecord& row) {
  Result<Query> query = database.query(
      "INSERT OR REPLACE INTO recording_transcripts (call_id, vendor, model, made_at, error, segments) "
      "VALUES (?,?,?,?,?,?)");
  if (!query) return fail(query.error());
  return query->bind(valid_text(row.call_id))
      .bind(valid_text(row.vendor))
      .bind(valid_text(row.model))
      .bind(row.made_at)
      .bind(valid_text(row.error))
      .bind(valid_text(row.segments))
      .run();
}

}  // namespace

std::string_view kind_of(const Row& row) {
  constexpr std::string_view kKinds[] = {"call", "end", "turn", "event", "recording", "usage", "transcript"};
  static_assert(std::size(kKinds) == std::variant_size_v<Row>);
  return kKinds[row.index()];
}

const std::string& call_id_of(const Row& row) {
  return std::visit(
      [](const auto& value) -> const std::string& {
        if constexpr (requires { value.call_id; }) {
          return value.call_id;
        } else {
          return value.id;
        }
      },
      row);
}

Result<void> write_row(Database& database, const Row& row) {
  return std::visit([&](const auto& value) { return write(database, value); }, row);
}

}  // namespace parley::storage::sqlite
