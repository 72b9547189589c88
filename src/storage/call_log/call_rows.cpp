#include "storage/call_log/call_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/valid_text.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Connection;
using sql::Dialect;
using sql::Value;

// What is there of a call. The rest of the row nobody but its writer needs.
struct Known {
  CallRow row;
  bool without_stream = false;
  CallEnd end;
  std::string carrier_status;
  bool carrier_ended = false;
  std::string carrier_cause;
  std::string carrier_recording_url;
  std::optional<std::int64_t> carrier_seconds;
  WallMillis answered_at = 0;
};

std::string text(std::string_view bytes) {
  return valid_text(bytes);
}
Value flag(bool value) {
  return std::int64_t{value ? 1 : 0};
}

Result<void> run(Connection& connection, std::string_view sql, std::initializer_list<Value> values) {
  auto done = connection.run(sql, values);
  if (!done) return fail(std::move(done.error()));
  return {};
}

// Nobody else changes it until the end of the transaction; SQLite has one writer anyway.
Result<std::optional<Known>> find(Connection& connection, const std::string& id) {
  const auto rows = connection.query(
      fmt::format("SELECT workspace_id, session_id, direction, node, carrier, carrier_call_id, stream_id, "
                  "account_id, phone_id, agent, agent_version, from_number, to_number, sample_rate_hz, "
                  "started_at, status, telephony_config_id, variables, custom_field, without_stream, "
                  "end_reason, ended_at, duration_ms, carrier_status, carrier_ended, carrier_cause, "
                  "carrier_recording_url, carrier_seconds, answered_at FROM calls WHERE id = ?{}",
                  connection.dialect() == Dialect::postgres ? " FOR NO KEY UPDATE" : ""),
      {text(id)});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::nullopt;
  Known known;
  CallRecord& call = known.row.call;
  call.id = id;
  call.workspace_id = rows->text(0, 0);
  call.session_id = rows->text(0, 1);
  call.direction = rows->text(0, 2);
  known.row.node = rows->text(0, 3);
  call.carrier = rows->text(0, 4);
  call.carrier_call_id = rows->text(0, 5);
  call.stream_id = rows->text(0, 6);
  call.account_id = rows->text(0, 7);
  call.phone_id = rows->text(0, 8);
  call.agent = rows->text(0, 9);
  call.agent_version = rows->text(0, 10);
  call.from = rows->text(0, 11);
  call.to = rows->text(0, 12);
  call.sample_rate_hz = static_cast<int>(rows->integer(0, 13));
  call.started_at = rows->integer(0, 14);
  call.status = parse_call_status(rows->text(0, 15)).value_or(CallStatus::failed);  // the schema's CHECK
  call.telephony_config_id = rows->text(0, 16);
  call.variables = rows->text(0, 17);
  call.custom_field = rows->text(0, 18);
  known.without_stream = rows->integer(0, 19) != 0;
  known.end.status = call.status;
  known.end.reason = rows->text(0, 20);
  known.end.ended_at = rows->integer(0, 21);
  known.end.duration_ms = rows->integer(0, 22);
  known.carrier_status = rows->text(0, 23);
  known.carrier_ended = rows->integer(0, 24) != 0;
  known.carrier_cause = rows->text(0, 25);
  known.carrier_recording_url = rows->text(0, 26);
  if (!rows->is_null(0, 27)) known.carrier_seconds = rows->integer(0, 27);
  known.answered_at = rows->integer(0, 28);
  return known;
}

// A session that a call made before its agent was known gets it frozen with the stream. One on the web is its
// calls' as long as nothing was written in it.
Result<void> make_session(Connection& connection, const CallRecord& call) {
  return run(
      connection,
      "INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, agent_text, "
      "carrier_call_id, caller, created_at, updated_at) VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, id) DO UPDATE SET "
      "agent = CASE WHEN sessions.agent_text = '' AND excluded.agent <> '' THEN excluded.agent ELSE "
      "sessions.agent END, agent_version = CASE WHEN sessions.agent_text = '' AND excluded.agent <> '' "
      "THEN excluded.agent_version ELSE sessions.agent_version END, agent_text = CASE WHEN "
      "sessions.agent_text = '' THEN excluded.agent_text ELSE sessions.agent_text END, "
      "carrier_call_id = CASE WHEN sessions.carrier_call_id = '' THEN excluded.carrier_call_id ELSE "
      "sessions.carrier_call_id END, caller = CASE WHEN sessions.caller = '' THEN excluded.caller "
      "ELSE sessions.caller END WHERE sessions.channel = 'phone' OR (sessions.channel = 'web' AND "
      "sessions.messages = 0)",
      {text(call.workspace_id), text(call.session_id), text(call.carrier == "browser" ? "web" : "phone"),
       text(call.agent), text(call.agent_version), text(call.agent_text), text(call.carrier_call_id),
       text(call.direction == "outbound" ? call.to : call.from), call.started_at, call.started_at});
}

