#include "engine/echo_call.hpp"

#include <fmt/format.h>

#include "base/ids.hpp"
#include "engine/turn_machine.hpp"

namespace parley::engine {
namespace {

constexpr std::chrono::milliseconds kHoldRest{40};

}  // namespace

EchoCall::EchoCall(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies)
    : d_(std::move(dependencies)),
      journal_(d_.call_id.empty() ? make_id() : d_.call_id, d_, "echo"),
      stream_(std::move(codec), d_.link, *this, d_.probe, journal_.log()),
      last_media_(d_.clock.now()),
      watch_(d_.executor),
      rest_(d_.executor) {
  watch();
}

void EchoCall::watch() {
  const auto patience = journal_.is_open() ? d_.media.dead_after : d_.media.start_deadline;
  if (d_.clock.now() - last_media_ >= patience) {
    if (!journal_.is_open()) return stream_.close(media::LinkClose::policy, "no start message in time");
    stream_.close(media::LinkClose::done, "media stopped");
    return end(storage::CallStatus::completed, "stream lost");
  }
  watch_.expires_at(last_media_ + patience);
  watch_.async_wait([this, ticket = guard_.ticket()](const boost::system::error_code& error) {
    if (!error && ticket.valid() && !journal_.is_closed()) watch();
  });
}

void EchoCall::on_stream_start(const media::StreamStart& start) {
  started_at_ = last_media_ = d_.clock.now();
  journal_.open(start);
}

void EchoCall::on_audio(std::span<const std::int16_t> samples) {
  last_media_ = d_.clock.now();
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
    if (error || !ticket.valid() || journal_.is_closed() || held_.empty()) return;
    const std::size_t granularity = stream_.codec().piece_granularity();
    held_.resize((held_.size() + granularity - 1) / granularity * granularity, 0);
    send(held_.size());
  });
}

void EchoCall::on_dtmf(char digit) {
  journal_.event("dtmf", std::string(1, digit), elapsed_ms());
}

void EchoCall::on_protocol_error(std::string_view kind, std::string_view detail) {
  journal_.event("protocol_error", fmt::format("{}: {}", kind, detail), elapsed_ms());
}

void EchoCall::on_stream_stop(std::string_view) {
  stream_.close(media::LinkClose::done, "caller hung up");
  end(storage::CallStatus::completed, "caller hung up");
}

void EchoCall::on_stream_refused(std::string_view) {
  end(storage::CallStatus::failed, "protocol error");
}

void EchoCall::on_link_closed(LinkEnd how) {
  if (how == LinkEnd::too_big) d_.probe.protocol_errors("too_big").add();
  end(storage::CallStatus::completed, how == LinkEnd::broken ? "stream lost" : "caller hung up");
}

void EchoCall::shut_down() {
  stream_.close(media::LinkClose::going_away, "server is shutting down");
  end(storage::CallStatus::interrupted, "server shutdown");
}

Result<void> EchoCall::hang_up(std::string reason) {
  if (journal_.is_closed()) return fail(Errc::conflict, "the call is over");
  if (auto fits = check_hang_up(reason); !fits) return fits;
  stream_.close(media::LinkClose::done, to_string(EndReason::hung_up));
  end(storage::CallStatus::completed, to_string(EndReason::hung_up), false, reason);
  return {};
}

// It has no voice to say anything with.
Result<void> EchoCall::transfer(std::string to, std::string say) {
  if (!journal_.is_open()) return fail(Errc::conflict, "the call has not begun");
  if (journal_.is_closed()) return fail(Errc::conflict, "the call is over");
  if (auto fits = check_transfer(to, say); !fits) return fits;
  if (d_.no_transfer) {
    journal_.event("transfer_refused", d_.no_transfer->why, elapsed_ms());
    return fail(Errc::conflict, d_.no_transfer->why);
  }
  journal_.event("transfer_requested", std::move(to), elapsed_ms());
  stream_.close(media::LinkClose::done, to_string(EndReason::transferred));
  end(storage::CallStatus::completed, to_string(EndReason::transferred), true);
  return {};
}

std::int64_t EchoCall::elapsed_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d_.clock.now() - started_at_).count();
}

void EchoCall::end(storage::CallStatus status, std::string_view reason, bool escalated,
                   std::string_view in_words) {
  rest_.cancel();
  watch_.cancel();
  journal_.close(status, reason, elapsed_ms(), escalated, in_words);
}

}  // namespace parley::engine
