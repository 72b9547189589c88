// How many parts of recordings are in memory and on their way at the same time.
//
// Thread: the executor's. Lifetime: outlives its slots and whoever waits for one.
#pragma once

#include <deque>
#include <utility>

#include "async/task.hpp"

namespace parley::storage {

class UploadSlots {
 public:
  UploadSlots(async::Executor executor, int slots) : executor_(executor), free_(slots) {}
  UploadSlots(const UploadSlots&) = delete;
  UploadSlots& operator=(const UploadSlots&) = delete;

  // Free again when it is destroyed.
  class Slot {
   public:
    explicit Slot(UploadSlots& of) : of_(&of) {}
    Slot(Slot&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (of_ != nullptr) of_->give_back();
    }

   private:
    UploadSlots* of_;
  };

  // Those who wait longest come first.
  async::Task<Slot> take();

 private:
  void give_back();

  async::Executor executor_;
  int free_;
  std::deque<async::Timer*> waiting_;
};

}  // namespace parley::storage
