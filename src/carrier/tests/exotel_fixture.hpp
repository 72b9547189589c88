// Exotel's carrier against a real HTTP server on a loopback socket that answers as the test says.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/sleep.hpp"
#include "base/clock.hpp"
#include "carrier/exotel/exotel_carrier.hpp"
#include "net/http_server.hpp"

namespace parley::carrier {

using namespace std::chrono_literals;

class ExotelFixture : public testing::Test {
 protected:
  void SetUp() override {
    net::HttpHandlers handlers;
    handlers.request = [this](net::HttpRequest request) { return answer(std::move(request)); };
    net::HttpServerOptions options;
    options.port = 0;
    auto server = net::HttpServer::listen(context_, options, std::move(handlers));
    ASSERT_TRUE(server) << describe(server.error());
    server_ = std::move(*server);
    account_.id = "a";
    account_.workspace_id = "w";
    account_.carrier = "exotel";
    account_.sid = "acme1";
    account_.api_key = "the-key";
    account_.api_token = "the-token";
    account_.base_url = own("");
    account_.flow_url = "https://my.exotel.com";
    account_.app_id = "926";
    account_.number = "+914412345678";
    request_.to = "+919876543210";
  }
  void TearDown() override {
    carrier_.reset();
    queue_.reset();
    server_.reset();
    context_.restart();
    context_.run_for(10s);
  }

  std::string own(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
  }

  // The answers, in order; the last one stays.
  void reply(int status, std::string body, std::string type = "application/json",
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.content_type = std::move(type);
    response.headers = std::move(headers);
    replies_.push_back(std::move(response));
  }
  async::Task<net::HttpResponse> answer(net::HttpRequest request) {
    requests_.push_back(std::move(request));
    if (slow_) co_await async::sleep_for(context_.get_executor(), 60s);
    net::HttpResponse response = replies_.front();
    if (replies_.size() > 1) replies_.pop_front();
    co_return response;
  }

  Carrier& carrier() {
    if (!carrier_) {
      queue_.emplace(context_.get_executor(), system_clock(),
                     RequestQueueOptions{.per_minute = 6000, .burst = 50, .most_waiting = 100});
      carrier_ = make_exotel_carrier(context_.get_executor(), system_clock(), *queue_,
                                     {.deadline = deadline_, .waits = {1ms, 1ms}});
    }
    return *carrier_;
  }

  template <class T>
  T run(async::Task<T> task) {
    std::optional<T> result;
    async::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result = std::move(value);
    });
    context_.restart();
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!result && std::chrono::steady_clock::now() < until)
      context_.run_one_for(100ms);
    return std::move(result).value();
  }

  template <class T>
  CarrierError error_of(CarrierResult<T> result) {
    EXPECT_FALSE(result);
    if (result) return {};
    // Whatever went wrong, it is never told with the account's secrets or the callee's number.
    EXPECT_THAT(result.error().error.message,
                testing::Not(testing::ContainsRegex("the-key|the-token|9876543210")));
    return result.error();
  }
  CarrierError place_error() { return error_of(run(carrier().place(account_, request_))); }

  async::asio::io_context context_{1};
  Account account_;
  PlaceRequest request_;
  std::chrono::milliseconds deadline_{10s};
  bool slow_ = false;
  std::deque<net::HttpResponse> replies_;
  std::vector<net::HttpRequest> requests_;
  std::unique_ptr<net::HttpServer> server_;
  std::optional<RequestQueue> queue_;
  std::unique_ptr<Carrier> carrier_;
};

}  // namespace parley::carrier
