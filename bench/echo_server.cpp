// The floor under "calls per core": the same network room, and per media message nothing but what any server
// must do: parse the JSON, decode the audio, encode it again, send it back. One thread.
#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/compile.h>
#include <fmt/core.h>
#include <simdjson.h>

#include "media/base64.hpp"
#include "net/prompt_handlers.hpp"

namespace {

using namespace parley;

// Shared by all connections: one parser and one set of buffers a thread.
struct Scratch {
  simdjson::ondemand::parser parser;
  std::string pcm;
  std::string message;
};

class EchoListener final : public net::WebSocketListener {
 public:
  EchoListener(net::WebSocket& socket, Scratch& scratch) : socket_(socket), scratch_(scratch) {}

  void on_text(std::string_view text) override {
    const simdjson::padded_string_view padded(text.data(), text.size(),
                                              text.size() + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document document;
    if (scratch_.parser.iterate(padded).get(document) != simdjson::SUCCESS) return;
    std::string_view event;
    if (document["event"].get_string().get(event) != simdjson::SUCCESS) return;
    std::string_view stream;
    if (event == "start" && document["stream_sid"].get_string().get(stream) == simdjson::SUCCESS) {
      stream_id_ = stream;
    }
    if (event == "stop") return socket_.close(net::CloseCode::normal, "");
    std::string_view payload;
    if (event != "media" || document["media"]["payload"].get_string().get(payload) != simdjson::SUCCESS)
      return;
    echo(payload);
  }
  void on_binary(std::string_view) override {}

 private:
  void echo(std::string_view payload) {
    scratch_.pcm.resize(media::base64_decoded_max(payload.size()));
    const auto bytes = media::base64_decode(payload, reinterpret_cast<std::byte*>(scratch_.pcm.data()));
    if (!bytes) return;
    auto& out = scratch_.message;
    out.clear();
    fmt::format_to(std::back_inserter(out),
                   FMT_COMPILE(R"({{"event":"media","stream_sid":"{}","media":{{"payload":")"), stream_id_);
    media::base64_encode(std::as_bytes(std::span(scratch_.pcm).first(*bytes)), out);
    out += R"("}})";
    socket_.send_text(out);
  }

  net::WebSocket& socket_;
  Scratch& scratch_;
  std::string stream_id_;
};

async::Task<> serve(std::unique_ptr<net::WebSocket> socket, Scratch& scratch) {
  EchoListener listener(*socket, scratch);
  co_await socket->run(listener);
}

}  // namespace

int main(int argc, char** argv) {
  net::HttpServerOptions options;
  options.port = 0;
  CLI::App app{"Echoes the audio of media streams: the floor for calls per core"};
  app.add_option("--port", options.port, "port on 127.0.0.1; 0 lets the system choose");
  CLI11_PARSE(app, argc, argv);

  Scratch scratch;
  boost::asio::io_context context(1);
  net::PromptHandlers handlers;
  handlers.request = [](const net::HttpRequest&) { return net::HttpResponse(); };
  handlers.upgrade = [&](const net::HttpRequest&) -> std::variant<net::HttpResponse, net::Upgrade> {
    const auto run = [&scratch](std::unique_ptr<net::WebSocket> socket) {
      return serve(std::move(socket), scratch);
    };
    return net::Upgrade{context, {}, run, {}};
  };
  const auto server = net::HttpServer::listen(context, options, std::move(handlers));
  if (!server) {
    fmt::print(stderr, "{}\n", describe(server.error()));
    return 1;
  }
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
  fmt::print("listening {}\n", (*server)->port());
  std::fflush(stdout);
  context.run();
  return 0;
}
