// A callback that may arrive late: work sent to another thread carries a Ticket; whoever asked holds the
// Guard. When the Guard is gone the answer is dropped on the asker's own thread, so no lock and no shared
// ownership is needed.
//
//   post(executor, [ticket = guard_.ticket(), this, answer] { if (ticket.valid()) take(answer); });
//
// Thread: Guard, valid() and the callback all on one thread; a Ticket may travel through any.
#pragma once

#include <memory>

namespace parley::async {

class Guard {
 public:
  class Ticket {
   public:
    bool valid() const { return alive_ && *alive_; }

   private:
    friend class Guard;
    explicit Ticket(std::shared_ptr<const bool> alive) : alive_(std::move(alive)) {}
    std::shared_ptr<const bool> alive_;
  };

  Guard() : alive_(std::make_shared<bool>(true)) {}
  ~Guard() { *alive_ = false; }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  Ticket ticket() const { return Ticket(alive_); }

 private:
  std::shared_ptr<bool> alive_;
};

}  // namespace parley::async
