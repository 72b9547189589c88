#include "net/http_connection.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/core.h>

#include "async/task_group.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "net/http_upgrade.hpp"
#include "net/http_wire.hpp"
#include "net/http_writer.hpp"
#include "net/server_stream.hpp"

namespace parley::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

const log::Logger kLog("net");
constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kReadBodyBytes = 64 * 1024;
constexpr std::size_t kReadAheadBytes = 64 * 1024;  // of further requests, while one is worked on
constexpr auto kLinger = std::chrono::seconds(2);

void report_failure(const std::exception_ptr& failure) {
  kLog.error("a request's work ended with an exception: {}", exception_text(failure));
}

// Held while a handler's frame or a source may be alive.
class Exchange {
 public:
  Exchange(HttpShared& shared, bool& under_way) : shared_(shared), under_way_(under_way) {
    ++shared_.exchanges;
    under_way_ = true;
  }
  ~Exchange() {
    --shared_.exchanges;
    under_way_ = false;
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

 private:
  HttpShared& shared_;
  bool& under_way_;
};

class HttpConnection final : public StoppableConnection {
 public:
  HttpConnection(TcpSocket socket, std::shared_ptr<HttpShared> shared)
      : stream_(std::move(socket)),
        shared_(std::move(shared)),
        deadline_(stream_.tcp().get_executor(), [this] { interrupt(); }),
        writer_(stream_, deadline_, shared_->options.request_deadline),
        remote_address_(stream_.peer_address()) {
    shared_->connections.insert(this);
  }
  ~HttpConnection() override {
    shared_->connections.erase(this);
    --shared_->open;
  }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  async::Task<> serve() {
    if (const auto context = shared_->tls.current()) {
      if (!co_await secure(*context)) co_return;
    }
    while (!shared_->stopping) {
      if (!co_await wait_for_request()) break;
      if (!co_await serve_request()) break;
    }
    if (stream_.secured() && stream_.tcp().is_open()) {
      error_code ec;
      limit(kLinger);
      co_await stream_.say_goodbye(ec);
    }
    deadline_.clear();
  }

  void stop() override {
    if (between_requests_) return interrupt();
    if (!endless_) return;
    ending_ = true;
    if (in_source_) work_->cancel();
  }

  void abandon() override {
    if (work_ != nullptr) work_->cancel();
    if (in_exchange_) interrupt();
  }

 private:
  // The pending operation ends with an error; what comes after (an answer, a close) still has its socket.
  void interrupt() {
    error_code ignored;
    stream_.tcp().cancel(ignored);
  }

  void limit(std::chrono::milliseconds duration) {
    deadline_.set(std::chrono::steady_clock::now() + duration);
  }

  async::Task<bool> secure(asio::ssl::context& context) {
    between_requests_ = true;
    limit(shared_->options.handshake_deadline);
    error_code ec;
    co_await stream_.shake_hands(context, ec);
    between_requests_ = false;
    if (!ec) co_return true;
    kLog.debug("TLS handshake: {}", deadline_.expired() ? "it took too long" : ec.message());
    if (!deadline_.expired() && !shared_->stopping) co_await linger();
    deadline_.clear();
    co_return false;
  }

  async::Task<bool> wait_for_request() {
    if (buffer_.size() > 0) co_return true;  // the next request came in with the last one
    between_requests_ = true;
    limit(shared_->options.idle_deadline);
    error_code ec;
    co_await read_more(kReadBytes, ec);
    between_requests_ = false;
    co_return !ec;
  }

  async::Task<> read_more(std::size_t bytes, error_code& ec) {
    const auto got = co_await stream_.read_some(buffer_.prepare(bytes), ec);
    buffer_.commit(got);
  }

  // Gives the parser what there is and reads on until `done`.
  async::Task<> parse(RequestParser& parser, bool (RequestParser::*done)() const, std::size_t read_bytes,
                      error_code& ec) {
    std::size_t taken = 0;
    while (!(parser.*done)()) {
      if (buffer_.size() > 0) {
        const auto used = parser.put(buffer_.data(), ec);
        buffer_.consume(used);
        if (ec && ec != http::error::need_more) co_return;
        ec.clear();
        if ((parser.*done)()) co_return;
        // Beast counts each line alone.
        taken += used;
        if (!parser.is_header_done() && taken + buffer_.size() > shared_->options.max_header_bytes) {
          ec = http::error::header_limit;
          co_return;
        }
        if (used > 0 && buffer_.size() > 0) continue;
      }
      co_await read_more(read_bytes, ec);
      if (ec) co_return;
    }
  }

