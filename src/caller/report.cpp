#include "caller/report.hpp"

#include <fmt/format.h>

namespace parley::caller {
namespace {

std::string optional_ms(const std::optional<milliseconds>& value) {
  return value ? fmt::format("{} ms", value->count()) : "-";
}

void append_distribution(std::string_view name, const Distribution& values, std::string& out) {
  if (values.count == 0) return;
  fmt::format_to(std::back_inserter(out), "{:<32} p50 {} ms, p90 {} ms, p99 {} ms, max {} ms ({})\n", name,
                 values.p50.count(), values.p90.count(), values.p99.count(), values.max.count(),
                 values.count);
}

void append_turn(std::size_t number, const TurnFigures& turn, std::string& out) {
  fmt::format_to(std::back_inserter(out), "turn {}: answered after {} as heard, {} on the wire", number,
                 optional_ms(turn.response), optional_ms(turn.first_media));
  if (turn.interrupted) {
    fmt::format_to(std::back_inserter(out), "; interrupted: clear after {}, silence after {} as heard",
                   optional_ms(turn.time_to_clear), optional_ms(turn.time_to_silence));
  }
  out += '\n';
}

milliseconds of_samples(std::int64_t samples, int rate) {
  return milliseconds(samples * 1000 / rate);
}

}  // namespace

void ConversationPrinter::on_caller_said(const std::string& text) {
  sink_("caller: " + text);
}
void ConversationPrinter::on_dtmf(char digit) {
  sink_(fmt::format("caller: (presses {})", digit));
}
void ConversationPrinter::on_agent_said(const TranscriptLine& line) {
  sink_(fmt::format("agent: {}{}", line.text, line.interrupted ? " (interrupted)" : ""));
}
void ConversationPrinter::on_agent_sound(milliseconds length) {
  sink_(fmt::format("agent: ({:.1f} s of speech)", std::chrono::duration<double>(length).count()));
}

Distribution distribution_of(std::vector<milliseconds> values) {
  Distribution result;
  result.count = values.size();
  if (values.empty()) return result;
  std::sort(values.begin(), values.end());
  const auto rank = [&values](std::size_t percent) {
    return values[std::max<std::size_t>((values.size() * percent + 99) / 100, 1) - 1];
  };
  result.p50 = rank(50);
  result.p90 = rank(90);
  result.p99 = rank(99);
  result.max = values.back();
  return result;
}

bool has_failed(const CallReport& report) {
  return !report.failure.empty() || report.ended_by == EndedBy::connection ||
         report.ended_by == EndedBy::refused;
}

Summary summarise(const LoadOutcome& outcome) {
  Summary summary;
  summary.calls = outcome.calls.size();
  summary.simulator_lag = outcome.worst_lag;
  std::vector<milliseconds> setup, first_media, response, wire_response, time_to_silence, time_to_clear;
  const auto add = [](const std::optional<milliseconds>& value, std::vector<milliseconds>& values) {
    if (value) values.push_back(*value);
  };
  for (const CallReport& call : outcome.calls) {
    if (call.ended_by == EndedBy::refused) {
      ++summary.refused;
      continue;
    }
    if (has_failed(call)) ++summary.failed;
    if (call.missed_turn) ++summary.missed_turns;
    summary.violations += static_cast<std::size_t>(call.violations);
    summary.turns += call.turns.size();
    summary.holes += static_cast<std::size_t>(call.playout.holes);
    summary.hole_time += of_samples(call.playout.hole_samples, call.sample_rate_hz);
    summary.longest_hole =
        std::max(summary.longest_hole, of_samples(call.playout.longest_hole_samples, call.sample_rate_hz));
    setup.push_back(call.setup);
    add(call.first_media, first_media);
    for (const TurnFigures& turn : call.turns) {
      add(turn.response, response);
      add(turn.first_media, wire_response);
      add(turn.time_to_silence, time_to_silence);
      add(turn.time_to_clear, time_to_clear);
    }
  }
  summary.setup = distribution_of(std::move(setup));
  summary.first_media = distribution_of(std::move(first_media));
  summary.response = distribution_of(std::move(response));
  summary.wire_response = distribution_of(std::move(wire_response));
  summary.time_to_silence = distribution_of(std::move(time_to_silence));
  summary.time_to_clear = distribution_of(std::move(time_to_clear));
  return summary;
}

std::string text_of_call(const CallReport& report, bool strict) {
  std::string out;
  if (report.ended_by == EndedBy::refused) return fmt::format("no call: {}\n", report.failure);
  if (report.first_media) {
    fmt::format_to(std::back_inserter(out), "first sound {} ms after the start\n",
                   report.first_media->count());
  }
  for (std::size_t i = 0; i < report.turns.size(); ++i)
    append_turn(i + 1, report.turns[i], out);
  if (report.playout.holes > 0) {
    fmt::format_to(std::back_inserter(out), "holes heard in the agent's speech: {}, {} ms together\n",
                   report.playout.holes,
                   of_samples(report.playout.hole_samples, report.sample_rate_hz).count());
  }
  if (strict) {
    for (const LintFinding& finding : report.findings) {
      fmt::format_to(std::back_inserter(out), "{} at {:.2f} s: {}{}\n",
                     finding.severity == Severity::violation ? "protocol error" : "advice",
                     std::chrono::duration<double>(finding.at).count(), finding.text,
                     finding.times > 1 ? fmt::format(" ({} times)", finding.times) : "");
    }
  } else if (report.violations > 0) {
    fmt::format_to(std::back_inserter(out), "{} kinds of protocol errors; --strict names them\n",
                   report.violations);
  }
  fmt::format_to(std::back_inserter(out), "call over after {:.1f} s, ended by: {}\n",
                 std::chrono::duration<double>(report.duration).count(), to_string(report.ended_by));
  if (!report.failure.empty()) fmt::format_to(std::back_inserter(out), "failed: {}\n", report.failure);
  return out;
}

std::string text_of_summary(const Summary& summary) {
  std::string out =
      fmt::format("{} calls: {} refused, {} failed ({} without an answer); {} turns\n", summary.calls,
                  summary.refused, summary.failed, summary.missed_turns, summary.turns);
  append_distribution("connecting", summary.setup, out);
  append_distribution("first sound", summary.first_media, out);
  append_distribution("answer as heard", summary.response, out);
  append_distribution("answer on the wire", summary.wire_response, out);
  append_distribution("interruption to clear", summary.time_to_clear, out);
  append_distribution("interruption to silence as heard", summary.time_to_silence, out);
  fmt::format_to(std::back_inserter(out), "holes heard: {}, {} ms together, the longest {} ms\n",
                 summary.holes, summary.hole_time.count(), summary.longest_hole.count());
  if (summary.violations > 0) {
    fmt::format_to(std::back_inserter(out), "protocol errors: {}\n", summary.violations);
  }
  fmt::format_to(std::back_inserter(out), "the simulator itself was late by {:.1f} ms at worst\n",
                 std::chrono::duration<double, std::milli>(summary.simulator_lag).count());
  return out;
}

}  // namespace parley::caller
