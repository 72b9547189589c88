#include "media/twilio_codec.hpp"

#include <fmt/format.h>

#include "base/json_string.hpp"
#include "media/stream_message.hpp"
#include "media/stream_parts.hpp"

namespace parley::media {
namespace {

constexpr int kSampleRateHz = 8000;

class TwilioCodec final : public MediaCodec {
 public:
  Result<MediaEvent> parse(std::string_view text) override;
  int sample_rate_hz() const override { return kSampleRateHz; }
  // Any size is played; 20 ms are what Twilio itself sends.
  std::size_t piece_granularity() const override { return 160; }
  void encode_media(std::int64_t position, std::span<const std::int16_t> samples, std::string& out) override;
  void encode_mark(std::string_view name, std::string& out) override;
  void encode_clear(std::string& out) override;

 private:
  Result<MediaEvent> take_start(StreamMessage& message);
  void open_message(std::string_view event, std::string& out);

  std::string stream_id_json_;  // escaped, ready to stand between quotes
};

Result<MediaEvent> TwilioCodec::parse(std::string_view text) {
  // Only `start` needs the stream's id, and the media path must not allocate for it.
  const bool wants_stream_id = stream_id_json_.empty();
  StreamMessage message;
  if (auto read = read_stream_message(text, wants_stream_id, message); !read) return fail(read.error());
  if (message.kind == StreamMessage::Kind::start) return take_start(message);
  if (message.kind == StreamMessage::Kind::media) {
    if (!message.has_payload) return fail(Errc::protocol, "media has no payload");
    if (message.is_outbound) return MediaReceived{{}, message.timestamp_ms};
    const auto samples = decode_mulaw(message.payload);
    if (!samples) return fail(samples.error());
    return MediaReceived{*samples, message.timestamp_ms};
  }
  if (message.kind == StreamMessage::Kind::dtmf && message.is_outbound) return UnknownEvent{"dtmf"};
  return plain_event(message, "");
}

Result<MediaEvent> TwilioCodec::take_start(StreamMessage& message) {
  if (!message.has_start) return fail(Errc::protocol, "start has no start object");
  StreamStart& start = message.start;
  if (start.stream_id.empty()) start.stream_id = std::move(message.stream_id);
  if (start.sample_rate_hz != 0 && start.sample_rate_hz != kSampleRateHz) {
    return fail(
        Errc::invalid_argument,
        fmt::format("sample rate {} Hz is not supported: this stream carries 8000", start.sample_rate_hz));
  }
  if (!start.encoding.empty() && !names_mulaw(start.encoding))
    return fail(Errc::invalid_argument, "the encoding is not supported: this stream carries audio/x-mulaw");
  start.sample_rate_hz = kSampleRateHz;
  stream_id_json_.clear();
  append_json_escaped(start.stream_id, stream_id_json_);
  return std::move(start);
}

void TwilioCodec::open_message(std::string_view event, std::string& out) {
  out.assign(R"({"event":")");
  out += event;
  out += R"(","streamSid":")";
  out += stream_id_json_;
  out += '"';
}

void TwilioCodec::encode_media(std::int64_t, std::span<const std::int16_t> samples, std::string& out) {
  open_message("media", out);
  out += R"(,"media":{"payload":")";
  append_mulaw(samples, out);
  out += "\"}}";
}

void TwilioCodec::encode_mark(std::string_view name, std::string& out) {
  open_message("mark", out);
  out += R"(,"mark":{"name":")";
  append_json_escaped(name, out);
  out += "\"}}";
}

void TwilioCodec::encode_clear(std::string& out) {
  open_message("clear", out);
  out += '}';
}

}  // namespace

std::unique_ptr<MediaCodec> make_twilio_codec() {
  return std::make_unique<TwilioCodec>();
}

}  // namespace parley::media