  // True when the connection goes on to another request.
  async::Task<bool> serve_request() {
    RequestParser parser;
    parser.header_limit(static_cast<std::uint32_t>(shared_->options.max_header_bytes));
    parser.body_limit(boost::none);
    parser.eager(false);
    limit(shared_->options.request_deadline);
    error_code ec;
    HttpRequest request;
    std::size_t body_limit = shared_->options.max_body_bytes;
    co_await parse(parser, &RequestParser::is_header_done, kReadBytes, ec);
    if (!ec) {
      request = request_of(parser.get(), remote_address_, stream_.secured());
      head_only_ = parser.get().method() == http::verb::head;
      if (shared_->handlers.body_limit) {
        body_limit = shared_->handlers.body_limit(request.method, request.path);
      }
      if (!is_unambiguous(parser.get())) ec = http::error::bad_transfer_encoding;
      if (!ec) co_await read_body(parser, body_limit, ec);
    }
    if (ec) {
      const auto failed = deadline_.expired() ? plain_answer(408, "The request took too long to arrive.")
                                              : answer_to(ec, shared_->options, body_limit);
      if (failed) co_await refuse(in_other_words(request, *failed));
      co_return false;
    }
    deadline_.clear();
    if (shared_->closed) {
      co_await refuse(in_other_words(request, plain_answer(503, "The server is stopping.")));
      co_return false;
    }

    const Exchange exchange(*shared_, in_exchange_);
    if (beast::websocket::is_upgrade(parser.get())) {
      co_return co_await serve_upgrade(parser, std::move(request));
    }
    request.body = std::move(parser.get().body());
    std::optional<HttpResponse> response;
    if (!co_await attend(answer(std::move(request), response))) co_return false;
    if (!response) response = plain_answer(500, "The server failed on this request.");
    co_return co_await respond(*response, parser.keep_alive(), parser.get().version() < 11);
  }

  HttpResponse in_other_words(const HttpRequest& request, HttpResponse answer) const {
    return shared_->handlers.refusal ? shared_->handlers.refusal(request, std::move(answer)) : answer;
  }

  async::Task<> read_body(RequestParser& parser, std::size_t most, error_code& ec) {
    if (parser.is_done()) co_return;
    if (parser.content_length().value_or(0) > most) {
      ec = http::error::body_limit;
      co_return;
    }
    parser.body_limit(most);
    parser.eager(true);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const ServerStream::Pieces pieces{asio::buffer(kContinue.data(), kContinue.size())};
      co_await stream_.write(pieces, ec);
    }
    if (!ec) co_await parse(parser, &RequestParser::is_done, kReadBodyBytes, ec);
  }

  async::Task<bool> serve_upgrade(RequestParser& parser, HttpRequest request) {
    static constexpr const char* kTooEarly = "Data came before the WebSocket was accepted.";
    if (buffer_.size() > 0) {  // RFC 6455 §4.1: the client waits for our answer before it sends frames
      co_await refuse(plain_answer(400, kTooEarly));
      co_return false;
    }
    std::optional<UpgradeAnswer> verdict;
    const bool present = co_await attend(answer_upgrade(std::move(request), verdict));
    if (present && !verdict) verdict.emplace(plain_answer(500, "The server failed on this request."));
    if (!verdict) co_return false;
    if (const auto* refusal = std::get_if<HttpResponse>(&*verdict)) {
      if (!present) co_return false;
      co_return co_await respond(*refusal, parser.keep_alive(), false);
    }
    auto& upgrade = std::get<Upgrade>(*verdict);
    auto travelling = present && buffer_.size() == 0 ? stream_.release() : std::nullopt;
    if (travelling) {
      hand_over(std::move(*travelling), parser.release(), std::move(upgrade),
                shared_->options.handshake_deadline);
      co_return false;
    }
    give_up(std::move(upgrade));
    if (present) co_await refuse(plain_answer(400, kTooEarly));
    co_return false;
  }

  async::Task<> answer(HttpRequest request, std::optional<HttpResponse>& response) {
    if (!shared_->handlers.request) {
      response = plain_answer(404, "There is nothing here.");
      co_return;
    }
    try {
      response = co_await shared_->handlers.request(std::move(request));
    } catch (const boost::system::system_error&) {
      throw;  // cancelled with the connection, or what report_failure tells
    } catch (const std::exception& error) {
      kLog.error("a request's handler threw: {}", error.what());
    }
  }

  async::Task<> answer_upgrade(HttpRequest request, std::optional<UpgradeAnswer>& verdict) {
    if (!shared_->handlers.upgrade) {
      verdict.emplace(plain_answer(404, "There is no WebSocket here."));
      co_return;
    }
    try {
      verdict.emplace(co_await shared_->handlers.upgrade(std::move(request)));
    } catch (const boost::system::system_error&) {
      throw;
    } catch (const std::exception& error) {
      kLog.error("an upgrade's handler threw: {}", error.what());
    }
  }

