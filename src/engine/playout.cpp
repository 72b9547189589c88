#include "engine/playout.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace parley::engine {
namespace {

std::int64_t signed_size(std::size_t size) {
  return static_cast<std::int64_t>(size);
}

}  // namespace

Playout::Playout(PlayoutOptions options, PlayoutSink& sink) : options_(options), sink_(sink) {}

void Playout::begin_segment(std::uint64_t segment, std::size_t expected_samples) {
  Segment made;
  made.id = segment;
  made.expected = expected_samples;
  segments_.push_back(std::move(made));
}

void Playout::append(std::span<const std::int16_t> samples) {
  auto& own = segments_.back().own;
  own.insert(own.end(), samples.begin(), samples.end());
}

void Playout::append_shared(std::shared_ptr<const std::vector<std::int16_t>> samples) {
  segments_.back().shared = std::move(samples);
}

void Playout::end_segment() {
  segments_.back().ended = true;
}

const Playout::Segment* Playout::sending() const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [](const Segment& segment) { return !segment.mark_sent; });
  return found == segments_.end() ? nullptr : &*found;
}

Playout::Segment* Playout::sending() {
  return const_cast<Segment*>(std::as_const(*this).sending());
}

void Playout::pump(std::int64_t now) {
  for (Segment* segment = sending(); segment != nullptr; segment = sending()) {
    const std::size_t unsent = segment->unsent();
    if (unsent == 0) {
      if (!segment->ended) break;
      finish_sent(*segment);
      continue;
    }
    const std::int64_t lead = sent_until_ - now;
    if (lead >= options_.lead_samples) {
      if (segment->available_since < 0) segment->available_since = now;
      break;
    }
    if (unsent >= options_.piece_samples || segment->ended) {
      send_piece(*segment, std::min(unsent, options_.piece_samples), now);
      continue;
    }
    // The synthesiser is still at it. A smaller piece is better than a hole, a whole one better than a
    // smaller.
    const std::size_t whole = unsent / options_.granularity * options_.granularity;
    if (whole == 0 || lead > signed_size(options_.piece_samples) / 2) break;
    send_piece(*segment, whole, now);
  }
  expire_marks(now);
}

void Playout::send_piece(Segment& segment, std::size_t samples, std::int64_t now) {
  if (sent_until_ < now) {
    // The caller has run out of audio. Ours is the fault only if this audio was there to be sent before.
    if (segment.available_since >= 0 && segment.available_since < sent_until_) ++late_pieces_;
    sent_until_ = now;
    spurt_start_ = now;
  }
  const auto piece = segment.audio().subspan(segment.sent, samples);
  const std::size_t over = samples % options_.granularity;
  const std::size_t length = over == 0 ? samples : samples + options_.granularity - over;
  if (segment.first_position < 0) segment.first_position = sent_until_;
  if (over == 0) {
    sink_.send_piece(sent_until_, piece);
  } else {
    padded_.assign(piece.begin(), piece.end());
    padded_.resize(length, 0);
    sink_.send_piece(sent_until_, padded_);
  }
  segment.sent += samples;
  segment.end_position = sent_until_ + signed_size(samples);
  segment.available_since = segment.unsent() > 0 ? now : -1;
  sent_until_ += signed_size(length);
}

void Playout::finish_sent(Segment& segment) {
  if (segment.first_position < 0) {
    // Without a sound there is nothing to wait for; the echo of a mark would tell nothing about the carrier
    // either.
    segment.end_position = segment.first_position = segment.mark_deadline = sent_until_;
    segment.mark_sent = true;
    return;
  }
  mark_name_.clear();
  fmt::format_to(std::back_inserter(mark_name_), "g{}-{}", generation_, segment.id);
  sink_.send_mark(mark_name_);
  segment.mark_sent = true;
  segment.mark_deadline = sent_until_ + delay_ + options_.mark_patience_samples;
  // Sent audio is only needed as a length from here on.
  segment.shared.reset();
  segment.own = {};
}

