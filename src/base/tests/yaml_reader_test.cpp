// Strict reading as tables of wrong files and the messages they must give.
#include "base/yaml_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text_value.hpp"

namespace parley::yaml {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

enum class Colour { red, green };
constexpr std::pair<std::string_view, Colour> kColours[] = {{"red", Colour::red}, {"green", Colour::green}};

struct Example {
  std::string name;
  Colour colour = Colour::red;
  bool open = false;
  std::int64_t count = 7;
  std::chrono::milliseconds wait{600};
  std::vector<std::string> tags;
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> people;
  std::vector<std::string> rules;
};

Result<Example> read(std::string_view text) {
  Reader reader(text, "x.yaml");
  Map root = reader.root();
  Example out;
  out.name = root.text("name", "nobody");
  out.colour = root.one_of("colour", out.colour, kColours);
  Map turn = root.section("turn_taking");
  out.open = turn.boolean("open", false);
  out.count = turn.integer("count", 7, 1, 10);
  out.wait = turn.duration("endpointing", 600ms, 100ms, 10s);
  for (auto& tag : root.texts("tags"))
    out.tags.push_back(tag.text);
  out.options = root.text_map("options");
  for (auto& [name, map] : root.named("people"))
    out.people[name.text] = map.text("role");
  for (auto& map : root.list("rules"))
    out.rules.push_back(map.text("reply"));
  if (auto done = reader.finish(); !done) return fail(done.error());
  return out;
}

std::string problems(std::string_view text) {
  const auto got = read(text);
  return got ? "none" : got.error().message;
}

TEST(YamlReader, ReadsEveryKindOfValue) {
  const auto got = read(R"(
name: Asha
colour: green
turn_taking: {open: yes, count: 3, endpointing: 2s}
tags: [a, "b c"]
options:
  rate: 1.5
  on: yes
people:
  anil: {role: cook}
  devi:
rules:
  - reply: |
      one
      two
  - {reply: "तीन"}
)");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->name, "Asha");
  EXPECT_EQ(got->colour, Colour::green);
  EXPECT_TRUE(got->open);
  EXPECT_EQ(got->count, 3);
  EXPECT_EQ(got->wait, 2s);
  EXPECT_EQ(got->tags, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(got->options, (std::map<std::string, std::string>{{"on", "yes"}, {"rate", "1.5"}}));
  EXPECT_EQ(got->people, (std::map<std::string, std::string>{{"anil", "cook"}, {"devi", ""}}));
  EXPECT_EQ(got->rules, (std::vector<std::string>{"one\ntwo\n", "तीन"}));
}

TEST(YamlReader, AnEmptyFileHasTheDefaults) {
  for (const char* text : {"", "# nothing\n", "---\n", "~", "{}", "name:\nturn_taking:\n"}) {
    const auto got = read(text);
    ASSERT_TRUE(got) << text << ": " << got.error().message;
    EXPECT_EQ(got->name, "nobody");
    EXPECT_EQ(got->count, 7);
  }
}

TEST(YamlReader, ReadsJson) {
  const auto got = read(
      "{\n\t\"name\": \"caf\\u00e9 \\ud83d\\ude00 \\\\ud83d a\\/b\",\n\t\"turn_taking\": "
      "{\"open\":true,\"count\":2}}");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->name, "café 😀 \\ud83d a/b");
  EXPECT_TRUE(got->open);
  EXPECT_EQ(got->count, 2);
}

struct Wrong {
  const char* text;
  const char* message;
};

TEST(YamlReader, NamesTheLineAndTheFixOfAMistake) {
  const Wrong cases[] = {
      {"name: a\nturn_taking:\n  endpoint: 1s\n",
       "x.yaml:3: unknown key 'endpoint' in turn_taking; allowed: open, count, endpointing (did you mean "
       "'endpointing'?)"},
      {"nmae: a",
       "x.yaml:1: unknown key 'nmae'; allowed: name, colour, turn_taking, tags, options, people, rules (did "
       "you mean 'name'?)"},
      {"people:\n  anil: {rule: cook}",
       "x.yaml:2: unknown key 'rule' in people.anil; allowed: role (did you mean 'role'?)"},
      {"rules:\n- replay: a",
       "x.yaml:2: unknown key 'replay' in rules[0]; allowed: reply (did you mean 'reply'?)"},
      {"\nname: [a]", "x.yaml:2: name: must be text"},
      {"colour: blue", "x.yaml:1: colour: must be one of red, green, not 'blue'"},
      {"turn_taking: 3", "x.yaml:1: turn_taking: must be a map of keys"},
      {"turn_taking: {open: maybe}", "x.yaml:1: turn_taking.open: must be true or false, not 'maybe'"},
      {"turn_taking: {count: 11}",
       "x.yaml:1: turn_taking.count: must be a whole number from 1 to 10, not '11'"},
      {"turn_taking: {count: '3'}",
       "x.yaml:1: turn_taking.count: must be a whole number from 1 to 10, not '3'"},
      {"turn_taking: {count: 3.5}",
       "x.yaml:1: turn_taking.count: must be a whole number from 1 to 10, not '3.5'"},
      {"turn_taking: {endpointing: 600}",
       "x.yaml:1: turn_taking.endpointing: must be a duration from 100ms to 10s, such as 600ms, 2s or 10m, "
       "not '600'"},
      {"tags: {a: b}", "x.yaml:1: tags: must be a text or a list of texts"},
      {"tags:\n- a\n- [b]", "x.yaml:3: tags: must be a list of texts"},
      {"rules: a", "x.yaml:1: rules: must be a list"},
      {"rules: [a]", "x.yaml:1: rules[0]: must be a map of keys"},
      {"people: {a: b}", "x.yaml:1: people.a: must be a map of keys"},
      {"name: a\nname: b", "x.yaml:2: duplicate key 'name'"},
      {"[a]", "x.yaml:1: the file must be a map of keys"},
      {"name: &x a\ncolour: *x", "x.yaml:2: aliases (*name) are not supported: write the value out"},
      {"name: a\n? [b]\n: c", "x.yaml:2: a key must be plain text"},
      {"name: a\n---\nname: b", "x.yaml: holds more than one document"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(problems(c.text), c.message) << c.text;
  EXPECT_THAT(problems("name: [a"), testing::StartsWith("x.yaml:1: "));
  EXPECT_THAT(problems("name: \"a"), testing::StartsWith("x.yaml:1: "));
}

TEST(YamlReader, ReportsSeveralMistakesAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(problems("nam: a\ncolour: blue\ntags: {}\n"),
            "x.yaml:1: unknown key 'nam'; allowed: name, colour, turn_taking, tags, options, people, rules "
            "(did you mean "
            "'name'?)\n"
            "x.yaml:2: colour: must be one of red, green, not 'blue'\n"
            "x.yaml:3: tags: must be a text or a list of texts");
  std::string many = "tags:\n";
  for (int i = 0; i < 30; ++i)
    many += "- [a]\n";
  const std::string message = problems(many);
  EXPECT_EQ(std::ranges::count(message, '\n'), 20);
  EXPECT_THAT(message, testing::EndsWith("and 10 more"));
}

TEST(YamlReader, LimitsSizeDepthAndNumber) {
  EXPECT_EQ(problems("name: " + std::string(1 << 20, 'a')), "x.yaml: larger than 1024 KiB");
  EXPECT_THAT(problems("tags: " + std::string(40, '[') + std::string(40, ']')),
              HasSubstr("x.yaml:1: more than 32 levels inside each other"));
  EXPECT_NE(problems("tags: " + std::string(100'000, '[')), "none");
  EXPECT_NE(problems(std::string(100'000, '{')), "none");
  std::string many = "tags: [";
  for (int i = 0; i < 60'000; ++i)
    many += "a,";
  EXPECT_THAT(problems(many + "a]"), HasSubstr("more than 50000 values"));
}

std::string as_json(std::string_view text) {
  Reader reader(text, "x.yaml");
  const std::string json = reader.root().json("it");
  const auto done = reader.finish();
  return done ? json : done.error().message;
}

TEST(YamlReader, GivesAMapOfAnyShapeAsJson) {
  EXPECT_EQ(as_json("it: {b: 1, a: [x, -2.5e3, true, false, null, {c: {}}, []]}"),
            R"({"b":1,"a":["x",-2.5e3,true,false,null,{"c":{}},[]]})");
  EXPECT_EQ(as_json("other: 1"), "x.yaml:1: unknown key 'other'; allowed: it");
  EXPECT_EQ(as_json(""), "");
  EXPECT_EQ(as_json("it: [1]"), "x.yaml:1: it: must be a map of keys");
}

TEST(YamlReader, WritesOnlyWhatJsonTakesAsANumberWithoutQuotes) {
  EXPECT_EQ(
      as_json("it: {a: '1', b: \"true\", c: 007, d: .5, e: 1., f: +1, g: 0x1F, h: .inf, i: 1_000, j: yes, k: "
              "2026-11-21, l: 0.50}"),
      R"({"a":"1","b":"true","c":"007","d":".5","e":"1.","f":"+1","g":"0x1F","h":".inf","i":"1_000",)"
      R"("j":"yes","k":"2026-11-21","l":0.50})");
}

TEST(YamlReader, EscapesWhatJsonMustNotHoldAsItIs) {
  EXPECT_EQ(as_json("it: {\"a\\\"b\": \"line\\nnext\\ttab \\\\ \\x01 नमस्ते\"}"),
            "{\"a\\\"b\":\"line\\u000anext\\u0009tab \\\\ \\u0001 नमस्ते\"}");
}

TEST(YamlReader, KnowsWhichKeysWereAskedFor) {
  Reader reader("people: {a: {}}\nrules: [{}]", "x");
  Map root = reader.root();
  root.section("turn").text("b");
  root.named("people")[0].second.text("role");
  root.list("rules")[0].text("reply");
  const std::map<std::string, std::set<std::string>> known = {{"", {"turn", "people", "rules"}},
                                                              {"turn", {"b"}},
                                                              {"people", {}},
                                                              {"people.*", {"role"}},
                                                              {"rules[]", {"reply"}}};
  EXPECT_EQ(reader.known_keys(), known);
}

TEST(TextValue, DurationsHaveAUnit) {
  EXPECT_EQ(parse_duration("600ms"), 600ms);
  EXPECT_EQ(parse_duration("2s"), 2s);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0"), 0ms);
  for (const char* wrong : {"", "5", "s", "-1s", "1.5s", "1 s", "1S", "99999999999999999999s", "9999999999h"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  for (const auto duration : {0ms, 1500ms, 2000ms, 60000ms, 90000ms, 3600000ms})
    EXPECT_EQ(parse_duration(duration_text(duration)), duration);
}

TEST(TextValue, WholeNumbersAndSwitches) {
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_EQ(parse_integer("+12"), 12);
  for (const char* wrong : {"", "+", "+-1", "1x", " 1", "99999999999999999999"})
    EXPECT_FALSE(parse_integer(wrong));
  EXPECT_EQ(parse_number("-1.5"), -1.5);
  EXPECT_EQ(parse_number("+2"), 2);
  EXPECT_EQ(parse_number("1e3"), 1000);
  for (const char* wrong : {"", "+", "+-1", "-", "1x", " 1", "1,5", "inf", "nan", "1e999", "0x10"})
    EXPECT_FALSE(parse_number(wrong)) << wrong;
  EXPECT_EQ(parse_boolean("Yes"), true);
  EXPECT_EQ(parse_boolean("OFF"), false);
  EXPECT_FALSE(parse_boolean("1"));
}

}  // namespace
}  // namespace parley::yaml
