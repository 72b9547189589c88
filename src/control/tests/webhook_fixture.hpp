// A webhook's receiver on loopback, the real store in a real file, and as many senders as a test wants.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include "async/signal.hpp"
#include "base/ids.hpp"
#include "control/event_hub.hpp"
#include "control/tests/loop_fixture.hpp"
#include "control/webhook_sender.hpp"
#include "net/http_server.hpp"
#include "storage/control_store.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::control {

struct Receiver {
  explicit Receiver(async::asio::io_context& on) : context(on), go_on(context.get_executor()) {
    net::HttpServerOptions options;
    options.port = 0;
    net::HttpHandlers handlers;
    handlers.request = [this](net::HttpRequest request) { return answer(std::move(request)); };
    server = std::move(*net::HttpServer::listen(context, options, std::move(handlers)));
  }
  // On the context's thread, where what is cancelled ends in place.
  ~Receiver() {
    context.restart();
    async::asio::post(context, [this] { server.reset(); });
    while (server)
      context.run_one();
  }
  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + path;
  }

  async::Task<net::HttpResponse> answer(net::HttpRequest request) {
    got.push_back(std::move(request));
    most_at_once = std::max(most_at_once, ++under_way);
    while (held)
      co_await go_on.wait_for(std::chrono::milliseconds(5));
    --under_way;
    net::HttpResponse response;
    response.status = 200;
    if (!statuses.empty()) {
      response.status = statuses.front();
      statuses.pop_front();
    } else if (otherwise != 0) {
      response.status = otherwise;
    }
    response.headers = headers;
    response.body = body;
    co_return response;
  }

  std::vector<net::HttpRequest> got;
  std::deque<int> statuses;  // then `otherwise`, then 200
  int otherwise = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body = "thanks";
  bool held = false;
  int under_way = 0;
  int most_at_once = 0;
  async::asio::io_context& context;
  async::Signal go_on;
  std::unique_ptr<net::HttpServer> server;
};

class WebhookTest : public LoopTest {
 protected:
  static constexpr const char* kSecret = "whsec_of_the_test";

  WebhookTest() { open_store(); }
  ~WebhookTest() override { stop_senders(); }

  void open_store() {
    store_.reset();
    database_.reset();
    auto opened = storage::sql::open_sqlite((directory_.path() / "parley.db").string(), {});
    if (!opened) throw std::runtime_error(describe(opened.error()));
    database_ = std::move(*opened);
    store_ = storage::make_control_store(*database_);
  }

  std::string add_webhook(const std::string& url, std::vector<std::string> events = {"*"}) {
    storage::WebhookRecord record{};
    record.id = make_id();
    record.workspace_id = "default";
    record.url = url;
    record.sealed_secret = vault_.seal(kSecret, "webhook " + record.id);
    record.events = std::move(events);
    const auto made = store_->create_webhook(record);
    EXPECT_TRUE(made) << describe(made.error());
    return record.id;
  }

  WebhookSender& start_sender(WebhookSenderOptions options = {}) {
    options.poll = std::chrono::milliseconds(20);
    options.jitter = 0;
    senders_.push_back(std::make_unique<WebhookSender>(
        WebhookSender::Dependencies{executor(), pool_, clock_, *store_, vault_, policy_}, options));
    if (senders_.size() == 1) hub_.add_sink(senders_.back()->sink());
    senders_.back()->start();
    return *senders_.back();
  }
  void stop_senders() {
    for (auto& sender : senders_)
      run(sender->stop());
    senders_.clear();
  }

  void publish(std::string type, std::string id = {}) {
    LiveEvent event{};
    event.id = std::move(id);
    event.workspace_id = "default";
    event.type = std::move(type);
    event.call_id = "call-1";
    event.session_id = "s-1";
    hub_.publish(std::move(event));
  }

  std::vector<storage::DeliveryRecord> deliveries(const std::string& webhook) {
    auto page = store_->list_deliveries("default", webhook, std::nullopt, {.limit = 200});
    EXPECT_TRUE(page);
    return page ? *page : std::vector<storage::DeliveryRecord>();
  }
  storage::DeliveryRecord only_delivery(const std::string& webhook) {
    const auto all = deliveries(webhook);
    return all.size() == 1 ? all.front() : storage::DeliveryRecord{};
  }
  // Until the attempts of the only delivery have been written down.
  void run_to_attempt(const std::string& webhook, int attempts) {
    run_until([&] { return only_delivery(webhook).attempts == attempts; });
  }

  storage::TemporaryDirectory directory_;
  security::Vault vault_ = *security::Vault::from_keys({std::string(64, 'a')});
  std::shared_ptr<const net::AddressPolicy> policy_;
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::ControlStore> store_;
  EventHub hub_{clock_};
  std::vector<std::unique_ptr<WebhookSender>> senders_;
};

}  // namespace parley::control
