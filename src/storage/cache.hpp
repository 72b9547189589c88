// What may be forgotten: counters of rate limits, one-time tokens, answers kept for a while. In memory, or in
// Redis when nodes share it.
//
// Thread: any. Nothing blocks in the memory cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace parley::storage {

class Cache {
 public:
  virtual ~Cache() = default;
  virtual std::optional<std::string> get(const std::string& key) = 0;
  virtual void put(const std::string& key, std::string value, std::chrono::milliseconds keep_for) = 0;
  // Gets and forgets in one step: of two who ask, one gets it.
  virtual std::optional<std::string> take(const std::string& key) = 0;
  virtual void forget(const std::string& key) = 0;
  // Adds to a counter that starts at 0 and is forgotten `window` after its first addition; the new value.
  virtual std::int64_t count(const std::string& key, std::chrono::milliseconds window,
                             std::int64_t by = 1) = 0;
};

// The oldest entries go when there are more than `max_entries`. `clock` outlives it.
std::unique_ptr<Cache> make_memory_cache(const Clock& clock, std::size_t max_entries = 100'000);

}  // namespace parley::storage
