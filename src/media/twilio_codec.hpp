// Twilio's media stream, two ways (<Connect><Stream>); Cloudonix sends and takes the same messages: camelCase
// keys, mu-law at 8 kHz both ways in pieces of any size. Source:
// https://www.twilio.com/docs/voice/media-streams/websocket-messages
//
// Only what the caller says counts: media and digits of the outbound track are what we said ourselves, and
// come as an empty MediaReceived and an UnknownEvent. After a clear Twilio returns the marks of what it has
// dropped as if it had been played; whoever clears forgets them.
#pragma once

#include <memory>

#include "media/media_codec.hpp"

namespace parley::media {

std::unique_ptr<MediaCodec> make_twilio_codec();

}  // namespace parley::media
