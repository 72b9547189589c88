#include "control/webhook_sender.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/on_pool.hpp"
#include "async/sleep.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/webhook_post.hpp"
#include "control/webhook_signature.hpp"

namespace parley::control {
namespace {

using namespace std::chrono_literals;
using storage::DeliveryRecord;
using storage::DeliveryStatus;

const log::Logger kLog("control");

// Parked deliveries hold their lease only so long.
constexpr std::size_t kMostParked = 8;
constexpr auto kStoreAgain = 1s;
constexpr int kSaveTries = 3;

void end_as(DeliveryRecord& record, DeliveryStatus status, std::string error, storage::WallMillis now) {
  record.status = status;
  record.last_error = std::move(error);
  record.finished_at = now;
}

net::ClientRequest request_of(const DeliveryRecord& record, const storage::WebhookRecord& webhook,
                              const std::string& secret, storage::WallMillis now) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = webhook.url;
  request.body = record.body;
  request.headers = {{"Content-Type", "application/json"},
                     {"User-Agent", "Parley"},
                     {"Parley-Event", record.event_type},
                     {"Parley-Delivery", record.id},
                     {"Parley-Signature", webhook_signature(secret, now / 1000, record.body)}};
  return request;
}

// 410 says that nobody wants them any more.
Result<void> disable(storage::ControlStore& store, storage::WebhookRecord webhook, storage::WallMillis now) {
  webhook.enabled = false;
  webhook.updated_at = now;
  const auto done = store.update_webhook(webhook, webhook.etag);
  if (!done) return fail(done.error());
  return {};
}

}  // namespace

std::optional<std::chrono::milliseconds> webhook_retry_delay(int attempts) {
  static constexpr std::array<std::chrono::milliseconds, 7> kDelays{10s, 1min, 5min, 30min, 2h, 6h, 12h};
  if (attempts < 1 || attempts > static_cast<int>(kDelays.size())) return std::nullopt;
  return kDelays[static_cast<std::size_t>(attempts - 1)];
}

Result<DeliveryRecord> redeliver(storage::ControlStore& store, const std::string& workspace,
                                 const std::string& delivery_id, storage::WallMillis now) {
  auto record = store.find_delivery(workspace, delivery_id);
  if (!record) return record;
  record->status = DeliveryStatus::pending;
  record->attempts = 0;
  record->next_attempt_at = now;
  record->finished_at = 0;
  if (auto saved = store.update_delivery(*record); !saved) return fail(std::move(saved.error()));
  return record;
}

// What the hub's sink holds: it may outlive the sender.
struct WebhookSender::Intake {
  Intake(async::Executor on, storage::ControlStore& store, std::size_t limit)
      : executor(on), queue(store, limit), news(on) {}

  const async::Executor executor;
  WebhookQueue queue;
  async::Signal news;
  bool is_new = false;  // on the executor
  Mutex mutex;
  bool open PARLEY_GUARDED_BY(mutex) = true;

  static void take(const std::shared_ptr<Intake>& intake, const LiveEvent& event) {
    MutexLock lock(intake->mutex);
    if (!intake->open || !intake->queue.push(event)) return;
    async::asio::post(intake->executor, [intake] {
      intake->is_new = true;
      intake->news.notify();
    });
  }
  void close() {
    MutexLock lock(mutex);
    open = false;
  }
};

WebhookSender::WebhookSender(Dependencies dependencies, WebhookSenderOptions options)
    : d_(std::move(dependencies)),
      options_(options),
      intake_(std::make_shared<Intake>(d_.executor, d_.store, options.queue_limit)),
      group_(d_.executor, [](const std::exception_ptr&) { kLog.error("webhooks: a task failed"); }),
      due_(d_.executor) {}

WebhookSender::~WebhookSender() {
  intake_->close();
}

std::function<void(const LiveEvent&)> WebhookSender::sink() {
  return [intake = intake_](const LiveEvent& event) { Intake::take(intake, event); };
}

void WebhookSender::start() {
  group_.spawn(store_events());
  group_.spawn(take_deliveries());
}

void WebhookSender::wake() {
  due_now_ = true;
  due_.notify();
}

void WebhookSender::webhooks_changed() {
  intake_->queue.webhooks_changed();
}

