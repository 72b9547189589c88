// Agent files: what is read, every mistake with its line, and the published schema against the reader's own
// keys.
#include "agent/agent_file.hpp"

#include <fstream>
#include <iterator>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
namespace json = boost::json;

constexpr const char* kComplete = R"(
name: clinic
description: A clinic.
language: hi-IN
first_message: Hello.
prompt: Be kind.
stt: {provider: deepgram, model: nova-2, options: {tier: base}}
tts: {provider: local, voice: slt}
vad: {kind: energy, energy_threshold: 700}
turn_taking: {endpointing: 400ms, interrupt_grace: 1s, greeting_interruptible: false}
dtmf:
  keys:
    "0": {action: escalate, say: Wait.}
    "*": {action: hang_up}
  max_digits: 10
  finish_on: ""
  timeout: 3s
recording: {enabled: false}
limits: {max_duration: 5m, max_duration_say: Time is up.}
script:
  first_stage: a
  fallback: Pardon?
  escalate_after: 2
  escalate_reply: Wait, {who}.
  slots:
    phone: {kind: digits, min_digits: 10, max_digits: 10}
    who: {kind: choice, choices: {Dr. Rao: [rao, doctor rao], Any: anyone}}
  stages:
    a:
      fallback: Say a.
      rules:
        - {patterns: ["[see] {who}", anyone], reply: "{who}, fine.", go_to: b}
    b:
      rules:
        - {patterns: "{phone}", keys: ["1", "23"], reply: Thanks., end_call: true}
  anywhere:
    - {patterns: [person], escalate: true}
)";

TEST(AgentFile, ReadsACompleteFile) {
  const auto parsed = parse_agent(kComplete, "x.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const Agent& agent = **parsed;
  EXPECT_EQ(agent.name, "clinic");
  EXPECT_EQ(agent.language, "hi-IN");
  EXPECT_EQ(agent.stt.provider, "deepgram");
  EXPECT_EQ(agent.stt.options.at("tier"), "base");
  EXPECT_EQ(agent.llm.provider, "script");
  EXPECT_EQ(agent.tts.voice, "slt");
  EXPECT_EQ(agent.vad.kind, VadKind::energy);
  EXPECT_EQ(agent.vad.energy_threshold, 700);
  EXPECT_EQ(agent.turn_taking.endpointing, 400ms);
  EXPECT_EQ(agent.turn_taking.interrupt_grace, 1s);
  EXPECT_FALSE(agent.turn_taking.greeting_interruptible);
  EXPECT_EQ(agent.dtmf.keys.at('0').action, DtmfAction::escalate);
  EXPECT_EQ(agent.dtmf.keys.at('0').say, "Wait.");
  EXPECT_EQ(agent.dtmf.keys.at('*').action, DtmfAction::hang_up);
  EXPECT_EQ(agent.dtmf.max_digits, 10);
  EXPECT_EQ(agent.dtmf.finish_on, '\0');
  EXPECT_FALSE(agent.recording.enabled);
  EXPECT_EQ(agent.limits.max_duration, 5min);
  EXPECT_EQ(agent.script.first_stage, "a");
  EXPECT_EQ(agent.script.escalate_after, 2);
  EXPECT_EQ(agent.script.slots.at("phone").min_digits, 10);
  EXPECT_THAT(agent.script.slots.at("who").choices.at("Dr. Rao"), ElementsAre("dr rao", "rao", "doctor rao"));
  EXPECT_THAT(agent.script.slots.at("who").choices.at("Any"), ElementsAre("any", "anyone"));
  const Rule& first = agent.script.stages.at("a").rules.at(0);
  EXPECT_THAT(first.patterns, ElementsAre("[see] {who}", "anyone"));
  EXPECT_EQ(first.parsed.size(), 2u);
  EXPECT_EQ(first.go_to, "b");
  EXPECT_THAT(agent.script.stages.at("b").rules.at(0).keys, ElementsAre("1", "23"));
  EXPECT_TRUE(agent.script.anywhere.at(0).escalate);
}

TEST(AgentFile, ReadsVendorsWithFallbacksToolsFillersAndCaches) {
  const auto parsed = parse_agent(R"(
name: desk
stt: {provider: deepgram, model: nova-3, fallbacks: [{provider: sarvam}, {provider: openai, options: {a: "1"}}]}
llm: {provider: openai}
tts: {provider: elevenlabs, voice: V, fallbacks: [{provider: local}]}
tools:
  - name: find_parcel
    description: Finds a parcel.
    method: GET
    url: "https://api.example/parcels/{number}?lang={lang}"
    headers: {Authorization: Bearer t}
    timeout: 2s
    say: One moment.
    parameters:
      type: object
      properties: {number: {type: string, minLength: 3, pattern: '^\d+$'}, lang: {enum: [en, "1", 1, null, true]}}
      required: [number]
  - {name: book, description: Books., url: "http://intra.example/book"}
filler: {after: 900ms, say: [Let me see., Hm.]}
caching: {speech: no, answers: yes, answers_for: 10m}
recording: {transcribe: {provider: deepgram, model: nova-3, options: {smart_format: "true"}}}
)",
                                  "x.yaml");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const Agent& agent = **parsed;
  ASSERT_EQ(agent.stt.fallbacks.size(), 2U);
  EXPECT_EQ(agent.stt.fallbacks[1].options.at("a"), "1");
  EXPECT_EQ(agent.tts.fallbacks.at(0).provider, "local");
  ASSERT_EQ(agent.tools.size(), 2U);
  EXPECT_EQ(agent.tools[0].method, "GET");
  EXPECT_EQ(agent.tools[0].timeout, 2s);
  EXPECT_EQ(agent.tools[0].say, "One moment.");
  EXPECT_EQ(agent.tools[0].headers.at("Authorization"), "Bearer t");
  EXPECT_EQ(agent.tools[0].parameters,
            R"({"type":"object","properties":{"number":{"type":"string","minLength":3,"pattern":"^\\d+$"},)"
            R"("lang":{"enum":["en","1",1,null,true]}},"required":["number"]})");
  EXPECT_EQ(agent.tools[1].method, "POST");
  EXPECT_EQ(agent.tools[1].parameters, R"({"type":"object","properties":{}})");
  EXPECT_EQ(agent.filler.after, 900ms);
  EXPECT_THAT(agent.filler.say, ElementsAre("Let me see.", "Hm."));
  EXPECT_FALSE(agent.caching.speech);
  EXPECT_TRUE(agent.caching.answers);
  EXPECT_EQ(agent.caching.answers_for, 10min);
  EXPECT_EQ(agent.recording.transcribe.provider, "deepgram");
  EXPECT_EQ(agent.recording.transcribe.options.at("smart_format"), "true");
}

