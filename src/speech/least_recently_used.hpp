// Values by hash in the order of their last use, and how large they are together. One thread.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <utility>

#include "speech/speech_entry.hpp"

namespace parley::speech {

template <class Value>
class LeastRecentlyUsed {
 public:
  struct Item {
    StableHash name{};
    std::size_t bytes = 0;
    Value value{};
  };

  std::size_t bytes() const { return bytes_; }
  bool contains(const StableHash& name) const { return places_.contains(name); }

  // Counts as a use. nullptr: not there. Valid until the next change.
  Value* use(const StableHash& name) {
    const auto place = places_.find(name);
    if (place == places_.end()) return nullptr;
    items_.splice(items_.begin(), items_, place->second);
    return &place->second->value;
  }
  // As the latest; replaces what has the same name.
  void put(Item item) {
    erase(item.name);
    bytes_ += item.bytes;
    items_.push_front(std::move(item));
    places_[items_.front().name] = items_.begin();
  }
  // As the one not used for the longest time; not if the name is there.
  void put_last(Item item) {
    if (contains(item.name)) return;
    bytes_ += item.bytes;
    items_.push_back(std::move(item));
    places_[items_.back().name] = std::prev(items_.end());
  }
  void erase(const StableHash& name) {
    const auto place = places_.find(name);
    if (place == places_.end()) return;
    bytes_ -= place->second->bytes;
    items_.erase(place->second);
    places_.erase(place);
  }
  // Takes out the one not used for the longest time.
  std::optional<Item> pop() {
    if (items_.empty()) return std::nullopt;
    Item last = std::move(items_.back());
    erase(last.name);
    return last;
  }

 private:
  std::list<Item> items_;  // the latest first
  std::map<StableHash, typename std::list<Item>::iterator> places_;
  std::size_t bytes_ = 0;
};

}  // namespace parley::speech
