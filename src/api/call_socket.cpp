#include "api/call_socket.hpp"

namespace parley::api {
namespace {

net::CloseCode to_close_code(media::LinkClose why) {
  switch (why) {
    case media::LinkClose::done:
      return net::CloseCode::normal;
    case media::LinkClose::going_away:
      return net::CloseCode::going_away;
    case media::LinkClose::protocol_error:
      return net::CloseCode::protocol_error;
    case media::LinkClose::unsupported:
      return net::CloseCode::unsupported_data;
    case media::LinkClose::policy:
      return net::CloseCode::policy;
    case media::LinkClose::failed:
      return net::CloseCode::internal;
  }
  return net::CloseCode::internal;
}

class CallListener final : public net::WebSocketListener {
 public:
  explicit CallListener(engine::Call& call) : call_(call) {}
  void on_text(std::string_view text) override { call_.on_text(text); }
  void on_binary(std::string_view bytes) override { call_.on_binary(bytes); }

 private:
  engine::Call& call_;
};

engine::LinkEnd link_end(const net::CloseInfo& closed) {
  if (closed.code == static_cast<std::uint16_t>(net::CloseCode::too_big)) return engine::LinkEnd::too_big;
  if (closed.code == static_cast<std::uint16_t>(net::CloseCode::abnormal)) return engine::LinkEnd::broken;
  return engine::LinkEnd::closed;
}

// Ends the call in the log also when its coroutine ends by an exception; a call that has ended takes no
// notice.
class CallOfSocket {
 public:
  explicit CallOfSocket(engine::Call& call) : call_(call) {}
  ~CallOfSocket() { call_.on_link_closed(engine::LinkEnd::broken); }
  CallOfSocket(const CallOfSocket&) = delete;
  CallOfSocket& operator=(const CallOfSocket&) = delete;

 private:
  engine::Call& call_;
};

}  // namespace

void SocketLink::close(media::LinkClose why, std::string_view reason) {
  socket_.close(to_close_code(why), reason);
}

async::Task<> run_call(const engine::CallRegistry::Place& place, engine::Call& call, net::WebSocket& socket) {
  CallListener listener(call);
  const CallOfSocket ending(call);
  const engine::CallRegistry::Entry entry(place, call);
  const net::CloseInfo closed = co_await socket.run(listener);
  call.on_link_closed(link_end(closed));
}

}  // namespace parley::api
