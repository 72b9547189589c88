// The sockets of Deepgram's voices between two sentences: idle ones in a pool, those of a cancelled sentence
// until they are silent.
//
// Deepgram takes 20 flushes a minute on one socket, and each sentence is one: a socket near that is left.
// Thread: every call on the executor's; each shard has its own sockets. Lifetime: shared with what drains,
// which ends by itself within seconds.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "vendor/client_socket.hpp"
#include "vendor/socket_pool.hpp"

namespace parley::speech {

struct SpeakTiming {
  // Deepgram has no KeepAlive for voices and closes what is silent for a minute.
  std::chrono::milliseconds max_idle{50'000};
  std::chrono::milliseconds clear_deadline{2'000};
  // A Flushed that crossed our Clear on its way would end the next sentence too early.
  std::chrono::milliseconds after_cleared{250};
};

// A socket that knows when it was flushed.
class SpeakSocket final : public vendor::ClientSocket {
 public:
  explicit SpeakSocket(std::unique_ptr<vendor::ClientSocket> socket) : socket_(std::move(socket)) {}

  bool is_open() const override { return socket_->is_open(); }
  bool is_connecting() const override { return socket_->is_connecting(); }
  void send_text(std::string_view text) override { socket_->send_text(text); }
  void send_binary(std::string_view bytes) override { socket_->send_binary(bytes); }
  void close() override { socket_->close(); }
  void set_listener(vendor::ClientSocketListener* listener) override { socket_->set_listener(listener); }

  void flush();
  bool is_worn() const;  // one more flush may be one too many

 private:
  std::unique_ptr<vendor::ClientSocket> socket_;
  std::deque<std::chrono::steady_clock::time_point> flushes_;  // of the last minute
};

class SpeakSockets : public std::enable_shared_from_this<SpeakSockets> {
 public:
  explicit SpeakSockets(SpeakTiming timing);

  // `url` is what a socket fits to. An idle one (`reused` is set), or a new one.
  std::unique_ptr<SpeakSocket> take(async::Executor executor, vendor::ClientSocketOptions options,
                                    vendor::ClientSocketListener& listener, bool& reused);
  std::unique_ptr<SpeakSocket> open(async::Executor executor, vendor::ClientSocketOptions options,
                                    vendor::ClientSocketListener& listener);
  void warm(async::Executor executor, vendor::ClientSocketOptions options);
  // Nothing is outstanding on it.
  void give_back(async::Executor executor, std::string url, std::unique_ptr<SpeakSocket> socket);
  // Sound may still be on its way.
  void drain(async::Executor executor, std::string url, std::unique_ptr<SpeakSocket> socket);

 private:
  class Drain;
  const SpeakTiming timing_;
  vendor::SocketPool pool_;
};

}  // namespace parley::speech
