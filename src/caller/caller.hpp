// One simulated call over a real socket: finds the address, opens the WebSocket as Exotel does, and drives a
// CallerSession with frames and messages until the call is over.
//
// Thread: everything on the executor's thread. Lifetime: what the Dependencies name outlives the caller; the
// caller outlives run().
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "caller/caller_session.hpp"
#include "caller/frame_wheel.hpp"
#include "net/websocket.hpp"

namespace parley::caller {

struct CallTarget {
  std::string url;          // ws://, wss://, or http(s):// of a dynamic endpoint
  bool keep_query = false;  // Exotel takes the query off the upgrade and tells it as custom parameters
  bool verify_tls = true;
  bool ask_transcript = true;  // also asked for when the script expects words
  milliseconds handshake{10'000};
  milliseconds jitter{0};  // each message leaves up to so much later, in order
  std::uint64_t seed = 1;  // of the jitter
};

class Caller final : private CallerWire, private FrameSubscriber, private net::WebSocketListener {
 public:
  struct Dependencies {
    async::Executor executor;
    const Clock& clock;
    FrameWheel& frames;
    CallerParser& parser;
    CallListener& listener;
  };

  Caller(Dependencies dependencies, CallTarget target, CallSetup setup);

  // The whole call. A call that could not be opened is a report too: ended_by refused, with the reason.
  async::Task<CallReport> run();

  // Ends the call; one that is not open yet ends as soon as it is. `reason` is that of `stop`: a stream that
  // a flow ends says "stopped".
  void hang_up(std::string_view reason = "callended");

 private:
  struct Delayed {
    enum class What { message, close, cut };
    SteadyTime due;
    What what;
    std::string message;
  };

  void send(std::string_view message) override;
  void close() override;
  void cut() override;
  void on_frame_due() override;
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;

  async::Task<Result<std::string>> find_address();
  async::Task<Result<std::unique_ptr<net::WebSocket>>> open();
  async::Task<net::CloseInfo> converse();
  async::Task<> send_delayed();
  void delay(Delayed::What what, std::string_view message);
  void send_now(Delayed::What what, std::string_view message);

  Dependencies dependencies_;
  CallTarget target_;
  CallSetup setup_;
  std::string address_;  // of the open socket
  std::unique_ptr<net::WebSocket> socket_;
  std::optional<CallerSession> session_;
  bool hang_up_wanted_ = false;
  std::string hang_up_reason_;

  std::deque<Delayed> delayed_;
  async::Timer delay_timer_;
  std::mt19937_64 random_;
};

}  // namespace parley::caller
