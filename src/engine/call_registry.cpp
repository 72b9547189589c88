#include "engine/call_registry.hpp"

#include <algorithm>
#include <future>

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
    : registry_(place.registry_), shard_(place.shard_), calls_(registry_.shards_[shard_].calls), call_(call) {
  calls_.push_back(&call_);
  enter();
  call_.on_new_id([this] {
    leave();
    enter();
  });
  if (registry_.shut_down_) call_.shut_down();
}

CallRegistry::Entry::~Entry() {
  call_.on_new_id(nullptr);
  leave();
  std::erase(calls_, &call_);
}

void CallRegistry::Entry::enter() {
  id_ = call_.id();
  const MutexLock lock(registry_.index_mutex_);
  registry_.shard_of_call_.emplace(id_, shard_);
}

void CallRegistry::Entry::leave() {
  const MutexLock lock(registry_.index_mutex_);
  const auto [first, last] = registry_.shard_of_call_.equal_range(id_);
  const auto mine = std::find_if(first, last, [this](const auto& each) { return each.second == shard_; });
  if (mine != last) registry_.shard_of_call_.erase(mine);
}

void CallRegistry::command(const std::string& call_id, Command command,
                           std::function<void(Result<void>)> done) {
  const auto unknown = [] { return fail(Errc::not_found, "there is no such call in progress"); };
  std::size_t at = 0;
  bool known = false;
  {
    const MutexLock lock(index_mutex_);
    const auto found = shard_of_call_.find(call_id);
    known = found != shard_of_call_.end();
    if (known) at = found->second;
  }
  if (!known) return done(unknown());
  ShardCalls& shard = shards_[at];
  async::asio::post(shard.shard->context(), [&shard, call_id, command = std::move(command),
                                             done = std::move(done), unknown] {
    // It may be gone by now: only the shard knows.
    const auto call = std::ranges::find(shard.calls, call_id, [](const Call* each) { return each->id(); });
    if (call == shard.calls.end()) return done(unknown());
    done(command(**call));
  });
}

Result<void> CallRegistry::command_and_wait(const std::string& call_id, Command run,
                                            std::chrono::milliseconds patience) {
  const auto answer = std::make_shared<std::promise<Result<void>>>();
  auto answered = answer->get_future();
  command(call_id, std::move(run), [answer](Result<void> result) { answer->set_value(std::move(result)); });
  if (answered.wait_for(patience) == std::future_status::ready) return answered.get();
  return fail(Errc::timeout, "the call did not take the command in time");
}

std::vector<std::string> CallRegistry::calls_in_progress() const {
  std::vector<std::string> ids;
  const MutexLock lock(index_mutex_);
  ids.reserve(shard_of_call_.size());
  for (const auto& [id, shard] : shard_of_call_)
    ids.push_back(id);
  return ids;
}

void CallRegistry::count_refused(std::string_view reason) {
  probe_.calls_refused(reason).add();
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
