#include "media/browser_codec.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_string.hpp"
#include "media/stream_parts.hpp"

namespace parley::media {
namespace {

namespace od = simdjson::ondemand;

static_assert(std::endian::native == std::endian::little, "the wire is little-endian and is used in place");

// Longer names are none of ours: a mark is echoed as it was sent.
constexpr std::size_t kMostName = 200;

// One a thread serves every call on it.
od::parser& thread_parser() {
  thread_local od::parser instance;
  return instance;
}

// What one pass over a message finds; its members may come in any order.
struct Message {
  std::string_view type;
  std::string_view name;
  std::string_view digit;
  std::int64_t sample_rate = 0;
  bool has_type = false;
  bool has_name = false;
};

// False: the value is of another kind than it must be.
bool read_member(std::string_view key, od::value value, Message& message) {
  if (key == "type") {
    message.has_type = value.get_string().get(message.type) == simdjson::SUCCESS;
    return message.has_type;
  }
  if (key == "name") {
    message.has_name = value.get_string().get(message.name) == simdjson::SUCCESS;
    return message.has_name;
  }
  if (key == "digit") return value.get_string().get(message.digit) == simdjson::SUCCESS;
  if (key == "sampleRate") return value.get_int64().get(message.sample_rate) == simdjson::SUCCESS;
  return true;
}

Result<void> read_message(std::string_view text, Message& message) {
  od::document document;
  if (thread_parser()
          .iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
          .get(document) != simdjson::SUCCESS)
    return fail(Errc::protocol, "message is not JSON");
  od::object root;
  if (document.get_object().get(root) != simdjson::SUCCESS)
    return fail(Errc::protocol, "message is not a JSON object");
  for (auto field : root) {
    std::string_view key;
    od::value value;
    if (field.error() || field.unescaped_key().get(key) != simdjson::SUCCESS ||
        field.value().get(value) != simdjson::SUCCESS)
      return fail(Errc::protocol, "message is not well-formed JSON");
    if (!read_member(key, value, message))
      return fail(Errc::protocol, "type, name and digit must be texts, sampleRate a whole number");
  }
  const char* rest = nullptr;
  if (document.current_location().get(rest) == simdjson::SUCCESS)
    return fail(Errc::protocol, "message has bytes after its JSON object");
  return {};
}

bool is_key(std::string_view digit) {
  constexpr std::string_view kKeys = "0123456789*#ABCD";
  return digit.size() == 1 && kKeys.contains(digit.front());
}

class BrowserCodec final : public MediaCodec {
 public:
  Result<MediaEvent> parse(std::string_view text) override;
  bool is_binary() const override { return true; }
  Result<MediaEvent> parse_binary(std::string_view bytes) override;
  int sample_rate_hz() const override { return sample_rate_hz_; }
  // 20 ms.
  std::size_t piece_granularity() const override { return static_cast<std::size_t>(sample_rate_hz_) / 50; }
  void encode_media(std::int64_t position, std::span<const std::int16_t> samples, std::string& out) override;
  void encode_mark(std::string_view name, std::string& out) override;
  void encode_clear(std::string& out) override { out = R"({"type":"clear"})"; }

 private:
  Result<MediaEvent> take_start(const Message& message);

  int sample_rate_hz_ = 16000;
};

Result<MediaEvent> BrowserCodec::parse(std::string_view text) {
  Message message;
  if (auto read = read_message(text, message); !read) return fail(std::move(read.error()));
  if (!message.has_type) return fail(Errc::protocol, "message has no type");
  if (message.type == "mark") {
    if (!message.has_name) return fail(Errc::protocol, "mark has no name");
    if (message.name.size() > kMostName) return fail(Errc::protocol, "the mark's name is too long");
    auto& name = scratch().mark_name;
    name.assign(message.name);
    return MarkPlayed{name};
  }
  if (message.type == "start") return take_start(message);
  if (message.type == "stop") return StreamStopped{};
  if (message.type == "key") {
    if (!is_key(message.digit)) return fail(Errc::protocol, "the digit of a key must be one of 0-9 * # A-D");
    return DtmfReceived{message.digit.front()};
  }
  return UnknownEvent{std::string(message.type.substr(0, 64))};
}

Result<MediaEvent> BrowserCodec::take_start(const Message& message) {
  const std::int64_t rate = message.sample_rate;
  // A rate that is told must be served as told: guessing makes a slow or a fast voice of it.
  if (rate < 0 || rate > 48000 || !is_browser_sample_rate(static_cast<int>(rate)))
    return fail(Errc::invalid_argument, "sampleRate must be 8000, 16000, 24000 or 48000");
  sample_rate_hz_ = static_cast<int>(rate);
  StreamStart start;
  start.sample_rate_hz = sample_rate_hz_;
  start.encoding = "audio/l16";
  return start;
}

Result<MediaEvent> BrowserCodec::parse_binary(std::string_view bytes) {
  if (bytes.size() % 2 != 0) return fail(Errc::protocol, "a frame of sound has an odd number of bytes");
  if (bytes.size() > kMostBrowserFrame)
    return fail(Errc::protocol, "a frame of sound has more than 65536 bytes");
  auto& samples = scratch().samples;
  samples.resize(bytes.size() / 2);
  if (!bytes.empty()) std::memcpy(samples.data(), bytes.data(), bytes.size());
  return MediaReceived{samples, -1};
}

void BrowserCodec::encode_media(std::int64_t, std::span<const std::int16_t> samples, std::string& out) {
  out.assign(reinterpret_cast<const char*>(samples.data()), samples.size_bytes());
}

void BrowserCodec::encode_mark(std::string_view name, std::string& out) {
  out = R"({"type":"mark","name":")";
  append_json_escaped(name, out);
  out += "\"}";
}

}  // namespace

std::unique_ptr<MediaCodec> make_browser_codec() {
  return std::make_unique<BrowserCodec>();
}

void encode_browser_started(const BrowserStarted& started, std::string& out) {
  out = R"({"type":"started","sessionId":")";
  append_json_escaped(started.session_id, out);
  out += R"(","callId":")";
  append_json_escaped(started.call_id, out);
  out += R"(","agent":")";
  append_json_escaped(started.agent, out);
  fmt::format_to(std::back_inserter(out), R"(","sampleRate":{}}})", started.sample_rate_hz);
}

void encode_browser_ended(std::string_view reason, std::string& out) {
  out = R"({"type":"ended","reason":")";
  append_json_escaped(reason, out);
  out += "\"}";
}

}  // namespace parley::media
