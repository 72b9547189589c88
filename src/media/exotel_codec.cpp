#include "media/exotel_codec.hpp"

#include <cstring>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "audio/g711.hpp"
#include "media/base64.hpp"

namespace parley::media {
namespace {

namespace od = simdjson::ondemand;

// Parsing needs room for the structure of one message and for the audio in it. One set a thread serves every
// call on it: a set a call would double the memory of a call.
struct Scratch {
  od::parser parser;
  std::vector<std::int16_t> samples;
  std::vector<std::byte> bytes;  // mu-law codes before they are expanded
  std::string mark_name;
};
Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

// Keys as told, or as their camelCase twin: Exotel's newer samples use the latter.
bool key_is(std::string_view key, std::string_view snake, std::string_view camel) {
  return key == snake || key == camel;
}

// A string, or the text of a number: live traffic sends numbers as strings, documents show both.
bool read_text(od::value value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    out.assign(text);
    return true;
  }
  od::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS || type != od::json_type::number) return false;
  std::string_view raw = value.raw_json_token();
  while (!raw.empty() &&
         (raw.back() == ' ' || raw.back() == '\n' || raw.back() == '\r' || raw.back() == '\t')) {
    raw.remove_suffix(1);
  }
  out.assign(raw);
  return true;
}

std::int64_t to_int(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || digits == 15) break;
    value = value * 10 + (c - '0');
    ++digits;
  }
  return digits == 0 ? otherwise : value;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

void append_json_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
}

enum class EventKind { none, connected, start, media, dtmf, mark, clear, stop, unknown };

EventKind kind_of(std::string_view name) {
  if (name == "media") return EventKind::media;
  if (name == "mark") return EventKind::mark;
  if (name == "dtmf") return EventKind::dtmf;
  if (name == "start") return EventKind::start;
  if (name == "connected") return EventKind::connected;
  if (name == "clear") return EventKind::clear;
  // Exotel's samples also handle "closed"; it says what stop says.
  if (name == "stop" || name == "closed") return EventKind::stop;
  return EventKind::unknown;
}

// What one pass over a message finds; the keys may come in any order, so the event is only known at the end.
struct Fields {
  EventKind kind = EventKind::none;
  std::string event_name;  // of unknown events only
  std::string stream_id;
  bool has_payload = false;
  std::string_view payload;
  std::int64_t timestamp_ms = -1;
  std::string digit;
  bool has_mark_name = false;
  std::string_view mark_name;
  std::string stop_reason;
  bool has_start = false;
  StreamStart start;
};

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
  Result<void> read_fields(std::string_view text, Fields& fields);
  void read_media(od::object object, Fields& fields);
  void read_start(od::object object, Fields& fields);
  Result<MediaEvent> take_start(Fields& fields);
  Result<MediaEvent> decode_media(const Fields& fields);
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

void ExotelCodec::read_media(od::object object, Fields& fields) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    od::value value;
    if (field.value().get(value) != simdjson::SUCCESS) return;
    if (key == "payload") {
      fields.has_payload = value.get_string().get(fields.payload) == simdjson::SUCCESS;
    } else if (key == "timestamp") {
      std::string text;
      if (read_text(value, text)) fields.timestamp_ms = to_int(text, -1);
    }
  }
}

void ExotelCodec::read_start(od::object object, Fields& fields) {
  StreamStart& start = fields.start;
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    od::value value;
    if (field.value().get(value) != simdjson::SUCCESS) return;
    if (key_is(key, "stream_sid", "streamSid")) {
      read_text(value, start.stream_id);
    } else if (key_is(key, "call_sid", "callSid")) {
      read_text(value, start.call_id);
    } else if (key_is(key, "account_sid", "accountSid")) {
      read_text(value, start.account_id);
    } else if (key == "from") {
      read_text(value, start.from);
    } else if (key == "to") {
      read_text(value, start.to);
    } else if (key_is(key, "custom_parameters", "customParameters")) {
      od::object parameters;
      if (value.get_object().get(parameters) != simdjson::SUCCESS) continue;
      for (auto parameter : parameters) {
        std::string_view name;
        if (parameter.unescaped_key().get(name) != simdjson::SUCCESS) return;
        std::string name_copy(name);  // the view does not outlive the value's unescaping
        od::value parameter_value;
        if (parameter.value().get(parameter_value) != simdjson::SUCCESS) return;
        std::string parameter_text;
        if (read_text(parameter_value, parameter_text)) {
          start.custom_parameters.insert_or_assign(std::move(name_copy), std::move(parameter_text));
        }
      }
    } else if (key_is(key, "media_format", "mediaFormat")) {
      od::object format;
      if (value.get_object().get(format) != simdjson::SUCCESS) continue;
      for (auto entry : format) {
        std::string_view name;
        if (entry.unescaped_key().get(name) != simdjson::SUCCESS) return;
        const bool is_rate = key_is(name, "sample_rate", "sampleRate");
        const bool is_encoding = name == "encoding";
        od::value format_value;
        if (entry.value().get(format_value) != simdjson::SUCCESS) return;
        std::string format_text;
        if (is_rate && read_text(format_value, format_text)) {
          start.sample_rate_hz = parse_sample_rate(format_text);
        } else if (is_encoding) {
          read_text(format_value, start.encoding);
        }
      }
    }
  }
}

