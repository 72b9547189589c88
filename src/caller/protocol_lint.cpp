#include "caller/protocol_lint.hpp"

namespace parley::caller {

ProtocolLint::ProtocolLint(LintLimits limits, std::string stream_sid, int sample_rate_hz)
    : limits_(limits), stream_sid_(std::move(stream_sid)), sample_rate_hz_(sample_rate_hz) {}

void ProtocolLint::report(std::string_view kind, Severity severity, milliseconds at, std::string text) {
  const auto [place, added] = kinds_.try_emplace(std::string(kind), findings_.size());
  if (added) {
    findings_.push_back({at, severity, std::move(text), 1});
  } else {
    ++findings_[place->second].times;
  }
}

void ProtocolLint::violation(std::string_view kind, milliseconds at, std::string text) {
  report(kind, Severity::violation, at, std::move(text));
}

int ProtocolLint::violations() const {
  return static_cast<int>(std::count_if(findings_.begin(), findings_.end(), [](const LintFinding& finding) {
    return finding.severity == Severity::violation;
  }));
}

void ProtocolLint::on_start_sent(milliseconds) {
  started_ = true;
}

void ProtocolLint::on_malformed(std::string_view what, milliseconds at) {
  violation("malformed", at, fmt::format("a text message is {}", what));
}

void ProtocolLint::on_binary(std::size_t bytes, milliseconds at) {
  violation("binary", at,
            fmt::format("a binary message of {} bytes; the protocol has text messages only", bytes));
}

void ProtocolLint::on_message(const ServerMessage& message, milliseconds at) {
  if (message.event == ServerEvent::unknown) {
    violation(fmt::format("event {}", message.event_name), at,
              fmt::format("event \"{}\" does not exist; a server may send media, mark and clear",
                          message.event_name.substr(0, 40)));
    return;
  }
  check_identity(message, at);
  check_counters(message, at);
  if (message.event == ServerEvent::media) check_media(message, at);
  if (message.event == ServerEvent::mark) check_mark(message, at);
  if (message.event == ServerEvent::clear) plays_until_ = at;
}

void ProtocolLint::check_identity(const ServerMessage& message, milliseconds at) {
  if (!started_) {
    violation("before start", at, fmt::format("{} was sent before the stream's start", message.event_name));
  }
  if (stopped_ && at - *stopped_ > limits_.in_flight) {
    violation("after stop", at,
              fmt::format("{} was sent {} ms after the caller's stop", message.event_name,
                          (at - *stopped_).count()));
  }
  if (!message.stream_sid) {
    violation("no stream id", at, fmt::format("{} has no stream_sid", message.event_name));
  } else if (*message.stream_sid != stream_sid_) {
    violation("wrong stream id", at, fmt::format("{} has another stream's stream_sid", message.event_name));
  }
}

void ProtocolLint::check_counters(const ServerMessage& message, milliseconds at) {
  if (message.sequence >= 0) {
    if (message.sequence <= last_sequence_) {
      violation("sequence", at,
                fmt::format("sequence_number {} follows {}: it must rise", message.sequence, last_sequence_));
    }
    last_sequence_ = message.sequence;
  }
  if (message.chunk >= 0) {
    if (message.chunk <= last_chunk_) {
      violation("chunk", at, fmt::format("chunk {} follows {}: it must rise", message.chunk, last_chunk_));
    }
    last_chunk_ = message.chunk;
  }
}

void ProtocolLint::check_media(const ServerMessage& message, milliseconds at) {
  if (!message.has_payload) {
    violation("no payload", at,
              message.top_level_payload ? "media has its payload outside the \"media\" object"
                                        : "media has no payload");
    return;
  }
  if (!message.base64_valid) violation("base64", at, "media's payload is not valid base64");
  const std::size_t bytes = message.payload_bytes;
  if (bytes == 0) {
    violation("empty", at, "media's payload is empty");
  } else if (bytes % 2 != 0) {
    violation("odd", at, fmt::format("media's payload has {} bytes: half a sample is left over", bytes));
  } else if (bytes % limits_.piece_multiple_bytes != 0) {
    violation(
        "multiple", at,
        fmt::format("media's payload has {} bytes, no multiple of {}: the carrier waits for the rest and "
                    "the caller hears a gap",
                    bytes, limits_.piece_multiple_bytes));
  }
  if (bytes > limits_.max_piece_bytes) {
    violation("too large", at,
              fmt::format("media's payload has {} bytes, more than {}", bytes, limits_.max_piece_bytes));
  }
  const auto length = std::chrono::microseconds(static_cast<std::int64_t>(message.samples.size()) *
                                                1'000'000 / sample_rate_hz_);
  if (bytes > 0 && length < limits_.advised_piece) {
    report("small", Severity::advice, at,
           fmt::format("media's payload is {} ms long; Exotel advises {} ms or more, but plays it",
                       length.count() / 1000, limits_.advised_piece.count()));
  }
  plays_until_ = std::max<std::chrono::microseconds>(plays_until_, at) + length;
  if (plays_until_ - at > limits_.lead) {
    violation("lead", at,
              fmt::format("audio was sent {:.1f} s ahead of real time, more than {:.1f} s",
                          std::chrono::duration<double>(plays_until_ - at).count(),
                          std::chrono::duration<double>(limits_.lead).count()));
  }
}

void ProtocolLint::check_mark(const ServerMessage& message, milliseconds at) {
  if (!message.mark_name || message.mark_name->empty()) {
    violation("mark name", at, "mark has no name");
  } else if (!mark_names_.emplace(*message.mark_name).second) {
    violation(
        "mark twice", at,
        fmt::format("mark \"{}\" was sent before: its echo is ambiguous", message.mark_name->substr(0, 40)));
  }
}

void ProtocolLint::on_stop_sent(milliseconds at) {
  stopped_ = at;
}

void ProtocolLint::on_closed(std::uint16_t close_code, milliseconds unplayed, milliseconds at) {
  if (stopped_ && at - *stopped_ > limits_.after_stop) {
    violation(
        "slow close", at,
        fmt::format("the socket was still open {} ms after the caller's stop", (at - *stopped_).count()));
  }
  if (close_code == 1006) {
    violation("no close frame", at, "the connection ended without a close frame");
  } else if (!stopped_ && close_code != 1000 && close_code != 1001) {
    violation("close code", at, fmt::format("the server closed with code {}", close_code));
  }
  if (!stopped_ && unplayed > milliseconds(100)) {
    violation("cut", at,
              fmt::format("the server hung up with {} ms of its own audio not yet played", unplayed.count()));
  }
}

}  // namespace parley::caller
