// A WebSocket to a vendor that its owner may drop at any moment: it connects in the background, keeps what is
// sent until it is open, and closes itself in the background when the owner is gone. Owners need no
// coroutine.
//
// Thread: the executor's. Lifetime: the handle may outlive the executor's io_context, of which it then is no
// more than a dead socket; destroying it ends it (politely when close() was called, else by a cut) and no
// listener call comes afterwards. The listener may destroy the socket inside any of its calls. Listener calls
// never come from inside open_client_socket() or a send.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "net/websocket.hpp"
#include "vendor/account.hpp"

namespace parley::vendor {

class ClientSocketListener {
 public:
  virtual ~ClientSocketListener() = default;
  virtual void on_socket_open() = 0;
  virtual void on_socket_text(std::string_view text) = 0;
  virtual void on_socket_binary(std::string_view bytes) = 0;
  // Last call of a socket, unless it was closed by us: one of the two.
  virtual void on_socket_refused(const net::ConnectError& error) = 0;
  virtual void on_socket_closed(const net::CloseInfo& close) = 0;
};

class ClientSocket {
 public:
  virtual ~ClientSocket() = default;
  virtual bool is_open() const = 0;        // usable: connected and neither side has closed
  virtual bool is_connecting() const = 0;  // may still become open
  // Kept until the socket is open (at most 4 MiB, then the socket is given up); dropped after close().
  virtual void send_text(std::string_view text) = 0;
  virtual void send_binary(std::string_view bytes) = 0;
  // What was sent before goes out, then the close frame; lingers at most close_deadline after the owner let
  // go. Of a socket that is not open yet nothing goes out once the owner let go.
  virtual void close() = 0;
  // Hands it to another owner: a pooled socket. nullptr: what comes in is dropped.
  virtual void set_listener(ClientSocketListener* listener) = 0;
};

struct ClientSocketOptions {
  std::string url;
  net::HeaderList headers;                                     // with the key
  std::shared_ptr<const net::AddressPolicy> policy = nullptr;  // as net::ConnectOptions has it
  std::string subprotocol;
  std::chrono::milliseconds connect_deadline{5'000};
  std::chrono::milliseconds close_deadline{3'000};
  std::size_t max_message_bytes = 8 * 1024 * 1024;
};

std::unique_ptr<ClientSocket> open_client_socket(async::Executor executor, ClientSocketOptions options,
                                                 ClientSocketListener* listener);

}  // namespace parley::vendor