std::optional<std::int64_t> Playout::next_due(std::int64_t now) const {
  std::optional<std::int64_t> due;
  const auto sooner = [&](std::int64_t position) { due = due ? std::min(*due, position) : position; };
  if (const Segment* segment = sending(); segment != nullptr && segment->unsent() > 0) {
    const bool whole = segment->unsent() >= options_.piece_samples || segment->ended;
    // A partial piece is held back until half a piece of lead is left; less than the granularity waits for
    // more audio.
    if (whole)
      sooner(sent_until_ - options_.lead_samples + 1);
    else if (segment->unsent() >= options_.granularity)
      sooner(sent_until_ - signed_size(options_.piece_samples) / 2);
    if (due) due = std::max(*due, now);
  }
  if (!segments_.empty() && segments_.front().mark_sent) sooner(segments_.front().mark_deadline);
  return due;
}

double Playout::heard_fraction(const Segment& segment, std::int64_t now) const {
  if (segment.first_position < 0) return 0;
  const std::int64_t length = segment.end_position - segment.first_position;
  const std::int64_t played = now - delay_ - segment.first_position;
  if (length <= 0) return 1;
  const double of_sent = std::clamp(static_cast<double>(played) / static_cast<double>(length), 0.0, 1.0);
  if (segment.mark_sent) return of_sent;
  // Not all of it was sent: the fraction is of all audio there is.
  const std::size_t whole =
      segment.ended ? segment.audio().size() : std::max(segment.audio().size(), segment.expected);
  return of_sent * static_cast<double>(segment.sent) / static_cast<double>(whole);
}

std::vector<Heard> Playout::clear(std::int64_t now) {
  std::vector<Heard> heard;
  heard.reserve(segments_.size());
  for (const Segment& segment : segments_)
    heard.push_back({segment.id, heard_fraction(segment, now)});
  segments_.clear();
  ++generation_;
  if (sent_until_ + delay_ > now) sink_.send_clear();
  sent_until_ = std::min(sent_until_, end_of_piece_in_play(now));
  return heard;
}

std::int64_t Playout::end_of_piece_in_play(std::int64_t now) const {
  if (now >= sent_until_) return sent_until_;
  const auto piece = signed_size(options_.piece_samples);
  const std::int64_t into = std::max<std::int64_t>(0, now - spurt_start_);
  return std::min(sent_until_, spurt_start_ + (into + piece - 1) / piece * piece);
}

void Playout::on_mark(std::string_view name, std::int64_t now) {
  std::uint64_t generation = 0;
  std::uint64_t id = 0;
  const char* const end = name.data() + name.size();
  if (name.size() < 4 || name[0] != 'g') return;
  const auto [dash, generation_error] = std::from_chars(name.data() + 1, end, generation);
  if (generation_error != std::errc{} || dash == end || *dash != '-') return;
  const auto [last, id_error] = std::from_chars(dash + 1, end, id);
  if (id_error != std::errc{} || last != end || generation != generation_) return;
  const auto marked = std::find_if(segments_.begin(), segments_.end(),
                                   [&](const Segment& segment) { return segment.id == id; });
  if (marked == segments_.end() || !marked->mark_sent) return;
  // The echo tells when the carrier had played it, plus the way back: a bound from above, which is the safe
  // side for what counts as heard. Two seconds are more than any working line has.
  delay_ = std::clamp<std::int64_t>(now - marked->end_position, 0, 2LL * options_.sample_rate_hz);
  // A mark also vouches for everything before it: some carriers drop one. Nobody can have heard audio before
  // its time, so an echo that comes too soon ends the wait when that time is there.
  for (auto segment = segments_.begin(); segment != std::next(marked); ++segment) {
    segment->mark_deadline = std::min(segment->mark_deadline, segment->end_position);
  }
  expire_marks(now);
}

void Playout::expire_marks(std::int64_t now) {
  while (!segments_.empty() && segments_.front().mark_sent && segments_.front().mark_deadline <= now)
    segments_.pop_front();
}

bool Playout::audible(std::int64_t now) const {
  return sent_until_ + delay_ > now ||
         std::any_of(segments_.begin(), segments_.end(),
                     [](const Segment& segment) { return !segment.mark_sent && segment.unsent() > 0; });
}

}  // namespace parley::engine
