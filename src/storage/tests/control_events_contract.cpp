// Webhooks and their deliveries, the audit log, idempotency keys, values of the installation, sweeping.
#include <atomic>
#include <mutex>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/control_store_contract.hpp"

namespace parley::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(ControlStoreContract, a_webhook_is_given_back_with_everything) {
  WebhookRecord webhook = make_webhook("W1", {"call.ended"});
  webhook.url = "https://example.com/hook";
  webhook.description = "CRM";
  webhook.events = {"call.started", "*"};
  webhook.enabled = false;
  webhook.updated_at = kTestNow + 1;
  EXPECT_EQ(store_->update_webhook(webhook, 1), 2);
  EXPECT_EQ(code_of(store_->update_webhook(webhook, 1)), Errc::conflict);
  const auto found = *store_->find_webhook(kHere, "W1");
  EXPECT_EQ(found.url, "https://example.com/hook");
  EXPECT_EQ(found.description, "CRM");
  EXPECT_EQ(found.sealed_secret, "sealed:W1");
  EXPECT_EQ(found.events, webhook.events);
  EXPECT_FALSE(found.enabled);
  EXPECT_EQ(found.etag, 2);
  EXPECT_EQ(found.created_at, kTestNow);
  EXPECT_EQ(found.updated_at, kTestNow + 1);
  EXPECT_EQ(code_of(store_->create_webhook(webhook)), Errc::already_exists);
}

TEST_P(ControlStoreContract, an_event_is_queued_once_for_each_enabled_webhook_that_wants_it) {
  make_webhook("W1", {"*"});
  make_webhook("W2", {"call.started", "call.ended"});
  make_webhook("W3", {"call"});
  WebhookRecord off = make_webhook("W4", {"*"});
  off.enabled = false;
  ASSERT_EQ(problem(store_->update_webhook(off, 0)), "");
  make_webhook("W5", {"*"}, kOther);

  EXPECT_EQ(store_->queue_deliveries(kHere, "E1", "call.ended", R"({"n":1})", kTestNow), 2);
  EXPECT_EQ(store_->queue_deliveries(kHere, "E1", "call.ended", R"({"n":2})", kTestNow + 1), 0);
  make_webhook("W6", {"*"});
  EXPECT_EQ(store_->queue_deliveries(kHere, "E1", "call.ended", R"({"n":3})", kTestNow + 2), 1)
      << "only for the one that came later";

  const auto deliveries = *store_->list_deliveries(kHere, "W2", std::nullopt, {});
  ASSERT_EQ(deliveries.size(), 1U);
  const DeliveryRecord& delivery = deliveries[0];
  EXPECT_EQ(delivery.id.size(), 26U);
  EXPECT_EQ(delivery.workspace_id, kHere);
  EXPECT_EQ(delivery.webhook_id, "W2");
  EXPECT_EQ(delivery.event_id, "E1");
  EXPECT_EQ(delivery.event_type, "call.ended");
  EXPECT_EQ(delivery.body, R"({"n":1})");
  EXPECT_EQ(delivery.status, DeliveryStatus::pending);
  EXPECT_EQ(delivery.attempts, 0);
  EXPECT_EQ(delivery.next_attempt_at, kTestNow);
  EXPECT_EQ(delivery.created_at, kTestNow);
  EXPECT_EQ(delivery.finished_at, 0);

  ASSERT_EQ(problem(store_->delete_webhook(kHere, "W2")), "");
  EXPECT_EQ(code_of(store_->find_delivery(kHere, delivery.id)), Errc::not_found);
  EXPECT_EQ(code_of(store_->update_delivery(delivery)), Errc::not_found);
}

