#include "storage/upload_slots.hpp"

#include "async/wait.hpp"

namespace parley::storage {
namespace {

class Place {
 public:
  Place(std::deque<async::Timer*>& queue, async::Timer& wake) : queue_(queue), wake_(&wake) {
    queue_.push_back(wake_);
  }
  ~Place() { std::erase(queue_, wake_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::deque<async::Timer*>& queue_;
  async::Timer* wake_;
};

}  // namespace

async::Task<UploadSlots::Slot> UploadSlots::take() {
  while (free_ == 0) {
    async::Timer wake(executor_, async::Timer::time_point::max());
    // By its destructor, since the frame may end in the middle.
    const Place place(waiting_, wake);
    co_await async::wait(wake);
  }
  --free_;
  co_return Slot(*this);
}

void UploadSlots::give_back() {
  ++free_;
  if (waiting_.empty()) return;
  waiting_.front()->cancel();
  waiting_.pop_front();
}

}  // namespace parley::storage
