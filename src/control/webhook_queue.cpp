#include "control/webhook_queue.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");
constexpr int kAtOnce = 100;

// The same event may be stored later; with any other error it never will be.
bool may_pass(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::io || error.code == Errc::timeout ||
         error.code == Errc::overloaded || error.code == Errc::cancelled;
}

}  // namespace

bool is_webhook_event(std::string_view type) {
  return std::ranges::find(kWebhookEvents, type) != kWebhookEvents.end();
}

bool WebhookQueue::push(const LiveEvent& event) {
  if (!is_webhook_event(event.type)) return false;
  MutexLock lock(mutex_);
  events_.push_back(event);
  if (events_.size() > limit_) {
    events_.pop_front();
    ++lost_;
  }
  return events_.size() == 1;
}

bool WebhookQueue::front(LiveEvent& event) {
  MutexLock lock(mutex_);
  if (lost_ > 0) kLog.error("webhooks: {} events were lost: the database was away for too long", lost_);
  lost_ = 0;
  if (events_.empty()) return false;
  event = events_.front();
  return true;
}

// It may have been lost meanwhile. True: there are more.
bool WebhookQueue::pop(const std::string& id) {
  MutexLock lock(mutex_);
  if (!events_.empty() && events_.front().id == id) events_.pop_front();
  return !events_.empty();
}

Result<bool> WebhookQueue::is_wanted(const LiveEvent& event, storage::WallMillis now) {
  if (wanted_.size() > 1000) wanted_.clear();
  Wanted& wanted = wanted_[event.workspace_id];
  const std::uint64_t generation = generation_;
  if (wanted.generation != generation || now - wanted.read_at >= kKnownFor) {
    const auto webhooks = store_.list_webhooks(event.workspace_id);
    if (!webhooks) return fail(webhooks.error());
    wanted = {now, generation, false, {}};
    for (const auto& webhook : *webhooks) {
      if (webhook.enabled)
        wanted.types.insert(wanted.types.end(), webhook.events.begin(), webhook.events.end());
    }
    wanted.all = std::ranges::find(wanted.types, "*") != wanted.types.end();
  }
  return wanted.all || std::ranges::find(wanted.types, event.type) != wanted.types.end();
}

Result<bool> WebhookQueue::store_some(storage::WallMillis now) {
  LiveEvent event{};
  for (int i = 0; i < kAtOnce; ++i) {
    if (!front(event)) return true;
    const auto wanted = is_wanted(event, now);
    Error error{};
    bool failed = !wanted;
    if (failed) error = wanted.error();
    if (wanted && *wanted) {
      const auto queued =
          store_.queue_deliveries(event.workspace_id, event.id, event.type, to_json(event), now);
      failed = !queued;
      if (failed) error = queued.error();
    }
    if (failed && may_pass(error)) return fail(std::move(error));
    if (failed) kLog.error("webhooks: event {} ({}) was dropped: {}", event.id, event.type, describe(error));
    if (!pop(event.id)) return true;
  }
  return false;
}

}  // namespace parley::control
