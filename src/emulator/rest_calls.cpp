#include "emulator/rest_calls.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "net/url.hpp"
#include "vendor/json.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kMaxAddress = 600;
constexpr std::size_t kMaxCustomField = 128;
constexpr std::size_t kMaxStreamName = 32;
constexpr std::int64_t kMaxTimeLimit = 14'400;
constexpr std::size_t kFewestDigits = 8;
constexpr int kBadRequest = 34'001;

constexpr std::string_view kParameters[] = {"From",
                                            "To",
                                            "CallerId",
                                            "Url",
                                            "CallType",
                                            "TimeLimit",
                                            "TimeOut",
                                            "Record",
                                            "RecordingChannels",
                                            "RecordingFormat",
                                            "CustomField",
                                            "StatusCallback",
                                            "StatusCallbackEvents",
                                            "StatusCallbackContentType",
                                            "StreamUrl",
                                            "StreamType",
                                            "StreamName",
                                            "StreamBegin",
                                            "WaitUrl",
                                            "StartPlaybackToNew",
                                            "StartPlaybackValueNew",
                                            "StartPlaybackTo",
                                            "StartPlaybackValue"};

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_number(std::string_view text) {
  const auto digits = static_cast<std::size_t>(std::ranges::count_if(text, is_digit));
  const bool clean = text.find_first_not_of("+0123456789 -") == std::string_view::npos;
  return clean && digits >= kFewestDigits && digits <= 15;
}

// The flow's id at the end of …/{sid}/exoml/start_voice/{id}, or of the older …/exoml/start/{id}.
std::string_view flow_of(std::string_view url) {
  for (const std::string_view part : {"/exoml/start_voice/", "/exoml/start/"}) {
    const std::size_t at = url.find(part);
    if (at == std::string_view::npos) continue;
    std::string_view id = url.substr(at + part.size());
    return id.substr(0, id.find_first_of("/?"));
  }
  return {};
}

std::unexpected<Error> bad(std::string what) {
  return fail(Errc::invalid_argument, std::move(what));
}

bool one_of(std::string_view value, std::initializer_list<std::string_view> words) {
  return value.empty() || std::ranges::find(words, value) != words.end();
}

}  // namespace

Result<void> RestCalls::check(const Account& account, const Form& form) {
  for (const auto& [key, value] : form.fields) {
    const std::string_view name = std::string_view(key).substr(0, key.find('['));
    if (std::ranges::find(kParameters, name) == std::end(kParameters))
      parts_.report.add("", "parameter", fmt::format("Calls/connect knows no parameter '{}'", key));
  }
  if (!is_number(form.get("From"))) return bad("From is no phone number");
  if (form.has("To") && !is_number(form.get("To"))) return bad("To is no phone number");
  const ExoPhone* phone = parts_.world.phone(form.get("CallerId"));
  if (phone == nullptr || phone->account != account.sid)
    return bad("CallerId is no ExoPhone of this account");
  const std::string_view limit = form.get("TimeLimit");
  const auto seconds = number_of(limit);
  if (!limit.empty() && (!seconds || *seconds < 1 || *seconds > kMaxTimeLimit))
    return bad("TimeLimit is 1 to 14400");
  const std::string_view ringing = form.get("TimeOut");
  if (!ringing.empty() && number_of(ringing).value_or(0) < 1) return bad("TimeOut is a number of seconds");
  if (form.get("CustomField").size() > kMaxCustomField) {
    parts_.report.add("", "custom-field", "CustomField is longer than 128 characters");
    return bad("CustomField is longer than 128 characters");
  }
  if (form.get("StreamName").size() > kMaxStreamName) return bad("StreamName is longer than 32 characters");
  if (!one_of(form.get("Record"), {"true", "false"})) return bad("Record is true or false");
  if (!one_of(form.get("RecordingChannels"), {"single", "dual"}))
    return bad("RecordingChannels is single or dual");
  if (!one_of(form.get("RecordingFormat"), {"mp3", "mp3-hq"})) return bad("RecordingFormat is mp3 or mp3-hq");
  if (!form.get("RecordingFormat").empty()) {
    parts_.report.add("", "recording-format",
                      "recordings are WAV here, whatever RecordingFormat says; Exotel's are MP3", true);
  }
  if (!one_of(form.get("CallType"), {"trans"})) return bad("CallType is trans");
  for (const std::string& event : form.all("StatusCallbackEvents")) {
    if (!one_of(event, {"terminal", "answered", "ringing"}))
      return bad("StatusCallbackEvents are terminal, answered and ringing");
  }
  if (!one_of(form.get("StatusCallbackContentType"),
              {"multipart/form-data", "application/json", "application/x-www-form-urlencoded"}))
    return bad("StatusCallbackContentType is multipart/form-data or application/json");
  return {};
}

