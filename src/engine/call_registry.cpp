#include "engine/call_registry.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace parley::engine {

CallRegistry::Place::Place(CallRegistry& registry, std::size_t shard) : registry_(registry), shard_(shard) {
  ++registry_.active_;
  ++registry_.shards_[shard_].shard->load();
}

CallRegistry::Place::~Place() {
  --registry_.shards_[shard_].shard->load();
  --registry_.active_;
}

async::Shard& CallRegistry::Place::shard() const {
  return *registry_.shards_[shard_].shard;
}

CallRegistry::CallRegistry(std::vector<async::Shard*> shards, AdmissionLimits limits, Probe& probe)
    : limits_(limits), probe_(probe) {
  for (async::Shard* shard : shards)
    shards_.push_back({shard, {}});
}

Result<std::shared_ptr<CallRegistry::Place>> CallRegistry::place() {
  const auto refuse = [this](std::string_view reason, Errc code, std::string message) {
    count_refused(reason);
    return fail(code, std::move(message));
  };
  if (draining_) return refuse("draining", Errc::unavailable, "the server is draining: no new calls");
  if (active_ >= limits_.max_calls) {
    return refuse("full", Errc::overloaded, fmt::format("all {} places are taken", limits_.max_calls));
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    if (shards_[i].shard->load() < shards_[best].shard->load()) best = i;
  }
  if (shards_[best].shard->loop_lag() > limits_.max_loop_lag) {
    return refuse("late", Errc::overloaded, "the server is running late: another call would harm the others");
  }
  return std::make_shared<Place>(*this, best);
}

CallRegistry::Entry::Entry(const Place& place, Call& call)
    : calls_(place.registry_.shards_[place.shard_].calls), call_(call) {
  calls_.push_back(&call_);
  if (place.registry_.shut_down_) call_.shut_down();
}

CallRegistry::Entry::~Entry() {
  std::erase(calls_, &call_);
}

void CallRegistry::count_refused(std::string_view reason) {
  probe_.registry
      .counter("parley_calls_refused_total", "Calls refused at the door, by why.",
               {{"reason", std::string(reason)}})
      .add();
}

void CallRegistry::shut_down_all() {
  shut_down_ = true;
  for (ShardCalls& shard : shards_) {
    async::asio::post(shard.shard->context(), [&shard] {
      // Ending a call does not take it out of the list: its socket does, later.
      for (Call* call : shard.calls)
        call->shut_down();
    });
  }
}

std::chrono::microseconds CallRegistry::loop_lag() const {
  std::chrono::microseconds worst{0};
  for (const ShardCalls& shard : shards_)
    worst = std::max(worst, shard.shard->loop_lag());
  return worst;
}

}  // namespace parley::engine
