#include "cli/calls_view.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.hpp"
#include "cli/table.hpp"
#include "vendor/json.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;
using vendor::integer_member;
using vendor::number_member;
using vendor::text_member;

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

std::string time_of(const json::object& object, std::string_view name, bool zone) {
  const auto at = parse_utc_time(vendor::string_member(object, name));
  if (!at) return {};
  return zone ? local_time_with_zone(*at) : local_time(*at);
}

std::string recording_line(const json::object& recording) {
  if (!vendor::bool_member(recording, "complete")) return "not finished";
  return fmt::format("{}, kept in {}", length(integer_member(recording, "durationMs").value_or(0)),
                     text_member(recording, "storedIn"));
}

// Beside what the stream knows.
std::string carrier_says(const json::object& call) {
  std::string says = text_member(call, "carrierStatus");
  if (const auto seconds = integer_member(call, "carrierSeconds"))
    says += fmt::format("{}{} s", says.empty() ? "" : ", ", *seconds);
  says = with_details(std::move(says), "cause", text_member(call, "carrierCause"));
  if (vendor::bool_member(call, "hasCarrierRecording")) says += says.empty() ? "recorded" : ", recorded";
  return says;
}

std::string transfer_line(const json::object& transfer) {
  std::string text = text_member(transfer, "status");
  if (const std::string to = text_member(transfer, "to"); !to.empty()) text += " to " + to;
  if (const std::string detail = text_member(transfer, "detail"); !detail.empty()) text += ": " + detail;
  return text;
}

