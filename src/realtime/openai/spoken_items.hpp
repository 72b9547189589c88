// What a voice model has said in one reply: several items when it used tools. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace parley::realtime {

struct SpokenItem {
  std::string id;
  std::size_t bytes = 0;  // of sound, as it was sent; of a cut: how much of it stays
};

class SpokenItems {
 public:
  void begin(std::string id) {
    if (items_.size() < kMost) items_.push_back({std::move(id)});
  }
  // Sound of the last one.
  void add(const std::string& id, std::size_t bytes) {
    if (items_.empty()) items_.push_back({id});
    items_.back().bytes += bytes;
    bytes_ += bytes;
  }
  std::size_t bytes() const { return bytes_; }

  // Which items keep how much when only the first `heard` bytes of all were heard. `complete`: nothing more
  // would have come; else the last item is cut even when all its sound was heard: its words run ahead of it.
  std::vector<SpokenItem> cut(std::size_t heard, bool complete) const {
    std::vector<SpokenItem> cuts;
    for (const SpokenItem& item : items_) {
      const std::size_t kept = std::min(heard, item.bytes);
      heard -= kept;
      if (kept < item.bytes || (!complete && &item == &items_.back())) cuts.push_back({item.id, kept});
    }
    return cuts;
  }

 private:
  static constexpr std::size_t kMost = 16;
  std::vector<SpokenItem> items_;
  std::size_t bytes_ = 0;
};

}  // namespace parley::realtime
