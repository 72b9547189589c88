// Logging behind one small class, so that no other file includes spdlog.
//
// A Logger has the name of its room and, inside a call, the call's id, which stands on every line. info =
// once per call event, debug = per turn, trace = per frame (off). No transcripts, keys or phone numbers at
// info or above. Thread: init once before the first thread starts; everything else from any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace parley::log {

enum class Level { trace, debug, info, warn, error, off };

// Accepts the names above; nullopt-like behaviour is an Error at the place that reads the setting.
bool parse_level(std::string_view text, Level& level);

// Lines go to stderr: plain text on a terminal, one JSON object a line otherwise (or as `json` says).
void init(Level level, bool json);
void flush();

class Logger {
 public:
  // `room` must be a literal.
  explicit Logger(std::string_view room) : room_(room) {}

  // The same logger with the call's id on each line.
  Logger with_call(std::string call_id) const {
    Logger logger(room_);
    logger.call_id_ = std::move(call_id);
    return logger;
  }

  static bool enabled(Level level);

  template <class... A>
  void trace(fmt::format_string<A...> format, A&&... args) const {
    write(Level::trace, format, std::forward<A>(args)...);
  }
  template <class... A>
  void debug(fmt::format_string<A...> format, A&&... args) const {
    write(Level::debug, format, std::forward<A>(args)...);
  }
  template <class... A>
  void info(fmt::format_string<A...> format, A&&... args) const {
    write(Level::info, format, std::forward<A>(args)...);
  }
  template <class... A>
  void warn(fmt::format_string<A...> format, A&&... args) const {
    write(Level::warn, format, std::forward<A>(args)...);
  }
  template <class... A>
  void error(fmt::format_string<A...> format, A&&... args) const {
    write(Level::error, format, std::forward<A>(args)...);
  }

 private:
  template <class... A>
  void write(Level level, fmt::format_string<A...> format, A&&... args) const {
    if (enabled(level)) emit(level, fmt::format(format, std::forward<A>(args)...));
  }
  void emit(Level level, const std::string& message) const;

  std::string_view room_;
  std::string call_id_;
};

}  // namespace parley::log
