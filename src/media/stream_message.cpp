#include "media/stream_message.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "media/exotel_codec.hpp"

namespace parley::media {
namespace {

namespace od = simdjson::ondemand;
using Kind = StreamMessage::Kind;

// Parsing needs room for the structure of one message. One parser a thread serves every call on it: one a
// call would double the memory of a call.
od::parser& thread_parser() {
  thread_local od::parser instance;
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

Kind kind_of(std::string_view name) {
  if (name == "media") return Kind::media;
  if (name == "mark") return Kind::mark;
  if (name == "dtmf") return Kind::dtmf;
  if (name == "start") return Kind::start;
  if (name == "connected") return Kind::connected;
  if (name == "clear") return Kind::clear;
  // Exotel's samples also handle "closed"; it says what stop says.
  if (name == "stop" || name == "closed") return Kind::stop;
  return Kind::unknown;
}

// "outbound", "outbound_track"
bool is_outbound_track(od::value value) {
  std::string_view track;
  return value.get_string().get(track) == simdjson::SUCCESS && track.starts_with("outbound");
}

void read_media(od::object object, StreamMessage& message) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    od::value value;
    if (field.value().get(value) != simdjson::SUCCESS) return;
    if (key == "payload") {
      message.has_payload = value.get_string().get(message.payload) == simdjson::SUCCESS;
    } else if (key == "timestamp") {
      std::string text;
      if (read_text(value, text)) message.timestamp_ms = to_int(text, -1);
    } else if (key == "track") {
      message.is_outbound = is_outbound_track(value);
    }
  }
}

void read_dtmf(od::object object, StreamMessage& message) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    od::value value;
    if (field.value().get(value) != simdjson::SUCCESS) return;
    if (key == "digit") {
      read_text(value, message.digit);
    } else if (key == "track") {
      message.is_outbound = is_outbound_track(value);
    }
  }
}

void read_custom_parameters(od::value value, StreamStart& start) {
  od::object parameters;
  if (value.get_object().get(parameters) != simdjson::SUCCESS) return;
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
}

void read_media_format(od::value value, StreamStart& start) {
  od::object format;
  if (value.get_object().get(format) != simdjson::SUCCESS) return;
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

// False: not a key of start.
bool read_start_field(std::string_view key, od::value value, StreamStart& start) {
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
    read_custom_parameters(value, start);
  } else if (key_is(key, "media_format", "mediaFormat")) {
    read_media_format(value, start);
  } else {
    return false;
  }
  return true;
}

void read_start(od::object object, StreamMessage& message) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return;
    od::value value;
    if (field.value().get(value) != simdjson::SUCCESS) return;
    read_start_field(key, value, message.start);
  }
}

}  // namespace

Result<void> read_stream_message(std::string_view text, bool wants_stream_id, StreamMessage& message) {
  od::document document;
  auto& parser = thread_parser();
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
      message.kind = kind_of(name);
      if (message.kind == Kind::unknown) message.event_name.assign(name.substr(0, 64));
    } else if (key_is(key, "stream_sid", "streamSid")) {
      if (wants_stream_id) read_text(value, message.stream_id);
    } else if (key == "media") {
      if (value.get_object().get(object) == simdjson::SUCCESS) read_media(object, message);
    } else if (key == "mark") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      od::value name;
      if (object.find_field_unordered("name").get(name) == simdjson::SUCCESS) {
        message.has_mark_name = name.get_string().get(message.mark_name) == simdjson::SUCCESS;
      }
    } else if (key == "dtmf") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      read_dtmf(object, message);
    } else if (key == "digit") {  // flat form of some documents
      read_text(value, message.digit);
    } else if (key == "start") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      message.has_start = true;
      read_start(object, message);
    } else if (key_is(key, "custom_field", "customField")) {
      std::string custom;
      if (read_text(value, custom)) message.start.custom_parameters.emplace("customField", std::move(custom));
    } else if (key == "stop") {
      if (value.get_object().get(object) != simdjson::SUCCESS) continue;
      od::value reason;
      if (object.find_field_unordered("reason").get(reason) == simdjson::SUCCESS) {
        read_text(reason, message.stop_reason);
      }
    } else if (read_start_field(key, value, message.start)) {
      // One of Exotel's own test scripts sends start without its inner object.
      message.has_start = true;
    }
  }
  const char* rest = nullptr;
  if (document.current_location().get(rest) == simdjson::SUCCESS) {
    return fail(Errc::protocol, "message has bytes after its JSON object");
  }
  return {};
}

}  // namespace parley::media
