// The pattern language as a table: text in, tree printed back as text out.
#include "agent/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using testing::ElementsAre;

std::string shown(const PatternNode& node) {
  using Kind = PatternNode::Kind;
  std::string inside;
  for (const auto& child : node.children) {
    if (!inside.empty()) inside += node.kind == Kind::alternatives ? "|" : " ";
    inside += shown(child);
  }
  switch (node.kind) {
    case Kind::word:
      return node.text;
    case Kind::anything:
      return "*";
    case Kind::slot:
      return "{" + node.text + "}";
    case Kind::sequence:
      return "<" + inside + ">";
    case Kind::alternatives:
      return "(" + inside + ")";
    case Kind::optional:
      return "[" + inside + "]";
  }
  return "?";
}

struct Case {
  const char* text;
  const char* tree;
};

TEST(Pattern, ReadsWordsSlotsAndGroups) {
  const Case cases[] = {
      {"hello", "<hello>"},
      {"  Hello   World ", "<hello world>"},
      {"book {date} at {time}", "<book {date} at {time}>"},
      {"[please] book", "<[<please>] book>"},
      {"(yes|yeah|of course)", "<(<yes>|<yeah>|<of course>)>"},
      {"[an|the] appointment", "<[(<an>|<the>)] appointment>"},
      {"speak *", "<speak *>"},
      {"(i'd|i would) like [to (book|make)]", "<(<i'd>|<i would>) like [<to (<book>|<make>)>]>"},
      {"(one)", "<<one>>"},
      {"what's up?", "<what's up>"},
      {"twenty-five", "<twenty five>"},
      {"नमस्ते {name}", "<नमस्ते {name}>"},
  };
  for (const auto& c : cases) {
    const auto tree = parse_pattern(c.text);
    ASSERT_TRUE(tree) << c.text << ": " << tree.error().message;
    EXPECT_EQ(shown(*tree), c.tree) << c.text;
  }
}

TEST(Pattern, NamesTheColumnOfAnError) {
  const Case cases[] = {
      {"", "column 1: expected a word, '*', '{', '[' or '('"},
      {"book (a|b", "column 6: '(' is not closed: expected ')'"},
      {"book [a", "column 6: '[' is not closed: expected ']'"},
      {"book (a]", "column 8: expected '|' or ')'"},
      {"a )", "column 3: unexpected ')'"},
      {"a | b", "column 3: unexpected '|'"},
      {"(a||b)", "column 4: expected a word, '*', '{', '[' or '('"},
      {"{", "column 2: expected a slot's name after '{'"},
      {"{date", "column 1: '{' is not closed: expected '}'"},
      {"{da te}", "column 5: expected '}'"},
      {"नम {9}", "column 5: expected a slot's name after '{'"},
      {"well ?", "column 6: '?' is not a word"},
  };
  for (const auto& c : cases) {
    const auto tree = parse_pattern(c.text);
    ASSERT_FALSE(tree) << c.text;
    EXPECT_EQ(tree.error().message, c.tree) << c.text;
    EXPECT_EQ(tree.error().code, Errc::invalid_argument);
  }
}

TEST(Pattern, NestingIsLimited) {
  EXPECT_TRUE(parse_pattern(std::string(16, '(') + "a" + std::string(16, ')')));
  EXPECT_FALSE(parse_pattern(std::string(17, '(') + "a" + std::string(17, ')')));
  EXPECT_FALSE(parse_pattern(std::string(5000, 'a')));
}

TEST(Words, AreLowerCaseWithoutPunctuation) {
  EXPECT_THAT(words_of("Hello, World!"), ElementsAre("hello", "world"));
  EXPECT_THAT(words_of("I'd like 'that'"), ElementsAre("i'd", "like", "that"));
  EXPECT_THAT(words_of("I\u2019d like"), ElementsAre("i'd", "like"));
  EXPECT_THAT(words_of("at 4:30 p.m. on 2-5, for 1,000.50 rupees."),
              ElementsAre("at", "4:30", "pm", "on", "2-5", "for", "1000.50", "rupees"));
  EXPECT_THAT(words_of("twenty-five — no…"), ElementsAre("twenty", "five", "no"));
  EXPECT_THAT(words_of("नमस्ते। ठीक है"), ElementsAre("नमस्ते", "ठीक", "है"));
  EXPECT_THAT(words_of("९८७"), ElementsAre("987"));
  EXPECT_THAT(words_of(" ... "), ElementsAre());
  EXPECT_THAT(words_of("a\xff"
                       "b"),
              ElementsAre("a\xff"
                          "b"));
}

}  // namespace
}  // namespace parley::agent
