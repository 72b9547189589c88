// Holds a server to Exotel's rules for what it sends, and says in a sentence what was broken and when.
//
// Pure: the caller of each function gives the time since the stream began, never falling. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "caller/exotel_caller_protocol.hpp"

namespace parley::caller {

enum class Severity {
  violation,  // --strict fails for it
  advice,     // Exotel recommends otherwise, but no server is refused for it
};

struct LintFinding {
  std::chrono::milliseconds at{0};  // of the first time
  Severity severity = Severity::violation;
  std::string text;
  int times = 1;
};

struct LintLimits {
  std::chrono::milliseconds lead{5000};        // audio sent ahead of real time
  std::chrono::milliseconds in_flight{500};    // what was sent before the server could know of our stop
  std::chrono::milliseconds after_stop{2000};  // to close the socket once the caller has hung up
  std::chrono::milliseconds advised_piece{100};
  std::size_t max_piece_bytes = 100'000;
  std::size_t piece_multiple_bytes = 320;
};

class ProtocolLint {
 public:
  using milliseconds = std::chrono::milliseconds;

  ProtocolLint(LintLimits limits, std::string stream_sid, int sample_rate_hz);

  void on_start_sent(milliseconds at);
  void on_message(const ServerMessage& message, milliseconds at);
  void on_malformed(std::string_view what, milliseconds at);
  void on_binary(std::size_t bytes, milliseconds at);
  void on_stop_sent(milliseconds at);
  // `close_code`: 1006 when the connection ended without a close frame. `unplayed`: audio still queued.
  void on_closed(std::uint16_t close_code, milliseconds unplayed, milliseconds at);

  // One finding for each kind of fault, in the order of their first time.
  std::span<const LintFinding> findings() const { return findings_; }
  int violations() const;

 private:
  void report(std::string_view kind, Severity severity, milliseconds at, std::string text);
  void violation(std::string_view kind, milliseconds at, std::string text);
  void check_identity(const ServerMessage& message, milliseconds at);
  void check_counters(const ServerMessage& message, milliseconds at);
  void check_media(const ServerMessage& message, milliseconds at);
  void check_mark(const ServerMessage& message, milliseconds at);

  const LintLimits limits_;
  const std::string stream_sid_;
  const int sample_rate_hz_;
  bool started_ = false;
  std::optional<milliseconds> stopped_;
  std::chrono::microseconds plays_until_{0};
  std::int64_t last_sequence_ = -1;
  std::int64_t last_chunk_ = -1;
  std::unordered_set<std::string> mark_names_;
  std::vector<LintFinding> findings_;
  std::map<std::string, std::size_t, std::less<>> kinds_;  // to the index of its finding
};

}  // namespace parley::caller
