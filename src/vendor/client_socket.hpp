// A WebSocket to a vendor that its owner may drop at any moment: it connects in the background, keeps what is sent
// until it is open, and closes itself in the background when the owner is gone. Owners need no coroutine.
//
// Thread: the executor's. Lifetime: destroying it ends it (politely when close() was called, else by a cut) and no
// listener call comes afterwards. The listener may destroy the socket inside any of its calls. Listener calls never
// come from inside open_client_socket() or a send.
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
  virtual bool is_open() const = 0;  // usable: connected and neither side has closed
  // Kept until the socket is open (at most 4 MiB, then the socket is given up); dropped after close().
  virtual void send_text(std::string_view text) = 0;
  virtual void send_binary(std::string_view bytes) = 0;
  // What was sent before goes out, then the close frame; lingers at most close_deadline after the owner let go.
  virtual void close() = 0;
  // Hands it to another owner: a pooled socket. nullptr: what comes in is dropped.
  virtual void set_listener(ClientSocketListener* listener) = 0;
};

struct ClientSocketOptions {
  std::string url;
  net::HeaderList headers;  // with the key
  std::string subprotocol;
  std::chrono::milliseconds connect_deadline{5'000};
  std::size_t max_message_bytes = 8 * 1024 * 1024;
};

std::unique_ptr<ClientSocket> open_client_socket(async::Executor executor, ClientSocketOptions options,
                                                 ClientSocketListener* listener);

// Open sockets that wait for the next call. One pool for an adapter; everything in it belongs to the shard that put it
// there. Sockets that close, get an error or grow too old leave it by themselves.
class SocketPool {
 public:
  struct Options {
    std::chrono::milliseconds max_idle{30'000};
    std::chrono::milliseconds keep_alive_every{0};  // 0: nothing is sent while idle
    std::string keep_alive_text;
    std::size_t max_idle_sockets = 32;  // of one shard
  };
  explicit SocketPool(Options options);
  ~SocketPool();
  SocketPool(const SocketPool&) = delete;
  SocketPool& operator=(const SocketPool&) = delete;

  // `key`: address, model, voice, format: what makes a socket fit. nullptr: none is open and idle. The listener is
  // set.
  std::unique_ptr<ClientSocket> take(async::Executor executor, const std::string& key, ClientSocketListener& listener);
  // Only open sockets on which no answer is outstanding; others are just closed.
  void put(async::Executor executor, std::string key, std::unique_ptr<ClientSocket> socket);
  // Any idle or connecting one there? Then no other needs to be warmed.
  bool has(async::Executor executor, const std::string& key) const;

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace parley::vendor
