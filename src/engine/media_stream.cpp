#include "engine/media_stream.hpp"

namespace parley::engine {

MediaStream::MediaStream(std::unique_ptr<media::MediaCodec> codec, media::MediaLink& link,
                         StreamHandler& handler, Probe& probe, log::Logger log)
    : codec_(std::move(codec)),
      binary_(codec_->is_binary()),
      link_(link),
      handler_(handler),
      probe_(probe),
      log_(std::move(log)) {}

// What each event means in the stream's present state.
struct MediaStream::Dispatch {
  MediaStream& stream;

  void operator()(const media::MediaReceived& media) const {
    if (!stream.started_) return stream.error("media_before_start", "media before start");
    stream.handler_.on_audio(media.samples);
  }
  void operator()(const media::StreamStart& start) const {
    if (stream.started_) return stream.error("second_start", "a second start on one stream was ignored");
    stream.started_ = true;
    stream.handler_.on_stream_start(start);
  }
  void operator()(const media::DtmfReceived& dtmf) const {
    if (!stream.started_) return stream.error("dtmf_before_start", "dtmf before start");
    stream.handler_.on_dtmf(dtmf.digit);
  }
  void operator()(const media::MarkPlayed& mark) const {
    if (stream.started_) stream.handler_.on_mark(mark.name);
  }
  void operator()(const media::StreamStopped& stop) const { stream.handler_.on_stream_stop(stop.reason); }
  void operator()(const media::StreamConnected&) const {}
  // One article lists clear among the carrier's own messages; there is nothing of ours it could refer to.
  void operator()(const media::ClearReceived&) const {}
  void operator()(const media::UnknownEvent& unknown) const {
    stream.probe_.protocol_errors("unknown_event").add();
    stream.log_.debug("unknown event '{}' ignored", unknown.name);
  }
};

void MediaStream::on_text(std::string_view text) {
  if (!closed_) take(codec_->parse(text));
}

void MediaStream::take(Result<media::MediaEvent> event) {
  if (event) return std::visit(Dispatch{*this}, *event);
  if (event.error().code == Errc::invalid_argument) {
    probe_.protocol_errors("unsupported").add();
    return refuse(media::LinkClose::unsupported, event.error().message);
  }
  error("malformed", event.error().message);
  // Nothing sensible can follow when not even the first messages could be read.
  if (!started_ && errors_ >= kMaxErrorsBeforeStart) {
    refuse(media::LinkClose::protocol_error, event.error().message);
  }
}

void MediaStream::on_binary(std::string_view bytes) {
  if (closed_) return;
  if (binary_) return take(codec_->parse_binary(bytes));
  if (!started_) {
    probe_.protocol_errors("binary").add();
    return refuse(media::LinkClose::unsupported, "binary frame: this stream carries JSON text messages");
  }
  error("binary", "binary frame ignored: this stream carries JSON text messages");
}

void MediaStream::error(std::string_view kind, std::string_view detail) {
  probe_.protocol_errors(kind).add();
  ++errors_;
  if (errors_ <= kErrorsTold) handler_.on_protocol_error(kind, detail);
  if (errors_ >= kMaxErrors)
    refuse(media::LinkClose::protocol_error, "too many broken messages, the last: " + std::string(detail));
}

void MediaStream::refuse(media::LinkClose why, std::string_view reason) {
  if (closed_) return;
  log_.warn("stream refused: {}", reason);
  close(why, reason);
  handler_.on_stream_refused(reason);
}

void MediaStream::send_audio(std::int64_t position, std::span<const std::int16_t> samples) {
  codec_->encode_media(position, samples, message_);
  binary_ ? link_.send_binary(message_) : link_.send_text(message_);
}

void MediaStream::send_mark(std::string_view name) {
  codec_->encode_mark(name, message_);
  link_.send_text(message_);
}

void MediaStream::send_clear() {
  codec_->encode_clear(message_);
  link_.send_text(message_);
}

void MediaStream::close(media::LinkClose why, std::string_view reason) {
  if (std::exchange(closed_, true)) return;
  link_.close(why, reason);
}

}  // namespace parley::engine
