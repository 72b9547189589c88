#include "carrier/exotel/exotel_messages.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/text_value.hpp"
#include "carrier/exotel/exotel_document.hpp"
#include "carrier/exotel/exotel_words.hpp"
#include "carrier/exotel/ist_time.hpp"
#include "carrier/json_text.hpp"

namespace parley::carrier::exotel {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostLegs = 10;

int http_status(std::string_view text) {
  const auto status = parse_integer(text);
  return status && *status >= 100 && *status <= 599 ? static_cast<int>(*status) : 0;
}

std::optional<RestException> exception_in(const json::object& answer) {
  if (const auto* exception = object_member(answer, "RestException")) {
    return RestException{.status = http_status(text_of(*exception, {"Status", "status"})),
                         .code = text_of(*exception, {"Code", "code"}),
                         .message = text_of(*exception, {"Message", "message"})};
  }
  // v2 and v3 keep the status of HTTP beside, and what is wrong within the response.
  const int status = http_status(text_of(answer, {"http_code"}));
  if (status < 400) return std::nullopt;
  RestException exception{.status = status, .code = {}, .message = {}};
  const auto* response = object_member(answer, "response");
  const auto* error = object_member(response == nullptr ? answer : *response, "error_data");
  if (error != nullptr) {
    exception.code = text_of(*error, {"code"});
    exception.message = text_of(*error, {"description", "message"});
  }
  return exception;
}

void read_legs(const json::object& call, const json::object* details, CallReport& report) {
  const json::object& holder = details != nullptr && details->contains("Legs") ? *details : call;
  for (const std::string_view list : {"Legs", "legs"}) {
    for (const auto* leg : objects_of(holder, list, "Leg")) {
      if (report.legs.size() == kMostLegs) return;
      report.legs.push_back({.number = text_of(*leg, {"Number", "number", "contact_uri"}),
                             .progress = read_progress(text_of(*leg, {"Status", "status"})),
                             .status = text_of(*leg, {"Status", "status"}),
                             .seconds = read_seconds(text_of(*leg, {"OnCallDuration", "on_call_duration"})),
                             .cause = text_of(*leg, {"Cause", "cause"})});
    }
  }
  if (details == nullptr) return;
  // The first two legs' words stand apart from their numbers.
  std::size_t index = 0;
  for (const std::string_view name : {"Leg1Status", "Leg2Status"}) {
    const std::string status = text_of(*details, {name});
    if (!status.empty()) {
      if (report.legs.size() <= index) report.legs.resize(index + 1);
      report.legs[index].status = status;
      report.legs[index].progress = read_progress(status);
    }
    ++index;
  }
}

std::string recording_of(const json::object& call) {
  std::string url = text_of(call, {"RecordingUrl", "recording_url"});
  if (url.empty()) {
    for (const auto* recording : objects_of(call, "recordings", "recording")) {
      url = text_of(*recording, {"url"});
      if (!url.empty()) break;
    }
  }
  return read_web_address(url);
}

CallReport call_of(const json::object& call) {
  CallReport report;
  report.carrier_call_id = text_of(call, {"Sid", "sid", "CallSid", "call_sid"});
  report.account_sid = text_of(call, {"AccountSid", "account_sid"});
  report.status = text_of(call, {"Status", "status", "state"});
  report.progress = read_progress(report.status);
  // A call that v3 still runs may not have a status yet; what "terminal" means only the status tells.
  if (report.progress == Progress::unknown) report.progress = read_progress(text_of(call, {"state"}));
  report.from = text_of(call, {"From", "from"});
  report.to = text_of(call, {"To", "to"});
  report.direction = read_direction(text_of(call, {"Direction", "direction"}));
  report.custom_field = text_of(call, {"CustomField", "custom_field"});
  report.answered_by = read_answered_by(text_of(call, {"AnsweredBy", "answered_by"}));
  report.recording_url = recording_of(call);
  report.price = text_of(call, {"Price", "price"});
  report.created_at = read_time(text_of(call, {"DateCreated", "created_time"}));
  report.ended_at = read_time(text_of(call, {"EndTime", "end_time"}));
  const auto started_at = read_time(text_of(call, {"StartTime", "start_time"}));
  if (report.ended_at && started_at && *report.ended_at < *started_at) report.ended_at.reset();
  const auto* details = object_member(call, "Details");
  report.seconds = read_seconds(text_of(call, {"Duration", "total_duration", "total_talk_time"}));
  if (!report.seconds && details != nullptr)
    report.seconds = read_seconds(text_of(*details, {"ConversationDuration"}));
  read_legs(call, details, report);
  return report;
}

Result<json::object> read_success(std::string_view body) {
  auto answer = read_document(body);
  if (!answer) return answer;
  if (exception_in(*answer)) return fail(Errc::protocol, "its answer is an error");
  return answer;
}

// "http://my.exotel.com/acme1/exoml/start_voice/926": the flow that the number runs.
std::string app_of(std::string_view voice_url) {
  const auto slash = voice_url.rfind('/');
  if (slash == std::string_view::npos || !voice_url.contains("/exoml/start")) return {};
  const auto id = voice_url.substr(slash + 1);
  const bool digits = std::ranges::all_of(id, is_digit);
  return digits ? std::string(id) : std::string();
}

}  // namespace

