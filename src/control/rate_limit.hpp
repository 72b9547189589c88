// How often one client may ask: a token bucket for each key (a client's address, an API key's id).
//
// Memory is bounded: a key that has not asked for long enough to have all its tokens back is forgotten, and
// of more than `max_keys` the one that asked longest ago is.
//
// Thread: one (the control context). `clock` outlives it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace parley::control {

struct RateLimitOptions {
  double per_second = 20;  // tokens that come back; above 0
  int burst = 60;          // tokens a rested client has; at least 1
  std::size_t max_keys = 10'000;
};

class RateLimit {
 public:
  RateLimit(const Clock& clock, RateLimitOptions options);

  // nullopt: go on, one token is taken. Else nothing is taken and a token is there after this time (the
  // Retry-After, to be rounded up to seconds; never zero).
  std::optional<std::chrono::milliseconds> take(std::string_view key);

  std::size_t keys() const { return by_key_.size(); }

 private:
  // The generic cell rate algorithm: instead of tokens and a time, the moment when all tokens are back.
  struct Bucket {
    std::string key;
    SteadyTime full_at;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  void forget_rested(SteadyTime now);

  const Clock& clock_;
  const std::size_t max_keys_;
  const SteadyTime::duration interval_;  // one token
  const SteadyTime::duration burst_;     // all of them
  std::list<Bucket> buckets_;            // who asked last is at the front
  std::unordered_map<std::string, std::list<Bucket>::iterator, Hash, std::equal_to<>> by_key_;
};

// What stands for a client: an IPv4 address as it is, of an IPv6 address its network of 64 bits, since that
// is what one client is given.
std::string client_key(std::string_view address);

}  // namespace parley::control
