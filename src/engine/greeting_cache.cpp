#include "engine/greeting_cache.hpp"

#include "speech/spoken_length.hpp"

namespace parley::engine {
namespace {

std::string key_of(const agent::Agent& agent, int sample_rate_hz) {
  return agent.name + '@' + agent.version + '/' + std::to_string(sample_rate_hz);
}

}  // namespace

GreetingCache::Audio GreetingCache::find(const agent::Agent& agent, int sample_rate_hz) const {
  if (agent.personal) return nullptr;
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(key_of(agent, sample_rate_hz));
  return found == entries_.end() ? nullptr : found->second;
}

void GreetingCache::put(const agent::Agent& agent, int sample_rate_hz, std::vector<std::int16_t> audio) {
  if (agent.personal) return;
  // A greeting that was cut off once is not for every caller.
  const double seconds = static_cast<double>(audio.size()) / sample_rate_hz;
  if (speech::ends_too_early(agent.first_message, seconds)) return;
  auto shared = std::make_shared<const std::vector<std::int16_t>>(std::move(audio));
  const std::scoped_lock lock(mutex_);
  std::string key = key_of(agent, sample_rate_hz);
  if (!entries_.insert_or_assign(key, std::move(shared)).second) return;
  order_.push_back(std::move(key));
  if (order_.size() > max_entries_) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace parley::engine
