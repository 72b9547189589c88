#include "caller/caller.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/task_group.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "caller/dynamic_endpoint.hpp"
#include "caller/transcript_poller.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"

namespace parley::caller {
namespace {

// Exotel's documents name one automatic retry of a failed handshake.
constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
constexpr int kAttempts = 2;
constexpr auto kAwait = async::asio::as_tuple(async::asio::use_awaitable_t<async::Executor>{});

bool is_http(std::string_view url) {
  return url.starts_with("http://") || url.starts_with("https://");
}

void log_child_failure(const std::exception_ptr& failure) {
  const log::Logger logger("caller");
  logger.error("task failed: {}", exception_text(failure));
}

}  // namespace

Caller::Caller(Dependencies dependencies, CallTarget target, CallSetup setup)
    : dependencies_(dependencies),
      target_(std::move(target)),
      setup_(std::move(setup)),
      delay_timer_(dependencies.executor),
      random_(target_.seed) {}

async::Task<CallReport> Caller::run() {
  const SteadyTime begun = dependencies_.clock.now();
  auto opened = co_await open();
  const auto setup_time = std::chrono::duration_cast<milliseconds>(dependencies_.clock.now() - begun);
  if (!opened) {
    CallReport report;
    report.call_sid = setup_.identity.call_sid;
    report.sample_rate_hz = setup_.identity.sample_rate_hz;
    report.setup = setup_time;
    report.failure = describe(opened.error());
    co_return report;
  }
  socket_ = *std::move(opened);
  session_.emplace(setup_, dependencies_.parser, static_cast<CallerWire&>(*this), dependencies_.listener,
                   dependencies_.clock);
  const net::CloseInfo info = co_await converse();
  session_->on_closed(info.code);
  CallReport report = session_->report();
  report.setup = setup_time;
  co_return report;
}

async::Task<net::CloseInfo> Caller::converse() {
  async::TaskGroup group(dependencies_.executor, log_child_failure);
  TranscriptPoller poller(dependencies_.executor, address_, setup_.identity.call_sid,
                          [this](Transcript transcript) { session_->on_transcript(std::move(transcript)); });
  const bool transcript = target_.ask_transcript || session_->wants_transcript();
  session_->begin();
  if (hang_up_wanted_) session_->hang_up(hang_up_reason_);
  dependencies_.frames.add(*this);
  if (transcript) group.spawn(poller.run());
  if (target_.jitter.count() > 0) group.spawn(send_delayed());
  const net::CloseInfo info = co_await socket_->run(*this);
  dependencies_.frames.remove(*this);
  group.cancel();
  co_await group.join();
  // The last words may have become final with the end of the call.
  if (transcript && session_->has_transcript()) co_await poller.ask();
  co_return info;
}

async::Task<Result<std::string>> Caller::find_address() {
  std::string address = target_.url;
  if (is_http(address)) {
    net::ClientRequest request;
    request.url = dynamic_endpoint_url(address, setup_.identity, dependencies_.clock.wall_now());
    request.deadline = target_.handshake;
    request.max_body_bytes = kMaxAnswerBytes;
    const auto answer = co_await net::fetch(dependencies_.executor, std::move(request));
    if (!answer) co_return fail(answer.error());
    auto found = read_dynamic_endpoint(answer->status, answer->body);
    if (!found) co_return fail(found.error());
    address = *std::move(found);
  }
  const std::size_t query = address.find('?');
  if (query != std::string::npos && !target_.keep_query) {
    for (auto& [key, value] : net::parse_query(std::string_view(address).substr(query + 1))) {
      setup_.identity.custom_parameters.try_emplace(std::move(key), std::move(value));
    }
    address.resize(query);
  }
  co_return address;
}

async::Task<Result<std::unique_ptr<net::WebSocket>>> Caller::open() {
  auto address = co_await find_address();
  if (!address) co_return fail(address.error());
  address_ = *std::move(address);
  net::ConnectOptions options;
  options.deadline = target_.handshake;
  options.verify_tls = target_.verify_tls;
  for (int attempt = 1;; ++attempt) {
    auto socket = co_await net::connect_websocket(dependencies_.executor, address_, options);
    if (socket) co_return std::move(*socket);
    if (attempt == kAttempts || hang_up_wanted_) co_return fail(std::move(socket.error().error));
  }
}

void Caller::hang_up(std::string_view reason) {
  hang_up_wanted_ = true;
  hang_up_reason_ = reason;
  if (session_) session_->hang_up(reason);
}

void Caller::on_frame_due() {
  session_->on_frame();
}
void Caller::on_text(std::string_view text) {
  session_->on_text(text);
}
void Caller::on_binary(std::string_view bytes) {
  session_->on_binary(bytes);
}

void Caller::send(std::string_view message) {
  if (target_.jitter.count() == 0) return send_now(Delayed::What::message, message);
  delay(Delayed::What::message, message);
}

void Caller::close() {
  if (target_.jitter.count() == 0) return send_now(Delayed::What::close, {});
  delay(Delayed::What::close, {});
}

// A connection that breaks takes with it what was still under way.
void Caller::cut() {
  send_now(Delayed::What::cut, {});
}

void Caller::delay(Delayed::What what, std::string_view message) {
  std::uniform_int_distribution<std::int64_t> late(0, std::chrono::microseconds(target_.jitter).count());
  SteadyTime due = dependencies_.clock.now() + std::chrono::microseconds(late(random_));
  // The network may hold messages up, but TCP keeps their order.
  if (!delayed_.empty()) due = std::max(due, delayed_.back().due);
  delayed_.push_back({due, what, std::string(message)});
  if (delayed_.size() == 1) delay_timer_.cancel();
}

async::Task<> Caller::send_delayed() {
  for (;;) {
    delay_timer_.expires_at(delayed_.empty() ? SteadyTime::max() : delayed_.front().due);
    co_await delay_timer_.async_wait(kAwait);
    while (!delayed_.empty() && delayed_.front().due <= dependencies_.clock.now()) {
      const Delayed next = std::move(delayed_.front());
      delayed_.pop_front();
      send_now(next.what, next.message);
    }
  }
}

void Caller::send_now(Delayed::What what, std::string_view message) {
  switch (what) {
    case Delayed::What::message:
      return socket_->send_text(message);
    case Delayed::What::close:
      return socket_->close(net::CloseCode::normal, "");
    case Delayed::What::cut:
      return socket_->cut();
  }
}

}  // namespace parley::caller
