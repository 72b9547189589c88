// The emulator's own addresses under /emulator, for tests and people: ring the server under test, read the
// journal and the report, fetch sounds, say how the next Calls/connect goes wrong, begin anew.
//
// Thread: the executor's.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "emulator/rest_text.hpp"
#include "emulator/switchboard.hpp"

namespace parley::emulator {

class ControlRoutes {
 public:
  ControlRoutes(const Parts& parts, Switchboard& board) : parts_(parts), board_(board) {}

  // `path`: its parts, "emulator" the first.
  net::HttpResponse serve(const net::HttpRequest& request, const std::vector<std::string>& path);

  // What was ordered for the next request to place a call.
  struct Fault {
    int status = 0;  // 0: as usual
    std::string content_type = "application/json";
    std::string body;
    milliseconds delay{0};
    bool place = false;  // the call is placed all the same
  };
  std::optional<Fault> take_fault();

 private:
  net::HttpResponse ring(const net::HttpRequest& request);
  net::HttpResponse order_fault(const net::HttpRequest& request);
  net::HttpResponse journal(const std::string& sid);
  net::HttpResponse hang_up(const std::string& sid);

  Parts parts_;
  Switchboard& board_;
  std::deque<Fault> faults_;
};

// A call with its journal, for programs.
json::object journal_object(const EmulatedCall& call, bool with_entries);

}  // namespace parley::emulator
