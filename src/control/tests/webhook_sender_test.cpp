#include <fmt/format.h>

#include "control/tests/webhook_fixture.hpp"
#include "security/hash.hpp"

namespace parley::control {
namespace {

using storage::DeliveryStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// RFC 2104, written out: not by the function that signs.
std::string hmac_by_hand(std::string key, std::string_view text) {
  key.resize(64, '\0');
  std::string inner = key;
  std::string outer = key;
  for (char& byte : inner)
    byte = static_cast<char>(byte ^ 0x36);
  for (char& byte : outer)
    byte = static_cast<char>(byte ^ 0x5c);
  return security::to_hex(security::sha256(outer + security::sha256(inner + std::string(text))));
}

using WebhookSenderTest = WebhookTest;

TEST_F(WebhookSenderTest, AnEventArrivesSignedAndOnce) {
  Receiver receiver(context_);
  const auto id = add_webhook(receiver.url(), {"call.ended"});
  start_sender();
  publish("call.started");
  publish("call.ended", "01EVENT");
  publish("call.ended", "01EVENT");
  run_until([&] { return only_delivery(id).status == DeliveryStatus::delivered; });
  ASSERT_EQ(receiver.got.size(), 1U);
  const auto& request = receiver.got[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("parley-event"), "call.ended");
  EXPECT_EQ(request.header("parley-delivery"), only_delivery(id).id);
  EXPECT_THAT(request.body, HasSubstr(R"("id":"01EVENT","type":"call.ended")"));
  const std::string unix_seconds = std::to_string(now() / 1000);
  EXPECT_EQ(
      request.header("parley-signature"),
      fmt::format("t={},v1={}", unix_seconds, hmac_by_hand(kSecret, unix_seconds + "." + request.body)));
  EXPECT_EQ(only_delivery(id).attempts, 1);
  EXPECT_EQ(only_delivery(id).last_status, 200);
  EXPECT_EQ(only_delivery(id).finished_at, now());
}

TEST_F(WebhookSenderTest, AFailedDeliveryIsTriedAgainOnScheduleAndThenDead) {
  Receiver receiver(context_);
  receiver.otherwise = 500;
  receiver.body = "a secret of the receiver";
  const auto id = add_webhook(receiver.url());
  auto& sender = start_sender();
  publish("call.ended");
  const std::vector<std::chrono::milliseconds> waits{10s, 1min, 5min, 30min, 2h, 6h, 12h};
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const int attempts = static_cast<int>(i) + 1;
    run_to_attempt(id, attempts);
    const auto row = only_delivery(id);
    EXPECT_EQ(row.status, DeliveryStatus::pending);
    EXPECT_EQ(row.next_attempt_at - now(), waits[i].count());
    EXPECT_EQ(row.last_status, 500);
    EXPECT_EQ(row.last_error, "HTTP 500");
    // Not a moment earlier.
    clock_.advance(waits[i] - 1ms);
    sender.wake();
    context_.run_for(60ms);
    EXPECT_EQ(std::ssize(receiver.got), attempts);
    clock_.advance(1ms);
    sender.wake();
  }
  run_to_attempt(id, 8);
  EXPECT_EQ(only_delivery(id).status, DeliveryStatus::dead);
  EXPECT_EQ(only_delivery(id).finished_at, now());

