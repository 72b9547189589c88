// What callers may say, in any bytes, against a script with every kind of slot: an answer always comes, and a
// slot's value keeps its form.
#include <cstdlib>
#include <string_view>

#include "agent/agent_file.hpp"
#include "llm/script_dialogue.hpp"

namespace {

constexpr std::string_view kScript = R"yaml(
name: fuzz
script:
  fallback: Pardon.
  escalate_after: 3
  escalate_reply: Wait.
  slots:
    day: {kind: date}
    time: {kind: time}
    phone: {kind: digits, min_digits: 3, max_digits: 12}
    count: {kind: number}
    who: {kind: choice, choices: {Rao: [doctor rao], Das: []}}
  stages:
    start:
      rules:
        - {patterns: ["{day} [at] {time}", "{day}", "{time}"], reply: "{day} {time}", go_to: more}
        - {patterns: ["* with {who}", "(number|phone) * {phone}"], keys: ["1"], reply: "{who} {phone}."}
    more:
      rules:
        - {patterns: ["{count} people", "{phone}"], reply: "{count} {phone}.", go_to: start}
  anywhere:
    - {patterns: bye, keys: "9", reply: Bye., end_call: true}
)yaml";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  static const auto agent = agent::parse_agent(kScript, "fuzz.yaml").value();
  std::string_view rest(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4096));
  std::vector<llm::Message> history;
  while (!rest.empty() && history.size() < 20) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const bool keys = rest[0] == '#';
    history.push_back({llm::Role::caller,
                       std::string(rest.substr(keys ? 1 : 0, end - (keys && end > 0 ? 1 : 0))),
                       keys ? llm::InputKind::dtmf : llm::InputKind::speech});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (history.empty()) return 0;
  using namespace std::chrono;
  const auto answer = llm::answer_history(agent->script, history, 2026y / November / 21);
  if (answer.reply.empty()) std::abort();
  for (const auto& action : answer.actions) {
    const auto* slot = std::get_if<llm::SlotFilled>(&action);
    if (slot && slot->name == "day" && slot->value.size() != 10) std::abort();
    if (slot && slot->name == "time" && slot->value.size() != 5) std::abort();
    if (slot && slot->name == "phone" && (slot->value.size() < 3 || slot->value.size() > 12)) std::abort();
  }
  return 0;
}
