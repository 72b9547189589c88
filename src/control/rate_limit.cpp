#include "control/rate_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace parley::control {
namespace {

SteadyTime::duration interval_of(double per_second) {
  return std::chrono::duration_cast<SteadyTime::duration>(
      std::chrono::duration<double>(1 / std::max(per_second, 1e-6)));
}

}  // namespace

RateLimit::RateLimit(const Clock& clock, RateLimitOptions options)
    : clock_(clock),
      max_keys_(std::max<std::size_t>(options.max_keys, 1)),
      interval_(std::max(interval_of(options.per_second), SteadyTime::duration(1))),
      burst_(interval_ * std::max(options.burst, 1)) {}

std::optional<std::chrono::milliseconds> RateLimit::take(std::string_view key) {
  const SteadyTime now = clock_.now();
  forget_rested(now);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (by_key_.size() >= max_keys_) {
      by_key_.erase(buckets_.back().key);
      buckets_.pop_back();
    }
    buckets_.push_front({.key = std::string(key), .full_at = now + interval_});
    by_key_.emplace(buckets_.front().key, buckets_.begin());
    return std::nullopt;
  }

  buckets_.splice(buckets_.begin(), buckets_, found->second);
  SteadyTime& full_at = found->second->full_at;
  const SteadyTime after = std::max(full_at, now) + interval_;
  if (after - now > burst_) return std::chrono::ceil<std::chrono::milliseconds>(after - now - burst_);
  full_at = after;
  return std::nullopt;
}

// Two at most for each request: they go faster than they come, and no request pays for all.
void RateLimit::forget_rested(SteadyTime now) {
  for (int i = 0; i < 2 && !buckets_.empty() && buckets_.back().full_at <= now; ++i) {
    by_key_.erase(buckets_.back().key);
    buckets_.pop_back();
  }
}

std::string client_key(std::string_view address) {
  std::string text(address.substr(0, address.find('%')));
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, text.c_str(), &ipv6) != 1) return text;
  if (IN6_IS_ADDR_V4MAPPED(&ipv6)) {
    char ipv4[INET_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET, ipv6.s6_addr + 12, ipv4, sizeof ipv4);
    return ipv4;
  }
  std::memset(ipv6.s6_addr + 8, 0, 8);
  char network[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET6, &ipv6, network, sizeof network);
  return std::string(network) + "/64";
}

}  // namespace parley::control
