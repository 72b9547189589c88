#include "net/http_client.hpp"

#include <boost/asio/execution_context.hpp>

#include "net/curl_client.hpp"

namespace parley::net {
namespace {

// The client of one io_context. Shut down before the loop's own parts, since it is made after them.
class ClientService final : public asio::execution_context::service {
 public:
  using key_type = ClientService;
  static inline asio::execution_context::id id;

  explicit ClientService(asio::execution_context& context)
      : asio::execution_context::service(context),
        client_(std::make_unique<CurlClient>(static_cast<asio::io_context&>(context).get_executor())) {}

  CurlClient& client() { return *client_; }

 private:
  void shutdown() noexcept override { client_.reset(); }

  std::unique_ptr<CurlClient> client_;
};

class Collector final : public ResponseListener {
 public:
  explicit Collector(async::Executor executor) : ended_(executor, async::Timer::time_point::max()) {}

  void on_response_head(const ResponseHead& head) override {
    response_.status = head.status;
    response_.headers = head.headers;
  }
  void on_response_body(std::string_view bytes) override { response_.body += bytes; }
  void on_response_end() override {
    result_ = std::move(response_);
    ended_.cancel();
  }
  void on_response_failed(Error error) override {
    result_ = fail(std::move(error));
    ended_.cancel();
  }

  async::Task<Result<Response>> wait() {
    error_code ec;  // the wait ends only by cancellation: ours is the news
    if (!result_) co_await ended_.async_wait(into(ec));
    if (!result_) co_return fail(Errc::cancelled, "the request was cancelled");
    co_return std::move(*result_);
  }

 private:
  async::Timer ended_;
  Response response_;
  std::optional<Result<Response>> result_;
};

}  // namespace

HttpClient& http_client(async::Executor executor) {
  auto& context = asio::query(executor, asio::execution::context);
  return asio::use_service<ClientService>(context).client();
}

async::Task<Result<Response>> fetch(async::Executor executor, ClientRequest request) {
  bool ignored = false;
  co_return co_await fetch(executor, std::move(request), ignored);
}

async::Task<Result<Response>> fetch(async::Executor executor, ClientRequest request, bool& may_have_left) {
  Collector collector(executor);
  const auto transfer = http_client(executor).start(std::move(request), collector);
  auto response = co_await collector.wait();
  may_have_left = transfer->written_at() != std::chrono::steady_clock::time_point{};
  co_return response;
}

}  // namespace parley::net
