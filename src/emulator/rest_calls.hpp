// The Calls resource: placing a call with everything Calls/connect takes, telling of one and of many.
//
// Thread: the executor's.
#pragma once

#include <string>
#include <string_view>

#include "emulator/form_reader.hpp"
#include "emulator/rest_text.hpp"
#include "emulator/switchboard.hpp"

namespace parley::emulator {

class RestCalls {
 public:
  RestCalls(const Parts& parts, Switchboard& board) : parts_(parts), board_(board) {}

  net::HttpResponse connect(const Account& account, const net::HttpRequest& request, bool as_json);
  net::HttpResponse describe(const Account& account, std::string_view sid, bool details, bool as_json);
  net::HttpResponse list(const Account& account, std::string_view query, bool as_json);
  // POST …/legs
  net::HttpResponse make_leg(const Account& account, const net::HttpRequest& request);

 private:
  struct Order {
    std::shared_ptr<EmulatedCall> call;
    CallPlan plan;
  };
  Result<void> check(const Account& account, const Form& form);
  Result<CallPlan> plan_of(const Account& account, const Form& form);
  void fill(EmulatedCall& call, const Account& account, const Form& form);

  Parts parts_;
  Switchboard& board_;
};

}  // namespace parley::emulator
