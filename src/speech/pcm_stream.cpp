#include "speech/pcm_stream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace parley::speech {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are copied as they come");

constexpr std::size_t kRiffSize = 12;
constexpr std::size_t kChunkHeadSize = 8;
constexpr std::size_t kFormatSize = 16;
// Servers that stream a file do not know its length and write nothing, or as much as fits.
constexpr std::uint32_t kNoRealLength = 0x7fff0000;

template <class T>
T read_le(std::span<const char> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// What may stand behind the sound of a file. Anything else there is sound: the header's length was wrong.
bool is_chunk_name(std::string_view name) {
  return name == "LIST" || name == "JUNK" || name == "fact" || name == "id3 ";
}

}  // namespace

PcmStream::PcmStream(int from_hz, int to_hz) : from_hz_(from_hz), to_hz_(to_hz), rate_hz_(from_hz) {}

void PcmStream::next_message() {
  if (state_ == State::invalid) return;
  // A message shorter than any header may still be waiting to be told apart: it was sound.
  if (state_ == State::start && head_size_ > 0) {
    begin_output();
    append(std::string_view(head_.data(), head_size_));
    output_kept_ = true;
  }
  head_size_ = 0;
  state_ = State::start;
}

void PcmStream::begin_output() {
  if (!output_kept_) out_.clear();
  output_kept_ = false;
}

std::span<const std::int16_t> PcmStream::take(std::string_view bytes) {
  begin_output();
  while (!bytes.empty() && state_ != State::invalid) {
    switch (state_) {
      case State::start:
      case State::after_sound:
        if (!decide(bytes)) return out_;
        break;
      case State::chunk_head:
        if (!gather(bytes, kChunkHeadSize)) return out_;
        read_chunk_head();
        break;
      case State::format:
        if (!gather(bytes, kFormatSize)) return out_;
        read_format();
        break;
      case State::skip: {
        const auto skipped = std::min<std::uint64_t>(left_, bytes.size());
        bytes.remove_prefix(static_cast<std::size_t>(skipped));
        left_ -= skipped;
        if (left_ == 0) state_ = State::chunk_head;
        break;
      }
      case State::sound:
        read_sound(bytes);
        break;
      case State::invalid:
        break;
    }
  }
  return out_;
}

std::span<const std::int16_t> PcmStream::take_rest() {
  begin_output();
  if (state_ == State::start) append(std::string_view(head_.data(), head_size_));
  if (resampler_) resampler_->flush(out_);
  resampler_.reset();
  rate_hz_ = from_hz_;
  head_size_ = 0;
  odd_.reset();
  if (state_ != State::invalid) state_ = State::start;
  return out_;
}

// True when `wanted` bytes of a header are in head_.
bool PcmStream::gather(std::string_view& bytes, std::size_t wanted) {
  const std::size_t taken = std::min(wanted - std::min(wanted, head_size_), bytes.size());
  std::memcpy(head_.data() + head_size_, bytes.data(), taken);
  head_size_ += taken;
  bytes.remove_prefix(taken);
  return head_size_ >= wanted;
}

// A new file, another chunk of this one, or sound. False: more bytes are needed to tell.
bool PcmStream::decide(std::string_view& bytes) {
  const auto begins_like = [this](std::string_view tag) {
    const std::size_t known = std::min(head_size_, tag.size());
    return std::string_view(head_.data(), known) == tag.substr(0, known);
  };
  const bool behind_sound = state_ == State::after_sound;
  // One byte after the other, so that nothing of the sound is taken.
  while (head_size_ < 4 && !bytes.empty()) {
    gather(bytes, head_size_ + 1);
    if (!behind_sound && !begins_like("RIFF")) break;
  }
  if (behind_sound && head_size_ < 4) return false;
  if (behind_sound && is_chunk_name(std::string_view(head_.data(), 4))) {
    state_ = State::chunk_head;
    return true;
  }
  if (begins_like("RIFF")) {
    if (!gather(bytes, kRiffSize)) return false;
    if (std::string_view(head_.data() + 8, 4) == "WAVE") {
      state_ = State::chunk_head;
      head_size_ = 0;
      format_read_ = false;
      odd_.reset();
      return true;
    }
  }
  state_ = State::sound;
  endless_ = true;
  append(std::string_view(head_.data(), head_size_));
  head_size_ = 0;
  return true;
}

void PcmStream::read_chunk_head() {
  const std::string_view name(head_.data(), 4);
  const auto size = read_le<std::uint32_t>(head_, 4);
  head_size_ = 0;
  left_ = size;
  if (name == "data") {
    state_ = format_read_ ? State::sound : State::invalid;
    endless_ = size == 0 || size >= kNoRealLength;
  } else if (name == "fmt " && size >= kFormatSize) {
    state_ = State::format;
    left_ = std::uint64_t{size} + (size & 1U);
  } else {
    left_ = std::uint64_t{size} + (size & 1U);
    state_ = left_ == 0 ? State::chunk_head : State::skip;
  }
}

void PcmStream::read_format() {
  const auto coding = read_le<std::uint16_t>(head_, 0);
  const auto channels = read_le<std::uint16_t>(head_, 2);
  const auto rate = read_le<std::uint32_t>(head_, 4);
  const auto bits = read_le<std::uint16_t>(head_, 14);
  head_size_ = 0;
  // 0xfffe is the long form of the same.
  const bool usable =
      (coding == 1 || coding == 0xfffe) && channels == 1 && bits == 16 && rate >= 8000 && rate <= 48000;
  if (!usable) {
    state_ = State::invalid;
    return;
  }
  if (static_cast<int>(rate) != rate_hz_) {
    if (resampler_) resampler_->flush(out_);
    resampler_.reset();
    rate_hz_ = static_cast<int>(rate);
  }
  format_read_ = true;
  left_ -= kFormatSize;
  state_ = left_ == 0 ? State::chunk_head : State::skip;
}

void PcmStream::read_sound(std::string_view& bytes) {
  if (endless_) {
    append(bytes);
    bytes = {};
    return;
  }
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  left_ -= size;
  if (left_ == 0) state_ = State::after_sound;
}

void PcmStream::append(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t whole = (bytes.size() + (odd_ ? 1 : 0)) / 2;
  const bool odd_left = (bytes.size() + (odd_ ? 1 : 0)) % 2 != 0;
  in_.resize(whole);
  if (whole > 0) {
    auto* to = reinterpret_cast<char*>(in_.data());
    std::size_t at = 0;
    if (odd_) to[at++] = *odd_;
    std::memcpy(to + at, bytes.data(), whole * 2 - at);
  }
  odd_.reset();
  if (odd_left) odd_ = bytes.back();
  if (!resampler_) resampler_.emplace(rate_hz_, to_hz_);
  resampler_->process(in_, out_);
}

}  // namespace parley::speech
