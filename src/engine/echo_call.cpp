#include "engine/echo_call.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"

namespace parley::engine {
namespace {

constexpr std::chrono::milliseconds kHoldRest{40};

storage::WallMillis to_millis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

EchoCall::EchoCall(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies)
    : id_(make_id()),
      d_(std::move(dependencies)),
      log_(log::Logger("echo").with_call(id_)),
      stream_(std::move(codec), d_.link, *this, d_.probe, log_),
      rest_(d_.executor) {}

void EchoCall::on_stream_start(const media::StreamStart& start) {
  started_ = true;
  rate_ = start.sample_rate_hz;
  started_at_ = d_.clock.wall_now();
  storage::CallRecord record;
  record.id = record.session_id = id_;
  record.carrier = d_.carrier;
  record.carrier_call_id = start.call_id;
  record.stream_id = start.stream_id;
  record.account_id = start.account_id;
  record.phone_id = d_.phone_id;
  record.agent = d_.agent->name;
  record.agent_version = d_.agent->version;
  record.from = start.from;
  record.to = start.to;
  record.sample_rate_hz = rate_;
  record.started_at = to_millis(started_at_);
  d_.store.append_call(record);
  d_.observer.on_call_started(record);
  log_.info("echo started rate={}", rate_);
}

void EchoCall::on_audio(std::span<const std::int16_t> samples) {
  held_.insert(held_.end(), samples.begin(), samples.end());
  const std::size_t granularity = stream_.codec().piece_granularity();
  send(held_.size() / granularity * granularity);
  if (!held_.empty()) send_rest_soon();
}

void EchoCall::send(std::size_t samples) {
  if (samples == 0) return;
  stream_.send_audio(sent_, std::span(held_).first(samples));
  sent_ += static_cast<std::int64_t>(samples);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(samples));
}

void EchoCall::send_rest_soon() {
  rest_.expires_after(kHoldRest);
  rest_.async_wait([this, ticket = guard_.ticket()](const boost::system::error_code& error) {
    if (error || !ticket.valid() || ended_ || held_.empty()) return;
    const std::size_t granularity = stream_.codec().piece_granularity();
    held_.resize((held_.size() + granularity - 1) / granularity * granularity, 0);
    send(held_.size());
  });
}

void EchoCall::on_dtmf(char digit) {
  event("dtmf", std::string(1, digit));
}

void EchoCall::on_protocol_error(std::string_view kind, std::string_view detail) {
  if (started_) event("protocol_error", fmt::format("{}: {}", kind, detail));
}

void EchoCall::on_stream_stop(std::string_view) {
  stream_.close(media::LinkClose::done, "caller hung up");
  end(storage::CallStatus::completed, "caller hung up");
}

void EchoCall::on_stream_refused(std::string_view) {
  end(storage::CallStatus::failed, "protocol error");
}

void EchoCall::on_link_closed(std::string_view how) {
  end(storage::CallStatus::completed, how == "abnormal" ? "stream lost" : "caller hung up");
}

void EchoCall::shut_down() {
  stream_.close(media::LinkClose::going_away, "server is shutting down");
  end(storage::CallStatus::interrupted, "server shutdown");
}

void EchoCall::event(std::string_view kind, std::string detail) {
  const WallTime now = d_.clock.wall_now();
  d_.store.append_event(
      {id_, to_millis(now), to_millis(now) - to_millis(started_at_), std::string(kind), std::move(detail)});
}

void EchoCall::end(storage::CallStatus status, std::string_view reason) {
  if (!started_ || std::exchange(ended_, true)) return;
  rest_.cancel();
  storage::CallEnd end;
  end.status = status;
  end.reason = std::string(reason);
  end.ended_at = to_millis(d_.clock.wall_now());
  end.duration_ms = end.ended_at - to_millis(started_at_);
  d_.probe.calls_ended(reason).add();
  d_.store.end_call(id_, end);
  d_.observer.on_call_ended(id_, end);
}

}  // namespace parley::engine
