// A carrier's REST interface on loopback: answers from a list, and keeps what it was asked.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "base/clock.hpp"
#include "carrier/carrier.hpp"
#include "carrier/request_queue.hpp"
#include "net/tests/net_fixture.hpp"
#include "net/tests/raw_server.hpp"

namespace parley::carrier {

class RestTest : public net::NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    queue_.emplace(executor(), clock_,
                   RequestQueueOptions{.per_minute = 6000, .burst = 100, .most_waiting = 10});
    net::PromptHandlers handlers;
    handlers.request = [this](const net::HttpRequest& request) {
      asked_.push_back(request);
      if (answers_.empty()) return net::plain_response(599, "nothing more was expected");
      auto answer = std::move(answers_.front());
      answers_.pop_front();
      return answer;
    };
    serve(std::move(handlers));
    account_.id = "settings";
    account_.workspace_id = "default";
    account_.sid = "AC123";
    account_.api_token = "s3cret-token";
    account_.base_url = address("http", "");
  }
  void TearDown() override {
    queue_.reset();
    NetTest::TearDown();
  }

  void will_answer(int status, std::string body, net::HeaderList headers = {},
                   std::string content_type = "application/json") {
    auto answer = net::plain_response(status, std::move(body));
    answer.content_type = std::move(content_type);
    answer.headers = std::move(headers);
    answers_.push_back(std::move(answer));
  }
  const net::HttpRequest& asked(std::size_t index = 0) const { return asked_.at(index); }
  // The form that came in, as it was written.
  std::string form(std::size_t index = 0) const { return asked(index).body; }

  ManualClock clock_;
  std::optional<RequestQueue> queue_;
  std::deque<net::HttpResponse> answers_;
  std::vector<net::HttpRequest> asked_;
  Account account_;
};

}  // namespace parley::carrier
