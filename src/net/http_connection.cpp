#include "net/http_connection.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/core.h>

#include "base/log.hpp"
#include "net/http_upgrade.hpp"
#include "net/url.hpp"

namespace parley::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

const log::Logger kLog("net");
constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kWritePieceBytes = 256 * 1024;
constexpr auto kLinger = std::chrono::seconds(2);

HttpResponse plain(int status, std::string line) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(line) + "\n";
  return response;
}

std::string address_of(const TcpSocket& socket) {
  error_code ec;
  auto address = socket.remote_endpoint(ec).address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

// Takes the scheme and host off a target in absolute form (RFC 9112 §3.2.2), which a proxy would send.
std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return "/";
  const auto path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

HttpRequest convert(const BeastRequest& from, std::string remote_address) {
  HttpRequest request;
  request.method = from.method() == http::verb::head ? "GET" : std::string(from.method_string());
  const auto target = origin_form(from.target());
  const auto question = target.find('?');
  request.path = percent_decode(target.substr(0, question));
  if (!request.path.starts_with('/')) request.path.insert(0, "/");
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (const auto& field : from) {
    std::string name(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.remote_address = std::move(remote_address);
  return request;
}

bool is_safe_header(const std::pair<std::string, std::string>& header) {
  const auto breaks_line = [](const std::string& text) {
    return text.find_first_of("\r\n") != std::string::npos;
  };
  return !breaks_line(header.first) && !breaks_line(header.second);
}

std::string head_of(const HttpResponse& response, bool keep_alive) {
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason));
  const bool may_have_body = response.status >= 200 && response.status != 204 && response.status != 304;
  if (may_have_body) {
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
    if (!response.content_type.empty()) head += fmt::format("Content-Type: {}\r\n", response.content_type);
  }
  head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  for (const auto& header : response.headers) {
    if (is_safe_header(header)) head += fmt::format("{}: {}\r\n", header.first, header.second);
  }
  return head + "\r\n";
}

// The answer to a request that could not be read; none when the peer is simply gone.
std::optional<HttpResponse> answer_to(error_code ec, const HttpServerOptions& options) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return plain(431,
                 fmt::format("The request's headers are longer than {} bytes.", options.max_header_bytes));
  }
  if (ec == http::error::body_limit) {
    return plain(413, fmt::format("The request's body is longer than {} bytes.", options.max_body_bytes));
  }
  if (ec.category() == make_error_code(http::error::bad_version).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message) {
    return plain(400, "This is not an HTTP/1.1 request.");
  }
  return std::nullopt;
}

class HttpConnection final : public StoppableConnection {
 public:
  HttpConnection(TcpSocket socket, std::shared_ptr<HttpShared> shared)
      : socket_(std::move(socket)),
        shared_(std::move(shared)),
        deadline_(socket_.get_executor(), [this] { abort(); }),
        remote_address_(address_of(socket_)) {
    shared_->connections.insert(this);
  }
  ~HttpConnection() override { shared_->connections.erase(this); }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  async::Task<> serve() {
    while (!shared_->stopping && socket_.is_open()) {
      if (!co_await wait_for_request()) break;
      if (!co_await serve_request()) break;
    }
  }

  void stop() override {
    if (between_requests_) abort();
  }

 private:
  // The pending operation ends with an error; what comes after (an answer, a close) still has its socket.
  void abort() {
    error_code ignored;
    socket_.cancel(ignored);
  }

  void limit(std::chrono::milliseconds duration) {
    deadline_.set(std::chrono::steady_clock::now() + duration);
  }

