#include "control/agent_directory.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "agent/agent_file.hpp"
#include "base/log.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");

constexpr std::size_t kDigitsCompared = 10;
// Less is no number that somebody could have been given by a carrier.
constexpr std::size_t kFewestDigits = 3;

// A number without country code, trunk zero or whatever else stands before it. Empty: nothing to compare.
std::string digits_compared(std::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.size() < kFewestDigits) return {};
  if (digits.size() > kDigitsCompared) digits.erase(0, digits.size() - kDigitsCompared);
  return digits;
}

// Ids are ULIDs: 26 characters of Crockford's alphabet. What else stands in an address that a carrier was
// given long ago is a name of its owner's and means nothing here.
bool looks_like_an_id(std::string_view text) {
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  return text.size() == 26 && std::ranges::all_of(text, [](char c) { return kAlphabet.contains(c); });
}

}  // namespace

struct AgentDirectory::Entry {
  std::string id;
  std::string workspace_id;
  std::string name;
  int version = 0;
  storage::WallMillis published_at = 0;
  ReadyAgentPtr ready;  // nullptr: never was
  std::string text;     // of `ready`
  std::string problem;  // why `ready` is not this version
};

struct AgentDirectory::Snapshot {
  ReadyAgentPtr standard;
  // Of each workspace, the most recently published first.
  std::map<std::string, std::vector<Entry>, std::less<>> agents;
  std::map<std::string, storage::PhoneNumberRecord, std::less<>> numbers;  // by id
  // By the digits that are compared; the number that is asked first.
  std::multimap<std::string, const storage::PhoneNumberRecord*, std::less<>> by_digits;

  const Entry* find_agent(std::string_view workspace, std::string_view id_or_name) const {
    const auto of_workspace = agents.find(workspace);
    if (of_workspace == agents.end()) return nullptr;
    const auto& entries = of_workspace->second;
    auto found = std::ranges::find(entries, id_or_name, &Entry::id);
    if (found == entries.end()) found = std::ranges::find(entries, id_or_name, &Entry::name);
    return found == entries.end() ? nullptr : &*found;
  }
  const storage::PhoneNumberRecord* find_number(std::string_view digits) const;
};

// Two workspaces may hold the same number. The default workspace goes first, then whoever had it first, so
// that nobody takes a number over by adding it; one that is switched off gives way.
const storage::PhoneNumberRecord* AgentDirectory::Snapshot::find_number(std::string_view digits) const {
  if (digits.empty()) return nullptr;
  const auto rank = [](const storage::PhoneNumberRecord& number) {
    return std::tuple(!number.active, number.workspace_id != storage::kDefaultWorkspace, number.created_at);
  };
  const storage::PhoneNumberRecord* best = nullptr;
  const auto [from, to] = by_digits.equal_range(digits);
  for (auto at = from; at != to; ++at) {
    if (best == nullptr || rank(*at->second) < rank(*best)) best = at->second;
  }
  return best;
}

DirectorySource source_of(storage::ControlStore& store) {
  return {[&store] { return store.published_agents(); }, [&store] { return store.all_phone_numbers(); }};
}

AgentDirectory::AgentDirectory(DirectorySource source, Prepare prepare, StandardAgent standard)
    : source_(std::move(source)), prepare_(std::move(prepare)), standard_(std::move(standard)) {
  Snapshot first;
  first.standard = standard_.agent;
  snapshot_ = std::make_shared<const Snapshot>(std::move(first));
}

std::shared_ptr<const AgentDirectory::Snapshot> AgentDirectory::snapshot() const {
  const MutexLock lock(mutex_);
  return snapshot_;
}

Result<void> AgentDirectory::refresh() {
  return read(false);
}

Result<void> AgentDirectory::refresh_all() {
  return read(true);
}

Result<void> AgentDirectory::read(bool prepare_all) {
  // Of two who refresh at once the later reads what the earlier wrote.
  const MutexLock one_at_a_time(refreshing_);
  std::vector<storage::ControlStore::PublishedAgent> published;
  std::vector<storage::PhoneNumberRecord> numbers;
  if (source_.published_agents) {
    auto read = source_.published_agents();
    if (!read) return fail(std::move(read.error()));
    published = std::move(*read);
  }
  if (source_.phone_numbers) {
    auto read = source_.phone_numbers();
    if (!read) return fail(std::move(read.error()));
    numbers = std::move(*read);
  }

  const auto before = snapshot();
  auto after = std::make_shared<Snapshot>();
  after->standard = before->standard;
  if (prepare_all) {
    // A file's agent may have got its vendors' keys from the dashboard.
    auto anew = prepare_(std::string(storage::kDefaultWorkspace), standard_.agent->agent());
    if (anew) after->standard = std::move(*anew);
  }
  for (const auto& each : published) {
    const Entry* old = before->find_agent(each.agent.workspace_id, each.agent.id);
    after->agents[each.agent.workspace_id].push_back(make_entry(each, old, prepare_all));
  }
  for (auto& [workspace, entries] : after->agents) {
    std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
      return std::tie(a.published_at, a.id) > std::tie(b.published_at, b.id);
    });
  }
  for (auto& number : numbers) {
    std::string id = number.id;
    after->numbers.insert_or_assign(std::move(id), std::move(number));
  }
  for (const auto& [id, number] : after->numbers) {
    if (auto digits = digits_compared(number.number); !digits.empty())
      after->by_digits.emplace(std::move(digits), &number);
  }
  const MutexLock lock(mutex_);
  snapshot_ = std::move(after);
  return {};
}

