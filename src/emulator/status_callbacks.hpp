// Tells a call's StatusCallback address what became of it, in the form that was asked for; in order, or (as
// the world says) out of order, twice, late or never.
//
// Thread: the executor's. A callback that is not answered with 2xx is sent again, twice by default.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/exchange.hpp"

namespace parley::emulator {

class StatusCallbacks {
 public:
  explicit StatusCallbacks(const Parts& parts) : parts_(parts) {}

  // `event`: ringing, answered, terminal. What is told is the call as it is now.
  void send(const std::shared_ptr<EmulatedCall>& call, std::string_view event);

 private:
  struct Message {
    std::string event;
    std::string content_type;
    std::string body;
  };
  // The messages of one call, delivered one after another.
  struct Line {
    std::deque<Message> waiting;
    std::deque<Message> held;  // until the end has been told: out of order
    bool busy = false;
  };

  Delivery delivery_of(const EmulatedCall& call) const;
  Message message_of(const EmulatedCall& call, std::string_view event) const;
  void queue(const std::shared_ptr<EmulatedCall>& call, Message message);
  async::Task<> deliver(std::shared_ptr<EmulatedCall> call, std::shared_ptr<Line> line);
  async::Task<> deliver_late(std::shared_ptr<EmulatedCall> call, Message message);
  async::Task<bool> post(std::shared_ptr<EmulatedCall> call, Message message);
  async::Task<> repeat(std::shared_ptr<EmulatedCall> call, Message message);

  Parts parts_;
  std::map<std::string, std::shared_ptr<Line>> lines_;
};

}  // namespace parley::emulator
