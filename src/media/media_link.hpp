// The socket under a media stream, as far as the engine may know it. The composition root puts a WebSocket
// behind it.
#pragma once

#include <cstdint>
#include <string_view>

namespace parley::media {

// What the engine says when it ends a stream; the link translates it to its protocol's codes.
enum class LinkClose {
  done,        // the call is over
  going_away,  // the server shuts down
  protocol_error,
  unsupported,  // binary frames where there are none, a sample rate we do not know
  policy,       // not allowed, or never started
  failed,       // our own fault
};

class MediaLink {
 public:
  virtual ~MediaLink() = default;
  // Copies; dropped once close() was called.
  virtual void send_text(std::string_view text) = 0;
  // The same as a binary frame; for codecs whose is_binary() says so.
  virtual void send_binary(std::string_view bytes) = 0;
  // After what was sent before. `reason` reaches the carrier: a short sentence without secrets.
  virtual void close(LinkClose why, std::string_view reason) = 0;
};

}  // namespace parley::media