std::string variables_line(const json::object& variables) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : variables) {
    parts.push_back(fmt::format("{}={}", std::string_view(name.data(), name.size()),
                                text_member(variables, {name.data(), name.size()})));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string header(const json::object& call) {
  std::string out = fmt::format("Call {}  {}\n", printable(text_member(call, "id")),
                                printable(text_member(call, "status")));
  line(out, "direction", text_member(call, "direction"));
  line(out, "started", time_of(call, "startedAt", true));
  line(out, "answered", time_of(call, "answeredAt", true));
  line(out, "ended", time_of(call, "endedAt", true));
  if (text_member(call, "status") != "in_progress") line(out, "reason", text_member(call, "endReason"));
  if (const auto ms = integer_member(call, "durationMs")) line(out, "length", length(*ms));
  line(out, "from", text_member(call, "from"));
  line(out, "to", text_member(call, "to"));
  const std::string version = text_member(call, "agentVersion");
  line(out, "agent",
       version.empty() ? text_member(call, "agent")
                       : fmt::format("{} (version {})", text_member(call, "agent"), version));
  std::string carrier = text_member(call, "carrier");
  carrier = with_details(std::move(carrier), "call", text_member(call, "carrierCallId"));
  carrier = with_details(std::move(carrier), "stream", text_member(call, "streamId"));
  line(out, "carrier", carrier);
  line(out, "it says", carrier_says(call));
  if (const auto* transfer = vendor::object_member(call, "transfer"))
    line(out, "transfer", transfer_line(*transfer));
  if (const auto* variables = vendor::object_member(call, "variables"))
    line(out, "variables", variables_line(*variables));
  line(out, "custom", text_member(call, "customField"));
  line(out, "session", text_member(call, "sessionId"));
  if (vendor::bool_member(call, "escalationRequested")) line(out, "escalation", "requested");
  if (const auto* recording = vendor::object_member(call, "recording"))
    line(out, "recording", recording_line(*recording));
  return out;
}

// What the agent said, and what of it the caller did not hear.
std::string agent_words(const json::object& turn) {
  const std::string text = text_member(turn, "agentText");
  const std::string heard = text_member(turn, "agentHeard");
  if (!vendor::bool_member(turn, "interrupted")) return text;
  if (!text.starts_with(heard)) return fmt::format("{} [interrupted; meant to say: {}]", heard, text);
  std::string unheard = text.substr(heard.size());
  unheard.erase(0, unheard.find_first_not_of(' '));
  if (unheard.empty()) return text + " [interrupted]";
  return fmt::format("{}{}[interrupted, not heard: {}]", heard, heard.empty() ? "" : " ", unheard);
}

std::string caller_words(const json::object& turn) {
  const std::string text = text_member(turn, "callerText");
  const std::string kind = text_member(turn, "inputKind");
  if (kind == "dtmf") return fmt::format("[keys] {}", text);
  if (kind == "not_understood")
    return text.empty() ? "[not understood]" : fmt::format("[not understood] {}", text);
  return text;
}

std::string latencies(const json::object& turn) {
  const json::object* measured = vendor::object_member(turn, "latencyMs");
  if (measured == nullptr) return {};
  std::vector<std::string> parts;
  const auto add = [&](std::string_view name, std::string_view member) {
    if (const auto ms = number_member(*measured, member))
      parts.push_back(fmt::format("{} {:.0f} ms", name, *ms));
  };
  add("endpoint", "endpoint");
  add("transcript", "transcript");
  add("first token", "firstToken");
  add("first audio", "firstAudio");
  add("sent", "sent");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string turns_text(const json::array& turns) {
  std::string out;
  for (const json::value& entry : turns) {
    if (!entry.is_object()) continue;
    const json::object& turn = entry.get_object();
    std::string at = place(integer_member(turn, "startMs").value_or(0));
    // The time stands on the turn's first line only.
    const auto say = [&](std::string_view who, const std::string& what) {
      out += fmt::format("{:>9}  {:<6}  {}\n", at, who, printable(what));
      at.clear();
    };
    const std::string caller = caller_words(turn);
    if (!caller.empty()) say("caller", caller);
    const std::string agent = agent_words(turn);
    if (!agent.empty()) say("agent", agent);
    const std::string times = latencies(turn);
    if (!times.empty()) say("", fmt::format("({})", times));
  }
  return out;
}

std::string events_text(const json::array& events) {
  std::string out;
  for (const json::value& entry : events) {
    if (!entry.is_object()) continue;
    const json::object& event = entry.get_object();
    const std::string detail = text_member(event, "detail");
    out += fmt::format("{:>9}  {}{}{}\n", place(integer_member(event, "offsetMs").value_or(0)),
                       printable(text_member(event, "kind")), detail.empty() ? "" : "  ", printable(detail));
  }
  return out;
}

// What one vendor's model was used for in the whole call.
struct UsedModel {
  std::string part;
  std::string vendor;
  std::string model;
  std::map<std::string, std::int64_t, std::less<>> counts;
  double seconds = 0;
  bool estimated = false;
  bool priced = false;
  double cost = 0;
  std::string currency;
};

constexpr std::pair<std::string_view, std::string_view> kCounts[] = {
    {"inputTokens", "tokens in"},
    {"cachedInputTokens", "of them cached"},
    {"outputTokens", "tokens out"},
    {"audioInputTokens", "audio tokens in"},
    {"cachedAudioInputTokens", "of them cached"},
    {"audioOutputTokens", "audio tokens out"},
    {"characters", "characters"}};

void add_usage(UsedModel& sum, const json::object& row) {
  for (const auto& [member, words] : kCounts)
    sum.counts[std::string(member)] += integer_member(row, member).value_or(0);
  sum.seconds += number_member(row, "audioSeconds").value_or(0);
  sum.estimated = sum.estimated || vendor::bool_member(row, "estimated");
  if (const json::object* cost = vendor::object_member(row, "cost")) {
    sum.priced = true;
    sum.cost += number_member(*cost, "amount").value_or(0);
    sum.currency = text_member(*cost, "currency");
  }
}

std::string amount_used(const UsedModel& sum) {
  std::vector<std::string> parts;
  for (const auto& [member, words] : kCounts) {
    const auto found = sum.counts.find(member);
    if (found != sum.counts.end() && found->second != 0)
      parts.push_back(fmt::format("{} {}", found->second, words));
  }
  if (sum.seconds > 0) parts.push_back(fmt::format("{:.1f} s", sum.seconds));
  if (sum.estimated) parts.emplace_back("estimated");
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The call's sums by vendor and model, then the totals.
std::string cost_text(const json::array& usage, const json::object* cost) {
  std::vector<UsedModel> sums;
  for (const json::value& entry : usage) {
    if (!entry.is_object()) continue;
    const json::object& row = entry.get_object();
    UsedModel key;
    key.part = text_member(row, "part");
    key.vendor = text_member(row, "vendor");
    key.model = text_member(row, "model");
    auto same = std::ranges::find_if(sums, [&](const UsedModel& sum) {
      return sum.part == key.part && sum.vendor == key.vendor && sum.model == key.model;
    });
    if (same == sums.end()) same = sums.insert(sums.end(), std::move(key));
    add_usage(*same, row);
  }
  std::vector<std::vector<std::string>> table;
  for (const UsedModel& sum : sums) {
    table.push_back(
        {printable(sum.part), printable(sum.vendor), printable(sum.model),
         sum.priced ? fmt::format("{:.4f} {}", sum.cost, printable(sum.currency)) : "without a price",
         amount_used(sum)});
  }
  std::string out = render_table({"PART", "VENDOR", "MODEL", "COST", "USED"}, table);
  const json::array* totals = cost == nullptr ? nullptr : vendor::array_member(*cost, "totals");
  if (totals == nullptr) return out;
  for (const json::value& entry : *totals) {
    if (!entry.is_object()) continue;
    const json::object& total = entry.get_object();
    out +=
        fmt::format("Total {:.4f} {} (prices as of {})\n", number_member(total, "amount").value_or(0),
                    printable(text_member(total, "currency")), printable(text_member(total, "pricesAsOf")));
  }
  return out;
}

// The recording as another recogniser wrote it down after the call.
std::string written_down(const json::object& transcript) {
  const std::string error = text_member(transcript, "error");
  return fmt::format("  by {} {}: {}\n", printable(text_member(transcript, "vendor")),
                     printable(text_member(transcript, "model")),
                     error.empty() ? "see -o json" : printable(error));
}

}  // namespace

std::string render_calls_table(const json::array& calls) {
  if (calls.empty()) return "No calls.\n";
  std::vector<std::vector<std::string>> rows;
  rows.reserve(calls.size());
  for (const json::value& entry : calls) {
    if (!entry.is_object()) continue;
    const json::object& call = entry.get_object();
    const auto ms = integer_member(call, "durationMs");
    rows.push_back({printable(text_member(call, "id")), time_of(call, "startedAt", false),
                    printable(text_member(call, "direction")), printable(text_member(call, "status")),
                    printable(text_member(call, "carrierStatus")), ms ? length(*ms) : "-",
                    text_member(call, "turnsCount"), printable(text_member(call, "agent")),
                    printable(text_member(call, "from")), printable(text_member(call, "to")),
                    vendor::object_member(call, "recording") != nullptr ? "yes" : "no"});
  }
  return render_table({"ID", "STARTED", "DIRECTION", "STATUS", "CARRIER", "LENGTH", "TURNS", "AGENT", "FROM",
                       "TO", "RECORDED"},
                      rows);
}

std::string render_call(const json::object& call) {
  std::string out = header(call);
  const auto rows = [&](std::string_view name) {
    const json::array* found = vendor::array_member(call, name);
    return found == nullptr || found->empty() ? nullptr : found;
  };
  if (const auto* turns = rows("turns")) out += "\nTranscript\n" + turns_text(*turns);
  if (const auto* events = rows("events")) out += "\nEvents\n" + events_text(*events);
  if (const auto* usage = rows("usage"))
    out += "\nCost\n" + cost_text(*usage, vendor::object_member(call, "cost"));
  if (const auto* transcript = vendor::object_member(call, "recordingTranscript"))
    out += "\nRecording written down\n" + written_down(*transcript);
  return out;
}

std::string render_transcript(const json::object& transcript) {
  const json::array* lines = vendor::array_member(transcript, "lines");
  if (lines == nullptr || lines->empty()) return "Nothing was said.\n";
  std::string out;
  for (const json::value& entry : *lines) {
    if (!entry.is_object()) continue;
    const json::object& one = entry.get_object();
    const std::string unheard = text_member(one, "notHeard");
    out += fmt::format("{:>9}  {:<6}  {}{}\n", place(integer_member(one, "atMs").value_or(0)),
                       printable(text_member(one, "speaker")), printable(text_member(one, "text")),
                       unheard.empty() ? "" : fmt::format(" [not heard: {}]", printable(unheard)));
  }
  return out;
}

}  // namespace parley::cli
