#include "agent/agent_file.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>

#include <fmt/core.h>

#include "agent/script_reader.hpp"
#include "agent/variables.hpp"
#include "base/yaml_reader.hpp"

namespace parley::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::pair<std::string_view, AgentKind> kKinds[] = {
    {"conversation", AgentKind::conversation}, {"echo", AgentKind::echo}, {"realtime", AgentKind::realtime}};
constexpr std::pair<std::string_view, VadKind> kVadKinds[] = {{"webrtc", VadKind::webrtc},
                                                              {"energy", VadKind::energy}};
constexpr std::pair<std::string_view, DtmfAction> kDtmfActions[] = {
    {"input", DtmfAction::input}, {"escalate", DtmfAction::escalate}, {"hang_up", DtmfAction::hang_up}};

constexpr std::size_t kMostFallbacks = 8;
constexpr std::size_t kMostTransferNumbers = 10;
// Offered to every model that knows tools (llm/tool_loop.hpp).
constexpr std::string_view kBuiltInTools[] = {"end_call", "transfer_to_human"};
constexpr const char* kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::pair<std::string_view, int> kMethodIndex[] = {
    {"GET", 0}, {"POST", 1}, {"PUT", 2}, {"PATCH", 3}, {"DELETE", 4}};

bool is_agent_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 64 && plain(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return plain(c) || c == '_' || c == '-'; });
}

// The shape of a BCP 47 tag: a language and what narrows it, joined by hyphens.
bool is_language_tag(std::string_view tag) {
  std::size_t part_length = 0;
  bool first = true;
  for (std::size_t i = 0; i <= tag.size(); ++i) {
    if (i == tag.size() || tag[i] == '-') {
      if (part_length < (first ? 2u : 1u) || part_length > (first ? 3u : 8u)) return false;
      part_length = 0;
      first = false;
      continue;
    }
    const char c = tag[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (first || c < '0' || c > '9')) return false;
    ++part_length;
  }
  return true;
}

ProviderChoice read_choice(yaml::Map map, std::string_view otherwise) {
  ProviderChoice choice;
  choice.provider = map.text("provider", otherwise);
  choice.model = map.text("model");
  choice.voice = map.text("voice");
  choice.options = map.text_map("options");
  return choice;
}

ProviderChoice read_provider(yaml::Map map, std::string_view otherwise) {
  ProviderChoice choice = read_choice(map, otherwise);
  for (yaml::Map fallback : map.list("fallbacks")) {
    choice.fallbacks.push_back(read_choice(fallback, ""));
    if (choice.fallbacks.back().provider.empty()) fallback.problem("provider", "is needed");
  }
  if (choice.fallbacks.size() > kMostFallbacks)
    map.problem("fallbacks", fmt::format("has at most {} entries", kMostFallbacks));
  return choice;
}

bool is_tool_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits);
}

std::vector<Tool> read_tools(yaml::Map root) {
  std::vector<Tool> tools;
  for (yaml::Map map : root.list("tools")) {
    Tool& tool = tools.emplace_back();
    tool.name = map.text("name");
    if (!is_tool_name(tool.name)) map.problem("name", "is needed: letters, digits, - and _, at most 64");
    for (const std::string_view built_in : kBuiltInTools) {
      if (tool.name == built_in)
        map.problem("name", fmt::format("'{}' is there without being listed", built_in));
    }
    if (std::ranges::count(tools, tool.name, &Tool::name) > 1)
      map.problem("name", fmt::format("'{}' is there twice", tool.name));
    tool.description = map.text("description");
    if (tool.description.empty()) map.problem("description", "is needed: the model decides by it");
    tool.parameters = map.json("parameters");
    if (tool.parameters.empty()) tool.parameters = R"({"type":"object","properties":{}})";
    tool.method = kMethods[static_cast<std::size_t>(map.one_of("method", 1, kMethodIndex))];
    tool.url = map.text("url");
    if (!tool.url.starts_with("https://") && !tool.url.starts_with("http://"))
      map.problem("url", "is needed: an address beginning with https:// or http://");
    // A model, and so a caller, must not choose whom the server talks to.
    const std::size_t host = tool.url.find("//") + 2;
    if (tool.url.substr(0, tool.url.find_first_of("/?#", host)).find('{') != std::string::npos)
      map.problem("url", "may have {arguments} behind the host only");
    tool.headers = map.text_map("headers");
    tool.timeout = map.duration("timeout", tool.timeout, 100ms, 60s);
    tool.say = map.text("say");
  }
  return tools;
}

