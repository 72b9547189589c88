// A media stream as data: messages in and out, no socket. Another carrier is another file that implements
// MediaCodec.
//
// Thread: the call's shard. Parsing never throws, never allocates per media message, and survives any bytes
// (fuzzed).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace parley::media {

struct StreamConnected {};

struct StreamStart {
  std::string stream_id;
  std::string call_id;  // the carrier's id of the call (Exotel: CallSid)
  std::string account_id;
  std::string from;
  std::string to;
  int sample_rate_hz = 0;  // 0: not told
  std::string encoding;    // as told; what it means is the codec's affair
  std::map<std::string, std::string> custom_parameters;
};

struct MediaReceived {
  // Caller's audio at the stream's rate. Valid until the next parse on this thread.
  std::span<const std::int16_t> samples;
  std::int64_t timestamp_ms = -1;  // the carrier's, -1: none
};

struct DtmfReceived {
  char digit = 0;  // 0-9 * # A-D
};

struct MarkPlayed {
  std::string_view name;  // valid until the next parse on this thread
};

struct ClearReceived {};

struct StreamStopped {
  std::string reason;  // "callended", "stopped", as told; may be empty
};

struct UnknownEvent {
  std::string name;
};

using MediaEvent = std::variant<StreamConnected, StreamStart, MediaReceived, DtmfReceived, MarkPlayed,
                                ClearReceived, StreamStopped, UnknownEvent>;

class MediaCodec {
 public:
  virtual ~MediaCodec() = default;

  // `text` has 64 readable bytes behind it. Errc::protocol for what is not a message of this protocol (drop
  // it and go on), Errc::invalid_argument for a stream that cannot be served (an unknown sample rate). The
  // message says what was wrong and never quotes the bytes.
  virtual Result<MediaEvent> parse(std::string_view text) = 0;

  // Sound comes and goes in binary frames: encode_media() writes the frame itself.
  virtual bool is_binary() const { return false; }
  // Of a frame, when is_binary(). Errors as of parse().
  virtual Result<MediaEvent> parse_binary(std::string_view /*bytes*/) {
    return fail(Errc::protocol, "this stream carries JSON text messages");
  }

  // The rate in force, after `start` (or the fallback given at construction).
  virtual int sample_rate_hz() const = 0;

  // Outgoing audio goes in pieces of a multiple of this many samples; the last is padded with zeros by the
  // caller.
  virtual std::size_t piece_granularity() const = 0;

  // Each writes one whole message into `out` (cleared first; its capacity is reused). Only after `start`.
  // `position` is where on the stream's sample clock the piece will be played.
  virtual void encode_media(std::int64_t position, std::span<const std::int16_t> samples,
                            std::string& out) = 0;
  virtual void encode_mark(std::string_view name, std::string& out) = 0;
  virtual void encode_clear(std::string& out) = 0;
};

}  // namespace parley::media
