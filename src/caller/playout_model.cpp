#include "caller/playout_model.hpp"

namespace parley::caller {
namespace {

// A longer gap is a pause between two replies, not a fault of pacing.
constexpr int kLongestHoleMs = 400;

template <class T>
void drop_front_half(std::vector<T>& items, std::size_t& first) {
  if (first == 0 || first < items.size() / 2) return;
  items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(first));
  first = 0;
}

}  // namespace

PlayoutModel::PlayoutModel(int sample_rate_hz, MarksAtClear at_clear)
    : longest_gap_called_hole_(static_cast<std::int64_t>(sample_rate_hz) * kLongestHoleMs / 1000),
      at_clear_(at_clear) {}

void PlayoutModel::push_audio(std::span<const std::int16_t> piece) {
  if (piece.empty()) return;
  drop_front_half(samples_, head_);
  drop_front_half(pieces_, first_piece_);
  const std::int64_t begin = played_ + queued_samples();
  samples_.insert(samples_.end(), piece.begin(), piece.end());
  pieces_.push_back({begin, begin + static_cast<std::int64_t>(piece.size())});
  figures_.longest_queue_samples = std::max(figures_.longest_queue_samples, queued_samples());
}

void PlayoutModel::push_mark(std::string_view name) {
  marks_.push_back({played_ + queued_samples(), std::string(name)});
  release_marks();
}

void PlayoutModel::clear() {
  ++figures_.clears;
  dry_for_ = -1;
  std::int64_t keep_until = played_;
  if (first_piece_ < pieces_.size() && pieces_[first_piece_].begin < played_) {
    keep_until = pieces_[first_piece_].end;
  }
  const std::int64_t end = played_ + queued_samples();
  figures_.cleared_samples += end - keep_until;
  samples_.resize(samples_.size() - static_cast<std::size_t>(end - keep_until));
  while (pieces_.size() > first_piece_ && pieces_.back().begin >= keep_until)
    pieces_.pop_back();
  std::erase_if(marks_, [this, keep_until](Mark& mark) {
    if (mark.position <= keep_until) return false;
    if (at_clear_ == MarksAtClear::drop) return true;
    mark.position = keep_until;
    return false;
  });
  release_marks();
}

std::size_t PlayoutModel::play(std::span<std::int16_t> out) {
  const std::size_t have = std::min(out.size(), samples_.size() - head_);
  if (have > 0) count_hole();
  const auto begin = samples_.begin() + static_cast<std::ptrdiff_t>(head_);
  std::copy(begin, begin + static_cast<std::ptrdiff_t>(have), out.begin());
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(have), out.end(), std::int16_t{0});
  head_ += have;
  played_ += static_cast<std::int64_t>(have);
  figures_.played_samples += static_cast<std::int64_t>(have);
  while (first_piece_ < pieces_.size() && pieces_[first_piece_].end <= played_)
    ++first_piece_;
  const auto missing = static_cast<std::int64_t>(out.size() - have);
  if (missing > 0 && have > 0) {
    dry_for_ = missing;
  } else if (missing > 0 && dry_for_ >= 0) {
    dry_for_ += missing;
  } else if (have > 0 && head_ == samples_.size()) {
    dry_for_ = 0;  // ran dry exactly at the frame's end: whether it is a hole shows in the next frame
  }
  release_marks();
  return have;
}

void PlayoutModel::count_hole() {
  if (dry_for_ > 0 && dry_for_ <= longest_gap_called_hole_) {
    ++figures_.holes;
    figures_.hole_samples += dry_for_;
    figures_.longest_hole_samples = std::max(figures_.longest_hole_samples, dry_for_);
  }
  dry_for_ = -1;
}

void PlayoutModel::release_marks() {
  std::size_t due = 0;
  while (due < marks_.size() && marks_[due].position <= played_)
    due_.push_back(std::move(marks_[due++].name));
  marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(due));
  figures_.marks_echoed += static_cast<int>(due);
}

std::span<const std::string> PlayoutModel::take_due_marks() {
  taken_.clear();
  taken_.swap(due_);
  return taken_;
}

}  // namespace parley::caller