std::optional<RestException> read_exception(std::string_view body) {
  const auto answer = read_document(body);
  return answer ? exception_in(*answer) : std::nullopt;
}

Result<CallReport> read_call(std::string_view body) {
  const auto answer = read_success(body);
  if (!answer) return fail(answer.error());
  const auto* call = object_member(*answer, "Call");
  if (const auto* response = object_member(*answer, "response"))
    call = object_member(*response, "call_details");
  CallReport report = call_of(call == nullptr ? *answer : *call);
  if (!is_call_id(report.carrier_call_id)) return fail(Errc::protocol, "its answer names no call (Sid)");
  return report;
}

Result<CallPage> read_calls(std::string_view body) {
  const auto answer = read_success(body);
  if (!answer) return fail(answer.error());
  if (!answer->contains("Calls") && !answer->contains("Call") && !answer->contains("Metadata"))
    return fail(Errc::protocol, "its answer is no list of calls");
  CallPage page;
  for (const std::string_view list : {"Calls", "Call"}) {
    for (const auto* call : objects_of(*answer, list, "Call")) {
      CallReport report = call_of(*call);
      if (is_call_id(report.carrier_call_id)) page.calls.push_back(std::move(report));
    }
  }
  if (const auto* metadata = object_member(*answer, "Metadata"))
    page.next_page = text_of(*metadata, {"NextPageUri", "next_page_uri"});
  return page;
}

Result<std::vector<OwnNumber>> read_numbers(std::string_view body) {
  const auto answer = read_success(body);
  if (!answer) return fail(answer.error());
  bool is_list = false;
  std::vector<OwnNumber> numbers;
  for (const std::string_view list :
       {"incoming_phone_numbers", "IncomingPhoneNumbers", "IncomingPhoneNumber", "PhoneNumbers"}) {
    is_list = is_list || answer->contains(list);
    for (const auto* entry : objects_of(*answer, list, "IncomingPhoneNumber")) {
      OwnNumber own{.number = text_of(*entry, {"phone_number", "PhoneNumber"}),
                    .name = text_of(*entry, {"friendly_name", "FriendlyName"}),
                    .app_id = app_of(text_of(*entry, {"voice_url", "VoiceUrl"}))};
      if (!own.number.empty()) numbers.push_back(std::move(own));
    }
  }
  if (!is_list) return fail(Errc::protocol, "its answer is no list of numbers");
  return numbers;
}

Result<AccountState> read_active_streams(std::string_view body) {
  const auto answer = read_success(body);
  if (!answer) return fail(answer.error());
  const auto* wrapped = object_member(*answer, "Stream");
  const json::object& streams = wrapped == nullptr ? *answer : *wrapped;
  AccountState state;
  state.streams = read_seconds(text_of(streams, {"ActiveStreamCount", "active_streams"}));
  state.stream_limit = read_seconds(text_of(streams, {"ThrottleLimit", "max_allowed_streams"}));
  if (!state.streams) return fail(Errc::protocol, "its answer does not tell of streams");
  state.summary = state.stream_limit
                      ? fmt::format("active, {} of {} streams", *state.streams, *state.stream_limit)
                      : fmt::format("active, {} streams", *state.streams);
  return state;
}

}  // namespace parley::carrier::exotel
