#include "carrier/exotel/exotel_callbacks.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "carrier/exotel/exotel_words.hpp"
#include "carrier/exotel/ist_time.hpp"

namespace parley::carrier::exotel {
namespace {

constexpr int kMostLegs = 10;

std::string text(const Fields& fields, std::initializer_list<std::string_view> names) {
  return std::string(trimmed(field(fields, names)));
}

Result<std::string> call_id(const Fields& fields) {
  std::string id = text(fields, {"CallSid", "Sid", "call_sid"});
  if (id.empty()) return fail(Errc::invalid_argument, "the request names no call: CallSid is missing");
  if (!is_call_id(id)) return fail(Errc::invalid_argument, "CallSid is no id of a call");
  return id;
}

// Digits arrive in quotes ("\"8\"").
std::string unquoted(std::string text) {
  std::erase(text, '"');
  return text;
}

// The first word that is known of those that are there; one engine adds CallState beside CallStatus.
void read_status(const Fields& fields, CallReport& report) {
  for (const std::string_view name : {"Status", "CallStatus", "CallState"}) {
    const std::string word = text(fields, {name});
    if (word.empty()) continue;
    if (report.status.empty()) report.status = word;
    if (report.progress == Progress::unknown) report.progress = read_progress(word);
  }
  if (report.progress == Progress::unknown && report.status.empty() && report.event == "answered")
    report.progress = Progress::in_progress;
}

std::vector<LegReport> read_legs(const Fields& fields) {
  std::vector<LegReport> legs;
  for (int i = 0; i < kMostLegs; ++i) {
    const auto of_leg = [&](std::string_view member) {
      const std::string name = fmt::format("Legs[{}][{}]", i, member);
      return text(fields, {name});
    };
    LegReport leg{.number = of_leg("Number"),
                  .progress = Progress::unknown,
                  .status = of_leg("Status"),
                  .seconds = read_seconds(of_leg("OnCallDuration")),
                  .cause = of_leg("Cause")};
    if (leg.number.empty() && leg.status.empty() && leg.cause.empty() && !leg.seconds) break;
    leg.progress = read_progress(leg.status);
    legs.push_back(std::move(leg));
  }
  return legs;
}

}  // namespace

Result<CallReport> read_report(const Fields& fields) {
  auto id = call_id(fields);
  if (!id) return fail(id.error());
  CallReport report;
  report.carrier_call_id = std::move(*id);
  report.account_sid = text(fields, {"AccountSid", "account_sid"});
  report.event = to_lower(text(fields, {"EventType"}));
  read_status(fields, report);
  report.from = text(fields, {"CallFrom", "From", "FromNumber"});
  report.to = text(fields, {"CallTo", "To", "ToNumber"});
  report.direction = read_direction(field(fields, {"Direction"}));
  report.custom_field = text(fields, {"CustomField", "custom_field"});
  report.answered_by = read_answered_by(field(fields, {"AnsweredBy"}));
  report.recording_url = read_web_address(
      field(fields, {"RecordingUrl", "Stream[RecordingUrl]", "CallRecordings[0][RecordingUrl]",
                     "CallRecordings[0][url]", "CallRecordings[0]", "CallRecordings"}));
  report.cause = text(fields, {"Cause", "Reason", "ErrorMessage", "DetailedStatus"});
  report.seconds =
      read_seconds(field(fields, {"Duration", "CallDuration", "ConversationDuration", "TotalDuration"}));
  report.created_at = read_time(field(fields, {"DateCreated", "Created", "CreatedAt"}));
  report.ended_at = read_time(field(fields, {"EndTime", "EndedAt"}));
  const auto started_at = read_time(field(fields, {"StartTime", "StartedAt"}));
  if (report.ended_at && started_at && *report.ended_at < *started_at) report.ended_at.reset();
  if (report.event == "answered")
    report.answered_at = read_time(field(fields, {"DateUpdated", "UpdatedAt", "StartTime"}));
  report.price = text(fields, {"Price"});
  report.legs = read_legs(fields);
  return report;
}

Result<CallNotice> read_notice(const Fields& fields) {
  auto id = call_id(fields);
  if (!id) return fail(id.error());
  CallNotice notice;
  notice.carrier_call_id = std::move(*id);
  notice.account_sid = text(fields, {"AccountSid", "account_sid"});
  notice.from = text(fields, {"CallFrom", "From", "FromNumber"});
  // A shared or trial number may stand in To; CallTo is the one that was rung.
  notice.to = text(fields, {"CallTo", "To", "ToNumber"});
  notice.other_to = text(fields, {"To", "ToNumber"});
  if (notice.other_to == notice.to) notice.other_to.clear();
  notice.direction = read_direction(field(fields, {"Direction"}));
  notice.status = text(fields, {"CallStatus", "Status", "CallState"});
  notice.custom_field = text(fields, {"CustomField", "custom_field"});
  notice.digits = unquoted(text(fields, {"digits"}));
  return notice;
}

std::optional<StreamReport> read_stream_report(const Fields& fields) {
  StreamReport report;
  report.stream_id =
      text(fields, {"Stream[StreamSID]", "Stream[StreamSid]", "Stream[stream_sid]", "StreamSid"});
  report.status = text(fields, {"Stream[Status]"});
  const std::string by = to_lower(text(fields, {"Stream[DisconnectedBy]"}));
  if (by == "user" || by == "caller") report.disconnected_by = "caller";
  if (by == "bot" || by == "agent") report.disconnected_by = "agent";
  report.error = text(fields, {"Stream[Error]", "Stream[DetailedStatus]"});
  report.recording_url = read_web_address(field(fields, {"Stream[RecordingUrl]"}));
  report.seconds = read_seconds(field(fields, {"Stream[Duration]"}));
  if (report.stream_id.empty() && report.status.empty() && report.error.empty()) return std::nullopt;
  return report;
}

}  // namespace parley::carrier::exotel
