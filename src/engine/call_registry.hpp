// Who may come in, and who is in. Admit or refuse, never degrade: a call limit and the measured lateness of
// the chosen shard decide at the door.
//
// Thread: place() and drain() on the control thread; enter/leave on a call's shard; commands and counts from
// any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/shard.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "base/thread_annotations.hpp"
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

  // While it exists the call is ended by shut_down_all(), at once if that was said already, and found by its
  // id, also when that changes. On the call's shard.
  class Entry {
   public:
    Entry(const Place& place, Call& call);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    void enter();
    void leave();
    CallRegistry& registry_;
    const std::size_t shard_;
    std::vector<Call*>& calls_;
    Call& call_;
    std::string id_;  // in the index: the call may have got another since
  };

  // A refusal that was decided elsewhere, for the metric.
  void count_refused(std::string_view reason);

  // Would place() find one? For whoever can still send a caller elsewhere. Any thread.
  bool accepts_calls() const { return !draining_ && active_ < limits_.max_calls; }

  // No new calls from now on.
  void drain() { draining_ = true; }
  bool draining() const { return draining_; }
  int active() const { return active_.load(); }

  // Does something to a call in progress, on its shard: hang up, transfer. `done` is called once: on that
  // shard with the command's outcome, or with Errc::not_found, then perhaps from inside; never if the shard
  // stops first.
  using Command = std::function<Result<void>(Call&)>;
  void command(const std::string& call_id, Command command, std::function<void(Result<void>)> done);
  // The same for a thread that may wait (not a shard's, nor the control thread). Errc::timeout: the command
  // may still be carried out.
  Result<void> command_and_wait(const std::string& call_id, Command command,
                                std::chrono::milliseconds patience = std::chrono::seconds(5));
  // Ids of all who hold an entry, in no order: also of streams that have opened and not started.
  std::vector<std::string> calls_in_progress() const;

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
  // For commands: where a call is. Taken when a call comes and goes, never by its media.
  mutable Mutex index_mutex_;
  // Two calls with one id would be somebody's mistake; each still leaves only its own place behind.
  std::unordered_multimap<std::string, std::size_t> shard_of_call_ PARLEY_GUARDED_BY(index_mutex_);
};

}  // namespace parley::engine
