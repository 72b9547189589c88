#include "engine/turn_times.hpp"

namespace parley::engine {

void TurnTimes::count_from(StreamTime now, SteadyTime decided) {
  origin_ = now;
  decided_ = decided;
  endpoint_ms_ = transcript_ms_ = -1;
}

double TurnTimes::ms_since_origin(StreamTime now) const {
  return std::chrono::duration<double, std::milli>(now - origin_).count();
}

void TurnTimes::speech_ended(StreamTime last_voiced, StreamTime now, SteadyTime decided) {
  count_from(last_voiced, decided);
  endpoint_ms_ = ms_since_origin(now);
  probe_.endpoint.observe(endpoint_ms_ / 1000);
}

void TurnTimes::speech_began(StreamTime since) {
  if (!began_) began_ = since;
}

void TurnTimes::transcript_came(StreamTime now) {
  transcript_ms_ = ms_since_origin(now);
  probe_.transcript.observe(transcript_ms_ / 1000);
}

void TurnTimes::fill(storage::TurnRecord& row) {
  StreamTime start = origin_;
  if (row.input_kind == "speech" || row.input_kind == "not_understood") {
    start = began_.value_or(origin_);
    began_.reset();
  }
  row.start_ms = std::chrono::duration_cast<std::chrono::milliseconds>(start).count();
  row.endpoint_ms = endpoint_ms_;
  row.transcript_ms = transcript_ms_;
}

void TurnTimes::first_token(StreamTime now, storage::TurnRecord& row) const {
  row.first_token_ms = ms_since_origin(now);
  probe_.first_token.observe(row.first_token_ms / 1000);
}

void TurnTimes::first_audio(StreamTime now, storage::TurnRecord& row) const {
  if (row.first_audio_ms >= 0) return;
  row.first_audio_ms = ms_since_origin(now);
  probe_.first_audio.observe(row.first_audio_ms / 1000);
}

void TurnTimes::sent(StreamTime now, SteadyTime steady, storage::TurnRecord& row) const {
  row.sent_ms = ms_since_origin(now);
  row.agent_start_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  probe_.sent.observe(row.sent_ms / 1000);
  auto& own_share = row.input_kind == "greeting" ? probe_.greeting : probe_.response;
  own_share.observe(std::chrono::duration<double>(steady - decided_).count());
}

}  // namespace parley::engine
