#include "net/connect.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/context.hpp>
#include <fmt/core.h>

#include "net/trust.hpp"

namespace parley::net {
namespace {

using tcp = asio::ip::tcp;
using Resolver = asio::ip::basic_resolver<tcp, async::Executor>;
using Endpoints = std::vector<tcp::endpoint>;

// getaddrinfo cannot be interrupted, so its answer lands in shared state that may outlive the one who asked.
struct Lookup {
  explicit Lookup(async::Executor executor) : resolver(executor), answered(executor) {}
  Resolver resolver;
  async::Timer answered;
  error_code failure = asio::error::timed_out;
  Endpoints endpoints;
};

async::Task<Result<Endpoints>> resolve(async::Executor executor, const Url& url, SteadyTime deadline) {
  error_code not_numeric;
  const auto address = asio::ip::make_address(url.host, not_numeric);
  if (!not_numeric) co_return Endpoints{tcp::endpoint(address, url.port)};

  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->answered.expires_at(deadline);
  lookup->resolver.async_resolve(url.host, std::to_string(url.port),
                                 [lookup](error_code ec, const Resolver::results_type& results) {
                                   lookup->failure = ec;
                                   for (const auto& result : results)
                                     lookup->endpoints.push_back(result.endpoint());
                                   lookup->answered.expires_at(SteadyTime::min());
                                 });
  error_code ended;  // by time or by the answer; `failure` tells which
  co_await lookup->answered.async_wait(into(ended));
  if (lookup->failure == asio::error::timed_out) {
    co_return fail(Errc::timeout, fmt::format("the name {} was not resolved in time", url.host));
  }
  if (lookup->failure || lookup->endpoints.empty()) {
    co_return fail(Errc::unavailable,
                   fmt::format("cannot find the host {}: {}", url.host, lookup->failure.message()));
  }
  co_return std::move(lookup->endpoints);
}

// What is connected to is what was checked: the name is not asked again.
Result<void> keep_allowed(const AddressPolicy& policy, Endpoints& endpoints) {
  Error refused;
  std::erase_if(endpoints, [&](const tcp::endpoint& endpoint) {
    auto may = policy.check_address(endpoint.address().to_string());
    if (!may) refused = std::move(may.error());
    return !may;
  });
  if (endpoints.empty()) return fail(std::move(refused));
  return {};
}

asio::ssl::context make_tls_context(bool verify) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (verify) {
    use_process_trust(context.native_handle());
    error_code ignored;
    context.set_verify_mode(asio::ssl::verify_peer, ignored);
  }
  return context;
}

}  // namespace

async::Task<Result<void>> connect_tcp(TcpSocket& socket, const Url& url, SteadyTime deadline,
                                      const AddressPolicy* policy) {
  auto endpoints = co_await resolve(socket.get_executor(), url, deadline);
  if (!endpoints) co_return fail(endpoints.error());
  if (policy != nullptr) {
    if (auto left = keep_allowed(*policy, *endpoints); !left) co_return fail(left.error());
  }
  error_code ec;
  co_await asio::async_connect(socket, *endpoints, into(ec));
  if (ec) co_return fail(Errc::unavailable, fmt::format("cannot reach {}: {}", url.redacted(), ec.message()));
  socket.set_option(tcp::no_delay(true), ec);
  co_return Result<void>();
}

asio::ssl::context& client_tls_context(bool verify) {
  if (verify) {
    static asio::ssl::context verifying = make_tls_context(true);
    return verifying;
  }
  static asio::ssl::context trusting = make_tls_context(false);
  return trusting;
}

}  // namespace parley::net