TEST(AgentFile, HasThePartsThatItsKindNeeds) {
  const auto realtime = parse_agent("name: a\nkind: realtime\n", "x");
  ASSERT_TRUE(realtime) << realtime.error().message;
  EXPECT_EQ((*realtime)->sts.provider, "openai");
  EXPECT_EQ((*realtime)->stt.provider, "none");
  EXPECT_EQ((*realtime)->llm.provider, "none");
  EXPECT_EQ((*realtime)->tts.provider, "local");
  const auto echo = parse_agent("name: a\nkind: echo\n", "x");
  EXPECT_EQ((*echo)->sts.provider, "none");
  EXPECT_EQ((*echo)->tts.provider, "none");
  EXPECT_EQ((*echo)->recording.transcribe.provider, "none");
}

TEST(AgentFile, TheVersionFollowsTheTextAndNotItsLineEnds) {
  EXPECT_EQ(content_version("a: 1\r\nb: 2\r\n\r\n"), content_version("a: 1\nb: 2"));
  EXPECT_NE(content_version("a: 1"), content_version("a: 2"));
  EXPECT_EQ(content_version(""), "cbf29ce484222325");
  EXPECT_EQ(parse_agent("name: e\nkind: echo", "x")->get()->version,
            content_version("name: e\nkind: echo\n"));
}

std::string problems(const std::string& text) {
  const auto parsed = parse_agent(text, "x.yaml");
  return parsed ? "none" : parsed.error().message;
}

// The rest of a file that is right except for what `script` holds.
std::string with_script(const std::string& script) {
  return "name: a\nscript:\n" + script;
}

