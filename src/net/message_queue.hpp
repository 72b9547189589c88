// Outgoing messages of one socket in two buffers that take turns: one is being written, the other filled. In
// steady state nothing is allocated. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::net {

class MessageQueue {
 public:
  struct Message {
    std::string_view bytes;  // stays in place until pop()
    bool text = false;
  };

  void push(std::string_view bytes, bool text) {
    filling_.bytes.append(bytes);
    filling_.ends.push_back({filling_.bytes.size(), text});
    queued_bytes_ += bytes.size();
  }

  // The oldest message, or null when there is none.
  const Message* front() {
    if (next_ == writing_.ends.size()) {
      if (filling_.ends.empty()) return nullptr;
      writing_.clear();
      std::swap(writing_, filling_);
      next_ = 0;
      offset_ = 0;
    }
    const auto& [end, text] = writing_.ends[next_];
    front_ = {std::string_view(writing_.bytes).substr(offset_, end - offset_), text};
    return &front_;
  }

  // Drops the message front() returned.
  void pop() {
    queued_bytes_ -= front_.bytes.size();
    offset_ = writing_.ends[next_++].end;
    front_ = {};
  }

  // Of all messages not yet popped.
  std::size_t bytes() const { return queued_bytes_; }

 private:
  // A burst may grow a buffer; past this it is given back.
  static constexpr std::size_t kKeptBytes = 64 * 1024;

  struct End {
    std::size_t end;
    bool text;
  };
  struct Buffer {
    std::string bytes;
    std::vector<End> ends;
    void clear() {
      bytes.clear();
      ends.clear();
      if (bytes.capacity() > kKeptBytes) bytes.shrink_to_fit();
    }
  };

  Buffer writing_;
  Buffer filling_;
  Message front_;
  std::size_t next_ = 0;    // in writing_.ends
  std::size_t offset_ = 0;  // where that message begins
  std::size_t queued_bytes_ = 0;
};

}  // namespace parley::net
