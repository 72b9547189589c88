// Inside this room only: bytes to the peer, each piece within the deadline of a request.
#pragma once

#include <string_view>

#include "net/http_wire.hpp"
#include "net/server_stream.hpp"

namespace parley::net {

// A slow reader has the deadline for each piece, not for the whole; when it passes the owner's `deadline`
// interrupts the stream. Behind each call the deadline is off.
class HttpWriter {
 public:
  HttpWriter(ServerStream& stream, Deadline& deadline, std::chrono::milliseconds limit)
      : stream_(stream), deadline_(deadline), limit_(limit) {}

  // The head with the body, or with its beginning, in one packet.
  async::Task<> whole(std::string_view head, std::string_view body, error_code& ec);
  async::Task<> piece(std::string_view bytes, Framing framing, error_code& ec);
  async::Task<> last_chunk(error_code& ec);

 private:
  async::Task<> write(ServerStream::Pieces pieces, error_code& ec);
  async::Task<> write_long(std::string_view bytes, error_code& ec);

  ServerStream& stream_;
  Deadline& deadline_;
  const std::chrono::milliseconds limit_;
};

}  // namespace parley::net