  async::Task<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;  // the next request came in with the last one
    between_requests_ = true;
    limit(shared_->options.idle_deadline);
    error_code ec;
    const auto got = co_await socket_.async_read_some(buffer_.prepare(kReadBytes), into(ec));
    between_requests_ = false;
    if (ec) co_return false;
    buffer_.commit(got);
    co_return true;
  }

  // True when the connection goes on to another request.
  async::Task<bool> serve_request() {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(shared_->options.max_header_bytes));
    parser.body_limit(shared_->options.max_body_bytes);
    limit(shared_->options.request_deadline);
    error_code ec;
    co_await http::async_read_header(socket_, buffer_, parser, into(ec));
    if (!ec && !parser.is_done()) co_await read_body(parser, ec);
    if (ec) {
      const auto failed = deadline_.expired() ? plain(408, "The request took too long to arrive.")
                                              : answer_to(ec, shared_->options);
      if (failed) co_await refuse(*failed);
      co_return false;
    }
    deadline_.clear();

    auto request = convert(parser.get(), remote_address_);
    head_only_ = parser.get().method() == http::verb::head;
    if (beast::websocket::is_upgrade(parser.get()))
      co_return co_await serve_upgrade(parser, std::move(request));
    request.body = std::move(parser.get().body());
    const auto response = co_await answer(std::move(request));
    co_return co_await respond(response, parser.keep_alive());
  }

  async::Task<> read_body(Parser& parser, error_code& ec) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()), into(ec));
    }
    if (!ec) co_await http::async_read(socket_, buffer_, parser, into(ec));
  }

  async::Task<bool> serve_upgrade(Parser& parser, HttpRequest request) {
    if (buffer_.size() > 0) {  // RFC 6455 §4.1: the client waits for our answer before it sends frames
      co_await refuse(plain(400, "Data came before the WebSocket was accepted."));
      co_return false;
    }
    auto verdict = co_await answer_upgrade(std::move(request));
    if (const auto* refusal = std::get_if<HttpResponse>(&verdict)) {
      co_return co_await respond(*refusal, parser.keep_alive());
    }
    hand_over(socket_, parser.release(), std::move(std::get<Upgrade>(verdict)),
              shared_->options.handshake_deadline);
    co_return false;
  }

  async::Task<HttpResponse> answer(HttpRequest request) {
    if (!shared_->handlers.request) co_return plain(503, "The server is stopping.");
    try {
      co_return co_await shared_->handlers.request(std::move(request));
    } catch (const std::exception& error) {
      kLog.error("a request's handler threw: {}", error.what());
    }
    co_return plain(500, "The server failed on this request.");
  }

  async::Task<UpgradeAnswer> answer_upgrade(HttpRequest request) {
    if (!shared_->handlers.upgrade) co_return plain(404, "There is no WebSocket here.");
    try {
      co_return co_await shared_->handlers.upgrade(std::move(request));
    } catch (const std::exception& error) {
      kLog.error("an upgrade's handler threw: {}", error.what());
    }
    co_return plain(500, "The server failed on this request.");
  }

  async::Task<bool> respond(const HttpResponse& response, bool keep_alive) {
    keep_alive = keep_alive && !shared_->stopping;
    const std::string head = head_of(response, keep_alive);
    const bool bodiless = head_only_ || response.status == 204 || response.status == 304;
    auto body = bodiless ? std::string_view() : std::string_view(response.body);
    const std::array<asio::const_buffer, 2> first{
        asio::buffer(head), asio::const_buffer(body.data(), std::min(body.size(), kWritePieceBytes))};
    body.remove_prefix(first[1].size());
    error_code ec;
    limit(shared_->options.request_deadline);
    co_await asio::async_write(socket_, first, into(ec));
    while (!ec && !body.empty()) {  // a slow reader has the deadline for each piece, not for the whole
      limit(shared_->options.request_deadline);
      const asio::const_buffer piece(body.data(), std::min(body.size(), kWritePieceBytes));
      co_await asio::async_write(socket_, piece, into(ec));
      body.remove_prefix(piece.size());
    }
    deadline_.clear();
    co_return !ec && keep_alive;
  }

  // Answers and ends. Closing with unread bytes would reset the connection and take the answer from the peer,
  // so what still comes is read for a moment and thrown away.
  async::Task<> refuse(const HttpResponse& response) {
    co_await respond(response, false);
    error_code ec;
    socket_.shutdown(TcpSocket::shutdown_send, ec);
    limit(kLinger);
    while (!ec) {
      buffer_.clear();
      co_await socket_.async_read_some(buffer_.prepare(kReadBytes), into(ec));
      if (deadline_.expired()) break;
    }
    deadline_.clear();
  }

  TcpSocket socket_;
  std::shared_ptr<HttpShared> shared_;
  Deadline deadline_;
  std::string remote_address_;
  beast::flat_buffer buffer_;
  bool between_requests_ = false;
  bool head_only_ = false;
};

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

async::Task<> serve_connection(TcpSocket socket, std::shared_ptr<HttpShared> shared) {
  HttpConnection connection(std::move(socket), std::move(shared));
  co_await connection.serve();
}

}  // namespace parley::net
