#include "net/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <fmt/core.h>

namespace parley::net {

async::Task<Result<void>> secure_client(asio::ssl::stream<TcpSocket>& stream, const Url& url, bool verify) {
  error_code ec;
  asio::ip::make_address(url.host, ec);
  const bool is_name = static_cast<bool>(ec);
  if (is_name && SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str()) != 1) {
    co_return fail(Errc::invalid_argument, fmt::format("{} is not a host name TLS can use", url.host));
  }
  if (verify) stream.set_verify_callback(asio::ssl::host_name_verification(url.host), ec);
  co_await stream.async_handshake(asio::ssl::stream_base::client, into(ec));
  if (!ec) co_return Result<void>();
  const long verdict = SSL_get_verify_result(stream.native_handle());
  if (verify && verdict != X509_V_OK) {
    co_return fail(Errc::permission_denied,
                   fmt::format("{} shows a certificate we do not trust: {}", url.redacted(),
                               X509_verify_cert_error_string(verdict)));
  }
  co_return fail(Errc::protocol,
                 fmt::format("the TLS handshake with {} failed: {}", url.redacted(), ec.message()));
}

}  // namespace parley::net