Filler read_filler(yaml::Map map) {
  Filler filler;
  filler.after = map.duration("after", filler.after, 100ms, 30s);
  for (auto& line : map.texts("say"))
    filler.say.push_back(std::move(line.text));
  return filler;
}

Caching read_caching(yaml::Map map) {
  Caching caching;
  caching.speech = map.boolean("speech", caching.speech);
  caching.answers = map.boolean("answers", caching.answers);
  caching.answers_for = std::chrono::duration_cast<std::chrono::seconds>(
      map.duration("answers_for", caching.answers_for, 1s, 24h * 365));
  return caching;
}

VadSettings read_vad(yaml::Map map) {
  VadSettings vad;
  vad.kind = map.one_of("kind", vad.kind, kVadKinds);
  vad.energy_threshold = static_cast<int>(map.integer("energy_threshold", vad.energy_threshold, 1, 32767));
  return vad;
}

TurnTaking read_turn_taking(yaml::Map map) {
  TurnTaking turn;
  turn.endpointing = map.duration("endpointing", turn.endpointing, 100ms, 10s);
  turn.min_speech = map.duration("min_speech", turn.min_speech, 20ms, 2s);
  turn.interrupt_after = map.duration("interrupt_after", turn.interrupt_after, 20ms, 5s);
  turn.interrupt_grace = map.duration("interrupt_grace", turn.interrupt_grace, 0ms, 10s);
  turn.transcript_deadline = map.duration("transcript_deadline", turn.transcript_deadline, 100ms, 30s);
  turn.reply_deadline = map.duration("reply_deadline", turn.reply_deadline, 100ms, 60s);
  turn.greeting_interruptible = map.boolean("greeting_interruptible", turn.greeting_interruptible);
  return turn;
}

DtmfSettings read_dtmf(yaml::Reader& reader, yaml::Map map) {
  DtmfSettings dtmf;
  for (auto& [name, key] : map.named("keys")) {
    if (name.text.size() != 1 || !is_dtmf_key(name.text[0]))
      reader.problem(name.place,
                     fmt::format("dtmf.keys: '{}' must be one of 0-9 * # A-D, in quotes", name.text));
    DtmfKey made;
    made.action = key.one_of("action", made.action, kDtmfActions);
    made.say = key.text("say");
    if (!name.text.empty()) dtmf.keys[name.text[0]] = std::move(made);
  }
  dtmf.max_digits = static_cast<int>(map.integer("max_digits", dtmf.max_digits, 1, 32));
  const std::string finish_on = map.text("finish_on", "#");
  if (finish_on.size() > 1 || (finish_on.size() == 1 && !is_dtmf_key(finish_on[0])))
    map.problem("finish_on", "must be one of 0-9 * # A-D, in quotes, or \"\" for none");
  dtmf.finish_on = finish_on.empty() ? '\0' : finish_on[0];
  dtmf.timeout = map.duration("timeout", dtmf.timeout, 200ms, 30s);
  return dtmf;
}

// `wanted`: the file has the section.
Transfer read_transfer(yaml::Reader& reader, yaml::Map map, bool wanted) {
  Transfer transfer;
  transfer.enabled = wanted;
  const auto numbers = map.texts("to");
  if (map.has("to") && numbers.empty())
    map.problem("to", "is empty; leave it out if the carrier's flow decides whom to call");
  if (numbers.size() > kMostTransferNumbers)
    map.problem("to", fmt::format("has at most {} numbers", kMostTransferNumbers));
  for (const yaml::Text& number : numbers) {
    if (auto plain = number_to_dial(number.text)) {
      transfer.to.push_back(std::move(*plain));
      continue;
    }
    // With values in it, it is a number only when the call has them.
    const bool open = fill_in(number.text, {}).find_first_not_of("+0123456789 ") == std::string::npos &&
                      number.text.find("{{") != std::string::npos;
    if (!open)
      reader.problem(
          number.place,
          fmt::format("transfer.to: '{}' must be a number such as \"+91 80 4567 8900\", in quotes, "
                      "or {{{{variable}}}}",
                      number.text));
    transfer.to.push_back(number.text);
  }
  transfer.say = map.text("say");
  transfer.announce = map.text("announce");
  transfer.failed_say = map.text("failed_say");
  transfer.ring =
      std::chrono::duration_cast<std::chrono::seconds>(map.duration("ring", transfer.ring, 5s, 120s));
  return transfer;
}

