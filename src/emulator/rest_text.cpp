#include "emulator/rest_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "emulator/xml_reader.hpp"

namespace parley::emulator {
namespace {

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}
json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(ist_time(*time)) : json::value(nullptr);
}

std::int64_t on_call_seconds(const Leg& leg) {
  if (!leg.answered || !leg.ended) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(*leg.ended - *leg.answered).count();
}

std::string_view v3_status(const EmulatedCall& call) {
  if (call.status == "completed") return "completed";
  if (call.status == "failed") return "from_leg_no_dial";
  if (call.status == "canceled") return "from_leg_cancelled";
  return "from_leg_unanswered";
}

void append_xml(const json::value& value, std::string_view name, std::string& out) {
  if (const auto* list = value.if_array()) {
    for (const json::value& one : *list)
      append_xml(one, name, out);
    return;
  }
  if (value.is_null()) {
    out += fmt::format("<{}/>", name);
    return;
  }
  out += fmt::format("<{}>", name);
  if (const auto* object = value.if_object()) {
    for (const auto& [key, inner] : *object)
      append_xml(inner, key, out);
  } else {
    out += value.is_string() ? xml_escaped(value.get_string()) : json::serialize(value);
  }
  out += fmt::format("</{}>", name);
}

}  // namespace

json::object call_object(const EmulatedCall& call, const World& world, std::string_view status) {
  const Flow* flow = world.flow(call.flow_id);
  const Variants& how = flow == nullptr ? world.variants : flow->variants;
  const bool inbound = call.direction == "inbound";
  json::value end = time_or_null(call.ended);
  if (!call.ended && how.epoch_end_time) end = "1970-01-01 05:30:00";
  return {{"Sid", call.sid},
          {"ParentCallSid", nullptr},
          {"DateCreated", ist_time(call.created)},
          {"DateUpdated", ist_time(call.updated)},
          {"AccountSid", call.account},
          {"To", inbound || call.to.empty() ? spelled(call.exophone, how.e164) : spelled(call.to, how.e164)},
          {"From", spelled(call.from, how.e164)},
          {"PhoneNumberSid", call.exophone},
          {"Status", status},
          {"StartTime", ist_time(call.started.value_or(call.created))},
          {"EndTime", std::move(end)},
          {"Duration", call.over() ? json::value(std::to_string(call.seconds())) : json::value(nullptr)},
          {"Price", call.over() ? json::value("0.500000") : json::value(nullptr)},
          {"Direction", inbound ? "inbound" : "outbound-api"},
          {"AnsweredBy", text_or_null(call.answered_by)},
          {"ForwardedFrom", nullptr},
          {"CallerName", nullptr},
          {"CustomField", text_or_null(call.custom_field)},
          {"Uri", fmt::format("/v1/Accounts/{}/Calls.json/{}", call.account, call.sid)},
          {"RecordingUrl", text_or_null(call.recording_url)}};
}

json::object details_object(const EmulatedCall& call) {
  json::array legs;
  for (std::size_t i = 0; i < call.legs.size(); ++i)
    legs.push_back({{"Leg", {{"Id", i + 1}, {"OnCallDuration", on_call_seconds(call.legs[i])}}}});
  const auto status = [&](std::size_t leg) {
    return leg < call.legs.size() ? text_or_null(call.legs[leg].status) : json::value(nullptr);
  };
  return {{"ConversationDuration", call.seconds()},
          {"Leg1Status", status(0)},
          {"Leg2Status", status(1)},
          {"Legs", std::move(legs)}};
}

json::object v3_object(const EmulatedCall& call) {
  json::array recordings;
  if (!call.recording_url.empty()) recordings.push_back({{"url", call.recording_url}});
  json::array legs;
  for (const Leg& leg : call.legs)
    legs.push_back({{"sid", leg.sid}, {"number", leg.number}, {"status", leg.status}});
  json::object details{{"sid", call.sid},
                       {"direction", call.direction == "inbound" ? "inbound" : "outbound"},
                       {"virtual_number", call.exophone},
                       {"state", call.over() ? "terminal" : "active"},
                       {"status", call.over() ? json::value(v3_status(call)) : json::value(nullptr)},
                       {"legs", std::move(legs)},
                       {"created_time", ist_offset_time(call.created)},
                       {"updated_time", ist_offset_time(call.updated)},
                       {"total_duration", call.seconds()},
                       {"total_talk_time", call.seconds()},
                       {"custom_field", call.custom_field},
                       {"app_id", call.flow_id},
                       {"digits", call.digits},
                       {"recordings", std::move(recordings)}};
  return {{"request_id", call.sid},
          {"method", "GET"},
          {"http_code", 200},
          {"response", {{"code", 200}, {"status", "success"}, {"call_details", std::move(details)}}}};
}

std::string as_xml(const json::object& body) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  append_xml(body, "TwilioResponse", out);
  return out;
}

net::HttpResponse rest_answer(int status, const json::object& body, bool as_json) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = as_json ? "application/json" : "application/xml";
  response.body = as_json ? json::serialize(body) : as_xml(body);
  return response;
}

net::HttpResponse rest_error(int status, int code, std::string_view message, bool as_json) {
  return rest_answer(status, {{"RestException", {{"Status", status}, {"Message", message}, {"Code", code}}}},
                     as_json);
}

}  // namespace parley::emulator
