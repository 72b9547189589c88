#include "base/log.hpp"

#include <atomic>
#include <memory>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json_string.hpp"

namespace parley::log {
namespace {

std::atomic<Level> g_level{Level::off};
std::atomic<bool> g_json{false};

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("parley", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v");
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  append_json_escaped(text, out);
  return out;
}

}  // namespace

bool parse_level(std::string_view text, Level& level) {
  constexpr std::pair<std::string_view, Level> kNames[] = {{"trace", Level::trace}, {"debug", Level::debug},
                                                           {"info", Level::info},   {"warn", Level::warn},
                                                           {"error", Level::error}, {"off", Level::off}};
  for (const auto& [name, value] : kNames) {
    if (name == text) {
      level = value;
      return true;
    }
  }
  return false;
}

void init(Level level, bool json) {
  g_json = json;
  if (json) sink().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
  g_level = level;
}

void flush() {
  sink().flush();
}

bool Logger::enabled(Level level) {
  return level >= g_level.load(std::memory_order_relaxed);
}

void Logger::emit(Level level, const std::string& message) const {
  const auto to = to_spdlog(level);
  if (g_json.load(std::memory_order_relaxed)) {
    if (call_id_.empty()) {
      sink().log(to, R"("room":"{}","message":"{}")", room_, json_escaped(message));
    } else {
      sink().log(to, R"("room":"{}","call_id":"{}","message":"{}")", room_, json_escaped(call_id_),
                 json_escaped(message));
    }
  } else if (call_id_.empty()) {
    sink().log(to, "[{}] {}", room_, message);
  } else {
    sink().log(to, "[{}] call={} {}", room_, call_id_, message);
  }
}

}  // namespace parley::log
