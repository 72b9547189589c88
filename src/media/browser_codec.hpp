// The media stream of a call from the browser: control messages as small JSON texts, sound as binary frames
// of PCM, 16 bit, little-endian, one channel, at the rate that the start message names. docs/browser-calls.md
// has the whole protocol.
#pragma once

#include <memory>
#include <string_view>

#include "media/media_codec.hpp"

namespace parley::media {

std::unique_ptr<MediaCodec> make_browser_codec();

constexpr bool is_browser_sample_rate(int hz) {
  return hz == 8000 || hz == 16000 || hz == 24000 || hz == 48000;
}

// The most sound that one frame may hold, in bytes.
inline constexpr std::size_t kMostBrowserFrame = 64UL * 1024;

// The two messages that no carrier has: who answers, before any sound, and why the call is over, as its last.
struct BrowserStarted {
  std::string_view session_id;
  std::string_view call_id;
  std::string_view agent;
  int sample_rate_hz = 0;
};
void encode_browser_started(const BrowserStarted& started, std::string& out);
void encode_browser_ended(std::string_view reason, std::string& out);

}  // namespace parley::media
