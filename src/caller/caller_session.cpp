#include "caller/caller_session.hpp"

#include "audio/audio.hpp"

namespace parley::caller {
namespace {

constexpr milliseconds kFrame{audio::kFrameMs};
constexpr milliseconds kKeyPress{200};

}  // namespace

std::string_view to_string(EndedBy ended_by) {
  switch (ended_by) {
    case EndedBy::caller:
      return "caller";
    case EndedBy::agent:
      return "agent";
    case EndedBy::connection:
      return "connection";
    case EndedBy::drop:
      return "drop";
    case EndedBy::time_limit:
      return "time_limit";
    case EndedBy::refused:
      return "refused";
  }
  return "?";
}

CallerSession::CallerSession(CallSetup setup, CallerParser& parser, CallerWire& wire, CallListener& listener,
                             const Clock& clock)
    : setup_(std::move(setup)),
      parser_(parser),
      wire_(wire),
      listener_(listener),
      clock_(clock),
      encoder_(setup_.variant, setup_.identity),
      playout_(setup_.identity.sample_rate_hz, setup_.marks_at_clear),
      hearing_(setup_.agent_silence),
      runner_(setup_.script, setup_.identity.sample_rate_hz, *this),
      lint_(setup_.lint_limits, setup_.identity.stream_sid, setup_.identity.sample_rate_hz),
      started_(clock.now()),
      heard_(audio::samples_per_frame(setup_.identity.sample_rate_hz)),
      piece_(heard_.size() * static_cast<std::size_t>(setup_.piece / kFrame)) {}

void CallerSession::begin() {
  started_ = clock_.now();
  wire_.send(encoder_.connected());
  wire_.send(encoder_.start());
  lint_.on_start_sent(milliseconds(0));
}

milliseconds CallerSession::since_start() const {
  return std::chrono::duration_cast<milliseconds>(clock_.now() - started_);
}

void CallerSession::on_frame() {
  if (ended()) return;
  const bool agent_voiced = playout_.play(heard_) > 0 && is_voiced(heard_);
  hearing_.on_frame(agent_voiced);
  tell_agent();
  speak_frame();
  const std::span<const std::int16_t> own =
      std::span(piece_).subspan(piece_filled_ - heard_.size(), heard_.size());
  meter_.on_frame(!piece_is_silent_ && is_voiced(own), agent_voiced);
  if (setup_.record) {
    for (std::size_t i = 0; i < own.size(); ++i) {
      recorded_.push_back(own[i]);
      recorded_.push_back(heard_[i]);
    }
  }
  stream_time_ += kFrame;
  if (piece_filled_ == piece_.size()) send_piece();
  send_due_marks();
  check_end();
}

void CallerSession::speak_frame() {
  const auto frame = piece_.begin() + static_cast<std::ptrdiff_t>(piece_filled_);
  const std::span<const std::int16_t> sound = runner_.on_frame(hearing_, transcript_);
  std::copy(sound.begin(), sound.end(), frame);
  std::fill(frame + static_cast<std::ptrdiff_t>(sound.size()),
            frame + static_cast<std::ptrdiff_t>(heard_.size()), std::int16_t{0});
  if (!sound.empty()) piece_is_silent_ = false;
  piece_filled_ += heard_.size();
}

void CallerSession::send_piece() {
  wire_.send(piece_is_silent_ ? encoder_.silence(piece_.size()) : encoder_.media(piece_));
  piece_filled_ = 0;
  piece_is_silent_ = true;
}

void CallerSession::send_due_marks() {
  for (const std::string& name : playout_.take_due_marks())
    wire_.send(encoder_.mark(name));
}

void CallerSession::tell_agent() {
  const AgentHearing::Utterance& latest = hearing_.latest();
  if (!latest.finished || latest.number == told_utterance_) return;
  told_utterance_ = latest.number;
  if (transcript_.state != TranscriptState::available) listener_.on_agent_sound(latest.end - latest.begin);
}

void CallerSession::tell_transcript() {
  for (; told_lines_ < transcript_.lines.size() && transcript_.lines[told_lines_].final; ++told_lines_) {
    if (transcript_.lines[told_lines_].agent) listener_.on_agent_said(transcript_.lines[told_lines_]);
  }
}

void CallerSession::check_end() {
  switch (runner_.state()) {
    case ScriptRunner::State::running:
      break;
    case ScriptRunner::State::drop:
      return drop();
    case ScriptRunner::State::hang_up:
    case ScriptRunner::State::failed:
      return hang_up();
  }
  if (setup_.drop_after && stream_time_ >= *setup_.drop_after) return drop();
  if (stream_time_ >= setup_.max_duration) {
    hang_up();
    ended_by_ = EndedBy::time_limit;
  }
}

void CallerSession::hang_up(std::string_view reason) {
  if (ended()) return;
  ended_by_ = EndedBy::caller;
  if (piece_filled_ > 0) {
    // What was spoken until now leaves before the stop; the piece has its full length, as every piece.
    std::fill(piece_.begin() + static_cast<std::ptrdiff_t>(piece_filled_), piece_.end(), std::int16_t{0});
    send_piece();
  }
  wire_.send(encoder_.stop(reason));
  lint_.on_stop_sent(since_start());
  wire_.close();
}

void CallerSession::drop() {
  if (ended()) return;
  ended_by_ = EndedBy::drop;
  wire_.cut();
}

void CallerSession::on_say(const std::string& text) {
  meter_.begin(text);
  listener_.on_caller_said(text);
}

void CallerSession::on_dtmf(char digit) {
  wire_.send(encoder_.dtmf(digit, kKeyPress));
  listener_.on_dtmf(digit);
}

void CallerSession::on_text(std::string_view text) {
  const milliseconds now = since_start();
  const Result<ServerMessage> message = parser_.parse(text);
  if (!message) {
    if (setup_.lint) lint_.on_malformed(message.error().message, now);
    return;
  }
  if (setup_.lint) lint_.on_message(*message, now);
  if (ended()) return;
  switch (message->event) {
    case ServerEvent::media:
      playout_.push_audio(message->samples);
      if (!message->samples.empty() && !first_media_) first_media_ = now;
      meter_.on_media(now);
      break;
    case ServerEvent::mark:
      if (message->mark_name) playout_.push_mark(*message->mark_name);
      break;
    case ServerEvent::clear:
      playout_.clear();
      meter_.on_clear(now);
      break;
    case ServerEvent::unknown:
      break;
  }
}

void CallerSession::on_binary(std::string_view bytes) {
  if (setup_.lint) lint_.on_binary(bytes.size(), since_start());
}

bool CallerSession::wants_transcript() const {
  if (!setup_.script) return false;
  return std::any_of(setup_.script->begin(), setup_.script->end(), [](const PreparedStep& step) {
    return std::holds_alternative<ExpectTextStep>(step.action);
  });
}

void CallerSession::on_transcript(Transcript transcript) {
  transcript_ = std::move(transcript);
  tell_transcript();
}

void CallerSession::on_closed(std::uint16_t close_code) {
  close_code_ = close_code;
  if (setup_.lint && ended_by_ != EndedBy::drop) {
    const milliseconds unplayed(
        audio::samples_to_ms(playout_.queued_samples(), setup_.identity.sample_rate_hz));
    lint_.on_closed(close_code, unplayed, since_start());
  }
  if (!ended_by_) {
    ended_by_ = close_code == 1006 ? EndedBy::connection : EndedBy::agent;
    runner_.on_closed(hearing_, transcript_);
    if (hearing_.latest().number > 0) hearing_.finish();
    tell_agent();
  }
}

CallReport CallerSession::report() {
  CallReport report;
  report.call_sid = setup_.identity.call_sid;
  report.sample_rate_hz = setup_.identity.sample_rate_hz;
  report.ended_by = ended_by_.value_or(EndedBy::connection);
  report.close_code = close_code_;
  report.failure = runner_.failure();
  report.missed_turn = runner_.missed_turn();
  report.duration = stream_time_;
  report.first_media = first_media_;
  report.turns = meter_.turns();
  report.playout = playout_.figures();
  report.findings.assign(lint_.findings().begin(), lint_.findings().end());
  report.violations = lint_.violations();
  report.recorded = std::move(recorded_);
  return report;
}

}  // namespace parley::caller
