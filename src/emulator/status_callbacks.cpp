#include "emulator/status_callbacks.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "async/sleep.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kMostLines = 2000;
constexpr std::string_view kUnsetTime = "1970-01-01 05:30:00";

std::string end_time(const EmulatedCall& call, const Variants& variants) {
  if (call.ended) return ist_time(*call.ended);
  return variants.epoch_end_time ? std::string(kUnsetTime) : std::string();
}

std::int64_t leg_seconds(const Leg& leg) {
  if (!leg.answered || !leg.ended) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(*leg.ended - *leg.answered).count();
}

Pairs short_fields(const EmulatedCall& call) {
  Pairs fields{{"CallSid", call.sid}, {"Status", call.status}, {"DateUpdated", ist_time(call.updated)}};
  if (!call.recording_url.empty()) fields.emplace_back("RecordingUrl", call.recording_url);
  return fields;
}

Pairs long_fields(const EmulatedCall& call, std::string_view event, const Variants& variants) {
  const bool incoming = call.direction == "inbound";
  Pairs fields{{"EventType", std::string(event)},
               {"CallSid", call.sid},
               {"Status", call.status},
               {"DateCreated", ist_time(call.created)},
               {"DateUpdated", ist_time(call.updated)},
               {"StartTime", ist_time(call.started.value_or(call.created))},
               {"EndTime", end_time(call, variants)},
               {"From", spelled(call.from, variants.e164)},
               {"To", spelled(call.to.empty() ? call.exophone : call.to, variants.e164)},
               {"PhoneNumberSid", call.exophone},
               {"Direction", incoming ? "inbound" : "outbound-api"},
               {"ConversationDuration", std::to_string(call.seconds())}};
  if (!call.recording_url.empty()) fields.emplace_back("RecordingUrl", call.recording_url);
  if (!call.custom_field.empty()) fields.emplace_back("CustomField", call.custom_field);
  return fields;
}

std::string other_engine(const EmulatedCall& call) {
  json::object body{{"CallSid", call.sid},
                    {"CallStatus", call.status},
                    {"CallState", call.over() ? "terminal" : "active"},
                    {"TotalDuration", call.seconds()},
                    {"FromNumber", call.from},
                    {"ToNumber", call.to.empty() ? call.exophone : call.to},
                    {"CreatedAt", "0001-01-01T00:00:00Z"},
                    {"StartTime", ist_offset_time(call.started.value_or(call.created))},
                    {"EndTime", call.ended ? ist_offset_time(*call.ended) : std::string()},
                    {"CustomField", call.custom_field}};
  json::array recordings;
  if (!call.recording_url.empty()) recordings.push_back({{"url", call.recording_url}});
  body["CallRecordings"] = std::move(recordings);
  return json::serialize(body);
}

json::object as_json(const Pairs& fields, const EmulatedCall& call, bool with_legs) {
  json::object body;
  for (const auto& [key, value] : fields)
    body[key] = value;
  if (!with_legs) return body;
  body["ConversationDuration"] = call.seconds();
  json::array legs;
  for (const Leg& leg : call.legs)
    legs.push_back({{"OnCallDuration", leg_seconds(leg)}, {"Status", leg.status}});
  body["Legs"] = std::move(legs);
  return body;
}

void add_legs(Pairs& fields, const EmulatedCall& call) {
  for (std::size_t i = 0; i < call.legs.size(); ++i) {
    fields.emplace_back(fmt::format("Legs[{}][OnCallDuration]", i),
                        std::to_string(leg_seconds(call.legs[i])));
    fields.emplace_back(fmt::format("Legs[{}][Status]", i), call.legs[i].status);
  }
}

const Variants& variants_of(const World& world, const EmulatedCall& call) {
  const Flow* flow = world.flow(call.flow_id);
  return flow == nullptr ? world.variants : flow->variants;
}

}  // namespace

Delivery StatusCallbacks::delivery_of(const EmulatedCall& call) const {
  const Person& person = parts_.world.person(call.from);
  if (person.callbacks) return *person.callbacks;
  const Flow* flow = parts_.world.flow(call.flow_id);
  if (flow != nullptr && flow->callbacks) return *flow->callbacks;
  return parts_.world.callbacks.delivery;
}