  struct WorkEnd {
    HttpConnection& connection;
    bool& ended;
    ~WorkEnd() {
      ended = true;
      if (connection.watching_) connection.interrupt();
    }
  };

  async::Task<> note_end(async::Task<> work, bool& ended) {
    const WorkEnd end{*this, ended};
    co_await std::move(work);
  }

  // Runs the work and meanwhile reads, to see the peer go: then the work is cancelled. What comes in is kept
  // for the next request. False: the peer is gone or the server is being destroyed.
  async::Task<bool> attend(async::Task<> work) {
    async::TaskGroup group(stream_.tcp().get_executor(), report_failure);
    work_ = &group;
    bool ended = false;
    bool present = true;
    group.spawn(note_end(std::move(work), ended));
    while (!ended && present && buffer_.size() < kReadAheadBytes) {
      error_code ec;
      watching_ = true;
      co_await read_more(kReadBytes, ec);
      watching_ = false;
      if (ec && !ended) present = false;
    }
    if (!present) group.cancel();
    co_await group.join();
    work_ = nullptr;
    co_return present && !shared_->closed;
  }

  // True when the connection goes on.
  async::Task<bool> respond(const HttpResponse& response, bool keep_alive, bool http_1_0) {
    const auto framing = framing_of(response, http_1_0);
    keep_alive = keep_alive && !shared_->stopping && framing != Framing::close;
    const std::string head = head_of(response, framing, keep_alive);
    const bool bodiless = head_only_ || framing == Framing::no_body;
    const bool streamed = response.source && !bodiless;
    error_code ec;
    co_await writer_.whole(head, bodiless || streamed ? std::string_view() : response.body, ec);
    if (streamed && !ec && !co_await stream_body(response, framing)) co_return false;
    co_return !ec && keep_alive;
  }

  async::Task<bool> stream_body(const HttpResponse& response, Framing framing) {
    bool complete = false;
    endless_ = framing != Framing::length;
    ending_ = endless_ && shared_->stopping;
    const bool present = co_await attend(send_source(response, framing, complete));
    // Events stand for themselves, so a stream of them may end anywhere; a part of anything else must not
    // look like the whole.
    const bool ended_early = ending_ && in_source_ && is_event_stream(response);
    endless_ = ending_ = in_source_ = false;
    if (!present || !(complete || ended_early)) {
      stream_.cut();
      co_return false;
    }
    if (framing != Framing::chunks) co_return true;
    error_code ec;
    co_await writer_.last_chunk(ec);
    co_return !ec;
  }

  // `in_source_` stays true when it ends while the source was waited for.
  async::Task<> send_source(const HttpResponse& response, Framing framing, bool& complete) {
    auto left = response.source_bytes.value_or(0);
    for (;;) {
      in_source_ = true;
      if (ending_) co_return;
      auto next = co_await response.source->next();
      if (ending_) co_return;  // what it says then is not its own end
      in_source_ = false;
      if (!next) {
        kLog.warn("a response was cut: {}", describe(next.error()));
        co_return;
      }
      const auto& piece = *next;
      if (framing == Framing::length && (piece ? piece->size() > left : left > 0)) {
        kLog.error("a response was cut: its source gave {} bytes than it promised", piece ? "more" : "fewer");
        co_return;
      }
      if (!piece) {
        complete = true;
        co_return;
      }
      left -= framing == Framing::length ? piece->size() : 0;
      error_code ec;
      co_await writer_.piece(*piece, framing, ec);
      if (ec) co_return;
    }
  }

  // Answers and ends.
  async::Task<> refuse(const HttpResponse& response) {
    co_await respond(response, false, false);
    co_await linger();
  }

  async::Task<> linger() {
    limit(kLinger);
    co_await stream_.linger();
    deadline_.clear();
  }

  ServerStream stream_;
  std::shared_ptr<HttpShared> shared_;
  Deadline deadline_;
  HttpWriter writer_;
  std::string remote_address_;
  beast::flat_buffer buffer_;
  async::TaskGroup* work_ = nullptr;
  bool between_requests_ = false;
  bool in_exchange_ = false;
  bool head_only_ = false;
  bool watching_ = false;   // attend() reads
  bool endless_ = false;    // a body without a known length is being sent
  bool ending_ = false;     // and is to end
  bool in_source_ = false;  // the body's next piece is waited for
};

}  // namespace

async::Task<> serve_connection(TcpSocket socket, std::shared_ptr<HttpShared> shared) {
  HttpConnection connection(std::move(socket), std::move(shared));
  co_await connection.serve();
}

}  // namespace parley::net
