#include "storage/sqlite/queries.hpp"

#include <fmt/ranges.h>

#include "storage/sqlite/database.hpp"

namespace parley::storage::sqlite {
namespace {

constexpr std::string_view kSummaryColumns =
    "SELECT c.id, c.session_id, c.carrier, c.carrier_call_id, c.stream_id, c.account_id, c.phone_id, "
    "c.agent, "
    "c.agent_version, c.from_number, c.to_number, c.sample_rate_hz, c.started_at, c.status, c.end_reason, "
    "c.ended_at, "
    "c.duration_ms, c.escalation_requested, "
    "(SELECT count(*) FROM turns t WHERE t.call_id = c.id AND t.number > 0), "
    "r.path, r.duration_ms, r.complete, r.call_id IS NOT NULL "
    "FROM calls c LEFT JOIN recordings r ON r.call_id = c.id ";

// As many as fit a message that somebody reads.
constexpr std::int64_t kCandidates = 8;

CallSummary read_summary(const Query& row) {
  CallSummary summary;
  CallRecord& call = summary.call;
  call.id = row.text(0);
  call.session_id = row.text(1);
  call.carrier = row.text(2);
  call.carrier_call_id = row.text(3);
  call.stream_id = row.text(4);
  call.account_id = row.text(5);
  call.phone_id = row.text(6);
  call.agent = row.text(7);
  call.agent_version = row.text(8);
  call.from = row.text(9);
  call.to = row.text(10);
  call.sample_rate_hz = static_cast<int>(row.integer(11));
  call.started_at = row.integer(12);
  // The schema's CHECK allows nothing else.
  summary.status = parse_call_status(row.text(13)).value_or(CallStatus::failed);
  summary.end.status = summary.status;
  summary.end.reason = row.text(14);
  summary.end.ended_at = row.integer(15);
  summary.end.duration_ms = row.integer(16);
  summary.end.escalation_requested = row.integer(17) != 0;
  summary.turns = static_cast<int>(row.integer(18));
  if (row.integer(22) != 0) {
    summary.recording = RecordingRecord{call.id, row.text(19), row.integer(20), row.integer(21) != 0};
  }
  return summary;
}

Result<std::vector<CallSummary>> read_summaries(Query& query) {
  std::vector<CallSummary> calls;
  while (true) {
    const Result<bool> row = query.step();
    if (!row) return fail(row.error());
    if (!*row) return calls;
    calls.push_back(read_summary(query));
  }
}

Result<std::vector<TurnRecord>> read_turns(Database& database, const std::string& call_id) {
  Result<Query> query = database.query(
      "SELECT number, caller_text, agent_text, agent_heard, interrupted, input_kind, started_at, start_ms, "
      "end_ms, "
      "endpoint_ms, transcript_ms, first_token_ms, first_audio_ms, sent_ms FROM turns WHERE call_id = ? "
      "ORDER BY number");
  if (!query) return fail(query.error());
  query->bind(call_id);
  std::vector<TurnRecord> turns;
  while (true) {
    const Result<bool> row = query->step();
    if (!row) return fail(row.error());
    if (!*row) return turns;
    TurnRecord& turn = turns.emplace_back();
    turn.call_id = call_id;
    turn.number = static_cast<int>(query->integer(0));
    turn.caller_text = query->text(1);
    turn.agent_text = query->text(2);
    turn.agent_heard = query->text(3);
    turn.interrupted = query->integer(4) != 0;
    turn.input_kind = query->text(5);
    turn.started_at = query->integer(6);
    turn.start_ms = query->integer(7);
    turn.end_ms = query->integer(8);
    turn.endpoint_ms = query->real(9).value_or(-1);
    turn.transcript_ms = query->real(10).value_or(-1);
    turn.first_token_ms = query->real(11).value_or(-1);
    turn.first_audio_ms = query->real(12).value_or(-1);
    turn.sent_ms = query->real(13).value_or(-1);
  }
}

Result<std::vector<EventRecord>> read_events(Database& database, const std::string& call_id) {
  Result<Query> query =
      database.query("SELECT at, offset_ms, kind, detail FROM events WHERE call_id = ? ORDER BY id");
  if (!query) return fail(query.error());
  query->bind(call_id);
  std::vector<EventRecord> events;
  while (true) {
    const Result<bool> row = query->step();
    if (!row) return fail(row.error());
    if (!*row) return events;
    events.push_back({call_id, query->integer(0), query->integer(1), query->text(2), query->text(3)});
  }
}

Result<std::vector<UsageRecord>> read_usage(Database& database, const std::string& call_id) {
  Result<Query> query = database.query(
      "SELECT turn, part, vendor, model, input_tokens, cached_input_tokens, output_tokens, "
      "audio_input_tokens, cached_audio_input_tokens, audio_output_tokens, characters, audio_seconds, "
      "estimated, cost_micros IS NOT NULL, cost_micros, currency, price_as_of FROM usage WHERE call_id = ? "
      "ORDER BY turn, part, vendor, model");
  if (!query) return fail(query.error());
  query->bind(call_id);
  std::vector<UsageRecord> rows;
  while (true) {
    const Result<bool> row = query->step();
    if (!row) return fail(row.error());
    if (!*row) return rows;
    UsageRecord& record = rows.emplace_back();
    record.call_id = call_id;
    record.turn = static_cast<int>(query->integer(0));
    vendor::Usage& usage = record.usage;
    usage.part = vendor::parse_part(query->text(1)).value_or(vendor::Part::llm);  // the schema's CHECK
    usage.vendor = query->text(2);
    usage.model = query->text(3);
    usage.input_tokens = query->integer(4);
    usage.cached_input_tokens = query->integer(5);
    usage.output_tokens = query->integer(6);
    usage.audio_input_tokens = query->integer(7);
    usage.cached_audio_input_tokens = query->integer(8);
    usage.audio_output_tokens = query->integer(9);
    usage.characters = query->integer(10);
    usage.audio_seconds = query->real(11).value_or(0);
    usage.estimated = query->integer(12) != 0;
    if (query->integer(13) != 0)
      record.cost = vendor::Cost{query->integer(14), query->text(15), query->text(16)};
  }
}

Result<std::optional<TranscriptRecord>> read_transcript(Database& database, const std::string& call_id) {
  Result<Query> query = database.query(
      "SELECT vendor, model, made_at, error, segments FROM recording_transcripts WHERE call_id = ?");
  if (!query) return fail(query.error());
  query->bind(call_id);
  const Result<bool> row = query->step();
  if (!row) return fail(row.error());
  if (!*row) return std::nullopt;
  return TranscriptRecord{call_id,           query->text(0), query->text(1),
                          query->integer(2), query->text(3), query->text(4)};
}

Result<std::string> resolve_id(Database& database, const std::string& prefix) {
  if (prefix.empty()) return fail(Errc::invalid_argument, "the call's id is empty");
  // A range instead of LIKE: the primary key serves it, and no character of the prefix has a meaning of its
  // own.
  Result<Query> query =
      database.query("SELECT id FROM calls WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3");
  if (!query) return fail(query.error());
  query->bind(prefix).bind(prefix + "\xF4\x8F\xBF\xBF").bind(kCandidates + 1);
  std::vector<std::string> ids;
  while (true) {
    const Result<bool> row = query->step();
    if (!row) return fail(row.error());
    if (!*row) break;
    ids.push_back(query->text(0));
    // The whole id is itself even when it begins another; it sorts first.
    if (ids.front() == prefix) return prefix;
  }
  if (ids.empty()) return fail(Errc::not_found, fmt::format("there is no call '{}'", prefix));
  if (ids.size() == 1) return ids.front();
  const bool more = ids.size() > kCandidates;
  if (more) ids.pop_back();
  return fail(Errc::invalid_argument, fmt::format("'{}' begins the id of several calls: {}{}", prefix,
                                                  fmt::join(ids, ", "), more ? ", …" : ""));
}

}  // namespace

std::string list_calls_sql(const CallFilter& filter) {
  std::string sql(kSummaryColumns);
  std::string_view glue = "WHERE ";
  const auto require = [&](std::string_view condition) {
    sql += glue;
    sql += condition;
    glue = " AND ";
  };
  if (!filter.agent.empty()) require("c.agent = ?");
  if (filter.status) require("c.status = ?");
  if (filter.before > 0) require("c.started_at < ?");
  sql += " ORDER BY c.started_at DESC, c.id DESC LIMIT ?";
  return sql;
}

Result<std::vector<CallSummary>> list_calls(Database& database, const CallFilter& filter) {
  Result<Query> query = database.query(list_calls_sql(filter));
  if (!query) return fail(query.error());
  if (!filter.agent.empty()) query->bind(filter.agent);
  if (filter.status) query->bind(to_string(*filter.status));
  if (filter.before > 0) query->bind(filter.before);
  query->bind(std::int64_t{std::max(filter.limit, 0)});
  return read_summaries(*query);
}

Result<std::vector<CallSummary>> unfinished_calls(Database& database) {
  Result<Query> query = database.query(std::string(kSummaryColumns) +
                                       "WHERE c.status = 'in_progress' ORDER BY c.started_at, c.id");
  if (!query) return fail(query.error());
  return read_summaries(*query);
}

Result<CallDetail> find_call(Database& database, const std::string& id_or_prefix) {
  const Result<std::string> id = resolve_id(database, id_or_prefix);
  if (!id) return fail(id.error());
  Result<Query> query = database.query(std::string(kSummaryColumns) + "WHERE c.id = ?");
  if (!query) return fail(query.error());
  query->bind(*id);
  Result<std::vector<CallSummary>> summary = read_summaries(*query);
  if (!summary) return fail(summary.error());
  if (summary->empty()) return fail(Errc::not_found, fmt::format("there is no call '{}'", *id));

  Result<std::vector<TurnRecord>> turns = read_turns(database, *id);
  if (!turns) return fail(turns.error());
  Result<std::vector<EventRecord>> events = read_events(database, *id);
  if (!events) return fail(events.error());
  Result<std::vector<UsageRecord>> usage = read_usage(database, *id);
  if (!usage) return fail(usage.error());
  Result<std::optional<TranscriptRecord>> transcript = read_transcript(database, *id);
  if (!transcript) return fail(transcript.error());
  return CallDetail{std::move(summary->front()), std::move(*turns), std::move(*events), std::move(*usage),
                    std::move(*transcript)};
}

}  // namespace parley::storage::sqlite