AgentDirectory::Entry AgentDirectory::make_entry(const storage::ControlStore::PublishedAgent& published,
                                                 const Entry* before, bool prepare_anew) const {
  const auto& [row, version] = published;
  Entry entry;
  entry.id = row.id;
  entry.workspace_id = row.workspace_id;
  entry.name = row.name;
  entry.version = version.number;
  entry.published_at = row.published_at;
  const bool same = before != nullptr && before->version == version.number;
  if (same && before->problem.empty() && !prepare_anew) {
    entry.ready = before->ready;
    entry.text = before->text;
    return entry;
  }
  auto parsed = agent::parse_agent(version.text, fmt::format("{} version {}", row.name, version.number));
  auto ready =
      parsed ? prepare_(row.workspace_id, *parsed) : Result<ReadyAgentPtr>(fail(std::move(parsed.error())));
  if (ready) {
    entry.ready = std::move(*ready);
    entry.text = version.text;
    return entry;
  }
  entry.problem = std::move(ready.error().message);
  if (before != nullptr) {
    entry.ready = before->ready;
    entry.text = before->text;
  }
  // Once, not at every refresh.
  if (!same || before->problem != entry.problem) {
    kLog.error("agent {} version {} is not ready{}: {}", row.id, version.number,
               entry.ready ? ", its last ready version goes on answering" : "", entry.problem);
  }
  return entry;
}

Result<ReadyAgentPtr> AgentDirectory::try_out(const std::string& workspace, agent::AgentPtr agent) const {
  return prepare_(workspace, std::move(agent));
}

Answerer AgentDirectory::standard_answer(const Snapshot& now) const {
  return {now.standard, standard_.text, std::string(storage::kDefaultWorkspace), ""};
}

Result<Answerer> AgentDirectory::resolve(std::string_view phone_id, std::string_view to_number) const {
  const auto now = snapshot();
  if (const auto found = now->numbers.find(phone_id); found != now->numbers.end())
    return answer_of(*now, found->second);
  if (looks_like_an_id(phone_id))
    return fail(Errc::not_found, "there is no phone number with the id in the address");
  if (const auto* number = now->find_number(digits_compared(to_number))) return answer_of(*now, *number);
  if (standard_.chosen) return standard_answer(*now);
  return latest_of(*now, storage::kDefaultWorkspace);
}

std::optional<storage::PhoneNumberRecord> AgentDirectory::find_number(std::string_view phone_id,
                                                                      std::string_view number) const {
  const auto now = snapshot();
  if (const auto found = now->numbers.find(phone_id); found != now->numbers.end()) return found->second;
  const auto* ours = now->find_number(digits_compared(number));
  return ours == nullptr ? std::nullopt : std::optional(*ours);
}

Result<Answerer> AgentDirectory::answer_of(const Snapshot& now,
                                           const storage::PhoneNumberRecord& number) const {
  if (!number.active) return fail(Errc::permission_denied, "this number is switched off");
  Result<Answerer> answer = number.agent_id.empty() ? latest_of(now, number.workspace_id)
                                                    : find_in(now, number.workspace_id, number.agent_id);
  if (!answer) return answer;
  answer->phone_id = number.id;
  answer->telephony_config_id = number.telephony_config_id;
  answer->answer_with = number.answer_with;
  answer->after_recording = number.after_recording;
  return answer;
}

Result<Answerer> AgentDirectory::latest_of(const Snapshot& now, std::string_view workspace) const {
  const auto of_workspace = now.agents.find(workspace);
  if (of_workspace == now.agents.end()) {
    if (workspace == storage::kDefaultWorkspace) return standard_answer(now);
    return fail(Errc::not_found, "nobody answers here yet: publish an agent first");
  }
  // The newest that can talk: an older one is better than nobody.
  for (const Entry& entry : of_workspace->second) {
    if (entry.ready) return Answerer{entry.ready, entry.text, entry.workspace_id, ""};
  }
  return fail(Errc::unavailable,
              fmt::format("the agent '{}' is not ready: {}", of_workspace->second.front().name,
                          of_workspace->second.front().problem));
}

Result<Answerer> AgentDirectory::find(std::string_view workspace, std::string_view id_or_name) const {
  const auto now = snapshot();
  if (id_or_name.empty()) return latest_of(*now, workspace);
  return find_in(*now, workspace, id_or_name);
}

Result<Answerer> AgentDirectory::find_in(const Snapshot& now, std::string_view workspace,
                                         std::string_view id_or_name) const {
  const Entry* entry = now.find_agent(workspace, id_or_name);
  if (entry == nullptr) {
    const bool standard =
        workspace == storage::kDefaultWorkspace && standard_.agent->agent()->name == id_or_name;
    if (standard) return standard_answer(now);
    return fail(Errc::not_found, "there is no published agent of that name: publish it first");
  }
  if (entry->ready) return Answerer{entry->ready, entry->text, entry->workspace_id, ""};
  return fail(Errc::unavailable, fmt::format("the agent '{}' is not ready: {}", entry->name, entry->problem));
}

}  // namespace parley::control
