#include "speech/unanswered.hpp"

#include <algorithm>

namespace parley::speech {

void Unanswered::start(std::uint64_t id) {
  if (speaking()) remove(current().id);  // never finished: nobody waits for it
  Utterance utterance;
  utterance.id = id;
  all_.push_back(std::move(utterance));
}

void Unanswered::write(std::span<const std::int16_t> audio) {
  if (!speaking()) return;
  auto& now = current();
  now.audio.insert(now.audio.end(), audio.begin(), audio.end());
  now.samples += audio.size();
  kept_ += audio.size();
  // In steps of some seconds, so that a long speech does not move a minute of sound for every piece.
  while (kept_ > kMostSeconds * rate_) {
    const auto oldest = std::ranges::find_if(all_, [](const auto& one) { return !one.audio.empty(); });
    const auto drop = std::min(oldest->audio.size(), 5 * rate_);
    oldest->audio.erase(oldest->audio.begin(), oldest->audio.begin() + static_cast<std::ptrdiff_t>(drop));
    kept_ -= drop;
  }
}

Utterance* Unanswered::find(std::uint64_t id) {
  const auto at = std::ranges::find(all_, id, &Utterance::id);
  return at == all_.end() ? nullptr : &*at;
}

void Unanswered::remove(std::uint64_t id) {
  const auto at = std::ranges::find(all_, id, &Utterance::id);
  if (at == all_.end()) return;
  kept_ -= at->audio.size();
  all_.erase(at);
}

void Unanswered::clear() {
  all_.clear();
  kept_ = 0;
}

Utterance* Unanswered::next_due() {
  Utterance* next = nullptr;
  for (auto& one : all_) {
    if (one.finished && (next == nullptr || one.due < next->due)) next = &one;
  }
  return next;
}

}  // namespace parley::speech
