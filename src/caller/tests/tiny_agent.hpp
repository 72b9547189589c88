// A voice agent of a few lines behind a real server: greets, answers 100 ms after the caller has fallen
// silent, and remembers what it was sent.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/post.hpp>

#include "async/shard.hpp"
#include "caller/base64.hpp"
#include "caller/tests/support.hpp"
#include "net/prompt_handlers.hpp"

namespace parley::caller {

inline net::HttpResponse answer_of(int status, std::string content_type, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

class TinyAgent {
 public:
  struct Behaviour {
    int greeting_ms = 0;
    int answer_ms = 400;
    int hang_up_after_media = 0;  // 0: never
    std::size_t piece_bytes = 3200;
    int refused_handshakes = 0;
  };

  explicit TinyAgent(Behaviour behaviour) : behaviour_(behaviour) {
    std::promise<void> ready;
    async::asio::post(shard_.executor(), [this, &ready] {
      net::PromptHandlers handlers;
      handlers.request = [this](const net::HttpRequest& request) { return answer(request); };
      handlers.upgrade = [this](const net::HttpRequest& request) { return upgrade(request); };
      net::HttpServerOptions options;
      options.port = 0;
      auto listening = net::HttpServer::listen(shard_.context(), options, std::move(handlers));
      if (listening) server_ = *std::move(listening);
      ready.set_value();
    });
    ready.get_future().wait();
  }
  ~TinyAgent() {
    std::promise<void> stopped;
    async::asio::post(shard_.executor(), [this, &stopped] {
      server_.reset();
      stopped.set_value();
    });
    stopped.get_future().wait();
  }

  std::string address(std::string_view scheme = "ws", std::string_view path = "/media") const {
    return fmt::format("{}://127.0.0.1:{}{}", scheme, server_->port(), path);
  }

  // Waits for a message of the caller's, or a note of the server's, with this in it.
  bool saw(std::string_view part) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] {
      return std::any_of(seen_.begin(), seen_.end(),
                         [part](const std::string& text) { return text.find(part) != std::string::npos; });
    });
  }

  // Answers to plain requests; set before the first call.
  std::function<net::HttpResponse(const net::HttpRequest&)> on_request;

 private:
  // One call.
  struct Session final : net::WebSocketListener {
    Session(TinyAgent& agent_of, net::WebSocket& socket_of) : agent(agent_of), socket(socket_of) {}

    void on_text(std::string_view text) override {
      if (text.find(R"("event":"media")") != std::string_view::npos) return on_media(text);
      agent.note(std::string(text));
      if (text.find(R"("event":"start")") != std::string_view::npos) {
        const std::size_t at = text.find(R"("stream_sid":")") + 14;
        stream_sid = text.substr(at, text.find('"', at) - at);
        speak(agent.behaviour_.greeting_ms);
      }
      if (text.find(R"("event":"stop")") != std::string_view::npos) socket.close(net::CloseCode::normal, "");
    }
    void on_binary(std::string_view) override {}

    void on_media(std::string_view text) {
      if (++media == agent.behaviour_.hang_up_after_media) socket.close(net::CloseCode::normal, "");
      const bool voiced = text.find(R"("payload":"AAAAAAAAAAAAAAAAAAAA)") == std::string_view::npos;
      silent = voiced ? 0 : silent + 1;
      heard = heard || voiced;
      if (heard && silent == 5) {
        heard = false;
        speak(agent.behaviour_.answer_ms);
      }
    }
    void speak(int ms) {
      if (ms == 0) return;
      const std::vector<std::int16_t> sound = tone(8000, ms);
      auto bytes = std::as_bytes(std::span(sound));
      while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), agent.behaviour_.piece_bytes));
        bytes = bytes.subspan(piece.size());
        std::string payload;
        append_base64(piece, payload);
        socket.send_text(fmt::format(R"({{"event":"media","stream_sid":"{}","media":{{"payload":"{}"}}}})",
                                     stream_sid, payload));
      }
      socket.send_text(fmt::format(R"({{"event":"mark","stream_sid":"{}","mark":{{"name":"m{}"}}}})",
                                   stream_sid, ++marks));
    }

    TinyAgent& agent;
    net::WebSocket& socket;
    std::string stream_sid;
    int media = 0;
    int silent = 0;
    int marks = 0;
    bool heard = false;
  };

  async::Task<> serve(std::unique_ptr<net::WebSocket> socket) {
    Session session(*this, *socket);
    const net::CloseInfo info = co_await socket->run(session);
    note(fmt::format("closed {}", info.code));
  }

  net::HttpResponse answer(const net::HttpRequest& request) {
    note(fmt::format("{} {}?{}", request.method, request.path, request.query));
    if (on_request) return on_request(request);
    return answer_of(404, "text/plain", "");
  }

  std::variant<net::HttpResponse, net::Upgrade> upgrade(const net::HttpRequest& request) {
    note(fmt::format("upgrade {}?{}", request.path, request.query));
    if (behaviour_.refused_handshakes-- > 0) return answer_of(503, "text/plain", "");
    return net::Upgrade{shard_.context(),
                        {},
                        [this](std::unique_ptr<net::WebSocket> socket) { return serve(std::move(socket)); },
                        {}};
  }

  void note(std::string text) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(std::move(text));
    changed_.notify_all();
  }

  Behaviour behaviour_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
  async::Shard shard_{"tiny-agent"};
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace parley::caller
