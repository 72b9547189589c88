#include "control/webhook_queue.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "control/workspace_settings.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");
constexpr int kAtOnce = 100;

// The same event may be stored later; with any other error it never will be.
bool may_pass(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::io || error.code == Errc::timeout ||
         error.code == Errc::overloaded || error.code == Errc::cancelled;
}

// Events whose texts come from the conversation; the others hold numbers that are meant to be there.
bool tells_words(std::string_view type) {
  return type == "transcript.final" || type == "turn.completed" || type == "slot.filled" ||
         type == "tool.used" || type == "escalation" || type == "chat.message";
}

// Only strings: a time in milliseconds can look like a card's number.
void redact_strings(boost::json::value& value, const storage::RedactionKinds& kinds) {
  if (auto* text = value.if_string()) {
    *text = storage::redact(std::string_view(text->data(), text->size()), kinds);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object)
      redact_strings(member.value(), kinds);
  } else if (auto* array = value.if_array()) {
    for (auto& element : *array)
      redact_strings(element, kinds);
  }
}

LiveEvent redacted(LiveEvent event, const storage::RedactionKinds& kinds) {
  if (!kinds.any()) return event;
  boost::system::error_code ec;
  boost::json::value data = boost::json::parse(event.data, ec);
  if (ec) return event;
  redact_strings(data, kinds);
  event.data = boost::json::serialize(data);
  return event;
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

Result<const WebhookQueue::Wanted*> WebhookQueue::wanted_of(const std::string& workspace,
                                                            storage::WallMillis now) {
  if (wanted_.size() > 1000) wanted_.clear();
  Wanted& wanted = wanted_[workspace];
  const std::uint64_t generation = generation_;
  if (wanted.generation == generation && now - wanted.read_at < kKnownFor) return &wanted;
  wanted = {};
  const auto webhooks = store_.list_webhooks(workspace);
  if (!webhooks) return fail(webhooks.error());
  const auto row = store_.find_workspace(workspace);
  if (!row) return fail(row.error());
  const auto settings = parse_workspace_settings(row->settings);
  if (!settings) return fail(settings.error());
  wanted.read_at = now;
  wanted.generation = generation;
  wanted.redaction = settings->redaction;
  for (const auto& webhook : *webhooks) {
    if (webhook.enabled)
      wanted.types.insert(wanted.types.end(), webhook.events.begin(), webhook.events.end());
  }
  wanted.all = std::ranges::find(wanted.types, "*") != wanted.types.end();
  return &wanted;
}

Result<void> WebhookQueue::store(const LiveEvent& event, storage::WallMillis now) {
  const auto wanted = wanted_of(event.workspace_id, now);
  if (!wanted) return fail(wanted.error());
  const Wanted& known = **wanted;
  if (!known.all && std::ranges::find(known.types, event.type) == known.types.end()) return {};
  const std::string body = to_json(tells_words(event.type) ? redacted(event, known.redaction) : event);
  const auto queued = store_.queue_deliveries(event.workspace_id, event.id, event.type, body, now);
  if (!queued) return fail(queued.error());
  return {};
}

Result<bool> WebhookQueue::store_some(storage::WallMillis now) {
  LiveEvent event{};
  for (int i = 0; i < kAtOnce; ++i) {
    if (!front(event)) return true;
    if (const auto stored = store(event, now); !stored) {
      if (may_pass(stored.error())) return fail(stored.error());
      kLog.error("webhooks: event {} ({}) was dropped: {}", event.id, event.type, describe(stored.error()));
    }
    if (!pop(event.id)) return true;
  }
  return false;
}

}  // namespace parley::control