StatusCallbacks::Message StatusCallbacks::message_of(const EmulatedCall& call, std::string_view event) const {
  const CallbackForm form = parts_.world.callbacks.form;
  if (form == CallbackForm::other_engine) return {std::string(event), "application/json", other_engine(call)};
  const bool is_long =
      form == CallbackForm::always_long || (form == CallbackForm::by_events && !call.callback.events.empty());
  Pairs fields = is_long ? long_fields(call, event, variants_of(parts_.world, call)) : short_fields(call);
  if (call.callback.content_type == "application/json")
    return {std::string(event), "application/json", json::serialize(as_json(fields, call, is_long))};
  if (is_long) add_legs(fields, call);
  if (call.callback.content_type == "application/x-www-form-urlencoded")
    return {std::string(event), "application/x-www-form-urlencoded", encoded(fields)};
  std::vector<net::FormPart> parts;
  for (const auto& [key, value] : fields)
    parts.push_back({.name = key, .value = value, .file_name = {}, .content_type = {}});
  net::FormBody body = net::make_form(parts);
  return {std::string(event), std::move(body.content_type), std::move(body.body)};
}

void StatusCallbacks::send(const std::shared_ptr<EmulatedCall>& call, std::string_view event) {
  const bool terminal = event == "terminal";
  const bool wanted =
      call->callback.events.empty() ? terminal : std::ranges::count(call->callback.events, event) > 0;
  if (call->callback.url.empty() || !wanted) return;
  Message message = message_of(*call, event);
  switch (delivery_of(*call)) {
    case Delivery::never:
      call->note("status callback withheld", {{"event", event}});
      return;
    case Delivery::late:
      parts_.requests.spawn(deliver_late(call, std::move(message)));
      return;
    case Delivery::twice:
      queue(call, message);
      return queue(call, std::move(message));
    case Delivery::out_of_order: {
      auto& line = lines_[call->sid];
      if (!line) line = std::make_shared<Line>();
      if (!terminal) {
        line->held.push_back(std::move(message));
        return;
      }
      std::deque<Message> held = std::exchange(line->held, {});
      queue(call, std::move(message));
      for (Message& earlier : held)
        queue(call, std::move(earlier));
      return;
    }
    case Delivery::normal:
      return queue(call, std::move(message));
  }
}

void StatusCallbacks::queue(const std::shared_ptr<EmulatedCall>& call, Message message) {
  if (lines_.size() > kMostLines) std::erase_if(lines_, [](const auto& line) { return !line.second->busy; });
  auto& line = lines_[call->sid];
  if (!line) line = std::make_shared<Line>();
  line->waiting.push_back(std::move(message));
  if (!line->busy) {
    line->busy = true;
    parts_.requests.spawn(deliver(call, line));
  }
}

async::Task<> StatusCallbacks::deliver(std::shared_ptr<EmulatedCall> call, std::shared_ptr<Line> line) {
  while (!line->waiting.empty()) {
    Message message = std::move(line->waiting.front());
    line->waiting.pop_front();
    const bool taken = co_await post(call, message);
    if (!taken) parts_.requests.spawn(repeat(call, std::move(message)));
  }
  line->busy = false;
}

async::Task<> StatusCallbacks::deliver_late(std::shared_ptr<EmulatedCall> call, Message message) {
  co_await async::sleep_for(parts_.executor, scaled(parts_.world, parts_.world.callbacks.late_by));
  const bool taken = co_await post(call, message);
  if (!taken) co_await repeat(call, std::move(message));
}

async::Task<bool> StatusCallbacks::post(std::shared_ptr<EmulatedCall> call, Message message) {
  Question question{.what = "status callback " + message.event,
                    .method = "POST",
                    .url = call->callback.url,
                    .headers = {{"Content-Type", message.content_type}},
                    .body = message.body,
                    .deadline = milliseconds(15'000)};
  const Answer answer = co_await ask(parts_, call, std::move(question));
  const bool taken = answer.status() / 100 == 2;
  if (!taken) {
    parts_.report.add(
        call->sid, "status-callback",
        answer.response ? fmt::format("the status callback was answered {} in place of 200", answer.status())
                        : "the status callback was not answered");
  }
  co_return taken;
}

async::Task<> StatusCallbacks::repeat(std::shared_ptr<EmulatedCall> call, Message message) {
  for (const milliseconds wait : parts_.world.callbacks.retry_after) {
    co_await async::sleep_for(parts_.executor, scaled(parts_.world, wait));
    const bool taken = co_await post(call, message);
    if (taken) co_return;
  }
}

}  // namespace parley::emulator
