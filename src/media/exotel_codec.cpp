#include "media/exotel_codec.hpp"

#include <cmath>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/json_string.hpp"
#include "media/base64.hpp"
#include "media/stream_message.hpp"
#include "media/stream_parts.hpp"

namespace parley::media {
namespace {

class ExotelCodec final : public MediaCodec {
 public:
  explicit ExotelCodec(ExotelCodecOptions options)
      : options_(options), sample_rate_hz_(options.fallback_sample_rate_hz) {}

  Result<MediaEvent> parse(std::string_view text) override;
  int sample_rate_hz() const override { return sample_rate_hz_; }
  // Pieces are a multiple of 320 bytes: 160 samples of PCM16, 320 of mu-law.
  std::size_t piece_granularity() const override { return mulaw_ ? 320 : 160; }
  void encode_media(std::int64_t position, std::span<const std::int16_t> samples, std::string& out) override;
  void encode_mark(std::string_view name, std::string& out) override;
  void encode_clear(std::string& out) override;

 private:
  Result<MediaEvent> take_start(StreamMessage& message);
  Result<MediaEvent> decode_media(const StreamMessage& message);
  void open_message(std::string_view event, std::string& out);

  ExotelCodecOptions options_;
  int sample_rate_hz_;
  bool mulaw_ = false;
  bool has_odd_byte_ = false;
  std::byte odd_byte_{};
  std::string stream_id_json_;  // escaped, ready to stand between quotes
  std::uint64_t sequence_ = 0;
  std::uint64_t chunk_ = 0;
};

Result<MediaEvent> ExotelCodec::parse(std::string_view text) {
  // Only `start` needs the stream's id, and the media path must not allocate for it.
  const bool wants_stream_id = stream_id_json_.empty();
  StreamMessage message;
  if (auto read = read_stream_message(text, wants_stream_id, message); !read) return fail(read.error());
  if (message.kind == StreamMessage::Kind::media) return decode_media(message);
  if (message.kind == StreamMessage::Kind::start) return take_start(message);
  return plain_event(message, " (is \"Encrypt DTMF\" off in the applet?)");
}

Result<MediaEvent> ExotelCodec::take_start(StreamMessage& message) {
  if (!message.has_start) return fail(Errc::protocol, "start has no start object");
  StreamStart& start = message.start;
  if (start.stream_id.empty()) start.stream_id = std::move(message.stream_id);
  // A rate that is told must be served as told: guessing makes the caller hear a slow or a fast voice.
  const int rate = start.sample_rate_hz != 0 ? start.sample_rate_hz : options_.fallback_sample_rate_hz;
  if (!is_supported_sample_rate(rate)) {
    return fail(
        Errc::invalid_argument,
        fmt::format("sample rate {} Hz is not supported: set 8000, 16000 or 24000 in the applet", rate));
  }
  sample_rate_hz_ = rate;
  start.sample_rate_hz = rate;
  mulaw_ = names_mulaw(start.encoding);
  stream_id_json_.clear();
  append_json_escaped(start.stream_id, stream_id_json_);
  return std::move(start);
}

Result<MediaEvent> ExotelCodec::decode_media(const StreamMessage& message) {
  if (!message.has_payload) return fail(Errc::protocol, "media has no payload");
  if (mulaw_) {
    const auto samples = decode_mulaw(message.payload);
    if (!samples) return fail(samples.error());
    return MediaReceived{*samples, message.timestamp_ms};
  }
  auto& samples = scratch().samples;
  // An odd byte is the first half of a sample whose other half comes with the next payload.
  const std::size_t carried = has_odd_byte_ ? 1 : 0;
  samples.resize((base64_decoded_max(message.payload.size()) + carried + 1) / 2);
  auto* const bytes = reinterpret_cast<std::byte*>(samples.data());
  const auto decoded = base64_decode(message.payload, bytes + carried);
  if (!decoded) return fail(Errc::protocol, "media payload is not base64");
  if (has_odd_byte_) bytes[0] = odd_byte_;
  const std::size_t size = *decoded + carried;
  has_odd_byte_ = size % 2 != 0;
  if (has_odd_byte_) odd_byte_ = bytes[size - 1];
  static_assert(std::endian::native == std::endian::little, "the wire is little-endian and is used in place");
  return MediaReceived{std::span(samples.data(), size / 2), message.timestamp_ms};
}

void ExotelCodec::open_message(std::string_view event, std::string& out) {
  out.clear();
  auto to = std::back_inserter(out);
  if (options_.sequence_numbers) {
    fmt::format_to(to, FMT_COMPILE(R"({{"event":"{}","sequence_number":"{}","stream_sid":"{}")"), event,
                   ++sequence_, stream_id_json_);
  } else {
    fmt::format_to(to, FMT_COMPILE(R"({{"event":"{}","stream_sid":"{}")"), event, stream_id_json_);
  }
}

void ExotelCodec::encode_media(std::int64_t position, std::span<const std::int16_t> samples,
                               std::string& out) {
  open_message("media", out);
  if (options_.sequence_numbers) {
    fmt::format_to(std::back_inserter(out),
                   FMT_COMPILE(R"(,"media":{{"chunk":"{}","timestamp":"{}","payload":")"), ++chunk_,
                   position * 1000 / sample_rate_hz_);
  } else {
    out += R"(,"media":{"payload":")";
  }
  if (mulaw_) {
    append_mulaw(samples, out);
  } else {
    base64_encode(std::as_bytes(samples), out);
  }
  out += "\"}}";
}

void ExotelCodec::encode_mark(std::string_view name, std::string& out) {
  open_message("mark", out);
  out += R"(,"mark":{"name":")";
  append_json_escaped(name, out);
  out += "\"}}";
}

void ExotelCodec::encode_clear(std::string& out) {
  open_message("clear", out);
  out += '}';
}

}  // namespace

std::unique_ptr<MediaCodec> make_exotel_codec(ExotelCodecOptions options) {
  return std::make_unique<ExotelCodec>(options);
}

int parse_sample_rate(std::string_view text) {
  double value = 0;
  double scale = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      if (scale == 0) {
        value = value * 10 + (c - '0');
      } else {
        value += (c - '0') * scale;
        scale /= 10;
      }
      if (value > 1e6) return 0;
    } else if (c == '.' && scale == 0) {
      scale = 0.1;
    } else if (c == 'k' || c == 'K') {
      value *= 1000;
      break;
    } else if (c != ' ') {
      break;
    }
  }
  return static_cast<int>(std::lround(value));
}

}  // namespace parley::media
