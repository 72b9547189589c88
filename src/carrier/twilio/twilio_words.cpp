#include "carrier/twilio/twilio_words.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/valid_text.hpp"
#include "carrier/json_text.hpp"
#include "carrier/mail_date.hpp"

namespace parley::carrier {
namespace {

constexpr std::size_t kMostId = 128;
constexpr std::size_t kMostText = 512;
constexpr std::size_t kMostAddress = 2048;

std::string text_of(std::string_view text, std::size_t most = kMostText) {
  return std::string(clipped(valid_text(text.substr(0, most)), most));
}

// Twilio's are 34 letters and digits; those who speak like it use dashes and dots too.
bool is_id(std::string_view text) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
  };
  return !text.empty() && text.size() <= kMostId && std::ranges::all_of(text, allowed);
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// "outbound-api", "outbound-dial", "inbound"
std::string direction_of(std::string_view text) {
  if (text.starts_with("outbound")) return "outbound";
  return text.starts_with("inbound") ? "inbound" : "";
}

// "human", "machine_start", "machine_end_beep", …; "fax" is no human either.
std::string answered_by(std::string_view text) {
  if (text == "human") return "human";
  return text.starts_with("machine") || text == "fax" ? "machine" : "";
}

// What SIP or Twilio say of a call that failed.
std::string cause_of(const Fields& fields) {
  if (const auto words = field(fields, {"ErrorMessage", "StreamError"}); !words.empty())
    return text_of(words);
  if (const auto code = field(fields, {"ErrorCode"}); !code.empty()) return "error " + text_of(code, 32);
  const auto sip = field(fields, {"SipResponseCode"});
  return sip.empty() || sip == "200" ? std::string() : "SIP " + text_of(sip, 32);
}

// Twilio tells of a stream's and of a recording's fate in callbacks of their own.
std::string event_of(const Fields& fields) {
  if (const auto stream = field(fields, {"StreamEvent"}); !stream.empty()) return text_of(stream, 64);
  if (const auto recording = field(fields, {"RecordingStatus"}); !recording.empty())
    return "recording-" + text_of(recording, 64);
  return text_of(field(fields, {"CallbackSource"}), 64);
}

}  // namespace

Progress twilio_progress(std::string_view status) {
  static constexpr std::array kKnown{Progress::queued,      Progress::initiated, Progress::ringing,
                                     Progress::in_progress, Progress::completed, Progress::busy,
                                     Progress::failed,      Progress::no_answer, Progress::canceled};
  const std::string lower = to_lower(status);
  for (const Progress progress : kKnown) {
    if (lower == to_string(progress)) return progress;
  }
  return lower == "answered" ? Progress::in_progress : Progress::unknown;
}

std::optional<CallReport> twilio_call(const boost::json::object& call) {
  CallReport report;
  report.carrier_call_id = text_member(call, "sid");
  if (!is_id(report.carrier_call_id)) return std::nullopt;
  report.account_sid = text_of(text_member(call, "account_sid"), kMostId);
  report.status = text_of(text_member(call, "status"), 64);
  report.progress = twilio_progress(report.status);
  report.from = text_of(text_member(call, "from"));
  report.to = text_of(text_member(call, "to"));
  report.direction = direction_of(text_member(call, "direction"));
  report.answered_by = answered_by(text_member(call, "answered_by"));
  report.seconds = whole_number(text_member(call, "duration"));
  report.created_at = parse_mail_date(text_member(call, "date_created"));
  report.ended_at = parse_mail_date(text_member(call, "end_time"));
  report.price = text_of(text_member(call, "price"), 32);
  if (!report.price.empty()) report.price += " " + text_of(text_member(call, "price_unit"), 8);
  return report;
}

Result<CallReport> twilio_report(const Fields& fields) {
  const auto id = field(fields, {"CallSid"});
  if (!is_id(id)) return fail(Errc::invalid_argument, "CallSid is missing or is no id of a call");
  CallReport report;
  report.carrier_call_id = id;
  report.account_sid = text_of(field(fields, {"AccountSid"}), kMostId);
  report.status = text_of(field(fields, {"CallStatus"}), 64);
  report.progress = twilio_progress(report.status);
  report.event = event_of(fields);
  report.from = text_of(field(fields, {"From", "Caller"}));
  report.to = text_of(field(fields, {"To", "Called"}));
  report.direction = direction_of(field(fields, {"Direction"}));
  report.custom_field = text_of(field(fields, {"CustomField"}));
  report.answered_by = answered_by(field(fields, {"AnsweredBy"}));
  report.recording_url = text_of(field(fields, {"RecordingUrl"}), kMostAddress);
  report.cause = cause_of(fields);
  // "Duration" is there too, in minutes begun.
  report.seconds = whole_number(field(fields, {"CallDuration"}));
  const auto when = parse_mail_date(field(fields, {"Timestamp"}));
  if (report.progress == Progress::in_progress) report.answered_at = when;
  if (is_final(report.progress)) report.ended_at = when;
  return report;
}

Result<CallNotice> twilio_notice(const Fields& fields) {
  const auto id = field(fields, {"CallSid"});
  if (!is_id(id)) return fail(Errc::invalid_argument, "CallSid is missing or is no id of a call");
  CallNotice notice;
  notice.carrier_call_id = id;
  notice.account_sid = text_of(field(fields, {"AccountSid"}), kMostId);
  notice.from = text_of(field(fields, {"From", "Caller"}));
  notice.to = text_of(field(fields, {"To", "Called"}));
  if (const auto called = field(fields, {"Called"}); called != notice.to) notice.other_to = text_of(called);
  notice.direction = direction_of(field(fields, {"Direction"}));
  notice.status = text_of(field(fields, {"CallStatus"}), 64);
  notice.custom_field = text_of(field(fields, {"CustomField"}));
  notice.digits = text_of(field(fields, {"Digits"}), 64);
  std::erase(notice.digits, '"');
  return notice;
}

std::optional<StreamReport> twilio_stream_report(const Fields& fields) {
  const auto id = field(fields, {"StreamSid"});
  const auto event = field(fields, {"StreamEvent"});
  if (id.empty() && event.empty()) return std::nullopt;
  StreamReport report;
  report.stream_id = text_of(id, kMostId);
  report.status = text_of(event, 64);
  report.error = text_of(field(fields, {"StreamError"}));
  return report;
}

}  // namespace parley::carrier
