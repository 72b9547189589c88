// What Exotel's player does with the audio a server sends: a queue that plays in real time. A mark comes back
// when all audio queued before it has been played; `clear` empties the queue except the piece in play.
//
// Pure: time is the count of samples asked for by play(). One thread. No allocation once its buffers have
// grown.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::caller {

// Whether marks of audio that `clear` dropped still come back is not documented for Exotel; a server must
// bear both.
enum class MarksAtClear { echo, drop };

struct PlayoutFigures {
  std::int64_t played_samples = 0;   // sound of the server, without filled-in silence
  std::int64_t cleared_samples = 0;  // dropped by `clear`
  std::int64_t longest_queue_samples = 0;
  int clears = 0;
  int marks_echoed = 0;
  // The queue ran dry and sound went on soon after, with no clear between: the caller heard a hole.
  int holes = 0;
  std::int64_t hole_samples = 0;
  std::int64_t longest_hole_samples = 0;
};

class PlayoutModel {
 public:
  PlayoutModel(int sample_rate_hz, MarksAtClear at_clear);

  void push_audio(std::span<const std::int16_t> piece);
  void push_mark(std::string_view name);
  void clear();

  // The next out.size() samples as heard; what is not there is silence. Returns how many came from the
  // server.
  std::size_t play(std::span<std::int16_t> out);

  // Marks due since the last call, in order; valid until the next call of any other function.
  std::span<const std::string> take_due_marks();

  std::int64_t queued_samples() const { return static_cast<std::int64_t>(samples_.size() - head_); }
  const PlayoutFigures& figures() const { return figures_; }

 private:
  struct Mark {
    std::int64_t position;  // in samples pushed since the start
    std::string name;
  };
  struct Piece {
    std::int64_t begin;
    std::int64_t end;
  };
  void release_marks();
  void count_hole();

  const std::int64_t longest_gap_called_hole_;
  const MarksAtClear at_clear_;
  std::vector<std::int16_t> samples_;
  std::size_t head_ = 0;
  std::int64_t played_ = 0;  // position of head_
  std::vector<Piece> pieces_;
  std::size_t first_piece_ = 0;
  std::vector<Mark> marks_;
  std::vector<std::string> due_;
  std::vector<std::string> taken_;
  std::int64_t dry_for_ = -1;  // samples of silence since the queue ran dry; -1: nothing to interrupt
  PlayoutFigures figures_;
};

}  // namespace parley::caller
