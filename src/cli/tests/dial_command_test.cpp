// parley dial against a server on a socket that answers as the API does.
#include "cli/dial_command.hpp"

#include <deque>
#include <mutex>
#include <sstream>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/http_server.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kId = "01KAK8F7T2M4Q9V6W3X5Y7Z8AE";

json::object call(const char* status, const char* reason = "", json::array turns = {}) {
  return {{"id", kId}, {"status", status}, {"endReason", reason}, {"turns", std::move(turns)}};
}
json::object turn(int number, const char* caller, const char* agent) {
  return {{"number", number}, {"callerText", caller}, {"agentText", "…"}, {"agentHeard", agent}};
}

class DialCommandTest : public testing::Test {
 protected:
  DialCommandTest() {
    net::HttpServerOptions options;
    options.port = 0;
    net::HttpHandlers handlers;
    handlers.request = [this](net::HttpRequest request) { return handle(std::move(request)); };
    auto server = net::HttpServer::listen(context_, options, std::move(handlers));
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~DialCommandTest() override {
    boost::asio::post(context_, [this] {
      server_.reset();
      work_.reset();
      context_.stop();
    });
    thread_.join();
  }

  async::Task<net::HttpResponse> handle(net::HttpRequest request) {
    const std::scoped_lock lock(mutex_);
    net::HttpResponse response;
    response.content_type = "application/json";
    if (request.method == "POST") {
      posts_.push_back(request.path + " " + request.body);
      const bool places = request.path == "/api/v1/calls";
      response.status = places ? place_status_ : 202;
      response.body = places ? place_answer_ : R"({"accepted":true})";
      if (response.status >= 400) response.content_type = "application/problem+json";
      // Hung up: what comes next is its end.
      if (!places) looks_.assign(1, call("canceled", "canceled"));
      co_return response;
    }
    if (looks_.empty()) {
      response.status = 404;
      response.content_type = "application/problem+json";
      response.body = R"({"type":"x","title":"none","status":404,"detail":"no such call"})";
      co_return response;
    }
    response.body = json::serialize(looks_.front());
    if (looks_.size() > 1) looks_.pop_front();
    co_return response;
  }

  int dial(const DialOptions& options, Output output = Output::text, int interrupt_at = -1) {
    out_.str("");
    err_.str("");
    int waits = 0;
    const ApiClient client(
        {.url = fmt::format("http://127.0.0.1:{}", server_->port()), .assumed = false, .key = "k"});
    return run_dial_command(client, options, output,
                            {out_, err_, [&](std::chrono::milliseconds) { return waits++ != interrupt_at; }});
  }

  boost::asio::io_context context_{1};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{
      boost::asio::make_work_guard(context_)};
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
  std::mutex mutex_;
  std::deque<json::object> looks_;  // the last one stays
  std::vector<std::string> posts_;
  int place_status_ = 201;
  std::string place_answer_ = json::serialize(call("queued"));
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(DialCommandTest, FollowsACallFromQueuedToItsEndLineByLine) {
  looks_ = {call("queued"), call("ringing"), call("in_progress", "", {turn(0, "", "Hello Asha.")}),
            call("in_progress", "", {turn(0, "", "Hello Asha."), turn(1, "Who is this?", "")}),
            call("completed", "caller hung up",
                 {turn(0, "", "Hello Asha."), turn(1, "Who is this?", "The clinic.")})};
  EXPECT_EQ(dial({.to = "+919876543210",
                  .agent = "desk",
                  .variables = {"name=Asha", "due=a=b"},
                  .into = "stream",
                  .time_limit_seconds = 60}),
            kDialCompleted);
  EXPECT_EQ(out_.str(),
            fmt::format("call {} to +919876543210\nqueued\nringing\nin progress\nagent: Hello Asha.\n"
                        "caller: Who is this?\nagent: The clinic.\ncompleted: caller hung up\n",
                        kId));
  EXPECT_THAT(posts_, ElementsAre("/api/v1/calls "
                                  R"({"to":"+919876543210","agent":"desk","into":"stream",)"
                                  R"("variables":{"name":"Asha","due":"a=b"},"timeLimitSeconds":60})"));
}

TEST_F(DialCommandTest, NobodyReachedIsThreeAndAFailureIsOneWithItsReason) {
  for (const char* status : {"busy", "no_answer", "canceled"}) {
    looks_ = {call(status, status)};
    EXPECT_EQ(dial({.to = "+911234567890"}), kDialNotReached) << status;
    EXPECT_THAT(err_.str(), IsEmpty());
  }
  looks_ = {call("failed", "the carrier said: invalid number")};
  EXPECT_EQ(dial({.to = "+911234567890"}), kDialFailed);
  EXPECT_EQ(err_.str(), "parley: the call failed: the carrier said: invalid number\n");
}

TEST_F(DialCommandTest, AnInterruptHangsUpAndWaitsForTheEnd) {
  looks_ = {call("ringing")};
  EXPECT_EQ(dial({.to = "+911234567890"}, Output::text, 2), kDialNotReached);
  ASSERT_EQ(posts_.size(), 2U);
  EXPECT_THAT(posts_[1], HasSubstr(fmt::format("/api/v1/calls/{}/hang-up", kId)));
  EXPECT_THAT(out_.str(), HasSubstr("ringing\nhanging up\ncanceled\n"));
}

TEST_F(DialCommandTest, DetachedItDoesNotLookAgain) {
  EXPECT_EQ(dial({.to = "+911234567890", .detach = true}, Output::json), kDialCompleted);
  EXPECT_EQ(json::parse(out_.str()).at("status"), "queued");
  EXPECT_EQ(dial({.to = "+911234567890", .detach = true}), kDialCompleted);
  EXPECT_EQ(out_.str(), fmt::format("call {} to +911234567890\n", kId));
}

TEST_F(DialCommandTest, JsonIsTheCallAtItsEndAndNothingElse) {
  looks_ = {call("ringing"), call("completed", "agent hung up", {turn(0, "", "Hello.")})};
  EXPECT_EQ(dial({.to = "+911234567890"}, Output::json), kDialCompleted);
  EXPECT_EQ(json::parse(out_.str()).at("endReason"), "agent hung up");
}

TEST_F(DialCommandTest, WhatTheServerRefusesIsSaidAndNothingIsFollowed) {
  place_status_ = 503;
  place_answer_ = R"({"type":"x","title":"t","status":503,"detail":"set PUBLIC_URL first"})";
  EXPECT_EQ(dial({.to = "+911234567890"}), kDialFailed);
  EXPECT_EQ(err_.str(), "parley: set PUBLIC_URL first\n");
  EXPECT_EQ(dial({.to = "+911234567890", .variables = {"name"}}), kDialFailed);
  EXPECT_EQ(err_.str(), "parley: --var name: must be name=value\n");
}

TEST_F(DialCommandTest, ACallThatIsNeverFoundEndsTheCommand) {
  EXPECT_EQ(dial({.to = "+911234567890"}), kDialFailed);
  EXPECT_EQ(err_.str(), "parley: no such call\n");
}

TEST_F(DialCommandTest, WordsCannotSteerTheTerminal) {
  looks_ = {call("completed", "done", {turn(1, "\x1b[2J", "fine")})};
  EXPECT_EQ(dial({.to = "+911234567890"}), kDialCompleted);
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace parley::cli