TEST_P(ControlStoreContract, a_due_delivery_is_taken_until_the_time_that_was_said) {
  make_webhook("W1", {"*"});
  ASSERT_EQ(store_->queue_deliveries(kHere, "E1", "call.ended", "{}", kTestNow), 1);
  EXPECT_THAT(*store_->take_due_deliveries(kTestNow - 1, kTestNow + 30, 10), IsEmpty()) << "not due yet";
  const auto taken = *store_->take_due_deliveries(kTestNow, kTestNow + 30, 10);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].body, "{}");
  EXPECT_EQ(taken[0].next_attempt_at, kTestNow + 30);
  EXPECT_THAT(*second_store_->take_due_deliveries(kTestNow + 29, kTestNow + 60, 10), IsEmpty());
  EXPECT_EQ(second_store_->take_due_deliveries(kTestNow + 30, kTestNow + 60, 10)->size(), 1U)
      << "the node that took it died";

  DeliveryRecord delivery = taken[0];
  delivery.status = DeliveryStatus::dead;
  delivery.attempts = 8;
  delivery.last_status = 503;
  delivery.last_error = "the server said 503";
  delivery.finished_at = kTestNow + 70;
  ASSERT_EQ(problem(store_->update_delivery(delivery)), "");
  const auto found = *store_->find_delivery(kHere, delivery.id);
  EXPECT_EQ(found.status, DeliveryStatus::dead);
  EXPECT_EQ(found.attempts, 8);
  EXPECT_EQ(found.last_status, 503);
  EXPECT_EQ(found.last_error, "the server said 503");
  EXPECT_EQ(found.finished_at, kTestNow + 70);
  EXPECT_THAT(*store_->take_due_deliveries(kTestNow + 1000, kTestNow + 2000, 10), IsEmpty());

  delivery.status = DeliveryStatus::pending;
  delivery.next_attempt_at = kTestNow + 1000;
  ASSERT_EQ(problem(store_->update_delivery(delivery)), "");
  WebhookRecord off = *store_->find_webhook(kHere, "W1");
  off.enabled = false;
  ASSERT_EQ(problem(store_->update_webhook(off, 0)), "");
  EXPECT_THAT(*store_->take_due_deliveries(kTestNow + 1000, kTestNow + 2000, 10), IsEmpty())
      << "a disabled webhook waits";
  off.enabled = true;
  ASSERT_EQ(problem(store_->update_webhook(off, 0)), "");
  EXPECT_EQ(store_->take_due_deliveries(kTestNow + 1000, kTestNow + 2000, 10)->size(), 1U);
}

TEST_P(ControlStoreContract, two_nodes_never_take_the_same_delivery) {
  for (int webhook = 0; webhook < 40; ++webhook)
    make_webhook(fmt::format("W{}", webhook), {"*"});
  for (int event = 0; event < 20; ++event)
    ASSERT_EQ(store_->queue_deliveries(kHere, fmt::format("E{}", event), "call.ended", "{}", kTestNow), 40);
  std::mutex mutex;
  std::vector<std::string> taken;
  // Few at a time, so that both are at it at once nearly always.
  const auto take_all = [&](ControlStore& store) {
    while (true) {
      const std::vector<std::string> some = ids_of(store.take_due_deliveries(kTestNow, kTestNow + 30, 4));
      if (some.empty()) return;
      const std::scoped_lock lock(mutex);
      taken.insert(taken.end(), some.begin(), some.end());
    }
  };
  at_once(take_all, take_all);
  EXPECT_EQ(taken.size(), 800U);
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), 800U);
}

TEST_P(ControlStoreContract, an_event_queued_by_two_nodes_at_once_is_there_once) {
  make_webhook("W1", {"*"});
  make_webhook("W2", {"*"});
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> queued = 0;
    const auto queue = [&](ControlStore& store) {
      queued += store.queue_deliveries(kHere, fmt::format("E{}", round), "x", "{}", kTestNow).value_or(-100);
    };
    at_once(queue, queue);
    ASSERT_EQ(queued, 2);
  }
  EXPECT_EQ(count("deliveries"), 40);
}

TEST_P(ControlStoreContract, an_event_is_queued_for_one_webhook_whatever_it_wants) {
  make_webhook("W1", {"call.ended"});
  make_webhook("W2", {"*"});
  ASSERT_EQ(problem(store_->queue_delivery(kHere, "W1", "E1", "webhook.test", "{}", kTestNow)), "");
  EXPECT_EQ(code_of(store_->queue_delivery(kOther, "W1", "E2", "webhook.test", "{}", kTestNow)),
            Errc::not_found);
  const auto deliveries = *store_->list_deliveries(kHere, "", DeliveryStatus::pending, {});
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].webhook_id, "W1");
  EXPECT_EQ(deliveries[0].event_id, "E1");
  EXPECT_EQ(deliveries[0].event_type, "webhook.test");
  EXPECT_EQ(deliveries[0].body, "{}");
  EXPECT_EQ(deliveries[0].next_attempt_at, kTestNow);
  EXPECT_EQ(deliveries[0].created_at, kTestNow);
}

