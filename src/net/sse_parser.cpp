#include "net/sse_parser.hpp"

#include <fmt/core.h>

namespace parley::net {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

SseParser::SseParser(SseListener& listener, std::size_t max_event_bytes)
    : listener_(listener), max_event_bytes_(max_event_bytes) {}

Result<void> SseParser::push(std::string_view bytes) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);  // the second half of \r\n
    after_cr_ = false;
    const auto end = bytes.find_first_of("\r\n");
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() + data_.size() + event_.size() > max_event_bytes_) {
      return fail(Errc::protocol,
                  fmt::format("an event of the stream is longer than {} bytes", max_event_bytes_));
    }
    if (end == std::string_view::npos) {
      line_ += piece;
      break;
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {  // the usual case: a whole line in one piece is not copied
      take_line(piece);
    } else {
      line_ += piece;
      take_line(line_);
      line_.clear();
    }
  }
  return {};
}

void SseParser::finish() {
  if (!line_.empty()) take_line(line_);
  line_.clear();
  deliver();
}

void SseParser::take_line(std::string_view line) {
  if (at_start_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (line.empty()) return deliver();
  if (line.front() == ':') return;
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    event_ = value;
  } else if (field != "id" && field != "retry") {
    listener_.on_sse_other(line);
  }
}

// An event without data is none (HTML §9.2.6), but its name must not stick to the next one.
void SseParser::deliver() {
  if (has_data_) listener_.on_sse_event(event_, data_);
  event_.clear();
  data_.clear();
  has_data_ = false;
}

}  // namespace parley::net
