#include "emulator/rest_server.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "async/sleep.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/ids.hpp"
#include "vendor/json.hpp"

namespace parley::emulator {
namespace {

constexpr milliseconds kMinute{60'000};
constexpr milliseconds kLongestWait{60'000};
constexpr milliseconds kLook{10};

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (end != 0) parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return parts;
}

// "key:token" of the header, or empty.
std::string credentials_of(std::string_view header) {
  constexpr std::string_view kBasic = "basic ";
  if (!to_lower(header).starts_with(kBasic)) return {};
  const std::string_view encoded = trimmed(header.substr(kBasic.size()));
  std::vector<std::byte> bytes(base64_decoded_max(encoded.size()));
  const auto size = base64_decode(encoded, bytes.data());
  return size ? std::string(reinterpret_cast<const char*>(bytes.data()), *size) : std::string();
}

std::string_view message_of(int status) {
  switch (status) {
    case 402:
      return "the account has no balance";
    case 403:
      return "KYC of the account is not complete";
    default:
      return "Service Unavailable";
  }
}

int code_of(int status) {
  return status == 403 ? 340'030 : status == 503 ? 35'008 : 34'000 + status;
}

}  // namespace

const Account* RestServer::who(const net::HttpRequest& request, std::string_view sid) const {
  const Account* account = parts_.world.account(sid);
  if (account == nullptr) return nullptr;
  const std::string wanted = account->api_key + ":" + account->api_token;
  return constant_time_equal(credentials_of(request.header("authorization")), wanted) ? account : nullptr;
}

bool RestServer::too_fast(const Account& account, int& retry_after_seconds) {
  const SteadyTime now = parts_.clock.now();
  const milliseconds minute = scaled(parts_.world, kMinute);
  auto& placed = placed_[account.sid];
  while (!placed.empty() && placed.front() + minute <= now)
    placed.pop_front();
  if (placed.size() < static_cast<std::size_t>(account.requests_per_minute)) {
    placed.push_back(now);
    return false;
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(placed.front() + minute - now);
  retry_after_seconds = static_cast<int>(std::max<std::int64_t>(1, wait.count()));
  return true;
}

async::Task<net::HttpResponse> RestServer::serve(net::HttpRequest request) {
  Asked asked{request, parts_of(request.path), false, nullptr};
  if (!asked.path.empty() && asked.path[0] == "emulator") {
    if (asked.path.size() == 3 && asked.path[1] == "calls")
      co_await wait_for_end(asked.path[2], request.query);
    co_return control_.serve(request, asked.path);
  }
  if (!asked.path.empty() && asked.path[0] == "recordings") co_return answer_recording(asked);
  for (std::string& part : asked.path) {
    if (!part.ends_with(".json")) continue;
    part.resize(part.size() - 5);
    asked.as_json = true;
  }
  const bool v1 = asked.path.size() > 3 && asked.path[0] == "v1" && asked.path[1] == "Accounts";
  const bool other =
      asked.path.size() > 3 && (asked.path[0] == "v2" || asked.path[0] == "v2_beta" || asked.path[0] == "v3");
  if (!v1) asked.as_json = true;
  if (!v1 && !other) co_return rest_error(404, 34'404, "no such resource", asked.as_json);
  asked.account = who(request, asked.path[2]);
  if (asked.account == nullptr) {
    parts_.report.add("", "rest-401", "a request came without the account's credentials");
    co_return rest_error(401, 34'401, "Authentication failed", asked.as_json);
  }
  int retry_after = 0;
  if (too_fast(*asked.account, retry_after)) {
    parts_.report.add("", "rest-429", "more requests than the account may make in a minute", true);
    net::HttpResponse response = rest_error(429, 34'429, "Too many requests", asked.as_json);
    response.headers.emplace_back("Retry-After", std::to_string(retry_after));
    co_return response;
  }
  const std::string& what = asked.path[3];
  if (v1 && what == "Calls" && asked.path.size() == 5 && asked.path[4] == "connect" &&
      request.method == "POST")
    co_return co_await place(std::move(asked));
  if (v1) co_return answer_v1(asked);
  if (asked.path[0] == "v2" && what == "legs") co_return answer_legs(asked);
  if (asked.path[0] == "v3" && what == "calls" && asked.path.size() == 5) {
    const auto call = parts_.ledger.find(asked.path[4]);
    if (call && call->account == asked.account->sid) co_return rest_answer(200, v3_object(*call), true);
  }
  if (what == "IncomingPhoneNumbers" || what == "incoming-phone-numbers") co_return answer_phones(asked);
  co_return rest_error(404, 34'404, "no such resource", true);
}

// `wait=10s`: the journal of a call is wanted when it has ended, or after so long.
async::Task<> RestServer::wait_for_end(std::string sid, std::string query) {
  milliseconds longest{0};
  for (const auto& [key, value] : net::parse_query(query)) {
    if (key == "wait")
      longest = std::min(caller::parse_duration(value).value_or(milliseconds(0)), kLongestWait);
  }
  const SteadyTime until = parts_.clock.now() + longest;
  while (parts_.clock.now() < until) {
    const auto call = parts_.ledger.find(sid);
    if (!call || call->over()) co_return;
    co_await async::sleep_for(parts_.executor, kLook);
  }
}

async::Task<net::HttpResponse> RestServer::place(Asked asked) {
  const int refusal = asked.account->refuse_status;
  if (refusal != 0) co_return rest_error(refusal, code_of(refusal), message_of(refusal), asked.as_json);
  const auto fault = control_.take_fault();
  if (!fault) co_return calls_.connect(*asked.account, asked.request, asked.as_json);
  net::HttpResponse answer;
  if (fault->status == 0 || fault->place)
    answer = calls_.connect(*asked.account, asked.request, asked.as_json);
  if (fault->status != 0) {
    answer.status = fault->status;
    answer.content_type = fault->content_type;
    answer.body = fault->body;
  }
  if (fault->delay.count() > 0) co_await async::sleep_for(parts_.executor, fault->delay);
  co_return answer;
}

net::HttpResponse RestServer::answer_v1(const Asked& asked) {
  const std::string& what = asked.path[3];
  const bool get = asked.request.method == "GET";
  if (what == "Calls" && get && asked.path.size() == 4)
    return calls_.list(*asked.account, asked.request.query, asked.as_json);
  if (what == "Calls" && get && asked.path.size() == 5) {
    return calls_.describe(*asked.account, asked.path[4], asked.request.query.contains("details=true"),
                           asked.as_json);
  }
  if (what == "Calls" && asked.path.size() == 5) {
    parts_.report.add("", "rest-405", "Exotel can neither end nor redirect a call by its REST interface");
    return rest_error(405, 34'405, "Method not allowed", asked.as_json);
  }
  if (what == "ActiveStreams" && get) {
    const int open = parts_.open_streams[asked.account->sid];
    if (asked.as_json) {
      return rest_answer(200,
                         {{"status", "success"},
                          {"account_sid", asked.account->sid},
                          {"active_streams", open},
                          {"max_allowed_streams", asked.account->max_streams}},
                         true);
    }
    return rest_answer(
        200, {{"Stream", {{"ActiveStreamCount", open}, {"ThrottleLimit", asked.account->max_streams}}}},
        false);
  }
  if (what == "Numbers" && get && asked.path.size() == 5) {
    return rest_answer(200,
                       {{"Numbers",
                         {{"PhoneNumber", spelled(asked.path[4], false)},
                          {"Circle", "KA"},
                          {"CircleName", "Karnataka"},
                          {"Type", "Mobile"},
                          {"Operator", "EM"},
                          {"OperatorName", "Emulated"},
                          {"DND", "No"}}}},
                       asked.as_json);
  }
  if (what == "IncomingPhoneNumbers" && get) return answer_phones(asked);
  return rest_error(404, 34'404, "no such resource", asked.as_json);
}

net::HttpResponse RestServer::answer_legs(const Asked& asked) {
  if (asked.request.method != "POST") return rest_error(405, 34'405, "Method not allowed", true);
  if (asked.path.size() == 4) return calls_.make_leg(*asked.account, asked.request);
  const auto call = parts_.ledger.find(asked.path[4]);
  // Only a leg that was made here can be told what to do.
  if (!call || !call->made_as_leg || call->account != asked.account->sid)
    return rest_error(404, 34'404, "no such leg", true);
  const auto live = board_.live(call->sid);
  if (!live) return rest_error(409, 34'409, "the leg has ended", true);
  const std::string action =
      asked.path.size() == 7 && asked.path[5] == "actions" ? asked.path[6] : std::string();
  if (action == "hangup") {
    live->hang_up("bot");
    return rest_answer(200, {{"action_sid", call->sid}}, true);
  }
  if (action == "start_stream") {
    const auto body = vendor::parse_json_object(asked.request.body);
    const std::string url = body ? vendor::text_member(*body, "url") : std::string();
    if (url.empty()) return rest_error(400, 34'001, "url is missing", true);
    live->start_stream({url, {}, 8000, false});
    return rest_answer(200, {{"action_sid", call->sid}}, true);
  }
  return rest_error(404, 34'404, "hangup and start_stream are known", true);
}

net::HttpResponse RestServer::answer_phones(const Asked& asked) {
  json::array phones;
  for (const ExoPhone& phone : parts_.world.phones) {
    if (phone.account != asked.account->sid) continue;
    if (asked.path.size() == 5 && !same_number(asked.path[4], phone.number)) continue;
    phones.push_back({{"sid", phone.number},
                      {"phone_number", spelled(phone.number, true)},
                      {"friendly_name", phone.friendly_name},
                      {"voice_url", phone.flow},
                      {"status", "OK"}});
  }
  // One number of the account: what a monitor asks.
  if (asked.path.size() == 5) {
    if (phones.empty()) return rest_error(404, 34'404, "no such number", true);
    return rest_answer(200, phones[0].get_object(), true);
  }
  return rest_answer(200, {{"incoming_phone_numbers", std::move(phones)}}, true);
}

net::HttpResponse RestServer::answer_recording(const Asked& asked) {
  const std::string file = asked.path.size() == 2 ? asked.path[1] : std::string();
  const Sound* sound = parts_.ledger.sound(file.substr(0, file.find('.')));
  if (sound != nullptr && !file.ends_with(".wav")) {
    parts_.report.add("", "recording-format",
                      "a recording was asked for that is no WAV: there are no others here", true);
    return rest_error(404, 34'404, "recordings are .wav here", true);
  }
  if (sound == nullptr) return rest_error(404, 34'404, "no such recording", true);
  const bool is_private =
      std::ranges::any_of(parts_.world.accounts, [](const Account& a) { return a.private_recordings; });
  const bool known = std::ranges::any_of(
      parts_.world.accounts, [&](const Account& a) { return who(asked.request, a.sid) != nullptr; });
  if (is_private && !known) return rest_error(401, 34'401, "Authentication failed", true);
  net::HttpResponse response;
  response.content_type = "audio/wav";
  response.body = wav_bytes(*sound);
  return response;
}

}  // namespace parley::emulator
