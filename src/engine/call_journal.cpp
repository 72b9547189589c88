#include "engine/call_journal.hpp"

#include "base/wall_millis.hpp"

namespace parley::engine {

CallJournal::CallJournal(std::string call_id, const CallDependencies& dependencies, std::string_view log_room)
    : id_(std::move(call_id)), d_(dependencies), log_(log::Logger(log_room).with_call(id_)) {}

void CallJournal::open(const media::StreamStart& start) {
  open_ = true;
  storage::CallRecord record;
  record.id = id_;
  record.workspace_id = d_.workspace_id;
  // A session id that is known or comes along is used as it is; a phone call without one is a session of its
  // own.
  const auto given = start.custom_parameters.find("sessionId");
  const bool comes_along = given != start.custom_parameters.end() && !given->second.empty();
  record.session_id = !d_.session_id.empty() ? d_.session_id : comes_along ? given->second : id_;
  record.direction = d_.direction;
  record.carrier = d_.carrier;
  record.carrier_call_id = start.call_id;
  record.stream_id = start.stream_id;
  record.account_id = start.account_id;
  record.phone_id = d_.phone_id;
  record.agent = d_.agent->name;
  record.agent_version = d_.agent->version;
  record.agent_text = d_.agent_text;
  record.from = d_.from.empty() ? start.from : d_.from;
  record.to = d_.to.empty() ? start.to : d_.to;
  record.sample_rate_hz = start.sample_rate_hz;
  record.started_at = now_millis(d_.clock);
  record.status = storage::CallStatus::in_progress;
  record.telephony_config_id = d_.telephony_config_id;
  record.variables = d_.variables;
  record.custom_field = d_.custom_field;
  d_.store.append_call(record);
  d_.observer.on_call_started(record);
  log_.info("call started agent={} rate={} carrier_call={}", record.agent, record.sample_rate_hz,
            record.carrier_call_id);
}

void CallJournal::event(std::string_view kind, std::string detail, std::int64_t offset_ms) {
  if (!open_) return;
  d_.observer.on_call_event(id_, kind, detail, offset_ms);
  d_.store.append_event({id_, now_millis(d_.clock), offset_ms, std::string(kind), std::move(detail)});
}

void CallJournal::turn(const storage::TurnRecord& row) {
  d_.store.put_turn(row);
}

void CallJournal::turn_over(const storage::TurnRecord& row) {
  d_.store.put_turn(row);
  d_.observer.on_turn(row);
}

void CallJournal::line(int number, bool by_agent, std::string text, bool final, bool interrupted) {
  d_.observer.on_transcript_line(id_, {number, by_agent, std::move(text), final, interrupted});
}

void CallJournal::close(storage::CallStatus status, std::string_view how, std::int64_t duration_ms,
                        bool escalation_requested, std::string_view in_words) {
  if (!open_ || std::exchange(closed_, true)) return;
  const storage::CallEnd end{status, std::string(in_words.empty() ? how : in_words), now_millis(d_.clock),
                             duration_ms, escalation_requested};
  d_.probe.calls_ended(how).add();
  d_.store.end_call(id_, end);
  d_.observer.on_call_ended(id_, end);
  log_.info("call ended reason=\"{}\" duration_ms={}", how, duration_ms);
}

}  // namespace parley::engine
