#include "cli/calls_command.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/metrics.hpp"
#include "cli/table.hpp"
#include "storage/call_cost.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"

namespace parley::cli {
namespace {

using storage::CallDetail;
using storage::CallStatus;
using storage::CallSummary;

void line(std::string& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out += fmt::format("  {:<10} {}\n", name, printable(value));
}

// A place on the call's clock: 1:02.4
std::string place(std::int64_t ms) {
  return fmt::format("{}.{}", length(ms), ms % 1000 / 100);
}

std::string with_details(std::string text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::string recording_line(const storage::RecordingRecord& recording) {
  if (!recording.complete) return recording.path + " (not finished)";
  return fmt::format("{} ({})", recording.path, length(recording.duration_ms));
}

std::string header(const CallSummary& summary) {
  const storage::CallRecord& call = summary.call;
  std::string out = fmt::format("Call {}  {}\n", printable(call.id), to_string(summary.status));
  line(out, "started", local_time_with_zone(call.started_at));
  if (summary.status != CallStatus::in_progress) {
    line(out, "ended", local_time_with_zone(summary.end.ended_at));
    line(out, "reason", summary.end.reason);
    line(out, "length", length(summary.end.duration_ms));
  }
  line(out, "from", call.from);
  line(out, "to", call.to);
  line(out, "agent",
       call.agent_version.empty() ? call.agent
                                  : fmt::format("{} (version {})", call.agent, call.agent_version));
  std::string carrier = call.carrier;
  carrier = with_details(std::move(carrier), "call", call.carrier_call_id);
  carrier = with_details(std::move(carrier), "stream", call.stream_id);
  line(out, "carrier", carrier);
  line(out, "session", call.session_id);
  if (summary.end.escalation_requested) line(out, "escalation", "requested");
  if (summary.recording) line(out, "recording", recording_line(*summary.recording));
  return out;
}

// What the agent said, and what of it the caller did not hear.
std::string agent_words(const storage::TurnRecord& turn) {
  if (!turn.interrupted) return turn.agent_text;
  if (!turn.agent_text.starts_with(turn.agent_heard)) {
    return fmt::format("{} [interrupted; meant to say: {}]", turn.agent_heard, turn.agent_text);
  }
  std::string unheard = turn.agent_text.substr(turn.agent_heard.size());
  unheard.erase(0, unheard.find_first_not_of(' '));
  if (unheard.empty()) return turn.agent_text + " [interrupted]";
  return fmt::format("{}{}[interrupted, not heard: {}]", turn.agent_heard,
                     turn.agent_heard.empty() ? "" : " ", unheard);
}

std::string caller_words(const storage::TurnRecord& turn) {
  if (turn.input_kind == "dtmf") return fmt::format("[keys] {}", turn.caller_text);
  if (turn.input_kind == "not_understood") {
    return turn.caller_text.empty() ? "[not understood]"
                                    : fmt::format("[not understood] {}", turn.caller_text);
  }
  return turn.caller_text;
}

std::string latencies(const storage::TurnRecord& turn) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view name, double ms) {
    if (ms >= 0) parts.push_back(fmt::format("{} {:.0f} ms", name, ms));
  };
  add("endpoint", turn.endpoint_ms);
  add("transcript", turn.transcript_ms);
  add("first token", turn.first_token_ms);
  add("first audio", turn.first_audio_ms);
  add("sent", turn.sent_ms);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string transcript(const std::vector<storage::TurnRecord>& turns) {
  std::string out;
  for (const storage::TurnRecord& turn : turns) {
    std::string at = place(turn.start_ms);
    // The time stands on the turn's first line only.
    const auto say = [&](std::string_view who, const std::string& what) {
      out += fmt::format("{:>9}  {:<6}  {}\n", at, who, printable(what));
      at.clear();
    };
    const std::string caller = caller_words(turn);
    if (!caller.empty()) say("caller", caller);
    if (!turn.agent_text.empty() || !turn.agent_heard.empty()) say("agent", agent_words(turn));
    const std::string times = latencies(turn);
    if (!times.empty()) say("", fmt::format("({})", times));
  }
  return out;
}

std::string events(const std::vector<storage::EventRecord>& events) {
  std::string out;
  for (const storage::EventRecord& event : events) {
    out += fmt::format("{:>9}  {}{}{}\n", place(event.offset_ms), printable(event.kind),
                       event.detail.empty() ? "" : "  ", printable(event.detail));
  }
  return out;
}

std::string amount_used(const vendor::Usage& usage) {
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t count, std::string_view what) {
    if (count != 0) parts.push_back(fmt::format("{} {}", count, what));
  };
  add(usage.input_tokens, "tokens in");
  add(usage.cached_input_tokens, "of them cached");
  add(usage.output_tokens, "tokens out");
  add(usage.audio_input_tokens, "audio tokens in");
  add(usage.cached_audio_input_tokens, "of them cached");
  add(usage.audio_output_tokens, "audio tokens out");
  add(usage.characters, "characters");
  if (usage.audio_seconds > 0) parts.push_back(fmt::format("{:.1f} s", usage.audio_seconds));
  if (usage.estimated) parts.emplace_back("estimated");
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The call's sums by vendor and model, then the totals.
std::string cost(const std::vector<storage::UsageRecord>& rows) {
  std::vector<storage::UsageRecord> sums;
  for (const storage::UsageRecord& row : rows) {
    const auto same = std::ranges::find_if(sums, [&](const storage::UsageRecord& sum) {
      return sum.usage.part == row.usage.part && sum.usage.vendor == row.usage.vendor &&
             sum.usage.model == row.usage.model;
    });
    if (same == sums.end()) {
      sums.push_back(row);
      continue;
    }
    add_usage(same->usage, row.usage);
    if (same->cost && row.cost) same->cost->micros += row.cost->micros;
  }
  std::vector<std::vector<std::string>> table;
  for (const storage::UsageRecord& sum : sums) {
    const std::string price =
        sum.cost ? fmt::format("{:.4f} {}", static_cast<double>(sum.cost->micros) / 1e6, sum.cost->currency)
                 : "without a price";
    table.push_back({std::string(to_string(sum.usage.part)), printable(sum.usage.vendor),
                     printable(sum.usage.model), price, amount_used(sum.usage)});
  }
  std::string out = render_table({"PART", "VENDOR", "MODEL", "COST", "USED"}, table);
  for (const auto& [currency, line] : storage::cost_of(rows).by_currency) {
    out += fmt::format("Total {:.4f} {} (prices as of {})\n", static_cast<double>(line.micros) / 1e6,
                       currency, line.as_of);
  }
  return out;
}

// The recording as another recogniser wrote it down after the call.
std::string written_down(const storage::TranscriptRecord& transcript) {
  const std::string by = fmt::format("by {} {}", printable(transcript.vendor), printable(transcript.model));
  if (!transcript.error.empty()) return fmt::format("  {}: {}\n", by, printable(transcript.error));
  return fmt::format("  {}: see -o json\n", by);
}

Result<std::unique_ptr<storage::CallStore>> open(const std::filesystem::path& data_dir,
                                                 metrics::Registry& registry) {
  storage::SqliteOptions options;
  options.read_only = true;
  return storage::open_sqlite_call_store(data_dir / storage::kSqliteFile, options, registry);
}

int report(std::ostream& err, const Error& error) {
  err << "parley: " << error.message << "\n";
  return 1;
}

}  // namespace

std::string render_calls_table(const std::vector<CallSummary>& calls) {
  if (calls.empty()) return "No calls.\n";
  std::vector<std::vector<std::string>> rows;
  rows.reserve(calls.size());
  for (const CallSummary& summary : calls) {
    const bool ended = summary.status != CallStatus::in_progress;
    rows.push_back({printable(summary.call.id), local_time(summary.call.started_at),
                    std::string(to_string(summary.status)), ended ? length(summary.end.duration_ms) : "-",
                    std::to_string(summary.turns), printable(summary.call.agent),
                    printable(summary.call.from), printable(summary.call.to),
                    summary.recording ? "yes" : "no"});
  }
  return render_table({"ID", "STARTED", "STATUS", "LENGTH", "TURNS", "AGENT", "FROM", "TO", "RECORDED"},
                      rows);
}

std::string render_call(const CallDetail& call) {
  std::string out = header(call.summary);
  if (!call.turns.empty()) out += "\nTranscript\n" + transcript(call.turns);
  if (!call.events.empty()) out += "\nEvents\n" + events(call.events);
  if (!call.usage.empty()) out += "\nCost\n" + cost(call.usage);
  if (call.transcript) out += "\nRecording written down\n" + written_down(*call.transcript);
  return out;
}

int run_calls_list(const std::filesystem::path& data_dir, const storage::CallFilter& filter, Output output,
                   std::ostream& out, std::ostream& err) {
  metrics::Registry registry;
  const auto store = open(data_dir, registry);
  if (!store) return report(err, store.error());
  const auto calls = (*store)->list_calls(filter);
  if (!calls) return report(err, calls.error());
  out << (output == Output::json ? calls_to_json(*calls) : render_calls_table(*calls));
  return 0;
}

int run_calls_show(const std::filesystem::path& data_dir, const std::string& id, Output output,
                   std::ostream& out, std::ostream& err) {
  metrics::Registry registry;
  const auto store = open(data_dir, registry);
  if (!store) return report(err, store.error());
  const auto call = (*store)->find_call(id);
  if (!call) return report(err, call.error());
  out << (output == Output::json ? call_to_json(*call) : render_call(*call));
  return 0;
}

}  // namespace parley::cli
