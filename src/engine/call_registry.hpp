// Who may come in, and who is in. Admit or refuse, never degrade: a call limit and the measured lateness of
// the chosen shard decide at the door.
//
// Thread: place() and drain() on the control thread; enter/leave on a call's shard; the counts from any
// thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "async/shard.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "engine/call.hpp"

namespace parley::engine {

struct AdmissionLimits {
  int max_calls = 100;
  std::chrono::milliseconds max_loop_lag{200};
};

class CallRegistry {
 public:
  // A place on a shard, taken until it is destroyed (on any thread).
  class Place {
   public:
    Place(CallRegistry& registry, std::size_t shard);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    async::Shard& shard() const;

   private:
    friend class CallRegistry;
    CallRegistry& registry_;
    std::size_t shard_;
  };

  CallRegistry(std::vector<async::Shard*> shards, AdmissionLimits limits, Probe& probe);

  // A place on the least loaded shard, or why not: Errc::overloaded (full, or late) or Errc::unavailable
  // (draining).
  Result<std::shared_ptr<Place>> place();

  // While it exists the call is ended by shut_down_all(); at once if that was said already. On the call's
  // shard.
  class Entry {
   public:
    Entry(const Place& place, Call& call);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    std::vector<Call*>& calls_;
    Call& call_;
  };

  // A refusal that was decided elsewhere, for the metric.
  void count_refused(std::string_view reason);

  // No new calls from now on.
  void drain() { draining_ = true; }
  bool draining() const { return draining_; }
  int active() const { return active_.load(); }

  // Ends every call in progress, each on its shard.
  void shut_down_all();

  // The worst lag of any shard, for the gauge.
  std::chrono::microseconds loop_lag() const;

 private:
  struct ShardCalls {
    async::Shard* shard;
    std::vector<Call*> calls;  // touched on the shard's thread only
  };

  std::vector<ShardCalls> shards_;
  AdmissionLimits limits_;
  Probe& probe_;
  std::atomic<int> active_{0};
  std::atomic<bool> draining_{false};
  std::atomic<bool> shut_down_{false};
};

}  // namespace parley::engine
