// An HTTP server whose every byte the test decides: late, wrong, cut off. Runs on the test's own context.
#pragma once

#include <deque>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "net/tcp.hpp"
#include "net/url.hpp"

namespace parley::net {

struct RawReply {
  std::string bytes;
  bool close = false;  // behind the bytes
};

inline std::string ok(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

class RawServer {
 public:
  using Answer = std::function<RawReply(const std::string& request)>;

  RawServer(async::Executor executor, Answer answer) : state_(std::make_shared<State>(executor)) {
    state_->answer = std::move(answer);
    accept(state_);
  }
  ~RawServer() {
    error_code ec;
    state_->acceptor.close(ec);
    for (auto& socket : state_->sockets)
      socket->close(ec);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string address(std::string_view path = "/", std::string_view scheme = "http") const {
    return fmt::format("{}://127.0.0.1:{}{}", scheme, state_->acceptor.local_endpoint().port(), path);
  }
  std::size_t accepted() const { return state_->sockets.size(); }
  std::size_t left() const { return state_->left; }  // connections the client has closed
  const std::vector<std::string>& requests() const { return state_->requests; }

  // On a connection by its number, outside of any answer.
  void send(std::size_t connection, std::string_view bytes) {
    asio::write(*state_->sockets.at(connection), asio::buffer(bytes));
  }
  void close(std::size_t connection) { state_->sockets.at(connection)->close(); }

 private:
  struct State {
    explicit State(async::Executor executor)
        : acceptor(executor, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
    asio::basic_socket_acceptor<asio::ip::tcp, async::Executor> acceptor;
    Answer answer;
    std::vector<std::shared_ptr<TcpSocket>> sockets;
    std::vector<std::string> requests;
    std::size_t left = 0;
  };

  static void accept(const std::shared_ptr<State>& state) {
    state->acceptor.async_accept([state](error_code ec, TcpSocket socket) {
      if (ec) return;
      state->sockets.push_back(std::make_shared<TcpSocket>(std::move(socket)));
      asio::co_spawn(state->acceptor.get_executor(), serve(state, state->sockets.back()),
                     [](std::exception_ptr) {});
      accept(state);
    });
  }

  // The bytes of the first whole request in `received`; 0 while there is none.
  static std::size_t whole_request(const std::string& received) {
    const auto end = received.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    const std::string_view label = "Content-Length: ";
    const auto length = received.find(label);
    const std::size_t body = length < end ? std::stoul(received.substr(length + label.size())) : 0;
    return received.size() >= end + 4 + body ? end + 4 + body : 0;
  }

  static async::Task<> serve(std::shared_ptr<State> state, std::shared_ptr<TcpSocket> socket) {
    std::string received;
    std::array<char, 4096> bytes{};
    for (;;) {
      error_code ec;
      const std::size_t got = co_await socket->async_read_some(asio::buffer(bytes), into(ec));
      if (ec) break;
      received.append(bytes.data(), got);
      while (const std::size_t length = whole_request(received)) {
        state->requests.push_back(received.substr(0, length));
        received.erase(0, length);
        const RawReply reply = state->answer(state->requests.back());
        co_await asio::async_write(*socket, asio::buffer(reply.bytes), into(ec));
        if (reply.close) socket->close(ec);
      }
    }
    ++state->left;
  }

  std::shared_ptr<State> state_;
};

}  // namespace parley::net
