#include <boost/json.hpp>

#include "caller/report.hpp"

namespace parley::caller {
namespace {

namespace json = boost::json;

json::value of_optional(const std::optional<milliseconds>& value) {
  return value ? json::value(value->count()) : json::value(nullptr);
}

json::object of_distribution(const Distribution& values) {
  return {{"count", values.count},
          {"p50", values.p50.count()},
          {"p90", values.p90.count()},
          {"p99", values.p99.count()},
          {"max", values.max.count()}};
}

json::object of_turn(const TurnFigures& turn) {
  return {{"said", turn.said},
          {"begin_ms", turn.begin.count()},
          {"end_ms", turn.end.count()},
          {"interrupted", turn.interrupted},
          {"response_ms", of_optional(turn.response)},
          {"wire_response_ms", of_optional(turn.first_media)},
          {"time_to_silence_ms", of_optional(turn.time_to_silence)},
          {"time_to_clear_ms", of_optional(turn.time_to_clear)}};
}

json::object of_playout(const PlayoutFigures& playout, int rate) {
  const auto ms = [rate](std::int64_t samples) { return samples * 1000 / rate; };
  return {{"played_ms", ms(playout.played_samples)},
          {"cleared_ms", ms(playout.cleared_samples)},
          {"longest_queue_ms", ms(playout.longest_queue_samples)},
          {"clears", playout.clears},
          {"marks_echoed", playout.marks_echoed},
          {"holes", playout.holes},
          {"hole_ms", ms(playout.hole_samples)},
          {"longest_hole_ms", ms(playout.longest_hole_samples)}};
}

json::object of_call(const CallReport& call) {
  json::array turns;
  for (const TurnFigures& turn : call.turns)
    turns.push_back(of_turn(turn));
  json::array findings;
  for (const LintFinding& finding : call.findings) {
    findings.push_back({{"at_ms", finding.at.count()},
                        {"severity", finding.severity == Severity::violation ? "violation" : "advice"},
                        {"text", finding.text},
                        {"times", finding.times}});
  }
  return {{"call_sid", call.call_sid},
          {"ended_by", to_string(call.ended_by)},
          {"close_code", call.close_code},
          {"failed", has_failed(call)},
          {"failure", call.failure},
          {"missed_turn", call.missed_turn},
          {"setup_ms", call.setup.count()},
          {"duration_ms", call.duration.count()},
          {"first_media_ms", of_optional(call.first_media)},
          {"turns", std::move(turns)},
          {"playout", of_playout(call.playout, call.sample_rate_hz)},
          {"violations", call.violations},
          {"findings", std::move(findings)}};
}

}  // namespace

std::string json_of(const LoadOutcome& outcome) {
  const Summary summary = summarise(outcome);
  json::array calls;
  for (const CallReport& call : outcome.calls) {
    if (outcome.calls.size() == 1 || has_failed(call) || call.violations > 0) calls.push_back(of_call(call));
  }
  const json::object all = {{"summary",
                             {{"calls", summary.calls},
                              {"refused", summary.refused},
                              {"failed", summary.failed},
                              {"missed_turns", summary.missed_turns},
                              {"turns", summary.turns},
                              {"violations", summary.violations},
                              {"setup_ms", of_distribution(summary.setup)},
                              {"first_media_ms", of_distribution(summary.first_media)},
                              {"response_ms", of_distribution(summary.response)},
                              {"wire_response_ms", of_distribution(summary.wire_response)},
                              {"time_to_silence_ms", of_distribution(summary.time_to_silence)},
                              {"time_to_clear_ms", of_distribution(summary.time_to_clear)},
                              {"holes", summary.holes},
                              {"hole_ms", summary.hole_time.count()},
                              {"longest_hole_ms", summary.longest_hole.count()},
                              {"simulator_lag_us", summary.simulator_lag.count()}}},
                            {"calls", std::move(calls)}};
  return json::serialize(all);
}

}  // namespace parley::caller