TEST(AgentFile, NamesEveryMistakeWithItsLine) {
  struct Case {
    std::string text;
    const char* message;
  };
  const Case cases[] = {
      {"kind: echo",
       "x.yaml:1: name: is needed: small letters, digits, - and _, beginning with a letter or digit"},
      {"name: A B\nkind: echo", "x.yaml:1: name: is needed"},
      {"name: a", "x.yaml:1: script: is needed with at least one stage when llm.provider is script"},
      {"name: a\nkind: echo\nlanguage: english",
       "x.yaml:3: language: must be a language tag such as en-IN or hi-IN"},
      {"name: a\nkind: echo\nturn_taking:\n  endpoint: 1s",
       "x.yaml:4: unknown key 'endpoint' in turn_taking"},
      {"name: a\nkind: echo\ndtmf: {keys: {\"12\": {}}}",
       "x.yaml:3: dtmf.keys: '12' must be one of 0-9 * # A-D"},
      {"name: a\nkind: echo\ndtmf: {finish_on: x}", "x.yaml:3: dtmf.finish_on: must be one of"},
      {"name: a\nkind: echo\nlimits: {max_duration: 1s}",
       "x.yaml:3: limits.max_duration: must be a duration from 5s to 24h"},
      {with_script("  stages: {b: {}}"), "x.yaml:3: script.first_stage: no stage 'start' in script.stages"},
      {with_script("  stages:\n    start:\n      rules:\n        - patterns:\n            - fine\n           "
                   " - \"(a|b\"\n          reply: x"),
       "x.yaml:8: pattern '(a|b': column 1: '(' is not closed: expected ')'"},
      {with_script("  stages:\n    start:\n      rules: [{patterns: '[please]', reply: x}]"),
       "x.yaml:5: pattern '[please]': is optional as a whole"},
      {with_script("  stages:\n    start:\n      rules:\n        - patterns: a\n          reply: x\n         "
                   " go_to: nowhere"),
       "x.yaml:8: go_to: no stage 'nowhere' in script.stages"},
      {with_script("  stages:\n    start: {}\n    lost: {}"),
       "x.yaml:5: stage 'lost' is never reached: no go_to leads to it"},
      {with_script("  stages:\n    start:\n      rules: [{patterns: 'at {time}', reply: x}]"),
       "x.yaml:5: no slot 'time' in script.slots"},
      {with_script("  stages:\n    start:\n      rules: [{patterns: a, reply: 'at {time}'}]"),
       "x.yaml:5: no slot 'time' in script.slots"},
      {with_script("  fallback: 'a } b'\n  stages: {start: {}}"),
       "x.yaml:3: script.fallback: a { or } that is no {slot}"},
      {with_script("  stages:\n    start:\n      rules: [{reply: x}]"),
       "x.yaml:5: a rule needs patterns or keys"},
      {with_script("  stages:\n    start:\n      rules: [{patterns: a}]"), "x.yaml:5: a rule needs a reply"},
      {with_script("  stages:\n    start:\n      rules: [{keys: '5x', reply: a}]"),
       "x.yaml:5: keys '5x': must be some of"},
      {with_script("  stages:\n    start:\n      rules: [{keys: '0', reply: a}]\ndtmf: {keys: {'0': {action: "
                   "escalate}}}"),
       "x.yaml:5: key '0' has its own meaning in dtmf.keys: no rule ever sees it"},
      {with_script("  slots: {A: {kind: date}}\n  stages: {start: {}}"),
       "x.yaml:3: slot 'A': a name is small letters"},
      {with_script("  slots: {a: {kind: choice}}\n  stages: {start: {}}"),
       "x.yaml:3: script.slots.a.choices: a choice needs"},
      {with_script("  slots: {a: {kind: date, min_digits: 2}}\n  stages: {start: {}}"),
       "x.yaml:3: script.slots.a.min_digits: only slots of kind digits have it"},
      {with_script("  slots: {a: {kind: digits, min_digits: 5, max_digits: 4}}\n  stages: {start: {}}"),
       "x.yaml:3: script.slots.a.max_digits: is less than min_digits"},
      {with_script("  slots: {a: {choices: {x: [one], y: [One!]}}}\n  stages: {start: {}}"),
       "x.yaml:3: slot 'a': 'One!' stands for 'x' already"},
  };
  for (const auto& c : cases)
    EXPECT_THAT(problems(c.text), HasSubstr(c.message)) << c.text;
}

