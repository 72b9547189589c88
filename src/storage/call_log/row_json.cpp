#include "storage/call_log/row_json.hpp"

#include <charconv>
#include <cmath>
#include <concepts>

#include <boost/crc.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/valid_text.hpp"

namespace parley::storage::call_log {
namespace {

namespace json = boost::json;

// One list of fields for both directions, so that they cannot differ. A field that is absent or of another
// type makes the whole line damaged.
struct ToJson {
  json::object& object;
  void operator()(const char* name, const std::string& value) { object[name] = valid_text(value); }
  void operator()(const char* name, std::int64_t value) { object[name] = value; }
  void operator()(const char* name, int value) { object[name] = value; }
  void operator()(const char* name, bool value) { object[name] = value; }
  // JSON has no infinity: what cannot be told did not happen.
  void operator()(const char* name, double value) { object[name] = std::isfinite(value) ? value : -1.0; }
  void operator()(const char* name, CallStatus value) { object[name] = std::string(to_string(value)); }
  void operator()(const char* name, vendor::Part value) { object[name] = std::string(to_string(value)); }
  // These may be absent.
  void may(const char* name, const std::string& value) {
    if (!value.empty()) (*this)(name, value);
  }
  void may(const char* name, const std::optional<CallStatus>& value) {
    if (value) (*this)(name, *value);
  }
  void may(const char* name, const std::optional<int>& value) {
    if (value) (*this)(name, *value);
  }
  void operator()(const std::optional<vendor::Cost>& cost) {
    if (!cost) return;
    (*this)("micros", cost->micros);
    (*this)("currency", cost->currency);
    (*this)("as_of", cost->as_of);
  }
};

struct FromJson {
  const json::object& object;
  bool whole = true;

  void operator()(const char* name, std::string& value) {
    if (const json::string* text = string(name)) value.assign(text->data(), text->size());
  }
  void operator()(const char* name, std::int64_t& value) {
    const json::value* found = object.if_contains(name);
    if (found != nullptr && found->is_int64()) {
      value = found->get_int64();
    } else {
      whole = false;
    }
  }
  void operator()(const char* name, int& value) {
    std::int64_t wide = 0;
    (*this)(name, wide);
    value = static_cast<int>(wide);
    if (value != wide) whole = false;
  }
  void operator()(const char* name, bool& value) {
    const json::value* found = object.if_contains(name);
    if (found != nullptr && found->is_bool()) {
      value = found->get_bool();
    } else {
      whole = false;
    }
  }
  void operator()(const char* name, double& value) {
    const json::value* found = object.if_contains(name);
    json::error_code wrong;
    if (found != nullptr && found->is_number()) {
      value = found->to_number<double>(wrong);
    } else {
      whole = false;
    }
  }
  void operator()(const char* name, CallStatus& value) {
    const json::string* text = string(name);
    const auto status = text != nullptr ? parse_call_status(*text) : std::nullopt;
    if (status) {
      value = *status;
    } else {
      whole = false;
    }
  }
  void operator()(const char* name, vendor::Part& value) {
    const json::string* text = string(name);
    const auto part = text != nullptr ? vendor::parse_part(*text) : std::nullopt;
    if (part) {
      value = *part;
    } else {
      whole = false;
    }
  }
  void may(const char* name, CallStatus& value) {
    if (object.contains(name)) (*this)(name, value);
  }
  void may(const char* name, std::string& value) {
    if (object.contains(name)) (*this)(name, value);
  }
  template <class T>
  void may(const char* name, std::optional<T>& value) {
    if (object.contains(name)) (*this)(name, value.emplace());
  }
  void operator()(std::optional<vendor::Cost>& cost) {
    if (!object.contains("micros")) return;
    cost.emplace();
    (*this)("micros", cost->micros);
    (*this)("currency", cost->currency);
    (*this)("as_of", cost->as_of);
  }

