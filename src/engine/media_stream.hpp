// One carrier stream: holds the protocol's state (waiting for start, streaming, closed) over codec and link,
// counts what breaks the protocol, and ends the stream where it cannot go on. The call behind it gets clean
// events only.
//
// Thread: the call's shard. Lifetime: link, handler and probe outlive the stream.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "engine/probe.hpp"
#include "media/media_codec.hpp"
#include "media/media_link.hpp"

namespace parley::engine {

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  virtual void on_stream_start(const media::StreamStart& start) = 0;  // exactly once, before the others
  virtual void on_audio(std::span<const std::int16_t> samples) = 0;
  virtual void on_dtmf(char digit) = 0;
  virtual void on_mark(std::string_view name) = 0;
  virtual void on_stream_stop(std::string_view reason) = 0;  // the carrier's stop
  virtual void on_protocol_error(std::string_view kind,
                                 std::string_view detail) = 0;  // counted; the stream goes on
  virtual void on_stream_refused(std::string_view why) = 0;     // close is under way, by our decision
};

class MediaStream {
 public:
  // So many broken messages end a stream: the peer speaks something else.
  static constexpr int kMaxErrors = 100;
  static constexpr int kMaxErrorsBeforeStart = 3;
  // The handler is told of the first ones; the rest are only counted, so that a broken peer does not fill the
  // call log.
  static constexpr int kErrorsTold = 5;

  MediaStream(std::unique_ptr<media::MediaCodec> codec, media::MediaLink& link, StreamHandler& handler,
              Probe& probe, log::Logger log);

  void on_text(std::string_view text);
  void on_binary(std::string_view bytes);

  bool started() const { return started_; }
  media::MediaCodec& codec() { return *codec_; }

  void send_audio(std::int64_t position, std::span<const std::int16_t> samples);
  void send_mark(std::string_view name);
  void send_clear();
  void close(media::LinkClose why, std::string_view reason);

 private:
  struct Dispatch;
  void take(Result<media::MediaEvent> event);
  void error(std::string_view kind, std::string_view detail);
  void refuse(media::LinkClose why, std::string_view reason);

  std::unique_ptr<media::MediaCodec> codec_;
  const bool binary_;  // sound is
  media::MediaLink& link_;
  StreamHandler& handler_;
  Probe& probe_;
  log::Logger log_;
  std::string message_;  // reused for every outgoing message
  bool started_ = false;
  bool closed_ = false;
  int errors_ = 0;
};

}  // namespace parley::engine
