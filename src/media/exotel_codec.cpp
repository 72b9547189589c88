#include "media/exotel_codec.hpp"

#include <cmath>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "audio/g711.hpp"
#include "base/json_string.hpp"
#include "media/base64.hpp"
#include "media/exotel_message.hpp"

namespace parley::media {
namespace {

// Room for the audio of one message. One set a thread serves every call on it: a set a call would double the
// memory of a call.
struct Scratch {
  std::vector<std::int16_t> samples;
  std::vector<std::byte> bytes;  // mu-law codes before they are expanded
  std::string mark_name;
};
Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

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
  Result<MediaEvent> take_start(ExotelMessage& message);
  Result<MediaEvent> decode_media(const ExotelMessage& message);
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
  ExotelMessage message;
  if (auto read = read_exotel_message(text, wants_stream_id, message); !read) return fail(read.error());
  switch (message.kind) {
    case ExotelMessage::Kind::none:
      return fail(Errc::protocol, "message has no event");
    case ExotelMessage::Kind::media:
      return decode_media(message);
    case ExotelMessage::Kind::connected:
      return StreamConnected{};
    case ExotelMessage::Kind::start:
      return take_start(message);
    case ExotelMessage::Kind::dtmf: {
      constexpr std::string_view kDigits = "0123456789*#ABCD";
      if (message.digit.size() != 1 || kDigits.find(message.digit[0]) == std::string_view::npos) {
        return fail(Errc::protocol,
                    "dtmf has no digit out of 0-9 * # A-D (is \"Encrypt DTMF\" off in the applet?)");
      }
      return DtmfReceived{message.digit[0]};
    }
    case ExotelMessage::Kind::mark: {
      if (!message.has_mark_name) return fail(Errc::protocol, "mark has no name");
      scratch().mark_name.assign(message.mark_name);
      return MarkPlayed{scratch().mark_name};
    }
    case ExotelMessage::Kind::clear:
      return ClearReceived{};
    case ExotelMessage::Kind::stop:
      return StreamStopped{std::move(message.stop_reason)};
    case ExotelMessage::Kind::unknown:
      return UnknownEvent{std::move(message.event_name)};
  }
  return fail(Errc::internal, "unreachable");
}

Result<MediaEvent> ExotelCodec::take_start(ExotelMessage& message) {
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
  mulaw_ = contains_ignoring_case(start.encoding, "mulaw") ||
           contains_ignoring_case(start.encoding, "ulaw") || contains_ignoring_case(start.encoding, "pcmu");
  stream_id_json_.clear();
  append_json_escaped(start.stream_id, stream_id_json_);
  return std::move(start);
}

Result<MediaEvent> ExotelCodec::decode_media(const ExotelMessage& message) {
  if (!message.has_payload) return fail(Errc::protocol, "media has no payload");
  auto& samples = scratch().samples;
  if (mulaw_) {
    auto& codes = scratch().bytes;
    codes.resize(base64_decoded_max(message.payload.size()));
    const auto decoded = base64_decode(message.payload, codes.data());
    if (!decoded) return fail(Errc::protocol, "media payload is not base64");
    samples.resize(*decoded);
    for (std::size_t i = 0; i < *decoded; ++i) {
      samples[i] = audio::mulaw_to_linear(std::to_integer<std::uint8_t>(codes[i]));
    }
    return MediaReceived{samples, message.timestamp_ms};
  }
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
    auto& codes = scratch().bytes;
    codes.resize(samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i)
      codes[i] = std::byte{audio::linear_to_mulaw(samples[i])};
    base64_encode(codes, out);
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
