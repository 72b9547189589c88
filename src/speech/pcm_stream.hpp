// 16-bit mono sound as vendors send it, in pieces that end anywhere, to samples at the wanted rate.
//
// Takes raw little-endian samples, or RIFF/WAVE files (also several in a row), told apart by their first
// bytes; the rate in a file's header counts for more than the one that was asked for. One thread; the buffers
// are kept from piece to piece.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "audio/resampler.hpp"

namespace parley::speech {

class PcmStream {
 public:
  // Rates in Hz, 8000 … 48000. `from_hz`: of sound that has no header.
  PcmStream(int from_hz, int to_hz);

  // `sink` gets a span of samples at to_hz: at most once, as the last thing done here, so that it may destroy
  // the stream. Valid during the call.
  template <class Sink>
  void push(std::string_view bytes, const Sink& sink) {
    if (const auto samples = take(bytes); !samples.empty()) sink(samples);
  }
  // The sound is over: gives what the resampler still holds back; half a sample is dropped. Then a new sound
  // may begin.
  template <class Sink>
  void finish(const Sink& sink) {
    if (const auto samples = take_rest(); !samples.empty()) sink(samples);
  }
  // The next bytes begin a message of their own, which may have its own header.
  void next_message();

  // False: a header announced sound that is not 16-bit mono PCM of a usable rate. Nothing is given out any
  // more.
  bool valid() const { return state_ != State::invalid; }

 private:
  enum class State {
    start,       // a header, or sound at once
    chunk_head,  // of a file, before its sound
    format,
    skip,
    sound,
    after_sound,  // the file's sound is over as its header told: another chunk, another file, or yet more
                  // sound
    invalid,
  };

  std::span<const std::int16_t> take(std::string_view bytes);
  std::span<const std::int16_t> take_rest();
  void begin_output();
  bool gather(std::string_view& bytes, std::size_t wanted);
  bool decide(std::string_view& bytes);
  void read_chunk_head();
  void read_format();
  void read_sound(std::string_view& bytes);
  void append(std::string_view bytes);

  const int from_hz_;
  const int to_hz_;
  int rate_hz_;
  State state_ = State::start;
  std::array<char, 16> head_{};  // bytes of a header that are not read yet
  std::size_t head_size_ = 0;
  bool format_read_ = false;  // of the file
  std::uint64_t left_ = 0;    // bytes of the chunk that are to come, its padding included when skipped
  bool endless_ = true;       // the sound's length is not known
  std::optional<char> odd_;
  std::optional<audio::Resampler> resampler_;
  std::vector<std::int16_t> in_;
  std::vector<std::int16_t> out_;
  bool output_kept_ = false;  // out_ holds samples not given out yet
};

}  // namespace parley::speech
