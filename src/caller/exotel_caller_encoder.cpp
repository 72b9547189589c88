// What Exotel sends; shapes from live captures, see README.md.
#include <charconv>

#include <fmt/format.h>

#include "caller/base64.hpp"
#include "caller/exotel_caller_protocol.hpp"

namespace parley::caller {
namespace {

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
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
  out += '"';
}

void append_member(std::string_view key, std::string_view value, std::string& out) {
  append_json_string(key, out);
  out += ':';
  append_json_string(value, out);
}

void append_digits(std::int64_t value, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

CallerEncoder::CallerEncoder(ProtocolVariant variant, StreamIdentity identity)
    : variant_(variant), identity_(std::move(identity)) {
  append_member(key("stream_sid", "streamSid"), identity_.stream_sid, sid_member_);
  const std::string_view quote = variant_.numbers == NumberStyle::string ? "\"" : "";
  media_before_sequence_ =
      fmt::format(R"({{"event":"media","{}":{})", key("sequence_number", "sequenceNumber"), quote);
  media_before_chunk_ = fmt::format(R"({},{},"media":{{"chunk":{})", quote, sid_member_, quote);
  media_before_timestamp_ = fmt::format(R"({},"timestamp":{})", quote, quote);
  media_before_payload_ = fmt::format(R"({},"payload":")", quote);
  media_tail_ = R"("}})";
}

std::string_view CallerEncoder::key(std::string_view snake, std::string_view camel) const {
  return variant_.keys == KeyStyle::snake ? snake : camel;
}

void CallerEncoder::append_number(std::int64_t value) {
  if (variant_.numbers == NumberStyle::string) out_ += '"';
  append_digits(value, out_);
  if (variant_.numbers == NumberStyle::string) out_ += '"';
}

void CallerEncoder::open(std::string_view event) {
  out_ = fmt::format(R"({{"event":"{}","{}":)", event, key("sequence_number", "sequenceNumber"));
  append_number(++sequence_);
  out_ += ',';
  out_ += sid_member_;
}

std::string_view CallerEncoder::connected() {
  out_ = variant_.connected_extras ? R"({"event":"connected","protocol":"Call","version":"1.0.0"})"
                                   : R"({"event":"connected"})";
  return out_;
}

std::string_view CallerEncoder::start() {
  open("start");
  out_ += R"(,"start":{)";
  out_ += sid_member_;
  const auto member = [this](std::string_view name, std::string_view value) {
    out_ += ',';
    append_member(name, value, out_);
  };
  member(key("call_sid", "callSid"), identity_.call_sid);
  member(key("account_sid", "accountSid"), identity_.account_sid);
  member("from", identity_.from);
  member("to", identity_.to);
  if (!identity_.custom_parameters.empty()) {
    fmt::format_to(std::back_inserter(out_), R"(,"{}":{{)", key("custom_parameters", "customParameters"));
    bool first = true;
    for (const auto& [name, value] : identity_.custom_parameters) {
      if (!first) out_ += ',';
      first = false;
      append_member(name, value, out_);
    }
    out_ += '}';
  }
  fmt::format_to(std::back_inserter(out_), R"(,"{}":{{"encoding":"base64","{}":)",
                 key("media_format", "mediaFormat"), key("sample_rate", "sampleRate"));
  if (variant_.rate_with_unit) {
    fmt::format_to(std::back_inserter(out_), R"("{}kHz")", identity_.sample_rate_hz / 1000);
  } else {
    append_number(identity_.sample_rate_hz);
  }
  fmt::format_to(std::back_inserter(out_), R"(,"{}":"128kbps"}}}}}})", key("bit_rate", "bitRate"));
  return out_;
}

std::string_view CallerEncoder::media(std::span<const std::int16_t> samples) {
  base64_.clear();
  append_base64(std::as_bytes(samples), base64_);
  return media_with(base64_, samples.size());
}

std::string_view CallerEncoder::silence(std::size_t samples) {
  if (silence_samples_ != samples) {
    silence_base64_.clear();
    const std::vector<std::int16_t> zeros(samples);
    append_base64(std::as_bytes(std::span(zeros)), silence_base64_);
    silence_samples_ = samples;
  }
  return media_with(silence_base64_, samples);
}

std::string_view CallerEncoder::media_with(std::string_view base64, std::size_t samples) {
  samples_sent_ += static_cast<std::int64_t>(samples);
  out_.clear();
  out_ += media_before_sequence_;
  append_digits(++sequence_, out_);
  out_ += media_before_chunk_;
  append_digits(++chunk_, out_);
  out_ += media_before_timestamp_;
  append_digits(samples_sent_ * 1000 / identity_.sample_rate_hz, out_);
  out_ += media_before_payload_;
  out_ += base64;
  out_ += media_tail_;
  return out_;
}

std::string_view CallerEncoder::dtmf(char digit, std::chrono::milliseconds duration) {
  if (variant_.flat_dtmf) {
    ++sequence_;
    out_ = fmt::format(R"({{"event":"dtmf",{},"digit":"{}"}})", sid_member_, digit);
    return out_;
  }
  open("dtmf");
  out_ += R"(,"dtmf":{"duration":)";
  append_number(duration.count());
  fmt::format_to(std::back_inserter(out_), R"(,"digit":"{}"}}}})", digit);
  return out_;
}

std::string_view CallerEncoder::mark(std::string_view name) {
  open("mark");
  out_ += R"(,"mark":{"name":)";
  append_json_string(name, out_);
  out_ += "}}";
  return out_;
}

std::string_view CallerEncoder::stop(std::string_view reason) {
  open("stop");
  out_ += R"(,"stop":{)";
  append_member(key("call_sid", "callSid"), identity_.call_sid, out_);
  out_ += ',';
  append_member(key("account_sid", "accountSid"), identity_.account_sid, out_);
  out_ += ',';
  append_member("reason", reason, out_);
  out_ += "}}";
  return out_;
}

}  // namespace parley::caller