Result<CallPlan> RestCalls::plan_of(const Account& account, const Form& form) {
  CallPlan plan;
  const std::string_view url = form.get("Url");
  const std::string_view stream = form.get("StreamUrl");
  if (!stream.empty()) {
    if (!stream.starts_with("ws://") && !stream.starts_with("wss://"))
      return bad("StreamUrl is ws:// or wss://");
    if (stream.size() > kMaxAddress) {
      parts_.report.add("", "stream-url", "StreamUrl is longer than 600 characters");
      return bad("StreamUrl is longer than 600 characters");
    }
    plan.stream = StreamPlan{std::string(stream), {}, 8000, false};
  }
  if (form.has("To")) {
    if (!url.empty()) return bad("give either To or Url");
    plan.fork_at_leg = form.get("StreamBegin") == "Leg2Connect" ? 2 : 1;
    return plan;
  }
  if (url.empty()) {
    if (!plan.stream) return bad("give To, Url or StreamUrl");
    if (form.get("StreamType") != "bidirectional") return bad("StreamType is bidirectional");
    return plan;
  }
  if (plan.stream) return bad("StreamUrl is not for a call into a flow");
  plan.flow = parts_.world.flow(flow_of(url));
  if (plan.flow == nullptr) return bad("Url is no flow of this account");
  const auto parsed = net::parse_url(url);
  const bool own = parsed && (parsed->host.starts_with("my.exotel.") ||
                              parsed->host.starts_with("my.in.exotel.") || url.starts_with(parts_.base_url));
  if (!own) parts_.report.add("", "flow-url", "Url does not lead to my.exotel.com");
  if (!url.contains(fmt::format("/{}/", account.sid)) && url.contains("/start_voice/"))
    parts_.report.add("", "flow-url", "Url names another account");
  return plan;
}

void RestCalls::fill(EmulatedCall& call, const Account& account, const Form& form) {
  call.account = account.sid;
  call.from = form.get("From");
  call.to = form.get("To");
  call.exophone = parts_.world.phone(form.get("CallerId"))->number;
  call.direction = "outbound-api";
  call.custom_field = form.get("CustomField");
  call.record = form.get("Record") == "true";
  call.dual = form.get("RecordingChannels") == "dual";
  if (const auto seconds = number_of(form.get("TimeLimit"))) call.time_limit = std::chrono::seconds(*seconds);
  if (const auto seconds = number_of(form.get("TimeOut"))) call.ring_limit = std::chrono::seconds(*seconds);
  call.callback.url = form.get("StatusCallback");
  call.callback.events = form.all("StatusCallbackEvents");
  if (!form.get("StatusCallbackContentType").empty())
    call.callback.content_type = form.get("StatusCallbackContentType");
}

net::HttpResponse RestCalls::connect(const Account& account, const net::HttpRequest& request, bool as_json) {
  const auto refuse = [&](const Error& error) {
    parts_.report.add("", "rest-400", fmt::format("Calls/connect was refused: {}", error.message));
    return rest_error(400, kBadRequest, error.message, as_json);
  };
  const auto form = read_form(request.header("content-type"), request.body);
  if (!form) return refuse(form.error());
  if (const auto checked = check(account, *form); !checked) return refuse(checked.error());
  auto plan = plan_of(account, *form);
  if (!plan) return refuse(plan.error());
  auto call = parts_.ledger.open();
  fill(*call, account, *form);
  if (plan->flow != nullptr) call->flow_id = plan->flow->id;
  json::object told;
  for (const auto& [key, value] : form->fields)
    told[key] = value;
  call->note("Calls/connect", std::move(told));
  const Variants& how = plan->flow == nullptr ? parts_.world.variants : plan->flow->variants;
  const json::object answer{{"Call", call_object(*call, parts_.world, how.initial_status)}};
  board_.start(call, *std::move(plan));
  return rest_answer(200, answer, as_json);
}

net::HttpResponse RestCalls::describe(const Account& account, std::string_view sid, bool details,
                                      bool as_json) {
  const auto call = parts_.ledger.find(sid);
  if (!call || call->account != account.sid) return rest_error(404, 34'004, "no such call", as_json);
  json::object object = call_object(*call, parts_.world, call->status);
  if (details) object["Details"] = details_object(*call);
  return rest_answer(200, {{"Call", std::move(object)}}, as_json);
}

net::HttpResponse RestCalls::make_leg(const Account& account, const net::HttpRequest& request) {
  const auto body = vendor::parse_json_object(request.body);
  if (!body) return rest_error(400, kBadRequest, "a leg is ordered as JSON", true);
  const std::string_view to = vendor::string_member(*body, "contact_uri");
  const ExoPhone* phone = parts_.world.phone(vendor::string_member(*body, "exophone"));
  if (!is_number(to) || phone == nullptr || phone->account != account.sid)
    return rest_error(400, kBadRequest, "give contact_uri and an exophone of this account", true);
  auto call = parts_.ledger.open();
  call->account = account.sid;
  call->from = to;
  call->exophone = phone->number;
  call->direction = "outbound-api";
  call->made_as_leg = true;
  CallPlan plan;
  plan.waits = true;
  board_.start(call, std::move(plan));
  return rest_answer(200, {{"leg_sid", call->sid}, {"state", "leg_connecting"}}, true);
}

}  // namespace parley::emulator