async::Task<> WebhookSender::stop() {
  intake_->close();
  group_.cancel();
  co_await group_.join();
  bool left = true;
  while (left) {
    const auto stored = co_await async::on_pool<bool>(
        d_.executor, d_.pool, [intake = intake_, at = now()] { return intake->queue.store_some(at); });
    left = stored && !*stored;
    if (!stored) kLog.error("webhooks: events were not stored: {}", describe(stored.error()));
  }
}

storage::WallMillis WebhookSender::now() const {
  return now_millis(d_.clock);
}

async::Task<> WebhookSender::store_events() {
  Intake& intake = *intake_;
  bool failing = false;
  while (true) {
    intake.is_new = false;
    const auto stored = co_await async::on_pool<bool>(
        d_.executor, d_.pool, [kept = intake_, at = now()] { return kept->queue.store_some(at); });
    if (stored) wake();
    if (!stored) {
      if (!std::exchange(failing, true)) kLog.warn("webhooks: events wait: {}", describe(stored.error()));
      co_await intake.news.wait_for(kStoreAgain);
      continue;
    }
    failing = false;
    if (*stored && !intake.is_new) co_await intake.news.wait();
  }
}

async::Task<Result<std::vector<DeliveryRecord>>> WebhookSender::take_due(storage::WallMillis until,
                                                                         int limit) {
  co_return co_await async::on_pool<std::vector<DeliveryRecord>>(
      d_.executor, d_.pool,
      [&store = d_.store, at = now(), until, limit] { return store.take_due_deliveries(at, until, limit); });
}

async::Task<> WebhookSender::take_deliveries() {
  while (true) {
    due_now_ = false;
    const int room = options_.at_once - under_way_;
    bool more = false;
    if (room > 0) {
      const storage::WallMillis until = now() + options_.lease.count();
      auto due = co_await take_due(until, room);
      if (!due) kLog.debug("webhooks: deliveries wait: {}", describe(due.error()));
      std::vector<DeliveryRecord> postponed;
      if (due) {
        more = std::ssize(*due) == room;
        for (DeliveryRecord& record : *due)
          admit({std::move(record), until}, postponed);
      }
      if (!postponed.empty()) co_await save(std::move(postponed));
    }
    if (!more && !due_now_) co_await due_.wait_for(options_.poll);
  }
}

