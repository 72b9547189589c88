// Server-sent events out of a byte stream, whatever its cuts (WHATWG HTML §9.2, as vendors really write it):
// lines end in \n, \r\n or \r, also cut between the two; comments and other fields than data and event are
// skipped; several data lines are joined by \n; an event without its blank line at the end of the stream is
// delivered by finish(). A UTF-8 byte order mark at the start is skipped. No I/O, one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::net {

class SseListener {
 public:
  virtual ~SseListener() = default;
  // `event` is empty when none was named. Valid during the call. The listener may destroy the parser's owner
  // only after push() has returned.
  virtual void on_sse_event(std::string_view event, std::string_view data) = 0;
  // A line of no known field and no comment, as it stands: some vendors write a bare JSON error into the
  // stream.
  virtual void on_sse_other(std::string_view line) = 0;
};

class SseParser {
 public:
  explicit SseParser(SseListener& listener, std::size_t max_event_bytes = 1024 * 1024);
  // Errc::protocol once an event or line is larger than allowed; then the parser is of no use any more.
  Result<void> push(std::string_view bytes);
  void finish();

 private:
  void take_line(std::string_view line);
  void deliver();

  SseListener& listener_;
  const std::size_t max_event_bytes_;
  std::string line_;
  std::string event_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool at_start_ = true;
};

}  // namespace parley::net
