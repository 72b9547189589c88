// What a server may send to Exotel, read with every tolerance Exotel shows; protocol_lint.hpp holds the
// frown.
#include <charconv>
#include <cstring>

#include <simdjson.h>

#include "caller/base64.hpp"
#include "caller/exotel_caller_protocol.hpp"

namespace parley::caller {
namespace {

namespace ondemand = simdjson::ondemand;

Error malformed() {
  return Error{Errc::protocol, "not one well-formed JSON object"};
}

// A number or a string of digits; -1 for anything else.
std::int64_t number_of(ondemand::value value) {
  std::int64_t number = -1;
  if (value.type().error() != simdjson::SUCCESS) return -1;
  if (value.type().value_unsafe() == ondemand::json_type::number) {
    if (value.get_int64().get(number) != simdjson::SUCCESS) return -1;
    return number;
  }
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

bool is_string(ondemand::value& value) {
  ondemand::json_type type;
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::string;
}

bool is_object(ondemand::value& value) {
  ondemand::json_type type;
  return value.type().get(type) == simdjson::SUCCESS && type == ondemand::json_type::object;
}

}  // namespace

struct CallerParser::Impl {
  ondemand::parser parser;
  std::vector<std::byte> bytes;
  std::vector<std::int16_t> samples;

  void read_payload(ondemand::value value, ServerMessage& message) {
    std::string_view payload;
    if (!is_string(value) || value.get_string().get(payload) != simdjson::SUCCESS) return;
    message.has_payload = true;
    const Base64Outcome outcome = decode_base64(payload, bytes);
    message.base64_valid = outcome.valid;
    message.payload_bytes = outcome.bytes;
    samples.resize(outcome.bytes / 2);
    // The wire is little-endian, as is every machine this is built for.
    if (!samples.empty()) std::memcpy(samples.data(), bytes.data(), samples.size() * 2);
    message.samples = samples;
  }

  simdjson::error_code read_nested(ondemand::value value, ServerMessage& message) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    for (auto field : object) {
      std::string_view name;
      ondemand::value member;
      if (const auto error = field.unescaped_key().get(name)) return error;
      if (const auto error = field.value().get(member)) return error;
      if (name == "payload") {
        read_payload(member, message);
      } else if (name == "name") {
        std::string_view text;
        if (is_string(member) && member.get_string().get(text) == simdjson::SUCCESS) message.mark_name = text;
      } else if (name == "chunk") {
        message.chunk = number_of(member);
      } else if (name == "timestamp") {
        message.timestamp_ms = number_of(member);
      } else if (name == "sequence_number" || name == "sequenceNumber") {
        message.sequence = number_of(member);
      }
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code read(ondemand::document& document, ServerMessage& message) {
    ondemand::object object;
    if (const auto error = document.get_object().get(object)) return error;
    for (auto field : object) {
      std::string_view name;
      ondemand::value value;
      if (const auto error = field.unescaped_key().get(name)) return error;
      if (const auto error = field.value().get(value)) return error;
      if (name == "event") {
        if (is_string(value)) {
          if (const auto error = value.get_string().get(message.event_name)) return error;
        }
      } else if (name == "stream_sid" || name == "streamSid") {
        std::string_view sid;
        if (is_string(value) && value.get_string().get(sid) == simdjson::SUCCESS) message.stream_sid = sid;
      } else if (name == "sequence_number" || name == "sequenceNumber") {
        message.sequence = number_of(value);
      } else if ((name == "media" || name == "mark") && is_object(value)) {
        if (const auto error = read_nested(value, message)) return error;
      } else if (name == "payload") {
        message.top_level_payload = true;
      }
    }
    return simdjson::SUCCESS;
  }
};

CallerParser::CallerParser() : impl_(std::make_unique<Impl>()) {}
CallerParser::~CallerParser() = default;

Result<ServerMessage> CallerParser::parse(std::string_view text) {
  ServerMessage message;
  ondemand::document document;
  const simdjson::padded_string_view padded(text.data(), text.size(),
                                            text.size() + simdjson::SIMDJSON_PADDING);
  if (impl_->parser.iterate(padded).get(document) != simdjson::SUCCESS) return fail(malformed());
  if (impl_->read(document, message) != simdjson::SUCCESS) return fail(malformed());
  // Behind the object there is no location left unless more text follows.
  if (document.current_location().error() == simdjson::SUCCESS) return fail(malformed());
  if (message.event_name.empty()) return fail(Errc::protocol, "a message without an \"event\"");
  if (message.event_name == "media") {
    message.event = ServerEvent::media;
  } else if (message.event_name == "mark") {
    message.event = ServerEvent::mark;
  } else if (message.event_name == "clear") {
    message.event = ServerEvent::clear;
  }
  return message;
}

}  // namespace parley::caller
