#include "api/carrier_heartbeat.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace parley::api {
namespace {

const log::Logger kLog("api");

struct State {
  std::string_view name;
  double level;
};
constexpr std::array kStates = {State{"OK", 0}, State{"WARNING", 1}, State{"CRITICAL", 2},
                                State{"PAYLOAD_TOO_LARGE", 2}};
constexpr State kUnknown{"other", 1};

State state_of(std::string_view told) {
  const auto* const found = std::ranges::find(kStates, told, &State::name);
  return found == kStates.end() ? kUnknown : *found;
}

// "incoming_affected[0]", or "incoming_affected[0][number]" and more of each.
int count_of(const carrier::Fields& fields, std::string_view list) {
  std::set<std::string_view> places;
  for (const auto& [name, value] : fields) {
    const std::string_view rest = std::string_view(name).substr(std::min(list.size(), name.size()));
    if (!name.starts_with(list) || !rest.starts_with('[')) continue;
    places.insert(rest.substr(0, rest.find(']')));
  }
  return static_cast<int>(places.size());
}

}  // namespace

CarrierHeartbeat::CarrierHeartbeat(metrics::Registry& registry)
    : registry_(registry),
      level_(registry.gauge("parley_exotel_heartbeat_level",
                            "Exotel's last heartbeat: 0 fine, 1 a warning, 2 critical.")),
      incoming_(registry.gauge("parley_exotel_heartbeat_affected", "Numbers its last heartbeat named.",
                               {{"direction", "incoming"}})),
      outgoing_(registry.gauge("parley_exotel_heartbeat_affected", "Numbers its last heartbeat named.",
                               {{"direction", "outgoing"}})) {}

net::HttpResponse CarrierHeartbeat::take(const carrier::Fields& fields) {
  const State state = state_of(carrier::field(fields, {"status_type"}));
  const int incoming = count_of(fields, "incoming_affected");
  const int outgoing = count_of(fields, "outgoing_affected");
  registry_
      .counter("parley_exotel_heartbeats_total", "Heartbeats of Exotel, by what they said.",
               {{"status", std::string(state.name)}})
      .add();
  level_.set(state.level);
  incoming_.set(incoming);
  outgoing_.set(outgoing);
  if (state.level > 0) {
    kLog.warn("exotel heartbeat {}: incoming_affected={} outgoing_affected={}", state.name, incoming,
              outgoing);
  } else {
    kLog.debug("exotel heartbeat {}", state.name);
  }
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = R"({"success":true})";
  return response;
}

}  // namespace parley::api
