#include "emulator/control_routes.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "vendor/json.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kMostFaults = 100;
constexpr std::int64_t kLongestDelayMs = 60'000;

net::HttpResponse problem(int status, std::string_view text) {
  return rest_answer(status, {{"error", text}}, true);
}

}  // namespace

json::object journal_object(const EmulatedCall& call, bool with_entries) {
  json::object object{{"sid", call.sid},
                      {"account", call.account},
                      {"from", call.from},
                      {"to", call.to},
                      {"exophone", call.exophone},
                      {"direction", call.direction},
                      {"status", call.status},
                      {"over", call.over()},
                      {"answeredBy", call.answered_by},
                      {"flow", call.flow_id},
                      {"customField", call.custom_field},
                      {"disconnectedBy", call.disconnected_by},
                      {"recordingUrl", call.recording_url},
                      {"created", ist_offset_time(call.created)},
                      {"seconds", call.seconds()}};
  json::array legs;
  for (const Leg& leg : call.legs)
    legs.push_back({{"sid", leg.sid}, {"number", leg.number}, {"status", leg.status}});
  object["legs"] = std::move(legs);
  json::array sounds;
  for (const auto& [name, sound] : call.sounds) {
    json::object entry{{"url", fmt::format("/emulator/sounds/{}.wav", name)},
                       {"channels", sound.channels},
                       {"ms", sound.samples.size() * 1000 / static_cast<std::size_t>(sound.channels) /
                                  static_cast<std::size_t>(sound.sample_rate_hz)},
                       {"saidDb", level_db(sound, 0)}};
    if (sound.channels == 2) entry["heardDb"] = level_db(sound, 1);
    sounds.push_back(std::move(entry));
  }
  object["sounds"] = std::move(sounds);
  if (!with_entries) return object;
  json::array entries;
  for (const JournalEntry& entry : call.journal) {
    json::object told = entry.detail;
    told["what"] = entry.what;
    told["atMs"] = std::chrono::duration_cast<milliseconds>(entry.at - call.created).count();
    entries.push_back(std::move(told));
  }
  object["journal"] = std::move(entries);
  return object;
}

std::optional<ControlRoutes::Fault> ControlRoutes::take_fault() {
  if (faults_.empty()) return std::nullopt;
  Fault fault = std::move(faults_.front());
  faults_.pop_front();
  return fault;
}

net::HttpResponse ControlRoutes::ring(const net::HttpRequest& request) {
  const auto body = vendor::parse_json_object(request.body);
  if (!body) return problem(400, "send {\"from\":\"…\",\"to\":\"…\"}");
  const std::string from = vendor::text_member(*body, "from");
  if (from.empty()) return problem(400, "from is missing");
  const auto call =
      board_.ring_in(from, vendor::text_member(*body, "to"), vendor::string_member(*body, "customField"));
  if (!call) return problem(404, call.error().message);
  return rest_answer(200, journal_object(**call, false), true);
}

net::HttpResponse ControlRoutes::order_fault(const net::HttpRequest& request) {
  const auto body = vendor::parse_json_object(request.body);
  if (!body) return problem(400, "send {\"status\":503,\"body\":\"…\",\"contentType\":\"…\",\"delayMs\":0}");
  if (faults_.size() == kMostFaults) return problem(400, "enough of them");
  Fault fault;
  fault.status = static_cast<int>(vendor::integer_member(*body, "status").value_or(0));
  fault.body = vendor::string_member(*body, "body");
  if (const auto type = vendor::string_member(*body, "contentType"); !type.empty()) fault.content_type = type;
  fault.delay = milliseconds(
      std::clamp<std::int64_t>(vendor::integer_member(*body, "delayMs").value_or(0), 0, kLongestDelayMs));
  fault.place = vendor::bool_member(*body, "place");
  faults_.push_back(std::move(fault));
  return rest_answer(200, {{"ordered", faults_.size()}}, true);
}

net::HttpResponse ControlRoutes::journal(const std::string& sid) {
  const auto call = parts_.ledger.find(sid);
  if (!call) return problem(404, "no such call");
  return rest_answer(200, journal_object(*call, true), true);
}

net::HttpResponse ControlRoutes::hang_up(const std::string& sid) {
  const auto call = board_.live(sid);
  if (!call) return problem(404, "no such call goes on");
  call->hang_up("user");
  return rest_answer(200, {{"sid", sid}}, true);
}

net::HttpResponse ControlRoutes::serve(const net::HttpRequest& request,
                                       const std::vector<std::string>& path) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const std::string what = path.size() > 1 ? path[1] : std::string();
  if (what == "calls" && post && path.size() == 2) return ring(request);
  if (what == "calls" && post && path.size() == 4 && path[3] == "hangup") return hang_up(path[2]);
  if (what == "calls" && get && path.size() == 3) return journal(path[2]);
  if (what == "calls" && get && path.size() == 2) {
    json::array calls;
    for (const auto& call : parts_.ledger.all())
      calls.push_back(journal_object(*call, false));
    return rest_answer(200, {{"calls", std::move(calls)}, {"live", board_.live_calls()}}, true);
  }
  if (what == "report" && get) return rest_answer(200, parts_.report.to_json(), true);
  if (what == "next" && post) return order_fault(request);
  if (what == "sounds" && get && path.size() == 3) {
    const Sound* sound = parts_.ledger.sound(path[2].substr(0, path[2].find('.')));
    if (sound == nullptr) return problem(404, "no such sound");
    net::HttpResponse response;
    response.content_type = "audio/wav";
    response.body = wav_bytes(*sound);
    return response;
  }
  if (what == "reset" && post) {
    board_.hang_up_all();
    parts_.ledger.forget_all();
    parts_.report.clear();
    parts_.given_addresses.clear();
    faults_.clear();
    return rest_answer(200, {{"reset", true}}, true);
  }
  return problem(404, "the emulator has calls, report, next, sounds and reset");
}

}  // namespace parley::emulator
