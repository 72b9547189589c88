// Outgoing webhooks: takes deliveries that are due from the store and posts them, signed, until the receiver
// has said 2xx or the last try has failed. Rows are in the store, so deliveries outlive the process, and
// several nodes share them; a receiver may get one twice (the same Parley-Delivery) when a process dies in
// between. Order is not promised.
//
// Thread: everything on the executor's, sink()'s function and webhooks_changed() from any. Lifetime: what is
// in Dependencies outlives it; stop() is awaited before destruction; the hub may keep the sink.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "base/clock.hpp"
#include "control/webhook_queue.hpp"
#include "net/address_policy.hpp"
#include "security/vault.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

struct WebhookSenderOptions {
  std::chrono::milliseconds deadline{10'000};  // of one request
  std::chrono::milliseconds poll{1'000};       // for rows of other nodes and tries that are due
  std::chrono::milliseconds lease{120'000};    // after this a delivery that nobody finished is tried again
  int at_once = 20;
  int at_once_per_endpoint = 2;
  double jitter = 0.1;  // a wait is so much longer at most
  std::size_t queue_limit = 10'000;
};

// How long to wait after so many tries; nullopt: that was the last one.
std::optional<std::chrono::milliseconds> webhook_retry_delay(int attempts);

// Pending again, now, with all its tries; whatever became of it. Blocking. Tell the sender by wake().
Result<storage::DeliveryRecord> redeliver(storage::ControlStore& store, const std::string& workspace,
                                          const std::string& delivery_id, storage::WallMillis now);

class WebhookSender {
 public:
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const Clock& clock;
    storage::ControlStore& store;
    const security::Vault& vault;  // opens secrets for place "webhook ID"
    std::shared_ptr<const net::AddressPolicy> policy;
  };

  explicit WebhookSender(Dependencies dependencies, WebhookSenderOptions options = {});
  ~WebhookSender();
  WebhookSender(const WebhookSender&) = delete;
  WebhookSender& operator=(const WebhookSender&) = delete;

  std::function<void(const LiveEvent&)> sink();
  void start();
  // Something may be due now.
  void wake();
  void webhooks_changed();
  // What waits for the store is stored if it can be; requests under way are given up, their lease brings them
  // back. Events that come later are dropped.
  async::Task<> stop();

  int under_way() const { return under_way_; }

 private:
  struct Intake;
  struct Leased {
    storage::DeliveryRecord record;
    storage::WallMillis until = 0;
  };
  struct Endpoint {
    int under_way = 0;
    std::deque<Leased> parked;  // taken, waiting for one of the two to end
    double usual_ms = 100;      // a request's time
    int postponed = 0;          // since one of them ended
  };

  storage::WallMillis now() const;
  async::Task<> store_events();
  async::Task<> take_deliveries();
  async::Task<Result<std::vector<storage::DeliveryRecord>>> take_due(storage::WallMillis until, int limit);
  void admit(Leased delivery, std::vector<storage::DeliveryRecord>& postponed);
  void begin(Endpoint& endpoint, Leased delivery);
  void end(const std::string& webhook_id, std::chrono::nanoseconds took);
  async::Task<> deliver(storage::DeliveryRecord record);
  async::Task<> attempt(storage::DeliveryRecord& record, bool& known);
  Result<int> note_answer(storage::DeliveryRecord& record, const Result<int>& answer);
  async::Task<> save(std::vector<storage::DeliveryRecord> records);

  Dependencies d_;
  const WebhookSenderOptions options_;
  const std::shared_ptr<Intake> intake_;
  async::TaskGroup group_;
  async::Signal due_;
  bool due_now_ = true;
  int under_way_ = 0;
  std::map<std::string, Endpoint> endpoints_;  // with something under way
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace parley::control