void WebhookSender::admit(Leased delivery, std::vector<DeliveryRecord>& postponed) {
  Endpoint& endpoint = endpoints_[delivery.record.webhook_id];
  if (endpoint.under_way < options_.at_once_per_endpoint) return begin(endpoint, std::move(delivery));
  if (endpoint.parked.size() < kMostParked) return endpoint.parked.push_back(std::move(delivery));
  // The queue of a slow receiver stays in the store, away from the front, where it would keep others waiting:
  // until about the time when those before are through.
  ++endpoint.postponed;
  const double ahead = static_cast<double>(kMostParked) + endpoint.postponed;
  const double wait = std::clamp(ahead * endpoint.usual_ms / options_.at_once_per_endpoint, 200.0, 60'000.0);
  delivery.record.next_attempt_at = now() + static_cast<storage::WallMillis>(wait);
  postponed.push_back(std::move(delivery.record));
}

void WebhookSender::begin(Endpoint& endpoint, Leased delivery) {
  ++endpoint.under_way;
  ++under_way_;
  group_.spawn(deliver(std::move(delivery.record)));
}

void WebhookSender::end(const std::string& webhook_id, std::chrono::nanoseconds took) {
  --under_way_;
  const auto found = endpoints_.find(webhook_id);
  Endpoint& endpoint = found->second;
  --endpoint.under_way;
  endpoint.postponed = std::max(0, endpoint.postponed - 1);
  endpoint.usual_ms += (std::chrono::duration<double, std::milli>(took).count() - endpoint.usual_ms) / 4;
  while (!endpoint.parked.empty() && endpoint.under_way < options_.at_once_per_endpoint) {
    Leased next = std::move(endpoint.parked.front());
    endpoint.parked.pop_front();
    // Whose lease runs out during the request may be sent by another node too: it is theirs.
    if (now() + options_.deadline.count() < next.until) begin(endpoint, std::move(next));
  }
  if (endpoint.under_way == 0) endpoints_.erase(found);
  wake();
}

async::Task<> WebhookSender::deliver(DeliveryRecord record) {
  const SteadyTime began = std::chrono::steady_clock::now();
  const std::string webhook_id = record.webhook_id;
  bool known = false;
  co_await attempt(record, known);
  if (known) co_await save({std::move(record)});
  end(webhook_id, std::chrono::steady_clock::now() - began);
}

// `known`: what became of it is in the record. Otherwise its lease brings it back.
async::Task<> WebhookSender::attempt(DeliveryRecord& record, bool& known) {
  const auto webhook = co_await async::on_pool<storage::WebhookRecord>(
      d_.executor, d_.pool, [&store = d_.store, workspace = record.workspace_id, id = record.webhook_id] {
        return store.find_webhook(workspace, id);
      });
  if (!webhook && webhook.error().code != Errc::not_found) co_return;
  known = true;
  if (!webhook) co_return end_as(record, DeliveryStatus::dead, "the webhook was deleted", now());
  if (!webhook->enabled) co_return end_as(record, DeliveryStatus::dead, "the webhook is disabled", now());

  const auto secret = d_.vault.open_sealed(webhook->sealed_secret, "webhook " + webhook->id);
  Result<int> answer = fail(Errc::internal, "");
  const auto allowed = d_.policy ? d_.policy->check_url(webhook->url) : Result<void>();
  if (!secret) {
    answer = fail(secret.error());
  } else if (!allowed) {
    answer = fail(allowed.error());
  } else {
    net::ClientRequest request = request_of(record, *webhook, *secret, now());
    request.policy = d_.policy;
    request.connect_deadline = request.head_deadline = request.idle_deadline = request.deadline =
        options_.deadline;
    answer = co_await post_webhook(d_.executor, std::move(request));
  }
  const auto status = note_answer(record, answer);
  if (!status || *status != 410) co_return;
  const auto disabled = co_await async::on_pool<void>(
      d_.executor, d_.pool,
      [&store = d_.store, record_of = *webhook, at = now()] { return disable(store, record_of, at); });
  if (!disabled) kLog.warn("webhooks: {} could not be disabled: {}", webhook->id, describe(disabled.error()));
  webhooks_changed();
}

Result<int> WebhookSender::note_answer(DeliveryRecord& record, const Result<int>& answer) {
  ++record.attempts;
  record.last_status = answer ? *answer : 0;
  const auto at = now();
  if (answer && *answer >= 200 && *answer < 300) {
    end_as(record, DeliveryStatus::delivered, "", at);
    return answer;
  }
  std::string error = answer ? fmt::format("HTTP {}", *answer) : describe(answer.error());
  if (answer && *answer >= 300 && *answer < 400) error += ": redirects are not followed";
  if (answer && *answer == 410) {
    end_as(record, DeliveryStatus::dead, "HTTP 410: the receiver is gone; the webhook was disabled", at);
    return answer;
  }
  const auto delay = webhook_retry_delay(record.attempts);
  kLog.info("webhook not delivered delivery={} attempts={} status={}", record.id, record.attempts,
            record.last_status);
  if (!delay) {
    end_as(record, DeliveryStatus::dead, std::move(error), at);
    return answer;
  }
  const double longer = 1 + options_.jitter * std::uniform_real_distribution<>(0, 1)(random_);
  record.last_error = std::move(error);
  record.next_attempt_at =
      at + static_cast<storage::WallMillis>(static_cast<double>(delay->count()) * longer);
  return answer;
}

async::Task<> WebhookSender::save(std::vector<DeliveryRecord> records) {
  for (int tries = 1;; ++tries) {
    const auto saved =
        co_await async::on_pool<void>(d_.executor, d_.pool, [&store = d_.store, records]() -> Result<void> {
          for (const DeliveryRecord& record : records) {
            if (auto done = store.update_delivery(record); !done && done.error().code != Errc::not_found)
              return done;
          }
          return {};
        });
    if (saved) co_return;
    kLog.warn("webhooks: a delivery's state was not stored: {}", describe(saved.error()));
    if (tries == kSaveTries) co_return;
    co_await async::sleep_for(d_.executor, kStoreAgain);
  }
}

}  // namespace parley::control
