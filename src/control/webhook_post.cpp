#include "control/webhook_post.hpp"

#include "async/signal.hpp"

namespace parley::control {
namespace {

constexpr std::size_t kMostRead = 4096;

class Answer final : public net::ResponseListener {
 public:
  explicit Answer(async::Executor executor) : over_(executor) {}

  async::Task<Result<int>> wait() {
    while (!done_)
      co_await over_.wait();
    // What follows the head does not matter, not even that it broke off.
    if (status_ > 0) co_return status_;
    co_return fail(error_);
  }

 private:
  void on_response_head(const net::ResponseHead& head) override { status_ = head.status; }
  void on_response_body(std::string_view bytes) override {
    read_ += bytes.size();
    if (read_ > kMostRead) end();
  }
  void on_response_end() override { end(); }
  void on_response_failed(Error error) override {
    error_ = std::move(error);
    end();
  }
  void end() {
    done_ = true;
    over_.notify();
  }

  async::Signal over_;
  int status_ = 0;
  std::size_t read_ = 0;
  bool done_ = false;
  Error error_{Errc::protocol, "an answer without a status"};
};

}  // namespace

async::Task<Result<int>> post_webhook(async::Executor executor, net::ClientRequest request) {
  Answer answer(executor);
  const auto transfer = net::http_client(executor).start(std::move(request), answer);
  co_return co_await answer.wait();
}

}  // namespace parley::control
