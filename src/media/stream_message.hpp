// The text messages that Exotel's and Twilio's media streams share but for the spelling of their keys, read
// but not yet judged: each carrier's codec says what they mean. Inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "media/media_codec.hpp"

namespace parley::media {

// What one pass over a message finds; the keys may come in any order, so the event is only known at the end.
struct StreamMessage {
  enum class Kind { none, connected, start, media, dtmf, mark, clear, stop, unknown };

  Kind kind = Kind::none;
  std::string event_name;  // of unknown events only
  std::string stream_id;
  // Of media and dtmf: what goes to the caller, not what comes from it.
  bool is_outbound = false;
  bool has_payload = false;
  std::string_view payload;
  std::int64_t timestamp_ms = -1;
  std::string digit;
  bool has_mark_name = false;
  std::string_view mark_name;
  std::string stop_reason;
  bool has_start = false;
  StreamStart start;
};

// Fills a fresh `message`, whose views stay good until the thread's next call. The text must have
// 64 readable bytes behind it. Without `wants_stream_id` the id at the top level is
// passed over. Any thread; Errc::protocol when the text is not one JSON object.
Result<void> read_stream_message(std::string_view text, bool wants_stream_id, StreamMessage& message);

}  // namespace parley::media
