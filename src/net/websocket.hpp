// A WebSocket of either side, without Beast in the header. Text and binary messages, one reader, queued
// writes.
//
// Thread: all calls on the thread of the executor it was made with. Reading is a loop inside run() that calls
// the listener in place, so a message costs no coroutine frame, queue or copy.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/result.hpp"
#include "net/address_policy.hpp"
#include "net/headers.hpp"

namespace parley::net {

// RFC 6455 §7.4.1
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  abnormal = 1006,  // never sent: the connection broke without a close frame
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  try_again_later = 1013,
};

struct CloseInfo {
  // Of the peer's close frame (1005: it was empty); ours when we ended a peer that broke the limit or the
  // protocol (1009, 1002); 1006 when the connection broke or was cut.
  std::uint16_t code = 1006;
  std::string reason;
  bool by_us = false;  // close() was called before the peer closed
};

class WebSocketListener {
 public:
  virtual ~WebSocketListener() = default;
  // At least 64 readable bytes stand behind the text (simdjson's padding). Valid during the call.
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::string_view bytes) = 0;
};

struct WebSocketOptions {
  std::size_t max_message_bytes = 256 * 1024;  // a longer message closes the socket with too_big
  // Unsent; past it the peer is not reading and the socket is cut.
  std::size_t max_queued_bytes = 1024 * 1024;
  std::chrono::milliseconds write_deadline{10'000};
  std::chrono::milliseconds close_deadline{3'000};  // for the peer's answer to our close frame
};

class WebSocket {
 public:
  virtual ~WebSocket() = default;

  // Reads until the socket is closed by either side or broken; call once. When it returns nothing is under
  // way and the socket may be destroyed. Cancelling the awaiting coroutine cuts the connection.
  // Throws only what the listener threw.
  virtual async::Task<CloseInfo> run(WebSocketListener& listener) = 0;

  // Queues one message; copies it into a reused buffer. Nothing is written before run(). Dropped once close()
  // was called or the socket is broken.
  virtual void send_text(std::string_view text) = 0;
  virtual void send_binary(std::string_view bytes) = 0;

  // Sends what is queued, then the close frame, then waits for the peer's for close_deadline. Messages that
  // come in before our close frame is out are still delivered, later ones are dropped. Idempotent.
  virtual void close(CloseCode code, std::string_view reason) = 0;
  // Drops the connection without a close frame.
  virtual void cut() = 0;

  virtual std::size_t queued_bytes() const = 0;
};

struct ConnectOptions {
  WebSocketOptions socket;
  std::chrono::milliseconds deadline{10'000};  // name, TCP, TLS and upgrade together
  bool verify_tls = true;
  HeaderList headers;       // sent with the upgrade; may hold keys, so they appear in no error
  std::string subprotocol;  // empty: none asked for
  // Where it may go; nullptr: anywhere. Checked on the addresses that the name resolves to.
  std::shared_ptr<const AddressPolicy> policy = nullptr;
};

// A server that answered the upgrade with something else than 101.
struct RefusedUpgrade {
  int status = 0;
  HeaderList headers;
  std::string body;  // the first 16 KiB
};
struct ConnectError {
  Error error;
  std::optional<RefusedUpgrade> refused;
};

// ws://[user:pass@]host[:port]/path?query or wss://…; user:pass becomes an Authorization: Basic header. The
// address is never put whole into an error: credentials and query are left out.
async::Task<std::expected<std::unique_ptr<WebSocket>, ConnectError>> connect_websocket(
    async::Executor executor, std::string url, ConnectOptions options);

// Client sockets open in this process, those being opened included: for metrics and for tests that look for
// leaks.
std::size_t open_client_websockets();

}  // namespace parley::net