// A session is over when none of its calls goes on, and goes on again with the next one.
Result<void> settle_session(Connection& connection, const std::string& call_id, WallMillis at) {
  return run(connection,
             "UPDATE sessions SET ended = CASE WHEN EXISTS (SELECT 1 FROM calls o WHERE o.workspace_id = "
             "sessions.workspace_id AND o.session_id = sessions.id AND o.status IN ('queued', 'ringing', "
             "'in_progress')) THEN 0 ELSE 1 END, updated_at = CASE WHEN updated_at < ? THEN ? ELSE "
             "updated_at END WHERE (channel = 'phone' OR (channel = 'web' AND messages = 0)) AND "
             "(workspace_id, id) IN (SELECT c.workspace_id, "
             "c.session_id FROM calls c WHERE c.id = ?)",
             {at, at, text(call_id)});
}

// False: somebody else has made the row meanwhile.
Result<bool> insert(Connection& connection, const CallRow& row) {
  const CallRecord& call = row.call;
  const auto made = connection.run(
      "INSERT INTO calls (id, workspace_id, session_id, direction, node, carrier, carrier_call_id, "
      "stream_id, account_id, phone_id, agent, agent_version, from_number, to_number, from_key, to_key, "
      "sample_rate_hz, started_at, status, without_stream, telephony_config_id, variables, custom_field) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING",
      {text(call.id),
       text(call.workspace_id),
       text(call.session_id),
       text(call.direction),
       text(row.node),
       text(call.carrier),
       text(call.carrier_call_id),
       text(call.stream_id),
       text(call.account_id),
       text(call.phone_id),
       text(call.agent),
       text(call.agent_version),
       text(call.from),
       text(call.to),
       number_key(call.from),
       number_key(call.to),
       std::int64_t{call.sample_rate_hz},
       call.started_at,
       std::string(to_string(call.status)),
       flag(is_final(call.status)),
       text(call.telephony_config_id),
       text(call.variables),
       text(call.custom_field)});
  if (!made) return fail(made.error());
  return *made > 0;
}

void take(std::string& there, const std::string& told) {
  if (!told.empty()) there = told;
}
void fill(std::string& there, const std::string& told) {
  if (there.empty()) there = told;
}

void merge(Known& known, const CallRow& told) {
  CallRecord& call = known.row.call;
  const CallRecord& news = told.call;
  fill(call.direction, news.direction);
  fill(call.from, news.from);
  fill(call.to, news.to);
  take(call.carrier, news.carrier);
  take(call.carrier_call_id, news.carrier_call_id);
  take(call.stream_id, news.stream_id);
  take(call.account_id, news.account_id);
  take(call.phone_id, news.phone_id);
  if (!news.agent.empty()) {
    call.agent = news.agent;
    call.agent_version = news.agent_version;
  }
  call.agent_text = news.agent_text;
  take(call.telephony_config_id, news.telephony_config_id);
  take(call.variables, news.variables);
  take(call.custom_field, news.custom_field);
  if (news.sample_rate_hz > 0) call.sample_rate_hz = news.sample_rate_hz;
  if (news.started_at > 0)
    call.started_at = call.started_at > 0 ? std::min(call.started_at, news.started_at) : news.started_at;
  // The recording lies with whoever has the stream.
  if (news.status == CallStatus::in_progress && !told.node.empty()) known.row.node = told.node;

  const CallStatus before = call.status;
  call.status = next_status(before, known.without_stream, news.status);
  if (call.status == before) return;
  known.without_stream = is_final(call.status);
  if (is_final(before)) {
    known.end.reason.clear();
    known.end.ended_at = 0;
    known.end.duration_ms = 0;
  }
}

Result<void> update(Connection& connection, const Known& known) {
  const CallRecord& call = known.row.call;
  return run(
      connection,
      "UPDATE calls SET direction = ?, node = ?, carrier = ?, carrier_call_id = ?, stream_id = ?, account_id "
      "= ?, phone_id = ?, agent = ?, agent_version = ?, from_number = ?, to_number = ?, from_key = ?, to_key "
      "= ?, sample_rate_hz = ?, started_at = ?, status = ?, without_stream = ?, telephony_config_id = ?, "
      "variables = ?, custom_field = ?, end_reason = ?, ended_at = ?, duration_ms = ? WHERE id = ?",
      {text(call.direction),
       text(known.row.node),
       text(call.carrier),
       text(call.carrier_call_id),
       text(call.stream_id),
       text(call.account_id),
       text(call.phone_id),
       text(call.agent),
       text(call.agent_version),
       text(call.from),
       text(call.to),
       number_key(call.from),
       number_key(call.to),
       std::int64_t{call.sample_rate_hz},
       call.started_at,
       std::string(to_string(call.status)),
       flag(known.without_stream),
       text(call.telephony_config_id),
       text(call.variables),
       text(call.custom_field),
       text(known.end.reason),
       known.end.ended_at,
       known.end.duration_ms,
       text(call.id)});
}

std::string reason_of(CallStatus status) {
  std::string reason(to_string(status));
  std::ranges::replace(reason, '_', ' ');
  return reason;
}

