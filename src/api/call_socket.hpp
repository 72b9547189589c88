// A call and the WebSocket that carries it. The engine knows no socket and the socket no call: this
// introduces them.
//
// Thread: the call's shard.
#pragma once

#include <memory>

#include "async/task.hpp"
#include "engine/call_registry.hpp"
#include "media/media_link.hpp"
#include "net/websocket.hpp"

namespace parley::api {

class SocketLink : public media::MediaLink {
 public:
  explicit SocketLink(net::WebSocket& socket) : socket_(socket) {}
  void send_text(std::string_view text) override { socket_.send_text(text); }
  void send_binary(std::string_view bytes) override { socket_.send_binary(bytes); }
  void close(media::LinkClose why, std::string_view reason) override;

 private:
  net::WebSocket& socket_;
};

// Until the socket is closed or broken. The call stands in the registry meanwhile, and has ended in the log
// when this returns or throws.
async::Task<> run_call(const engine::CallRegistry::Place& place, engine::Call& call, net::WebSocket& socket);

}  // namespace parley::api
