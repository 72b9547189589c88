// First messages as sound, so that a call is greeted within a frame. Shared by all shards; asked once a call.
// Thread: any.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/agent.hpp"

namespace parley::engine {

class GreetingCache {
 public:
  using Audio = std::shared_ptr<const std::vector<std::int16_t>>;

  explicit GreetingCache(std::size_t max_entries = 256) : max_entries_(max_entries) {}

  // nullptr: not there, and always so for an agent that is personal. The key is the agent's version (its text
  // and voice are part of it) and the rate.
  Audio find(const agent::Agent& agent, int sample_rate_hz) const;
  // The oldest entry goes when the cache is full. Sound too short for the first message is not kept,
  // nor any of a personal agent.
  void put(const agent::Agent& agent, int sample_rate_hz, std::vector<std::int16_t> audio);

 private:
  const std::size_t max_entries_;
  mutable std::mutex mutex_;
  std::map<std::string, Audio, std::less<>> entries_;
  std::deque<std::string> order_;
};

}  // namespace parley::engine
