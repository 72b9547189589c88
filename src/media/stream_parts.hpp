// What the codecs share: the audio of one message, mu-law payloads, and the events that mean the same at
// every carrier. Inside this room only.
//
// Thread: any; what is returned as a view is good until the thread's next call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "media/media_codec.hpp"
#include "media/stream_message.hpp"

namespace parley::media {

// Room for the audio of one message. One set a thread serves every call on it: a set a call would double the
// memory of a call.
struct Scratch {
  std::vector<std::int16_t> samples;
  std::vector<std::byte> bytes;  // mu-law codes before they are expanded
  std::string mark_name;
};
Scratch& scratch();

// "audio/x-mulaw;rate=8000", "PCMU", …
bool names_mulaw(std::string_view encoding);
// Errc::protocol: the payload is not base64.
Result<std::span<const std::int16_t>> decode_mulaw(std::string_view payload);
// Appends the payload.
void append_mulaw(std::span<const std::int16_t> samples, std::string& out);

// Every event but start and media. `digit_hint` ends the sentence about a digit that is none.
Result<MediaEvent> plain_event(StreamMessage& message, std::string_view digit_hint);

}  // namespace parley::media
