#include "net/http_server.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "net/http_connection.hpp"

namespace parley::net {
namespace {

using tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, async::Executor>;

const log::Logger kLog("net");
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

Error explain(error_code ec, const HttpServerOptions& options) {
  const auto where = fmt::format("{}:{}", options.host, options.port);
  if (ec == asio::error::address_in_use) {
    return {Errc::already_exists,
            fmt::format(
                "port {} is in use by another program: stop it or choose another port (cannot listen on {})",
                options.port, where)};
  }
  if (ec == asio::error::access_denied) {
    return {Errc::permission_denied,
            fmt::format("no permission to listen on {}: choose a port above 1023", where)};
  }
  if (ec == boost::system::errc::address_not_available) {
    return {
        Errc::invalid_argument,
        fmt::format("cannot listen on {}: this machine does not have that address; use 127.0.0.1 or 0.0.0.0",
                    where)};
  }
  return {Errc::io, fmt::format("cannot listen on {}: {}", where, ec.message())};
}

Result<tcp::endpoint> endpoint_of(async::asio::io_context& context, const HttpServerOptions& options) {
  error_code ec;
  const auto address = asio::ip::make_address(options.host, ec);
  if (!ec) return tcp::endpoint(address, options.port);
  asio::ip::basic_resolver<tcp, async::Executor> resolver(context);
  const auto found = resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, ec);
  if (ec || found.empty()) {
    return fail(
        Errc::invalid_argument,
        fmt::format("cannot listen on '{}': there is no such host; use 127.0.0.1 or 0.0.0.0", options.host));
  }
  return found.begin()->endpoint();
}

struct Listening {
  explicit Listening(async::asio::io_context& context) : acceptor(context), pause(context) {}
  Acceptor acceptor;
  async::Timer pause;
  std::shared_ptr<HttpShared> shared = std::make_shared<HttpShared>();
};

Result<void> open(Acceptor& acceptor, const tcp::endpoint& endpoint, const HttpServerOptions& options) {
  error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec && endpoint.address() == asio::ip::address_v6::any()) {
    acceptor.set_option(asio::ip::v6_only(false), ec);
    ec.clear();  // a machine without IPv4 mapping still serves IPv6
  }
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return fail(explain(ec, options));
  return {};
}

void report_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  kLog.error("a connection ended with an exception: {}", exception_text(failure));
}

async::Task<> accept_all(std::shared_ptr<Listening> listening) {
  bool full = false;  // and said so
  while (!listening->shared->stopping) {
    TcpSocket socket(listening->acceptor.get_executor());
    error_code ec;
    co_await listening->acceptor.async_accept(socket, into(ec));
    auto& shared = *listening->shared;
    if (shared.stopping) break;
    if (ec) {
      // Out of descriptors or memory: the connection stays in the kernel's queue, so trying at once would
      // spin.
      if (ec != asio::error::connection_aborted) {
        kLog.warn("accepting a connection failed: {}", ec.message());
        listening->pause.expires_after(kAcceptPause);
        co_await listening->pause.async_wait(into(ec));
      }
      continue;
    }
    if (shared.open >= shared.options.max_connections) {
      if (!std::exchange(full, true)) {
        kLog.warn("connections are refused: {} are open, which is the most allowed", shared.open);
      }
      continue;
    }
    full = false;
    ++shared.open;
    socket.set_option(tcp::no_delay(true), ec);
    socket.set_option(asio::socket_base::keep_alive(true), ec);
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, serve_connection(std::move(socket), listening->shared), report_failure);
  }
}

void stop_listening(Listening& listening) {
  listening.shared->stopping = true;
  error_code ignored;
  listening.acceptor.close(ignored);
  listening.pause.cancel();
  for (auto* connection : listening.shared->connections)
    connection->stop();
}

class HttpServerImpl final : public HttpServer {
 public:
  HttpServerImpl(std::shared_ptr<Listening> listening, async::asio::io_context& context, std::uint16_t port)
      : listening_(std::move(listening)), context_(context), port_(port) {}

  ~HttpServerImpl() override {
    auto& shared = *listening_->shared;
    shared.closed = true;
    stop_listening(*listening_);
    post_abandoning();
    const bool was_stopped = context_.stopped();
    const auto work = asio::make_work_guard(context_);
    while (shared.exchanges > 0) {
      if (context_.stopped()) context_.restart();
      // One may have been between two operations, where nothing is to be cancelled.
      if (context_.run_one_for(kAcceptPause) == 0) post_abandoning();
    }
    if (was_stopped) context_.stop();
    shared.handlers = {};
  }

  std::uint16_t port() const override { return port_; }

  Result<void> reload_certificate() override {
    const auto& shared = *listening_->shared;
    return shared.options.tls.certificate.empty() ? Result<void>()
                                                  : listening_->shared->tls.load(shared.options.tls);
  }

  void stop() override {
    asio::post(context_, [listening = listening_] { stop_listening(*listening); });
  }

 private:
  // From within the context's loop: a cancellation that comes from outside of it is posted by Asio with a
  // pointer to an operation that may have ended by then.
  void post_abandoning() {
    asio::post(context_, [listening = listening_] {
      for (auto* connection : listening->shared->connections)
        connection->abandon();
    });
  }

  std::shared_ptr<Listening> listening_;
  async::asio::io_context& context_;
  std::uint16_t port_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(async::asio::io_context& context,
                                                       HttpServerOptions options, HttpHandlers handlers) {
  const auto endpoint = endpoint_of(context, options);
  if (!endpoint) return fail(endpoint.error());
  auto listening = std::make_shared<Listening>(context);
  if (!options.tls.certificate.empty()) {
    if (auto loaded = listening->shared->tls.load(options.tls); !loaded) return fail(loaded.error());
  }
  if (auto opened = open(listening->acceptor, *endpoint, options); !opened) return fail(opened.error());
  error_code ec;
  const auto port = listening->acceptor.local_endpoint(ec).port();
  if (ec) return fail(explain(ec, options));
  listening->shared->options = std::move(options);
  listening->shared->handlers = std::move(handlers);
  auto server = std::make_unique<HttpServerImpl>(listening, context, port);
  asio::co_spawn(context, accept_all(std::move(listening)), report_failure);
  return server;
}

}  // namespace parley::net
