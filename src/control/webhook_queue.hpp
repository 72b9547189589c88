// From the hub to the store: an event becomes a delivery for each webhook that wants it, and from then on it
// survives the process. What was said in it is redacted by the workspace's settings, since it is stored.
//
// Thread: push() and webhooks_changed() from any; store_some() by one caller at a time, blocking (pool).
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "control/event_hub.hpp"
#include "storage/control_store.hpp"
#include "storage/redaction.hpp"

namespace parley::control {

// What a webhook can be told of; "*" stands for all.
inline constexpr std::array<std::string_view, 13> kWebhookEvents{
    "call.queued",      "call.ringing",    "call.started",  "call.status", "call.ended",
    "transcript.final", "turn.completed",  "stage.changed", "slot.filled", "tool.used",
    "escalation",       "recording.ready", "chat.message"};
bool is_webhook_event(std::string_view type);

class WebhookQueue {
 public:
  // More events than `limit` waiting: the oldest are lost, and counted in the log.
  WebhookQueue(storage::ControlStore& store, std::size_t limit) : store_(store), limit_(limit) {}

  // True: it was empty before, so whoever stores is to be told. Types that webhooks do not have are passed
  // over.
  bool push(const LiveEvent& event);
  // What is known of the webhooks is read anew.
  void webhooks_changed() { ++generation_; }

  // Stores what waits, in order, a hundred events at most. True: nothing is left. An error: the store is
  // away, and what is not stored yet waits on.
  Result<bool> store_some(storage::WallMillis now);

 private:
  // A workspace without webhooks costs no write; what others say of webhooks is heard of after a while.
  static constexpr storage::WallMillis kKnownFor = 2'000;
  struct Wanted {
    storage::WallMillis read_at = 0;
    std::uint64_t generation = 0;
    bool all = false;
    std::vector<std::string> types;
    storage::RedactionKinds redaction;
  };

  Result<const Wanted*> wanted_of(const std::string& workspace, storage::WallMillis now);
  Result<void> store(const LiveEvent& event, storage::WallMillis now);
  bool front(LiveEvent& event);
  bool pop(const std::string& id);

  storage::ControlStore& store_;
  const std::size_t limit_;
  std::atomic<std::uint64_t> generation_{1};
  std::map<std::string, Wanted> wanted_;  // by workspace; of who stores
  Mutex mutex_;
  std::deque<LiveEvent> events_ PARLEY_GUARDED_BY(mutex_);
  std::size_t lost_ PARLEY_GUARDED_BY(mutex_) = 0;
};

}  // namespace parley::control