TEST(AgentFile, NamesMistakesOfVendorsAndToolsWithTheirLine) {
  const std::string start = "name: a\nkind: realtime\n";
  const auto tool = [&](const std::string& keys) { return start + "tools:\n  - {" + keys + "}"; };
  const std::string fine = "name: t, description: d, url: 'https://a.example'";
  const std::pair<std::string, const char*> cases[] = {
      {start + "stt: {fallbacks: [{model: x}]}", "x.yaml:3: stt.fallbacks[0].provider: is needed"},
      {start + "stt: {fallbacks: [{provider: a, fallbacks: []}]}",
       "unknown key 'fallbacks' in stt.fallbacks[0]"},
      {start + "llm: {fallbacks: [{provider: a}, {provider: a}, {provider: a}, {provider: a}, {provider: a}, "
               "{provider: a}, {provider: a}, {provider: a}, {provider: a}]}",
       "x.yaml:3: llm.fallbacks: has at most 8 entries"},
      {tool("name: 'a b', description: d, url: 'https://x'"), "x.yaml:4: tools[0].name: is needed: letters"},
      {tool("name: end_call, description: d, url: 'https://x'"), "'end_call' is there without being listed"},
      {start + "tools: [{" + fine + "}, {" + fine + "}]", "x.yaml:3: tools[1].name: 't' is there twice"},
      {tool("name: t, url: 'https://x'"), "tools[0].description: is needed"},
      {tool("name: t, description: d"), "tools[0].url: is needed"},
      {tool("name: t, description: d, url: 'ftp://x'"), "tools[0].url: is needed: an address beginning with"},
      {tool("name: t, description: d, url: 'https://{host}.example/'"),
       "may have {arguments} behind the host only"},
      {tool("name: t, description: d, url: 'https://u:{p}@a.example/'"),
       "may have {arguments} behind the host only"},
      {tool(fine + ", method: HEAD"), "x.yaml:4: tools[0].method"},
      {tool(fine + ", timeout: 5"), "x.yaml:4: tools[0].timeout: must be a duration from 100ms to 1m"},
      {tool(fine + ", parameters: [a]"), "x.yaml:4: tools[0].parameters: must be a map"},
      {start + "filler: {after: 10ms}", "x.yaml:3: filler.after: must be a duration"},
      {start + "caching: {answers: maybe}", "x.yaml:3: caching.answers"},
      {start + "recording: {transcribe: {fallbacks: []}}", "unknown key 'fallbacks' in recording.transcribe"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_THAT(problems(text), HasSubstr(message)) << text;
}

// What users copy has to be right.
TEST(AgentFile, TheExamplesOfTheVendorsPageAreAgents) {
  std::ifstream file(std::string(PARLEY_SOURCE_DIR) + "/docs/vendors.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  int examples = 0;
  constexpr std::string_view kBegin = "```yaml\n";
  for (std::size_t at = page.find(kBegin); at != std::string::npos; at = page.find(kBegin, at + 1)) {
    const std::size_t from = at + kBegin.size();
    EXPECT_EQ(problems(page.substr(from, page.find("```", from) - from)), "none");
    ++examples;
  }
  EXPECT_EQ(examples, 2);
}

TEST(AgentFile, TellsAFileThatIsNotThere) {
  const auto loaded = load_agent_file("/nowhere/a.yaml");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::not_found);
  EXPECT_EQ(load_agent_file("/tmp").error().code, Errc::not_found);
}

using Keys = std::map<std::string, std::set<std::string>>;

TEST(AgentFile, TransferIsThereWhenItsSectionIs) {
  const auto parse = [](const std::string& more) {
    return parse_agent("name: a\nkind: echo\n" + more, "x.yaml");
  };
  auto agent = parse("");
  ASSERT_TRUE(agent);
  EXPECT_FALSE((*agent)->transfer.enabled);
  agent = parse("transfer: {}\n");
  ASSERT_TRUE(agent);
  EXPECT_TRUE((*agent)->transfer.enabled);
  EXPECT_TRUE((*agent)->transfer.to.empty());
  EXPECT_EQ((*agent)->transfer.ring, 30s);
  agent = parse(
      "transfer: {to: +91 80 4567 8900, say: Wait., announce: A caller., failed_say: Sorry., ring: 45s}\n");
  ASSERT_TRUE(agent) << agent.error().message;
  const Transfer& transfer = (*agent)->transfer;
  EXPECT_THAT(transfer.to, ElementsAre("+918045678900"));
  EXPECT_EQ(transfer.say, "Wait.");
  EXPECT_EQ(transfer.announce, "A caller.");
  EXPECT_EQ(transfer.failed_say, "Sorry.");
  EXPECT_EQ(transfer.ring, 45s);
  agent = parse("transfer: {to: ['08045', '{{branch|080123}}']}\n");
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_THAT((*agent)->transfer.to, ElementsAre("08045", "{{branch|080123}}"));

  const std::pair<std::string, const char*> mistakes[] = {
      {"transfer: yes\n", "x.yaml:3: transfer: must be a map"},
      {"transfer: {to: []}\n", "x.yaml:3: transfer.to: is empty"},
      {"transfer:\n  to: [080123, front desk]\n",
       "x.yaml:4: transfer.to: 'front desk' must be a number such as \"+91 80 4567 8900\", in quotes, or "
       "{{variable}}"},
      {"transfer: {to: '{{a|front desk}}'}\n", "x.yaml:3: transfer.to: '{{a|front desk}}' must be"},
      {"transfer: {to: '+12 {{a'}\n", "must be a number"},
      {"transfer: {to: ['1000','1001','1002','1003','1004','1005','1006','1007','1008','1009','1010']}\n",
       "x.yaml:3: transfer.to: has at most 10 numbers"},
      {"transfer: {ring: 1s}\n", "x.yaml:3: transfer.ring"},
      {"transfer: {number: '1000'}\n", "x.yaml:3: unknown key 'number' in transfer"},
  };
  for (const auto& [text, expected] : mistakes) {
    const auto wrong = parse(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_THAT(wrong.error().message, HasSubstr(expected)) << text;
  }
}

// Collects the properties of every object that the schema describes, by the same shapes as the reader's.
void collect(const json::object& root, const json::object& schema, const std::string& shape, Keys& into) {
  if (const auto* ref = schema.if_contains("$ref")) {
    const std::string name(std::string_view(ref->as_string()).substr(std::string_view("#/$defs/").size()));
    return collect(root, root.at("$defs").at(name).as_object(), shape, into);
  }
  if (const auto* properties = schema.if_contains("properties")) {
    EXPECT_EQ(schema.at("additionalProperties"), json::value(false)) << shape;
    for (const auto& [key, value] : properties->as_object()) {
      into[shape].insert(std::string(key));
      EXPECT_TRUE(value.as_object().contains("description") || value.as_object().contains("$ref"))
          << shape << " " << key;
      collect(root, value.as_object(), shape.empty() ? std::string(key) : shape + "." + std::string(key),
              into);
    }
  } else if (const auto* any = schema.if_contains("additionalProperties"); any && any->is_object()) {
    collect(root, any->as_object(), shape + ".*", into);
  }
  if (const auto* items = schema.if_contains("items")) collect(root, items->as_object(), shape + "[]", into);
}

TEST(AgentFile, ThePublishedSchemaHasExactlyTheKeysOfTheReader) {
  std::ifstream file(PARLEY_SOURCE_DIR "/docs/agent.schema.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto schema = json::parse(text).as_object();
  EXPECT_EQ(schema.at("$schema"), json::value("https://json-schema.org/draft/2020-12/schema"));
  Keys published;
  collect(schema, schema, "", published);
  Keys known = agent_file_keys();
  std::erase_if(known, [](const auto& section) { return section.second.empty(); });
  for (const auto& [shape, keys] : known)
    EXPECT_EQ(published[shape], keys) << shape;
  for (const auto& [shape, keys] : published)
    EXPECT_EQ(known[shape], keys) << shape;
  EXPECT_GE(known.size(), 15u);
}

}  // namespace
}  // namespace parley::agent
