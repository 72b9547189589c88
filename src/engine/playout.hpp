// Playout: agent audio on its way to the caller. Cuts segments (sentences) into pieces, sends them a bounded
// lead ahead of the sample clock, puts a mark behind each segment, and knows at any time how much of it the
// caller has heard.
//
// Invariants
//  1. Pieces are sent in order, each a multiple of the codec's granularity; only the last of a segment is
//  padded.
//  2. What has been sent is never more than lead + one piece ahead of the clock.
//  3. A mark is named after its generation; after clear() marks of older generations change nothing.
//  4. Every awaited mark has a deadline: a carrier that never echoes delays the end of a segment, never
//  prevents it.
//
// Pure: no clock and no socket of its own; `now` is a position on the call's sample clock. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::engine {

// What playout sends; the call session gives it to the codec and the socket.
class PlayoutSink {
 public:
  virtual ~PlayoutSink() = default;
  virtual void send_piece(std::int64_t position, std::span<const std::int16_t> samples) = 0;
  virtual void send_mark(std::string_view name) = 0;
  virtual void send_clear() = 0;
};

struct PlayoutOptions {
  int sample_rate_hz = 8000;
  std::size_t granularity = 160;    // samples; of the codec
  std::size_t piece_samples = 800;  // 20–100 ms, a multiple of the granularity
  std::int64_t lead_samples = 3200;
  std::int64_t mark_patience_samples = 12000;  // beyond its expected time until a mark counts as echoed
};

// How much of a segment the caller has heard.
struct Heard {
  std::uint64_t segment = 0;
  double fraction = 0;  // 0 … 1
};

class Playout {
 public:
  Playout(PlayoutOptions options, PlayoutSink& sink);

  // A new segment at the end of the queue; ids rise. Audio may follow bit by bit.
  // `expected_samples`: about how long it will be; until it has ended, what was heard is a part of at least
  // that.
  void begin_segment(std::uint64_t segment, std::size_t expected_samples);
  void append(std::span<const std::int16_t> samples);
  // The whole of a segment at once, shared and not copied (greetings).
  void append_shared(std::shared_ptr<const std::vector<std::int16_t>> samples);
  void end_segment();

  // Sends what is due.
  void pump(std::int64_t now);
  // When pump() has to be called again; nullopt: only after something was added.
  std::optional<std::int64_t> next_due(std::int64_t now) const;

  // Drops what is not sent, tells the carrier to drop what is not played, forgets all marks. Returns what had
  // been heard of each segment begun, in order.
  std::vector<Heard> clear(std::int64_t now);
  // Where the piece that is being played at `now` ends: what a clear cannot take back.
  std::int64_t end_of_piece_in_play(std::int64_t now) const;

  // The carrier has echoed a mark. Corrects the carrier's delay, and with it what counts as heard.
  void on_mark(std::string_view name, std::int64_t now);

  // Something sent is, as far as is known, still to be heard at `now`, or waits to be sent.
  bool audible(std::int64_t now) const;
  // Everything begun has ended, was sent and its last mark was echoed or given up.
  bool drained() const { return segments_.empty(); }
  // Pieces that were sent after the caller had run out of audio although it was there in time: our fault.
  std::uint64_t late_pieces() const { return late_pieces_; }
  std::int64_t sent_until() const { return sent_until_; }
  std::int64_t carrier_delay() const { return delay_; }

 private:
  struct Segment {
    std::uint64_t id = 0;
    std::size_t expected = 0;  // samples
    std::vector<std::int16_t> own;
    std::shared_ptr<const std::vector<std::int16_t>> shared;
    std::size_t sent = 0;              // samples
    std::int64_t first_position = -1;  // of the first piece; -1: nothing sent
    std::int64_t end_position = 0;     // of the audio sent so far, padding left out
    bool ended = false;
    bool mark_sent = false;
    std::int64_t mark_deadline = 0;
    std::int64_t available_since = -1;  // position at which unsent audio became available; for late_pieces

    std::span<const std::int16_t> audio() const { return shared ? std::span(*shared) : std::span(own); }
    std::size_t unsent() const { return audio().size() - sent; }
  };

  Segment* sending();
  const Segment* sending() const;
  void send_piece(Segment& segment, std::size_t samples, std::int64_t now);
  void finish_sent(Segment& segment);
  void expire_marks(std::int64_t now);
  double heard_fraction(const Segment& segment, std::int64_t now) const;

  PlayoutOptions options_;
  PlayoutSink& sink_;
  std::deque<Segment> segments_;  // from the oldest not yet heard to the newest
  std::vector<std::int16_t> padded_;
  std::string mark_name_;
  std::uint64_t generation_ = 1;
  std::int64_t sent_until_ = 0;
  std::int64_t spurt_start_ = 0;  // where uninterrupted sending began
  std::int64_t delay_ = 0;        // of the carrier: echo of a mark minus its expected time
  std::uint64_t late_pieces_ = 0;
};

}  // namespace parley::engine
