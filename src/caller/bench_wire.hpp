// The caller's end of a WebSocket in as little work as a load generator can do with: one write for each
// message, one read for many, buffers shared by all sockets of the thread. The product's own WebSocket is in
// net/; this one only knows what a bench meets: plain ws://, unfragmented messages.
//
// Thread: one. The file descriptor is for edge-triggered epoll.
#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/url.hpp"

namespace parley::caller {

class BenchWireListener {
 public:
  virtual ~BenchWireListener() = default;
  virtual void on_wire_open() = 0;
  virtual void on_wire_text(std::string_view text) = 0;  // valid during the call
};

// Where all sockets of a bench connect to.
struct BenchTarget {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  std::string request;  // the upgrade
};
// Blocking (name look-up).
Result<BenchTarget> find_bench_target(const net::Url& url);

class BenchWire {
 public:
  enum class State { connecting, upgrading, open, closed };

  explicit BenchWire(BenchWireListener& listener) : listener_(listener) {}
  ~BenchWire();
  BenchWire(const BenchWire&) = delete;
  BenchWire& operator=(const BenchWire&) = delete;

  // Begins to connect. The target outlives the connecting.
  Result<void> connect(const BenchTarget& target);
  int descriptor() const { return descriptor_; }
  State state() const { return state_; }
  // Why it is closed: the peer's close code, or 1006.
  int close_code() const { return close_code_; }

  // The descriptor can be read, written, or both; `ended`: the peer sends no more, so a short read is not the
  // last.
  void on_ready(bool ended);
  void send_text(std::string_view text) { send_frame(0x1, text); }
  void send_close();

 private:
  void send_frame(unsigned opcode, std::string_view payload);
  void write(std::string_view bytes);
  void flush();
  void read(bool to_end);
  std::size_t take_upgrade(std::string_view bytes);
  std::size_t take_frame(std::string_view bytes);
  void shut(int code);

  BenchWireListener& listener_;
  const BenchTarget* target_ = nullptr;
  int descriptor_ = -1;
  State state_ = State::closed;
  int close_code_ = 1006;
  std::string unread_;  // the beginning of a message whose rest has not come
  std::string unsent_;  // what the socket did not take; empty unless the server falls behind
};

}  // namespace parley::caller