 private:
  const json::string* string(const char* name) {
    const json::value* found = object.if_contains(name);
    const json::string* text = found != nullptr ? found->if_string() : nullptr;
    if (text == nullptr) whole = false;
    return text;
  }
};

template <class Row, class T>
concept Is = std::same_as<std::remove_const_t<Row>, T>;

template <class F>
void fields(Is<CallRow> auto& row, F& field) {
  auto& call = row.call;
  field("id", call.id);
  field("workspace", call.workspace_id);
  field("session", call.session_id);
  field("direction", call.direction);
  field("carrier", call.carrier);
  field("carrier_call", call.carrier_call_id);
  field("stream", call.stream_id);
  field("account", call.account_id);
  field("phone", call.phone_id);
  field("agent", call.agent);
  field("agent_version", call.agent_version);
  field("agent_text", call.agent_text);
  field("from", call.from);
  field("to", call.to);
  field("rate", call.sample_rate_hz);
  field("at", call.started_at);
  field("node", row.node);
  // A line that an earlier release left in the spool has none of them: its call was in progress.
  field.may("config", call.telephony_config_id);
  field.may("variables", call.variables);
  field.may("custom", call.custom_field);
  field.may("status", call.status);
}

template <class F>
void fields(Is<CarrierWord> auto& row, F& field) {
  field("call", row.call_id);
  field.may("status", row.status);
  field("reason", row.reason);
  field("carrier_status", row.carrier_status);
  field("carrier_call", row.carrier_call_id);
  field("recording", row.recording_url);
  field("cause", row.cause);
  field.may("seconds", row.seconds);
  field("at", row.at);
  field("answered", row.answered_at);
  field("ended", row.ended_at);
}

template <class F>
void fields(Is<TransferRecord> auto& row, F& field) {
  field("call", row.call_id);
  field("to", row.to);
  field("status", row.status);
  field("detail", row.detail);
}

template <class F>
void fields(Is<EndRow> auto& row, F& field) {
  field("call", row.call_id);
  field("status", row.end.status);
  field("reason", row.end.reason);
  field("at", row.end.ended_at);
  field("duration", row.end.duration_ms);
  field("escalation", row.end.escalation_requested);
}

template <class F>
void fields(Is<TurnRecord> auto& row, F& field) {
  field("call", row.call_id);
  field("number", row.number);
  field("caller_text", row.caller_text);
  field("agent_text", row.agent_text);
  field("agent_heard", row.agent_heard);
  field("interrupted", row.interrupted);
  field("input", row.input_kind);
  field("at", row.started_at);
  field("start", row.start_ms);
  field("end", row.end_ms);
  field("agent_start", row.agent_start_ms);
  field("endpoint", row.endpoint_ms);
  field("transcript", row.transcript_ms);
  field("first_token", row.first_token_ms);
  field("first_audio", row.first_audio_ms);
  field("sent", row.sent_ms);
}

template <class F>
void fields(Is<EventRow> auto& row, F& field) {
  field("id", row.id);
  field("call", row.event.call_id);
  field("at", row.event.at);
  field("offset", row.event.offset_ms);
  field("event", row.event.kind);
  field("detail", row.event.detail);
}

template <class F>
void fields(Is<RecordingRecord> auto& row, F& field) {
  field("call", row.call_id);
  field("path", row.path);
  field("duration", row.duration_ms);
  field("complete", row.complete);
}

template <class F>
void fields(Is<UsageRecord> auto& row, F& field) {
  auto& usage = row.usage;
  field("call", row.call_id);
  field("turn", row.turn);
  field("part", usage.part);
  field("vendor", usage.vendor);
  field("model", usage.model);
  field("input", usage.input_tokens);
  field("cached_input", usage.cached_input_tokens);
  field("output", usage.output_tokens);
  field("audio_input", usage.audio_input_tokens);
  field("cached_audio_input", usage.cached_audio_input_tokens);
  field("audio_output", usage.audio_output_tokens);
  field("characters", usage.characters);
  field("audio_seconds", usage.audio_seconds);
  field("estimated", usage.estimated);
  field(row.cost);
}

template <class F>
void fields(Is<TranscriptRecord> auto& row, F& field) {
  field("call", row.call_id);
  field("vendor", row.vendor);
  field("model", row.model);
  field("at", row.made_at);
  field("error", row.error);
  field("segments", row.segments);
}

template <class F>
void fields(Is<RecordingBlob> auto& row, F& field) {
  field("call", row.call_id);
  field("blob_kind", row.kind);
  field("key", row.key);
  field("token", row.upload_token);
  field("bytes", row.bytes);
  field("stored", row.stored);
}

template <class T>
std::optional<Row> read_as(const json::object& object) {
  T row;
  FromJson reader{object};
  fields(row, reader);
  if (!reader.whole) return std::nullopt;
  return row;
}

std::optional<Row> read_object(const json::object& object) {
  const json::value* found = object.if_contains("kind");
  const json::string* kind = found != nullptr ? found->if_string() : nullptr;
  if (kind == nullptr) return std::nullopt;
  if (*kind == "call") return read_as<CallRow>(object);
  if (*kind == "end") return read_as<EndRow>(object);
  if (*kind == "turn") return read_as<TurnRecord>(object);
  if (*kind == "event") return read_as<EventRow>(object);
  if (*kind == "recording") return read_as<RecordingRecord>(object);
  if (*kind == "usage") return read_as<UsageRecord>(object);
  if (*kind == "transcript") return read_as<TranscriptRecord>(object);
  if (*kind == "blob") return read_as<RecordingBlob>(object);
  if (*kind == "word") return read_as<CarrierWord>(object);
  if (*kind == "transfer") return read_as<TransferRecord>(object);
  return std::nullopt;
}

std::uint32_t checksum(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

}  // namespace

std::string write_line(const Row& row) {
  json::object object;
  object["kind"] = kind_of(row);
  std::visit(
      [&object](const auto& value) {
        ToJson writer{object};
        fields(value, writer);
      },
      row);
  const std::string text = json::serialize(object);
  return fmt::format("{:08x} {}\n", checksum(text), text);
}

std::optional<Row> read_line(std::string_view line) {
  if (line.size() < 10 || line.size() > kLineLimit || line[8] != ' ') return std::nullopt;
  std::uint32_t expected = 0;
  const std::string_view sum = line.substr(0, 8);
  const auto [end, wrong] = std::from_chars(sum.data(), sum.data() + sum.size(), expected, 16);
  const std::string_view text = line.substr(9);
  if (wrong != std::errc() || end != sum.data() + sum.size() || checksum(text) != expected)
    return std::nullopt;
  json::error_code damaged;
  json::parse_options options;
  options.max_depth = 4;
  const json::value value = json::parse(text, damaged, {}, options);
  const json::object* object = damaged ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  return read_object(*object);
}

}  // namespace parley::storage::call_log