void merge(Known& known, const CarrierWord& word) {
  CallRecord& call = known.row.call;
  const CallStatus before = call.status;
  if (word.status) {
    // An open stream is ours to tell: of a call without one "in progress" says that somebody answered.
    const CallStatus told = *word.status == CallStatus::in_progress ? CallStatus::ringing : *word.status;
    call.status = next_status(before, known.without_stream, told);
  }
  if (call.status != before && is_final(call.status)) {
    known.without_stream = true;
    known.end.reason = word.reason.empty() ? reason_of(call.status) : word.reason;
    known.end.ended_at = word.ended_at > 0 ? word.ended_at : word.at;
  }
  const bool last = (word.status && is_final(*word.status)) || is_last_word(word.carrier_status);
  if (!known.carrier_ended && !word.carrier_status.empty()) {
    known.carrier_status = word.carrier_status;
    known.carrier_ended = last;
  }
  take(call.carrier_call_id, word.carrier_call_id);
  take(known.carrier_recording_url, word.recording_url);
  take(known.carrier_cause, word.cause);
  if (word.seconds) known.carrier_seconds = std::max(*word.seconds, 0);
  if (known.answered_at == 0) known.answered_at = word.answered_at;
  // Nobody else has measured it. What a carrier counts of a call that nobody answered is its ringing.
  if (known.without_stream && call.status == CallStatus::completed && known.carrier_seconds)
    known.end.duration_ms = *known.carrier_seconds * 1000;
}

}  // namespace

CallStatus next_status(CallStatus current, bool without_stream, CallStatus told) {
  if (told == CallStatus::in_progress) return is_final(current) && !without_stream ? current : told;
  if (current == CallStatus::queued) return told;
  if (current == CallStatus::ringing) return told == CallStatus::queued ? current : told;
  return current;
}

bool is_last_word(std::string_view carrier_status) {
  std::string letters;
  for (const char c : carrier_status) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') letters += c;
  }
  constexpr std::string_view kLast[] = {"completed", "busy", "failed", "noanswer", "canceled", "cancelled"};
  return std::ranges::find(kLast, letters) != std::end(kLast);
}

Result<void> write_call(Connection& connection, const CallRow& row) {
  auto known = find(connection, row.call.id);
  if (!known) return fail(std::move(known.error()));
  if (!*known) {
    if (auto made = make_session(connection, row.call); !made) return made;
    const auto inserted = insert(connection, row);
    if (!inserted) return fail(inserted.error());
    if (*inserted) return settle_session(connection, row.call.id, row.call.started_at);
    known = find(connection, row.call.id);
    if (!known) return fail(std::move(known.error()));
    if (!*known) return fail(Errc::not_found, "no such call");
  }
  merge(**known, row);
  if (auto made = make_session(connection, (*known)->row.call); !made) return made;
  if (auto updated = update(connection, **known); !updated) return updated;
  return settle_session(connection, row.call.id, row.call.started_at);
}

Result<void> write_end(Connection& connection, const EndRow& row) {
  const CallEnd& end = row.end;
  const auto changed = connection.run(
      "UPDATE calls SET without_stream = CASE WHEN status IN ('queued', 'ringing') THEN 1 ELSE "
      "without_stream END, status = ?, end_reason = ?, ended_at = ?, duration_ms = ?, "
      "escalation_requested = ? WHERE id = ?",
      {std::string(to_string(end.status)), text(end.reason), end.ended_at, end.duration_ms,
       flag(end.escalation_requested), text(row.call_id)});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(Errc::not_found, "no such call");
  return settle_session(connection, row.call_id, end.ended_at);
}

Result<void> write_word(Connection& connection, const CarrierWord& word) {
  auto found = find(connection, word.call_id);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "no such call");
  Known& known = **found;
  merge(known, word);
  const auto noted = run(
      connection,
      "UPDATE calls SET status = ?, without_stream = ?, end_reason = ?, ended_at = ?, duration_ms = ?, "
      "carrier_call_id = ?, carrier_status = ?, carrier_ended = ?, carrier_cause = ?, carrier_recording_url "
      "= ?, carrier_seconds = ?, answered_at = ? WHERE id = ?",
      {std::string(to_string(known.row.call.status)), flag(known.without_stream), text(known.end.reason),
       known.end.ended_at, known.end.duration_ms, text(known.row.call.carrier_call_id),
       text(known.carrier_status), flag(known.carrier_ended), text(known.carrier_cause),
       text(known.carrier_recording_url), known.carrier_seconds ? Value(*known.carrier_seconds) : Value(),
       known.answered_at, text(word.call_id)});
  if (!noted) return noted;
  return settle_session(connection, word.call_id, word.at);
}

Result<void> write_transfer(Connection& connection, const TransferRecord& transfer) {
  const auto changed = connection.run(
      "UPDATE calls SET transfer_to = CASE WHEN ? = '' THEN transfer_to ELSE ? END, transfer_status = ?, "
      "transfer_detail = ? WHERE id = ?",
      {text(transfer.to), text(transfer.to), text(transfer.status), text(transfer.detail),
       text(transfer.call_id)});
  if (!changed) return fail(changed.error());
  if (*changed == 0) return fail(Errc::not_found, "no such call");
  return {};
}

}  // namespace parley::storage::call_log