  // The receiver is mended: the dead letter is sent again, as the same delivery.
  receiver.otherwise = 204;
  const auto again = redeliver(*store_, "default", only_delivery(id).id, now());
  ASSERT_TRUE(again);
  EXPECT_FALSE(redeliver(*store_, "other", only_delivery(id).id, now()));
  sender.wake();
  run_until([&] { return only_delivery(id).status == DeliveryStatus::delivered; });
  EXPECT_EQ(receiver.got.front().header("parley-delivery"), receiver.got.back().header("parley-delivery"));
  EXPECT_EQ(receiver.got.front().body, receiver.got.back().body);
}

TEST_F(WebhookSenderTest, GoneDisablesTheWebhook) {
  Receiver receiver(context_);
  receiver.statuses = {410};
  const auto id = add_webhook(receiver.url());
  start_sender();
  publish("call.ended");
  run_until([&] { return only_delivery(id).status == DeliveryStatus::dead; });
  run_until([&] { return !store_->find_webhook("default", id)->enabled; });
  publish("call.ended");
  context_.run_for(60ms);
  EXPECT_EQ(receiver.got.size(), 1U);
  EXPECT_EQ(deliveries(id).size(), 1U);
}

TEST_F(WebhookSenderTest, ARedirectIsNotFollowed) {
  Receiver receiver(context_);
  receiver.statuses = {302};
  receiver.headers = {{"Location", receiver.url("/elsewhere")}};
  const auto id = add_webhook(receiver.url());
  start_sender();
  publish("call.ended");
  run_to_attempt(id, 1);
  EXPECT_EQ(receiver.got.size(), 1U);
  EXPECT_THAT(only_delivery(id).last_error, HasSubstr("redirects are not followed"));
}

TEST_F(WebhookSenderTest, AnEndlessAnswerIsNotRead) {
  Receiver receiver(context_);
  receiver.body = std::string(900'000, 'x');
  const auto id = add_webhook(receiver.url());
  start_sender();
  publish("call.ended");
  run_until([&] { return only_delivery(id).status == DeliveryStatus::delivered; });
}

TEST_F(WebhookSenderTest, AnAddressThatIsNotAllowedIsNeverAsked) {
  Receiver receiver(context_);
  policy_ = std::make_shared<net::AddressPolicy>(settings::IpAllowList());
  const auto id = add_webhook(receiver.url());
  start_sender();
  publish("call.ended");
  run_to_attempt(id, 1);
  EXPECT_TRUE(receiver.got.empty());
  EXPECT_EQ(only_delivery(id).last_status, 0);
  EXPECT_THAT(only_delivery(id).last_error, HasSubstr("127.0.0.1"));
}

TEST_F(WebhookSenderTest, ASecretThatCannotBeOpenedIsSaidAndNotShown) {
  Receiver receiver(context_);
  const auto id = add_webhook(receiver.url());
  auto record = *store_->find_webhook("default", id);
  record.sealed_secret = vault_.seal(kSecret, "webhook of someone else");
  ASSERT_TRUE(store_->update_webhook(record, 0));
  start_sender();
  publish("call.ended");
  run_to_attempt(id, 1);
  EXPECT_TRUE(receiver.got.empty());
  EXPECT_THAT(only_delivery(id).last_error, Not(HasSubstr(kSecret)));
}

TEST_F(WebhookSenderTest, WhatWasSaidIsRedactedByTheWorkspacesSettings) {
  Receiver receiver(context_);
  auto workspace = *store_->find_workspace("default");
  workspace.settings = R"({"redaction":{"cardNumbers":true,"phoneNumbers":true}})";
  ASSERT_TRUE(store_->update_workspace(workspace, 0));
  const auto id = add_webhook(receiver.url());
  start_sender();
  LiveEvent event{};
  event.workspace_id = "default";
  event.type = "transcript.final";
  event.data = R"({"text":"it is 4111 1111 1111 1111","at":4111111111111111})";
  hub_.publish(event);
  event.type = "call.ended";
  event.data = R"({"from":"+919812345678"})";
  hub_.publish(event);
  run_until([&] { return receiver.got.size() == 2U; });
  std::string both = receiver.got[0].body + receiver.got[1].body;
  EXPECT_THAT(both, HasSubstr(R"({"text":"it is [card number]","at":4111111111111111})"));
  EXPECT_THAT(both, HasSubstr(R"({"from":"+919812345678"})"));
}

TEST_F(WebhookSenderTest, ASlowEndpointHasTwoUnderWayAndKeepsNobodyElseWaiting) {
  Receiver slow(context_);
  Receiver fast(context_);
  slow.held = true;
  const auto slow_id = add_webhook(slow.url());
  start_sender();
  for (int i = 0; i < 60; ++i)
    publish("turn.completed");
  run_until([&] { return slow.got.size() == 2U; });
  const auto fast_id = add_webhook(fast.url(), {"call.ended"});
  senders_.front()->webhooks_changed();
  publish("call.ended");
  run_until([&] { return only_delivery(fast_id).status == DeliveryStatus::delivered; });
  EXPECT_EQ(slow.got.size(), 2U);
  EXPECT_EQ(slow.most_at_once, 2);
  slow.held = false;
  run_until([&] {
    clock_.advance(20ms);  // what was put off comes back
    return slow.got.size() >= 61U;
  });
  run_until([&] {
    clock_.advance(20ms);
    return std::ranges::all_of(deliveries(slow_id),
                               [](const auto& row) { return row.status == DeliveryStatus::delivered; });
  });
  EXPECT_EQ(slow.got.size(), 61U);
  EXPECT_EQ(slow.most_at_once, 2);
}

TEST_F(WebhookSenderTest, AnEndpointThatSaysNothingIsGivenUpAfterItsDeadline) {
  Receiver receiver(context_);
  receiver.held = true;
  const auto id = add_webhook(receiver.url());
  start_sender({.deadline = 100ms});
  publish("call.ended");
  run_to_attempt(id, 1);
  EXPECT_THAT(only_delivery(id).last_error, HasSubstr("did not finish"));
  receiver.held = false;
}

TEST_F(WebhookSenderTest, TwoNodesSendEachDeliveryOnce) {
  Receiver receiver(context_);
  const auto id = add_webhook(receiver.url());
  start_sender();
  start_sender();
  for (int i = 0; i < 40; ++i)
    publish("turn.completed");
  run_until([&] {
    clock_.advance(100ms);
    const auto all = deliveries(id);
    return all.size() == 40U &&
           std::ranges::all_of(all, [](const auto& row) { return row.status == DeliveryStatus::delivered; });
  });
  std::map<std::string, int> times;
  for (const auto& request : receiver.got)
    ++times[std::string(request.header("parley-delivery"))];
  EXPECT_EQ(times.size(), 40U);
  EXPECT_EQ(receiver.got.size(), 40U);
}

TEST_F(WebhookSenderTest, WhatANodeHadTakenWhenItDiedIsSentByTheNextOne) {
  Receiver receiver(context_);
  receiver.held = true;
  const auto id = add_webhook(receiver.url());
  start_sender();
  publish("call.ended");
  run_until([&] { return receiver.got.size() == 1U; });
  stop_senders();  // in the middle of the request
  receiver.held = false;
  open_store();
  EXPECT_EQ(only_delivery(id).status, DeliveryStatus::pending);
  EXPECT_EQ(only_delivery(id).attempts, 0);
  auto& sender = start_sender();
  context_.run_for(60ms);
  EXPECT_EQ(receiver.got.size(), 1U);  // still leased
  clock_.advance(2min);
  sender.wake();
  run_until([&] { return only_delivery(id).status == DeliveryStatus::delivered; });
  EXPECT_EQ(receiver.got.size(), 2U);
}

TEST_F(WebhookSenderTest, EventsThatWaitAreStoredWhenTheServerStops) {
  Receiver receiver(context_);
  const auto id = add_webhook(receiver.url());
  start_sender();
  context_.run_for(20ms);
  for (int i = 0; i < 250; ++i)
    publish("turn.completed");
  stop_senders();  // nothing of it had run yet
  const auto page = store_->list_deliveries("default", id, std::nullopt, {.limit = 1});
  EXPECT_EQ(page->size(), 1U);
  const auto due = store_->take_due_deliveries(now() + 1'000'000, now() + 2'000'000, 500);
  EXPECT_EQ(due->size(), 250U);
  publish("call.ended");  // dropped, and no harm done
  context_.run_for(10ms);
}

TEST(WebhookRetryTest, TheScheduleEnds) {
  EXPECT_FALSE(webhook_retry_delay(0));
  EXPECT_EQ(webhook_retry_delay(1), 10s);
  EXPECT_EQ(webhook_retry_delay(7), 12h);
  EXPECT_FALSE(webhook_retry_delay(8));
}

}  // namespace
}  // namespace parley::control