Agent read_agent(yaml::Reader& reader) {
  yaml::Map root = reader.root();
  Agent agent;
  agent.name = root.text("name");
  if (!is_agent_name(agent.name))
    root.problem("name", "is needed: small letters, digits, - and _, beginning with a letter or digit");
  agent.description = root.text("description");
  agent.kind = root.one_of("kind", agent.kind, kKinds);
  agent.language = root.text("language", agent.language);
  if (!is_language_tag(agent.language))
    root.problem("language", "must be a language tag such as en-IN or hi-IN");
  agent.first_message = root.text("first_message");
  agent.prompt = root.text("prompt");
  // An echo has nobody who listens or speaks: no vendor need be prepared for it.
  // A realtime agent hears, thinks and speaks by one model; its voice is another's for fixed texts.
  const bool conversation = agent.kind == AgentKind::conversation;
  const bool echo = agent.kind == AgentKind::echo;
  agent.stt = read_provider(root.section("stt"), conversation ? "local" : "none");
  agent.llm = read_provider(root.section("llm"), conversation ? "script" : "none");
  agent.tts = read_provider(root.section("tts"), echo ? "none" : "local");
  agent.sts = read_provider(root.section("sts"), agent.kind == AgentKind::realtime ? "openai" : "none");
  agent.tools = read_tools(root);
  agent.filler = read_filler(root.section("filler"));
  agent.caching = read_caching(root.section("caching"));
  agent.vad = read_vad(root.section("vad"));
  agent.turn_taking = read_turn_taking(root.section("turn_taking"));
  agent.dtmf = read_dtmf(reader, root.section("dtmf"));
  agent.transfer = read_transfer(reader, root.section("transfer"), root.has("transfer"));
  yaml::Map recording = root.section("recording");
  agent.recording.enabled = recording.boolean("enabled", agent.recording.enabled);
  agent.recording.transcribe = read_choice(recording.section("transcribe"), "none");
  yaml::Map limits = root.section("limits");
  agent.limits.max_duration = std::chrono::duration_cast<std::chrono::seconds>(
      limits.duration("max_duration", agent.limits.max_duration, 5s, 24h));
  agent.limits.max_duration_say = limits.text("max_duration_say");
  agent.limits.trouble_say = limits.text("trouble_say", agent.limits.trouble_say);
  agent.limits.give_up_say = limits.text("give_up_say", agent.limits.give_up_say);
  agent.script = read_script(reader, root.section("script"), agent.dtmf.keys);
  if (agent.kind == AgentKind::conversation && agent.llm.provider == "script" && agent.script.stages.empty())
    root.problem("script", "is needed with at least one stage when llm.provider is script");
  return agent;
}

}  // namespace

Result<AgentPtr> parse_agent(std::string_view text, std::string_view source_name) {
  yaml::Reader reader(text, source_name);
  Agent agent = read_agent(reader);
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  agent.version = content_version(text);
  return std::make_shared<const Agent>(std::move(agent));
}

Result<std::string> read_agent_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(path, ignored))
    return fail(Errc::not_found, fmt::format("{}: there is no such agent file", path.string()));
  // One byte more than is allowed is enough to know, however large the file is.
  std::string text(yaml::kMaxDocumentBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail(Errc::io, fmt::format("{}: cannot be read", path.string()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Result<AgentPtr> load_agent_file(const std::filesystem::path& path) {
  const auto text = read_agent_file(path);
  if (!text) return fail(text.error());
  return parse_agent(*text, path.string());
}

std::map<std::string, std::set<std::string>> agent_file_keys() {
  // One of each thing that a file may have many of.
  constexpr std::string_view kOneOfEach =
      "stt: {fallbacks: [{}]}\nllm: {fallbacks: [{}]}\ntts: {fallbacks: [{}]}\nsts: {fallbacks: [{}]}\n"
      "tools: [{}]\ndtmf: {keys: {'1': {}}}\nscript: {slots: {a: {}}, stages: {a: {rules: [{}]}}, anywhere: "
      "[{}]}";
  yaml::Reader reader(kOneOfEach, "keys");
  read_agent(reader);
  return reader.known_keys();
}

std::string content_version(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    if (c == '\r') continue;
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace parley::agent