TEST_P(ControlStoreContract, deliveries_are_listed_newest_first_in_pages) {
  make_webhook("W1", {"*"});
  make_webhook("W2", {"a"});
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(
        store_->queue_deliveries(kHere, fmt::format("E{}", i), i % 2 == 0 ? "a" : "b", "{}", kTestNow));
  std::vector<std::string> all = ids_of(store_->list_deliveries(kHere, "", std::nullopt, {}));
  ASSERT_EQ(all.size(), 8U);
  EXPECT_TRUE(std::ranges::is_sorted(all, std::greater()));
  const auto page = ids_of(store_->list_deliveries(kHere, "", std::nullopt, {.after = all[1], .limit = 3}));
  EXPECT_THAT(page, ElementsAre(all[2], all[3], all[4]));
  EXPECT_EQ(store_->list_deliveries(kHere, "W2", DeliveryStatus::pending, {})->size(), 3U);
  EXPECT_THAT(*store_->list_deliveries(kHere, "W2", DeliveryStatus::dead, {}), IsEmpty());
  EXPECT_EQ(store_->list_deliveries(kHere, "", std::nullopt, {.after = "", .limit = -5})->size(), 1U)
      << "a limit that makes no sense is the nearest that does";
}

TEST_P(ControlStoreContract, the_audit_log_is_listed_newest_first_in_pages) {
  for (const std::string id : {"01A", "01B", "01C"}) {
    ASSERT_EQ(problem(store_->append_audit({.id = id,
                                            .workspace_id = kHere,
                                            .at = kTestNow,
                                            .actor = "user:U1",
                                            .action = "agents.publish",
                                            .target = "A1",
                                            .address = "127.0.0.1",
                                            .detail = "{}"})),
              "");
  }
  EXPECT_THAT(ids_of(store_->list_audit(kHere, {})), ElementsAre("01C", "01B", "01A"));
  EXPECT_THAT(ids_of(store_->list_audit(kHere, {.after = "01C", .limit = 1})), ElementsAre("01B"));
  const auto entry = store_->list_audit(kHere, {})->front();
  EXPECT_EQ(entry.at, kTestNow);
  EXPECT_EQ(entry.actor, "user:U1");
  EXPECT_EQ(entry.action, "agents.publish");
  EXPECT_EQ(entry.target, "A1");
  EXPECT_EQ(entry.address, "127.0.0.1");
  EXPECT_EQ(entry.detail, "{}");
}

IdempotencyRecord request(const std::string& fingerprint, WallMillis at = kTestNow) {
  return {.workspace_id = "default",
          .key = "key-1",
          .operation = "agents.create",
          .fingerprint = fingerprint,
          .status = 0,
          .response = "",
          .created_at = at};
}

