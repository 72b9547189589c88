#include "caller/bench_wire.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <unistd.h>

namespace parley::caller {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
// A server that has left so much unread does not take part any more.
constexpr std::size_t kMaxUnsent = 4 * 1024 * 1024;
constexpr unsigned kText = 0x1;
constexpr unsigned kClose = 0x8;
constexpr unsigned kPing = 0x9;
constexpr unsigned kPong = 0xA;

std::string& frame_buffer() {
  thread_local std::string buffer;
  return buffer;
}

}  // namespace

Result<BenchTarget> find_bench_target(const net::Url& url) {
  if (url.scheme != "ws") return fail(Errc::invalid_argument, "a bench runs over ws:// only");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found) != 0) {
    return fail(Errc::not_found, "no address for " + url.redacted());
  }
  BenchTarget target;
  std::memcpy(&target.address, found->ai_addr, found->ai_addrlen);
  target.address_size = found->ai_addrlen;
  ::freeaddrinfo(found);
  const std::string authorization = net::basic_authorization(url);
  target.request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
      "13\r\n"
      "Sec-WebSocket-Key: cGFybGV5IGJlbmNoIGtleQ==\r\n{}\r\n",
      url.target(), url.authority(),
      authorization.empty() ? std::string() : "Authorization: " + authorization + "\r\n");
  return target;
}

BenchWire::~BenchWire() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> BenchWire::connect(const BenchTarget& target) {
  target_ = &target;
  descriptor_ = ::socket(target.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) {
    return fail(Errc::unavailable,
                fmt::format("no socket ({}): is the limit of open files high enough?", std::strerror(errno)));
  }
  const int yes = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  state_ = State::connecting;
  const auto* const address = reinterpret_cast<const sockaddr*>(&target.address);
  if (::connect(descriptor_, address, target.address_size) != 0 && errno != EINPROGRESS) shut(1006);
  return {};
}

void BenchWire::on_ready(bool ended) {
  if (state_ == State::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (error != 0) return shut(1006);
    if (::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return;
    state_ = State::upgrading;
    write(target_->request);
  }
  if (state_ != State::closed && !unsent_.empty()) flush();
  if (state_ != State::closed) read(ended);
}

void BenchWire::read(bool to_end) {
  thread_local std::string buffer(kReadBytes, '\0');
  for (;;) {
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return shut(close_code_);
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    const bool joined = !unread_.empty();
    if (joined) bytes = unread_.append(bytes);
    std::size_t used = 0;
    while (state_ != State::closed) {
      const std::string_view rest = bytes.substr(used);
      const std::size_t taken = state_ == State::upgrading ? take_upgrade(rest) : take_frame(rest);
      if (taken == 0) break;
      used += taken;
    }
    if (joined) {
      unread_.erase(0, used);
    } else if (used < bytes.size()) {
      unread_.assign(bytes.substr(used));
    }
    if (state_ == State::closed || (!to_end && static_cast<std::size_t>(got) < kReadBytes)) return;
  }
}

std::size_t BenchWire::take_upgrade(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!bytes.starts_with("HTTP/1.1 101")) {
    shut(1006);
  } else {
    state_ = State::open;
    listener_.on_wire_open();
  }
  return end + 4;
}

// RFC 6455 §5.2; a server's frames are not masked.
std::size_t BenchWire::take_frame(std::string_view bytes) {
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.size() < 2) return 0;
  std::size_t header = 2;
  std::uint64_t length = octet(1) & 0x7F;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  header += extended;
  if (bytes.size() < header) return 0;
  if (extended > 0) {
    length = 0;
    for (std::size_t i = 0; i < extended; ++i)
      length = length << 8 | octet(2 + i);
  }
  if (bytes.size() - header < length) return 0;
  const std::string_view payload = bytes.substr(header, length);
  const unsigned opcode = octet(0) & 0x0F;
  if (opcode == kText) {
    listener_.on_wire_text(payload);
  } else if (opcode == kPing) {
    send_frame(kPong, payload);
  } else if (opcode == kClose) {
    close_code_ = payload.size() < 2
                      ? 1005
                      : static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    send_frame(kClose, payload.substr(0, 2));
  }
  return header + length;
}

// The mask is zero: what it costs the server to apply is the same, and the messages can be made in place.
void BenchWire::send_frame(unsigned opcode, std::string_view payload) {
  if (state_ != State::open) return;
  std::string& frame = frame_buffer();
  frame.clear();
  frame += static_cast<char>(0x80 | opcode);
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    const bool wide = payload.size() > 0xFFFF;
    frame += static_cast<char>(0x80 | (wide ? 127 : 126));
    for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
      frame += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> shift & 0xFF);
  }
  frame.append(4, '\0');
  frame += payload;
  write(frame);
}

void BenchWire::send_close() {
  constexpr char kNormal[] = {0x03, static_cast<char>(0xE8)};  // 1000
  send_frame(kClose, std::string_view(kNormal, 2));
}

void BenchWire::write(std::string_view bytes) {
  if (unsent_.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return shut(1006);
    bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
  }
  unsent_ += bytes;
  if (unsent_.size() > kMaxUnsent) shut(1006);
}

void BenchWire::flush() {
  const ssize_t sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return shut(1006);
  if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
}

void BenchWire::shut(int code) {
  close_code_ = code;
  state_ = State::closed;
  // The descriptor stays open until destruction, so that its number is not given to another call.
  ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace parley::caller
