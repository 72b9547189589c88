#include "net/http_writer.hpp"

#include <fmt/core.h>

namespace parley::net {
namespace {

constexpr std::size_t kWritePieceBytes = 256 * 1024;

asio::const_buffer buffer_of(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

async::Task<> HttpWriter::write(ServerStream::Pieces pieces, error_code& ec) {
  deadline_.set(std::chrono::steady_clock::now() + limit_);
  co_await stream_.write(pieces, ec);
  deadline_.clear();
}

async::Task<> HttpWriter::write_long(std::string_view bytes, error_code& ec) {
  while (!ec && !bytes.empty()) {
    const auto now = bytes.substr(0, kWritePieceBytes);
    co_await write({buffer_of(now)}, ec);
    bytes.remove_prefix(now.size());
  }
}

async::Task<> HttpWriter::whole(std::string_view head, std::string_view body, error_code& ec) {
  const auto first = body.substr(0, kWritePieceBytes);
  co_await write({buffer_of(head), buffer_of(first)}, ec);
  if (!ec) co_await write_long(body.substr(first.size()), ec);
}

async::Task<> HttpWriter::piece(std::string_view bytes, Framing framing, error_code& ec) {
  if (bytes.empty()) co_return;  // as a chunk it would be the last one
  if (framing != Framing::chunks) {
    co_await write_long(bytes, ec);
    co_return;
  }
  const std::string size = fmt::format("{:x}\r\n", bytes.size());
  if (bytes.size() <= kWritePieceBytes) {
    co_await write({buffer_of(size), buffer_of(bytes), buffer_of("\r\n")}, ec);
    co_return;
  }
  co_await write({buffer_of(size)}, ec);
  co_await write_long(bytes, ec);
  if (!ec) co_await write({buffer_of("\r\n")}, ec);
}

async::Task<> HttpWriter::last_chunk(error_code& ec) {
  co_await write({buffer_of("0\r\n\r\n")}, ec);
}

}  // namespace parley::net