TEST_P(ControlStoreContract, an_idempotency_key_gives_the_first_answer_again) {
  EXPECT_EQ(*store_->begin_idempotent(request("f1"), kTestNow - 1000), std::nullopt);
  const auto at_work = *store_->begin_idempotent(request("f1", kTestNow + 1), kTestNow - 1000);
  ASSERT_TRUE(at_work);
  EXPECT_EQ(at_work->status, 0);
  EXPECT_EQ(at_work->created_at, kTestNow);
  IdempotencyRecord done = request("f1");
  done.status = 201;
  done.response = R"({"id":"A1"})";
  ASSERT_EQ(problem(store_->finish_idempotent(done)), "");
  const auto answered = *store_->begin_idempotent(request("f2", kTestNow + 10'000), kTestNow + 9'000);
  ASSERT_TRUE(answered) << "an answer is not taken over, however old";
  EXPECT_EQ(answered->status, 201);
  EXPECT_EQ(answered->response, R"({"id":"A1"})");
  EXPECT_EQ(answered->operation, "agents.create");
  EXPECT_EQ(answered->fingerprint, "f1");
  IdempotencyRecord foreign = request("f1");
  foreign.workspace_id = kOther;
  EXPECT_EQ(*store_->begin_idempotent(foreign, kTestNow - 1000), std::nullopt);
  ASSERT_EQ(problem(store_->forget_idempotent(kHere, "key-1")), "");
  EXPECT_EQ(*store_->begin_idempotent(request("f1"), kTestNow - 1000), std::nullopt);
}

TEST_P(ControlStoreContract, a_request_that_died_at_work_is_taken_over) {
  ASSERT_EQ(*store_->begin_idempotent(request("f1"), kTestNow - 1000), std::nullopt);
  EXPECT_EQ(*store_->begin_idempotent(request("f2", kTestNow + 5000), kTestNow + 1), std::nullopt);
  IdempotencyRecord late = request("f1");
  late.status = 201;
  EXPECT_EQ(code_of(store_->finish_idempotent(late)), Errc::not_found) << "the dead one has nothing to say";
  IdempotencyRecord done = request("f2");
  done.status = 200;
  EXPECT_EQ(problem(store_->finish_idempotent(done)), "");
}

TEST_P(ControlStoreContract, of_two_who_begin_one_request_one_does_it) {
  for (int round = 0; round < 20; ++round) {
    IdempotencyRecord record = request("f1");
    record.key = fmt::format("key-{}", round / 2);
    // Every other round both find one that was abandoned.
    record.created_at = kTestNow + round;
    std::atomic<int> began = 0;
    std::atomic<int> found = 0;
    const auto begin = [&](ControlStore& store) {
      const auto existing = store.begin_idempotent(record, kTestNow + round);
      if (existing) ++(*existing ? found : began);
    };
    at_once(begin, begin);
    ASSERT_EQ(began, 1);
    ASSERT_EQ(found, 1);
  }
}

TEST_P(ControlStoreContract, a_value_of_the_installation_is_replaced) {
  EXPECT_EQ(*store_->find_instance_value("prices"), std::nullopt);
  ASSERT_EQ(problem(store_->put_instance_value("prices", "{}")), "");
  ASSERT_EQ(problem(store_->put_instance_value("prices", "")), "");
  EXPECT_EQ(*store_->find_instance_value("prices"), "");
}

TEST_P(ControlStoreContract, sweeping_removes_what_is_over_and_nothing_else) {
  constexpr WallMillis kDay = 24LL * 60 * 60 * 1000;
  make_user("U1");
  for (const auto& [hash, expires] : {std::pair("old", kTestNow), std::pair("new", kTestNow + 1)}) {
    ASSERT_EQ(problem(store_->create_login({.token_hash = hash,
                                            .user_id = "U1",
                                            .workspace_id = kHere,
                                            .csrf_token = "",
                                            .created_at = 0,
                                            .expires_at = expires})),
              "");
    ASSERT_EQ(problem(store_->create_invite({.token_hash = hash,
                                             .workspace_id = kHere,
                                             .user_id = "",
                                             .created_at = 0,
                                             .expires_at = expires})),
              "");
    AuditRecord entry;
    entry.id = hash;
    entry.workspace_id = kHere;
    entry.at = expires - 365 * kDay;
    ASSERT_EQ(problem(store_->append_audit(entry)), "");
    IdempotencyRecord record = request("f", expires - kDay);
    record.key = hash;
    ASSERT_EQ(*store_->begin_idempotent(record, 0), std::nullopt);
  }
  make_webhook("W1", {"*"});
  const std::pair<DeliveryStatus, WallMillis> finished[] = {
      {DeliveryStatus::delivered, kTestNow - 30 * kDay},
      {DeliveryStatus::delivered, kTestNow - 30 * kDay + 1},
      {DeliveryStatus::dead, kTestNow - 90 * kDay},
      {DeliveryStatus::dead, kTestNow - 90 * kDay + 1},
      {DeliveryStatus::pending, 0},
  };
  int number = 0;
  for (const auto& [status, at] : finished) {
    ASSERT_EQ(store_->queue_deliveries(kHere, fmt::format("E{}", number++), "x", "{}", 1), 1);
    DeliveryRecord delivery = store_->list_deliveries(kHere, "", DeliveryStatus::pending, {})->front();
    for (const auto& candidate : *store_->list_deliveries(kHere, "", DeliveryStatus::pending, {})) {
      if (candidate.event_id == fmt::format("E{}", number - 1)) delivery = candidate;
    }
    delivery.status = status;
    delivery.finished_at = at;
    ASSERT_EQ(problem(store_->update_delivery(delivery)), "");
  }

  ASSERT_EQ(problem(store_->sweep(kTestNow)), "");
  for (const std::string table : {"logins", "invites", "audit", "idempotency"})
    EXPECT_EQ(count(table), 1) << table;
  EXPECT_EQ(problem(store_->find_login("new", kTestNow)), "");
  std::set<std::string> left;
  for (const auto& delivery : *store_->list_deliveries(kHere, "", std::nullopt, {}))
    left.insert(delivery.event_id);
  EXPECT_THAT(left, ElementsAre("E1", "E3", "E4"));
}

}  // namespace
}  // namespace parley::storage
