// Exotel's side of its media WebSocket as data: what the carrier sends, in the spellings seen in the wild,
// and what a server may send back. No socket, no clock.
//
// Thread: one. Neither encoding nor parsing media allocates once its buffers have grown, so that a load run
// of many calls spends its time in the sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::caller {

enum class KeyStyle { snake, camel };
enum class NumberStyle { string, integer };

struct ProtocolVariant {
  KeyStyle keys = KeyStyle::snake;
  NumberStyle numbers = NumberStyle::string;  // live traffic has strings
  bool rate_with_unit = false;                // "16kHz" instead of "16000"
  bool flat_dtmf = false;                     // {"event":"dtmf","digit":"5"}
  bool connected_extras = false;              // "protocol" and "version" in `connected`
};

struct StreamIdentity {
  std::string stream_sid;
  std::string call_sid;
  std::string account_sid;
  std::string from;
  std::string to;
  std::map<std::string, std::string> custom_parameters;  // none: the key is left out, as Exotel does
  int sample_rate_hz = 8000;
};

// Counts sequence numbers from `start` (1) and chunks from the first media (1). Each function returns a view
// of one whole message, valid until the next call.
class CallerEncoder {
 public:
  CallerEncoder(ProtocolVariant variant, StreamIdentity identity);

  std::string_view connected();
  std::string_view start();
  // The timestamp of a piece is the time at its end, as in captures: chunk 2 of 100 ms pieces has "200".
  std::string_view media(std::span<const std::int16_t> samples);
  std::string_view silence(std::size_t samples);
  std::string_view dtmf(char digit, std::chrono::milliseconds duration);
  std::string_view mark(std::string_view name);
  std::string_view stop(std::string_view reason);

  const StreamIdentity& identity() const { return identity_; }

 private:
  std::string_view media_with(std::string_view base64, std::size_t samples);
  std::string_view key(std::string_view snake, std::string_view camel) const;
  void append_number(std::int64_t value);
  void open(std::string_view event);

  ProtocolVariant variant_;
  StreamIdentity identity_;
  std::int64_t sequence_ = 0;
  std::int64_t chunk_ = 0;
  std::int64_t samples_sent_ = 0;
  std::string sid_member_;  // "stream_sid":"…"
  std::string media_before_sequence_, media_before_chunk_, media_before_timestamp_, media_before_payload_,
      media_tail_;
  std::string base64_;
  std::string silence_base64_;
  std::size_t silence_samples_ = 0;
  std::string out_;
};

enum class ServerEvent { media, mark, clear, unknown };

// What a server sent, together with everything a strict reader would frown at.
struct ServerMessage {
  ServerEvent event = ServerEvent::unknown;
  std::string_view event_name;
  std::optional<std::string_view> stream_sid;  // of either spelling
  bool top_level_payload = false;              // "payload" outside "media"

  bool has_payload = false;
  bool base64_valid = true;
  std::size_t payload_bytes = 0;
  std::span<const std::int16_t> samples;  // an odd last byte is dropped

  std::optional<std::string_view> mark_name;

  // -1: not there or no number
  std::int64_t sequence = -1;
  std::int64_t chunk = -1;
  std::int64_t timestamp_ms = -1;
};

// May be shared by all calls of a thread.
class CallerParser {
 public:
  CallerParser();
  ~CallerParser();
  CallerParser(const CallerParser&) = delete;
  CallerParser& operator=(const CallerParser&) = delete;

  // `text` has 64 readable bytes behind it. Views and samples are valid until the next parse. Errc::protocol
  // when it is not one JSON object with an event.
  Result<ServerMessage> parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::caller
