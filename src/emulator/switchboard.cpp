#include "emulator/switchboard.hpp"

#include <fmt/format.h>

namespace parley::emulator {

void Switchboard::start(std::shared_ptr<EmulatedCall> call, CallPlan plan) {
  auto live = std::make_shared<LiveCall>(parts_, callbacks_, scripts_, call, std::move(plan));
  live_[call->sid] = live;
  parts_.calls.spawn(run(*this, std::move(live)));
}

async::Task<> Switchboard::run(Switchboard& self, std::shared_ptr<LiveCall> call) {
  co_await call->run();
  self.live_.erase(call->call()->sid);
}

Result<std::shared_ptr<EmulatedCall>> Switchboard::ring_in(std::string_view from, std::string_view to,
                                                           std::string_view custom_field) {
  const ExoPhone* phone = parts_.world.phone(to);
  if (phone == nullptr) return fail(Errc::not_found, fmt::format("no ExoPhone has the number {}", to));
  const Flow* flow = parts_.world.flow(phone->flow);
  if (flow == nullptr) return fail(Errc::not_found, fmt::format("{} leads into no flow", to));
  auto call = parts_.ledger.open();
  call->account = phone->account;
  call->from = from;
  call->exophone = phone->number;
  call->direction = "inbound";
  call->flow_id = flow->id;
  call->custom_field = custom_field;
  call->callback.url = phone->status_callback;
  CallPlan plan;
  plan.flow = flow;
  plan.incoming = true;
  start(call, std::move(plan));
  return call;
}

std::shared_ptr<LiveCall> Switchboard::live(std::string_view sid) const {
  const auto found = live_.find(sid);
  return found == live_.end() ? nullptr : found->second;
}

void Switchboard::hang_up_all() {
  // Ending one may take it out of the map.
  const auto calls = live_;
  for (const auto& [sid, call] : calls)
    call->hang_up("platform");
}

}  // namespace parley::emulator
