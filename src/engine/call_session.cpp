#include "engine/call_session.hpp"

#include <fmt/format.h>

#include "audio/audio.hpp"
#include "base/ids.hpp"

namespace parley::engine {
namespace {

using std::chrono::milliseconds;

// Pieces leave this late at the most; a silence that is due but has not arrived is looked for this often.
constexpr milliseconds kMinimumTimer{4};
constexpr int kMaxKeysPerSecond = 20;

PlayoutOptions playout_options(const MediaSettings& settings, int rate, std::size_t granularity) {
  PlayoutOptions options;
  options.sample_rate_hz = rate;
  options.granularity = granularity;
  const auto piece = static_cast<std::size_t>(audio::ms_to_samples(settings.piece.count(), rate));
  options.piece_samples = std::max(granularity, piece / granularity * granularity);
  options.lead_samples = audio::ms_to_samples(settings.lead.count(), rate);
  options.mark_patience_samples = audio::ms_to_samples(1500, rate);
  return options;
}

// Relative to the data directory.
std::string recording_file(const std::string& call_id) {
  return "recordings/" + call_id + ".wav";
}

}  // namespace

CallSession::Live::Live(CallSession& session, int sample_rate_hz)
    : clock(sample_rate_hz, session.now_),
      caller_audio(*session.d_.agent, sample_rate_hz, session),
      playout(playout_options(session.d_.media, sample_rate_hz, session.stream_.codec().piece_granularity()),
              session),
      last_media(session.now_) {}

CallSession::CallSession(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies)
    : d_(std::move(dependencies)),
      journal_(d_.call_id.empty() ? make_id() : d_.call_id, d_, "engine"),
      now_(d_.clock.now()),
      opened_(now_),
      stream_(std::move(codec), d_.link, *this, d_.probe, journal_.log()),
      machine_(d_.agent),
      turns_(journal_.id(), std::move(d_.earlier)),
      times_(d_.probe),
      vendor_times_(d_.probe, *d_.agent),
      ledger_(journal_.id(), d_.store, d_.prices, iso_day(d_.clock.wall_now())),
      timer_(d_.executor) {
  actions_.reserve(8);
  set_timer();
}

// What the vendors' streams have used is told by their destructors: the books are open until then.
CallSession::~CallSession() {
  ended_turns_.clear();
  turn_.reset();
  failed_stt_.clear();
  failed_voice_.clear();
  live_.reset();
}

// From the socket.

void CallSession::on_text(std::string_view text) {
  now_ = d_.clock.now();
  stream_.on_text(text);
  turn_the_crank();
}

void CallSession::on_binary(std::string_view bytes) {
  now_ = d_.clock.now();
  stream_.on_binary(bytes);
  turn_the_crank();
}

void CallSession::on_link_closed(LinkEnd how) {
  now_ = d_.clock.now();
  if (how == LinkEnd::too_big) d_.probe.protocol_errors("too_big").add();
  if (!live_ || journal_.is_closed()) return;
  if (how == LinkEnd::too_big) return tell(CallerGone{EndReason::protocol_error});
  tell(CallerGone{how == LinkEnd::broken ? EndReason::stream_lost : EndReason::caller_hung_up});
}

void CallSession::shut_down() {
  now_ = d_.clock.now();
  if (live_) return tell(ShutdownWanted{});
  stream_.close(media::LinkClose::going_away, "server is shutting down");
}

// From outside.

Result<void> CallSession::hang_up(std::string reason) {
  if (journal_.is_closed()) return fail(Errc::conflict, "the call is over");
  if (auto fits = check_hang_up(reason); !fits) return fits;
  now_ = d_.clock.now();
  if (!live_) {
    stream_.close(media::LinkClose::done, to_string(EndReason::hung_up));
    return {};
  }
  hang_up_reason_ = std::move(reason);
  tell(HangUpWanted{});
  return {};
}

Result<void> CallSession::transfer(std::string to, std::string say) {
  if (!live_) return fail(Errc::conflict, "the call has not begun");
  if (journal_.is_closed()) return fail(Errc::conflict, "the call is over");
  if (transferring_) return fail(Errc::conflict, "the call is being transferred already");
  const bool may_be_nobody = d_.agent->transfer.enabled || d_.no_transfer;
  if (auto fits = check_transfer(to, say, may_be_nobody); !fits) return fits;
  now_ = d_.clock.now();
  if (d_.no_transfer) {
    event("transfer_refused", d_.no_transfer->why);
    return fail(Errc::conflict, d_.no_transfer->why);
  }
  tell(TransferWanted{std::move(to), std::move(say)});
  turn_the_crank();
  return {};
}

// From the stream.

void CallSession::on_stream_start(const media::StreamStart& start) {
  live_.emplace(*this, start.sample_rate_hz);
  journal_.open(start);
  if (d_.agent->recording.enabled) {
    const std::string file = recording_file(id());
    live_->recording = d_.recorder.start(d_.data_dir / file, start.sample_rate_hz);
    const storage::RecordingRecord recording{id(), file, 0, false};
    d_.store.put_recording(recording);
    d_.observer.on_recording_started(recording);
  }
  if (d_.vendors.warm) warm_vendors();
  tell(StreamStarted{});
}

void CallSession::open_stt() {
  if (d_.vendors.stt == nullptr) return;
  auto opened = d_.vendors.stt->open(
      {d_.executor, d_.agent, d_.agent->stt, live_->clock.sample_rate_hz(), journal_.log(), *this}, *this);
  if (opened) {
    live_->stt = std::move(*opened);
    return;
  }
  journal_.log().error("recogniser does not open: {}", describe(opened.error()));
  event("stt_failed", describe(opened.error()));
}

void CallSession::finish_recording() {
  if (!live_->recording) return;
  const int rate = live_->clock.sample_rate_hz();
  live_->recording->finish(
      now_position(), [&store = d_.store, &observer = d_.observer, agent = d_.agent, directory = d_.data_dir,
                       id = id(), rate](Result<std::int64_t> samples) {
        if (!samples) return;  // the recorder has counted and logged it; the row stays incomplete
        const std::string file = recording_file(id);
        const storage::RecordingRecord recording{id, file, audio::samples_to_ms(*samples, rate), true};
        store.put_recording(recording);
        observer.on_recording_whole(recording);
        observer.on_recording_finished(id, agent, directory / file);
      });
}

void CallSession::on_audio(std::span<const std::int16_t> samples) {
  live_->last_media = now_;
  const std::int64_t position = live_->clock.on_received(samples.size(), now_);
  if (live_->recording) live_->recording->write_caller(position, samples);
  // An agent without a recogniser is answered by keys: the caller's voice neither interrupts nor is waited
  // for.
  if (hears()) live_->caller_audio.take(position, samples);
}

void CallSession::on_dtmf(char digit) {
  if (now_ - keys_window_ >= std::chrono::seconds(1)) {
    keys_window_ = now_;
    keys_in_window_ = 0;
  }
  if (++keys_in_window_ > kMaxKeysPerSecond) return d_.probe.protocol_errors("dtmf_flood").add();
  event("dtmf", std::string(1, digit));
  tell(DtmfPressed{digit});
}

void CallSession::on_mark(std::string_view name) {
  live_->playout.on_mark(name, now_position());
}

void CallSession::on_stream_stop(std::string_view reason) {
  if (!live_) return stream_.close(media::LinkClose::done, "stopped before start");
  event("stream_stop", std::string(reason));
  tell(CallerGone{EndReason::caller_hung_up});
}

void CallSession::on_protocol_error(std::string_view kind, std::string_view detail) {
  event("protocol_error", fmt::format("{}: {}", kind, detail));
}

void CallSession::on_stream_refused(std::string_view why) {
  if (!live_) return;
  event("stream_refused", std::string(why));
  tell(CallerGone{EndReason::protocol_error});
}

// From the caller's audio.

void CallSession::on_speech_change(audio::SpeechDetector::Change change, std::int64_t position) {
  using Change = audio::SpeechDetector::Change;
  const StreamTime at = live_->clock.to_time(position);
  if (change == Change::started) tell(SpeechStarted{at});
  if (change == Change::paused) tell(SpeechPaused{at});
  if (change == Change::resumed) tell(SpeechResumed{});
}

void CallSession::on_caller_frame(std::span<const std::int16_t> frame, std::int64_t end_position) {
  if (utterance_open_) give_to_ears(frame);
  // Frame by frame, so that a large payload ends a turn where its silence is long enough, not where it
  // arrives.
  const StreamTime end = live_->clock.to_time(end_position);
  machine_.advance(std::max(now_time(), end), end, actions_);
  run_actions();
}

// From playout.

void CallSession::send_piece(std::int64_t position, std::span<const std::int16_t> samples) {
  stream_.send_audio(position, samples);
  if (live_->recording) live_->recording->write_agent(position, samples);
  if (turn_sent_) return;
  turn_sent_ = true;
  turn_sent_untold_ = true;
}

void CallSession::send_mark(std::string_view name) {
  stream_.send_mark(name);
}

void CallSession::send_clear() {
  stream_.send_clear();
}

// Time.

void CallSession::turn_the_crank() {
  if (!live_ || journal_.is_closed()) return;
  const StreamTime now = now_time();
  // Silence that has not arrived is not silence yet, unless the carrier has stopped sending altogether.
  const StreamTime received = live_->clock.to_time(live_->clock.received());
  const StreamTime heard = std::max<StreamTime>(received, now - SampleClock::kGapAfter);
  machine_.advance(now, heard, actions_);
  run_actions();
  if (journal_.is_closed()) return;
  say_filler_if_due();
  settle_playout();
  if (journal_.is_closed()) return;
  if (live_->recording) live_->recording->advance(live_->clock.to_samples(std::min(now, heard)));
  set_timer();
}

void CallSession::settle_playout() {
  live_->playout.pump(now_position());
  if (std::exchange(turn_sent_untold_, false) && turn_) {
    now_ = d_.clock.now();
    times_.sent(now_time(), now_, turns_.row());
    vendor_times_.sound_sent(turn_->spoken_by(), turn_->first_received_at(), now_);
    journal_.line(agent_line_, true, turn_->text(), false, false);
    tell(ReplyAudible{turn_->generation()});
  }
  fail_if_stalled();
  if (turn_ && turn_->generated() && live_->playout.drained()) {
    const std::uint64_t generation = turn_->generation();
    end_turn({}, false);
    tell(ReplyHeard{generation});
  }
}

void CallSession::say_filler_if_due() {
  if (!filler_at_ || now_ < *filler_at_) return;
  filler_at_.reset();
  const auto& fillers = d_.agent->filler.say;
  if (turn_) turn_->say_filler(fillers[next_filler_++ % fillers.size()]);
}

void CallSession::fail_if_stalled() {
  if (!turn_ || !turn_sent_ || turn_->generated()) return;
  const auto patience = d_.agent->turn_taking.reply_deadline;
  if (now_position() < live_->playout.sent_until() + live_->clock.to_samples(patience)) return;
  event("reply_failed", "the reply stopped in the middle");
  tell(ReplyFailed{turn_->generation()});
}

void CallSession::check_silence() {
  if (!live_) {
    if (now_ - opened_ >= d_.media.start_deadline) {
      d_.probe.protocol_errors("no_start").add();
      stream_.close(media::LinkClose::policy, "no start message in time");
    }
  } else if (now_ - live_->last_media >= d_.media.dead_after) {
    event("media_stopped", "");
    tell(CallerGone{EndReason::stream_lost});
  }
}

void CallSession::set_timer() {
  if (journal_.is_closed()) return;
  SteadyTime at = live_ ? live_->last_media + d_.media.dead_after : opened_ + d_.media.start_deadline;
  if (live_) {
    if (const auto deadline = machine_.next_deadline()) {
      at = std::min(at, live_->clock.steady_at(live_->clock.to_samples(*deadline)));
    }
    if (const auto due = live_->playout.next_due(now_position()))
      at = std::min(at, live_->clock.steady_at(*due));
    if (filler_at_) at = std::min(at, *filler_at_);
  }
  at = std::max(at, now_ + kMinimumTimer);
  // Media turns the crank fifty times a second; a timer that is set early enough already stays as it is.
  if (timer_at_ && *timer_at_ <= at) return;
  timer_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this, ticket = guard_.ticket()](const boost::system::error_code& error) {
    if (error || !ticket.valid()) return;
    timer_at_.reset();
    now_ = d_.clock.now();
    check_silence();
    if (live_) return turn_the_crank();
    if (now_ - opened_ < d_.media.start_deadline) set_timer();
  });
}

// Notes.

std::int64_t CallSession::now_ms() const {
  return live_ ? std::chrono::duration_cast<milliseconds>(now_time()).count() : 0;
}

}  // namespace parley::engine
