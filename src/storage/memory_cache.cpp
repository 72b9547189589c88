#include <algorithm>
#include <charconv>
#include <list>
#include <unordered_map>

#include "base/thread_annotations.hpp"
#include "storage/cache.hpp"

namespace parley::storage {
namespace {

using std::chrono::milliseconds;

// So that no sum of a time and a span overflows.
constexpr milliseconds kLongest = std::chrono::hours(24L * 365 * 10);

class MemoryCache final : public Cache {
 public:
  MemoryCache(const Clock& clock, std::size_t max_entries)
      : clock_(clock), max_entries_(std::max<std::size_t>(max_entries, 1)) {}

  std::optional<std::string> get(const std::string& key) override {
    const MutexLock lock(mutex_);
    const auto found = live(key);
    if (found == index_.end()) return std::nullopt;
    return found->second->value;
  }

  void put(const std::string& key, std::string value, milliseconds keep_for) override {
    const MutexLock lock(mutex_);
    erase(index_.find(key));
    if (keep_for > milliseconds(0)) add(key, std::move(value), keep_for);
  }

  std::optional<std::string> take(const std::string& key) override {
    const MutexLock lock(mutex_);
    const auto found = live(key);
    if (found == index_.end()) return std::nullopt;
    std::string value = std::move(found->second->value);
    erase(found);
    return value;
  }

  void forget(const std::string& key) override {
    const MutexLock lock(mutex_);
    erase(index_.find(key));
  }

  std::int64_t count(const std::string& key, milliseconds window, std::int64_t by) override {
    const MutexLock lock(mutex_);
    const auto found = live(key);
    if (found == index_.end()) {
      if (window > milliseconds(0)) add(key, std::to_string(by), window);
      return by;
    }
    std::string& value = found->second->value;
    std::int64_t sum = 0;
    // What is no number counts as 0, and a counter at its end stays there.
    std::from_chars(value.data(), value.data() + value.size(), sum);
    if (std::int64_t more = 0; !__builtin_add_overflow(sum, by, &more)) sum = more;
    value = std::to_string(sum);
    return sum;
  }

 private:
  struct Entry {
    std::string key;
    std::string value;
    SteadyTime expires;
  };
  using Entries = std::list<Entry>;  // the oldest first; the index's keys are views into it
  using Index = std::unordered_map<std::string_view, Entries::iterator>;

  Index::iterator live(const std::string& key) PARLEY_REQUIRES(mutex_) {
    const auto found = index_.find(key);
    if (found == index_.end() || clock_.now() < found->second->expires) return found;
    erase(found);
    return index_.end();
  }

  void add(const std::string& key, std::string value, milliseconds keep_for) PARLEY_REQUIRES(mutex_) {
    if (index_.size() >= max_entries_) erase(index_.find(entries_.front().key));
    entries_.push_back({key, std::move(value), clock_.now() + std::min(keep_for, kLongest)});
    index_.emplace(entries_.back().key, std::prev(entries_.end()));
  }

  void erase(Index::iterator position) PARLEY_REQUIRES(mutex_) {
    if (position == index_.end()) return;
    const Entries::iterator entry = position->second;
    index_.erase(position);
    entries_.erase(entry);
  }

  const Clock& clock_;
  const std::size_t max_entries_;
  Mutex mutex_;
  Entries entries_ PARLEY_GUARDED_BY(mutex_);
  Index index_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Cache> make_memory_cache(const Clock& clock, std::size_t max_entries) {
  return std::make_unique<MemoryCache>(clock, max_entries);
}

}  // namespace parley::storage
