#include "emulator/strict_report.hpp"

#include "emulator/call_ledger.hpp"

namespace parley::emulator {
namespace {
constexpr std::size_t kMostFindings = 10'000;
}

void StrictReport::add(std::string_view call_sid, std::string_view rule, std::string text, bool advice) {
  const auto same = std::ranges::find_if(findings_, [&](const Finding& finding) {
    return finding.call_sid == call_sid && finding.rule == rule && finding.text == text;
  });
  if (same != findings_.end()) {
    ++same->times;
    return;
  }
  if (findings_.size() >= kMostFindings) return;
  findings_.push_back({.at = clock_.wall_now(),
                       .call_sid = std::string(call_sid),
                       .rule = std::string(rule),
                       .text = std::move(text),
                       .advice = advice,
                       .times = 1});
  if (sink_) sink_(findings_.back());
}

void StrictReport::add(std::string_view call_sid, std::span<const caller::LintFinding> lint) {
  for (const caller::LintFinding& finding : lint)
    add(call_sid, "stream", finding.text, finding.severity == caller::Severity::advice);
}

int StrictReport::violations() const {
  return static_cast<int>(
      std::ranges::count_if(findings_, [](const Finding& finding) { return !finding.advice; }));
}

boost::json::object StrictReport::to_json() const {
  json::array list;
  for (const Finding& finding : findings_) {
    list.push_back({{"at", ist_offset_time(finding.at)},
                    {"call", finding.call_sid},
                    {"rule", finding.rule},
                    {"severity", finding.advice ? "advice" : "violation"},
                    {"text", finding.text},
                    {"times", finding.times}});
  }
  return {{"violations", violations()}, {"findings", std::move(list)}};
}

}  // namespace parley::emulator