Result<void> ExotelCodec::read_fields(std::string_view text, Fields& fields) {
  od::document document;
  auto& parser = scratch().parser;
  if (const auto error =
          parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(document)) {
    return fail(Errc::protocol, fmt::format("message is not JSON ({})", simdjson::error_message(error)));
  }
  od::object root;
  if (document.get_object().get(root) != simdjson::SUCCESS) {
    return fail(Errc::protocol, "message is not a JSON object");
  }
  for (auto field : root) {
    std::string_view key;
    if (field.error() || field.unescaped_key().get(key) != simdjson::SUCCESS) {
      return fail(Errc::protocol, "message is not well-formed JSON");
    }
    od::value value;
    if (field.value().get(value) != simdjson::SUCCESS)
      return fail(Errc::protocol, "message is not well-formed JSON");
    od::object object;
    if (key == "event") {
      std::string_view name;
      if (value.get_string().get(name) != simdjson::SUCCESS)
        return fail(Errc::protocol, "event is not a string");
      fields.kind = kind_of(name);
      if (fields.kind == EventKind::unknown) fields.event_name.assign(name.substr(0, 64));
    } else if (key_is(key, "stream_sid", "streamSid")) {
      // Only `start` needs it, and the media path must not allocate for it.
      if (stream_id_json_.empty()) read_text(value, fields.stream_id);
    } else if (key == "media") {
      if (value.get_object().get(object) == simdjson::SUCCESS) read_media(object, fields);
    } else if (key == "mark") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      od::value name;
      if (object.find_field_unordered("name").get(name) == simdjson::SUCCESS) {
        fields.has_mark_name = name.get_string().get(fields.mark_name) == simdjson::SUCCESS;
      }
    } else if (key == "dtmf") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      od::value digit;
      if (object.find_field_unordered("digit").get(digit) == simdjson::SUCCESS)
        read_text(digit, fields.digit);
    } else if (key == "digit") {  // flat form of some documents
      read_text(value, fields.digit);
    } else if (key == "start") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      fields.has_start = true;
      read_start(object, fields);
    } else if (key_is(key, "custom_field", "customField")) {
      std::string custom;
      if (read_text(value, custom)) fields.start.custom_parameters.emplace("customField", std::move(custom));
    } else if (key == "stop") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      od::value reason;
      if (object.find_field_unordered("reason").get(reason) == simdjson::SUCCESS) {
        read_text(reason, fields.stop_reason);
      }
    }
  }
  const char* rest = nullptr;
  if (document.current_location().get(rest) == simdjson::SUCCESS) {
    return fail(Errc::protocol, "message has bytes after its JSON object");
  }
  return {};
}

Result<MediaEvent> ExotelCodec::parse(std::string_view text) {
  Fields fields;
  if (auto read = read_fields(text, fields); !read) return fail(read.error());
  switch (fields.kind) {
    case EventKind::none:
      return fail(Errc::protocol, "message has no event");
    case EventKind::media:
      return decode_media(fields);
    case EventKind::connected:
      return StreamConnected{};
    case EventKind::start:
      return take_start(fields);
    case EventKind::dtmf: {
      constexpr std::string_view kDigits = "0123456789*#ABCD";
      if (fields.digit.size() != 1 || kDigits.find(fields.digit[0]) == std::string_view::npos) {
        return fail(Errc::protocol,
                    "dtmf has no digit out of 0-9 * # A-D (is \"Encrypt DTMF\" off in the applet?)");
      }
      return DtmfReceived{fields.digit[0]};
    }
    case EventKind::mark: {
      if (!fields.has_mark_name) return fail(Errc::protocol, "mark has no name");
      scratch().mark_name.assign(fields.mark_name);
      return MarkPlayed{scratch().mark_name};
    }
    case EventKind::clear:
      return ClearReceived{};
    case EventKind::stop:
      return StreamStopped{std::move(fields.stop_reason)};
    case EventKind::unknown:
      return UnknownEvent{std::move(fields.event_name)};
  }
  return fail(Errc::internal, "unreachable");
}

Result<MediaEvent> ExotelCodec::take_start(Fields& fields) {
  if (!fields.has_start) return fail(Errc::protocol, "start has no start object");
  StreamStart& start = fields.start;
  if (start.stream_id.empty()) start.stream_id = std::move(fields.stream_id);
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

Result<MediaEvent> ExotelCodec::decode_media(const Fields& fields) {
  if (!fields.has_payload) return fail(Errc::protocol, "media has no payload");
  auto& samples = scratch().samples;
  if (mulaw_) {
    auto& codes = scratch().bytes;
    codes.resize(base64_decoded_max(fields.payload.size()));
    const auto decoded = base64_decode(fields.payload, codes.data());
    if (!decoded) return fail(Errc::protocol, "media payload is not base64");
    samples.resize(*decoded);
    for (std::size_t i = 0; i < *decoded; ++i) {
      samples[i] = audio::mulaw_to_linear(std::to_integer<std::uint8_t>(codes[i]));
    }
    return MediaReceived{samples, fields.timestamp_ms};
  }
  // An odd byte is the first half of a sample whose other half comes with the next payload.
  const std::size_t carried = has_odd_byte_ ? 1 : 0;
  samples.resize((base64_decoded_max(fields.payload.size()) + carried + 1) / 2);
  auto* const bytes = reinterpret_cast<std::byte*>(samples.data());
  const auto decoded = base64_decode(fields.payload, bytes + carried);
  if (!decoded) return fail(Errc::protocol, "media payload is not base64");
  if (has_odd_byte_) bytes[0] = odd_byte_;
  const std::size_t size = *decoded + carried;
  has_odd_byte_ = size % 2 != 0;
  if (has_odd_byte_) odd_byte_ = bytes[size - 1];
  static_assert(std::endian::native == std::endian::little, "the wire is little-endian and is used in place");
  return MediaReceived{std::span(samples.data(), size / 2), fields.timestamp_ms};
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
  return static_cast<int>(value + 0.5);
}

}  // namespace parley::media
