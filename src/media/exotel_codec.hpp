// Exotel's media stream (Voicebot applet, Stream applet, Connect Voice AI). Exotel's own documents disagree
// with each other and with live traffic; this reads every variant and writes the one that all of them accept:
// snake_case keys, strings for numbers, the stream's real id. Source:
// support.exotel.com/support/solutions/articles/3000108630 and docs.exotel.com/exotel-agentstream
#pragma once

#include <memory>

#include "media/media_codec.hpp"

namespace parley::media {

struct ExotelCodecOptions {
  int fallback_sample_rate_hz = 8000;  // when `start` names none: from the query or the settings
  bool sequence_numbers = true;        // sequence_number, chunk and timestamp on outgoing messages
};

std::unique_ptr<MediaCodec> make_exotel_codec(ExotelCodecOptions options);

// "8000", "16kHz", "24 khz" → Hz; 0 when there is no number in it.
int parse_sample_rate(std::string_view text);
constexpr bool is_supported_sample_rate(int hz) {
  return hz == 8000 || hz == 16000 || hz == 24000;
}

}  // namespace parley::media
