// What happens in calls and chats, as it happens: for the live view, outgoing webhooks and whoever else
// listens. Every call's shard posts into it; each subscriber has a bounded queue of its own and loses the
// oldest partial transcripts first when it is slow.
//
// Thread: publish() from any; subscriptions on the executor they were made with. Lifetime: subscriptions and
// sinks go before the hub.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

// Types, also those of outgoing webhooks: call.queued, call.ringing, call.started, call.status, call.ended,
// transcript.partial, transcript.final, turn.completed, stage.changed, slot.filled, tool.used, escalation,
// recording.ready, chat.message.
struct LiveEvent {
  std::string id;  // ULID; the same event has the same id everywhere
  std::string workspace_id;
  std::string type;
  std::string call_id;  // empty: of a chat
  std::string session_id;
  storage::WallMillis at = 0;
  std::string data = "{}";  // a JSON object
  int line = -1;            // of a transcript: in a slow subscriber's queue a later one replaces a partial
};

// One event as clients get it: {"id": …, "type": …, "at": …, "callId": …, "sessionId": …, "data": {…}}
std::string to_json(const LiveEvent& event);

struct EventFilter {
  std::string workspace_id;
  std::string call_id{};             // empty: all of the workspace
  std::string session_id{};          // empty: all
  std::vector<std::string> types{};  // empty: all
};

class EventHub {
 public:
  static constexpr std::size_t kQueueLimit = 1000;  // events of one subscriber
  static constexpr std::size_t kHistory = 2000;     // kept for subscribers who come back; no partials

  class Subscription {
   public:
    virtual ~Subscription() = default;
    // The next event; waits. nullopt: the subscriber was too slow even for what must not be lost, or the hub
    // is closing.
    virtual async::Task<std::optional<LiveEvent>> next() = 0;
    struct Next {
      std::optional<LiveEvent> event;
      bool quiet = false;  // nothing came in that time
    };
    virtual async::Task<Next> next_within(std::chrono::milliseconds time) = 0;
  };

  explicit EventHub(const Clock& clock);
  ~EventHub();

  // `sink` gets every event on the publisher's thread and must not block: for the webhooks' queue.
  void add_sink(std::function<void(const LiveEvent&)> sink);  // at start-up

  // Fills in id and time when they are empty.
  void publish(LiveEvent event);
  // `after_id`: events since that one come first, as far as they are still known (Last-Event-ID). When the id
  // itself is not known any more, its time decides, and one of the same moment may come a second time.
  std::unique_ptr<Subscription> subscribe(async::Executor executor, EventFilter filter,
                                          const std::string& after_id = {});
  // Subscriptions end; sinks go on.
  void close();
  std::size_t subscribers() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace parley::control
