// Requests to the emulator: whose they are, whether they may come so fast, and what answers them.
//
// Thread: the executor's. Lifetime: outlives the HTTP server.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/control_routes.hpp"
#include "emulator/rest_calls.hpp"

namespace parley::emulator {

class RestServer {
 public:
  RestServer(const Parts& parts, Switchboard& board)
      : parts_(parts), board_(board), calls_(parts, board), control_(parts, board) {}

  async::Task<net::HttpResponse> serve(net::HttpRequest request);

 private:
  struct Asked {
    const net::HttpRequest& request;
    std::vector<std::string> path;  // its parts, ".json" taken off
    bool as_json = false;
    const Account* account = nullptr;
  };
  const Account* who(const net::HttpRequest& request, std::string_view sid) const;
  bool too_fast(const Account& account, int& retry_after_seconds);
  async::Task<net::HttpResponse> place(Asked asked);
  async::Task<> wait_for_end(std::string sid, std::string query);
  net::HttpResponse answer_v1(const Asked& asked);
  net::HttpResponse answer_legs(const Asked& asked);
  net::HttpResponse answer_phones(const Asked& asked);
  net::HttpResponse answer_recording(const Asked& asked);

  Parts parts_;
  Switchboard& board_;
  RestCalls calls_;
  ControlRoutes control_;
  std::map<std::string, std::deque<SteadyTime>> placed_;  // by account, within the last minute
};

}  // namespace parley::emulator
