#include "net/http_client.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <fmt/core.h>

#include "net/tls.hpp"

namespace parley::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

HttpResponse convert(http::response<http::string_body> from) {
  HttpResponse response;
  response.status = static_cast<int>(from.result_int());
  response.content_type = std::string(from[http::field::content_type]);
  for (const auto& field : from) {
    response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  response.body = std::move(from.body());
  return response;
}

template <class Stream>
async::Task<Result<HttpResponse>> exchange(Stream& stream, const Url& url) {
  http::request<http::empty_body> request(http::verb::get, url.target(), 11);
  request.set(http::field::host, url.authority());
  request.set(http::field::user_agent, "parley");
  request.set(http::field::accept, "*/*");
  request.set(http::field::connection, "close");
  if (const auto authorization = basic_authorization(url); !authorization.empty()) {
    request.set(http::field::authorization, authorization);
  }
  error_code ec;
  co_await http::async_write(stream, request, into(ec));
  if (ec) co_return fail(Errc::unavailable, fmt::format("cannot ask {}: {}", url.redacted(), ec.message()));
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxBodyBytes);
  beast::flat_buffer buffer;
  co_await http::async_read(stream, buffer, parser, into(ec));
  if (ec == http::error::body_limit) {
    co_return fail(Errc::protocol, fmt::format("the answer of {} is longer than 1 MiB", url.redacted()));
  }
  if (ec)
    co_return fail(Errc::protocol, fmt::format("no HTTP answer from {}: {}", url.redacted(), ec.message()));
  co_return convert(parser.release());
}

async::Task<Result<HttpResponse>> get_secured(asio::ssl::stream<TcpSocket>& stream, const Url& url,
                                              SteadyTime by) {
  const auto connected = co_await connect_tcp(stream.next_layer(), url, by);
  if (!connected) co_return fail(connected.error());
  const auto secured = co_await secure_client(stream, url, true);
  if (!secured) co_return fail(secured.error());
  co_return co_await exchange(stream, url);
}

async::Task<Result<HttpResponse>> get_plain(TcpSocket& socket, const Url& url, SteadyTime by) {
  const auto connected = co_await connect_tcp(socket, url, by);
  if (!connected) co_return fail(connected.error());
  co_return co_await exchange(socket, url);
}

}  // namespace

async::Task<Result<HttpResponse>> http_get(async::Executor executor, std::string address,
                                           std::chrono::milliseconds limit) {
  const auto url = parse_url(address);
  if (!url) co_return fail(url.error());
  if (url->scheme != "http" && url->scheme != "https") {
    co_return fail(Errc::invalid_argument, "an address to fetch starts with http:// or https://");
  }
  const auto by = std::chrono::steady_clock::now() + limit;
  asio::ssl::stream<TcpSocket> stream(executor, client_tls_context(true));
  Deadline deadline(executor, [&stream] { beast::close_socket(stream.next_layer()); });
  deadline.set(by);
  auto response = url->secure() ? co_await get_secured(stream, *url, by)
                                : co_await get_plain(stream.next_layer(), *url, by);
  if (!response && deadline.expired())
    co_return fail(Errc::timeout, url->redacted() + " did not answer in time");
  co_return response;
}

}  // namespace parley::net
