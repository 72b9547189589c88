#include "base/yaml_text.hpp"

#include <gtest/gtest.h>

namespace parley::yaml {
namespace {

std::string json_of(std::string_view text) {
  const auto tree = parse_tree(text, "test");
  return tree ? to_json(*tree) : tree.error().message;
}

std::string round_trip(std::string_view text) {
  const auto tree = parse_tree(text, "test");
  return tree ? json_of(to_yaml(*tree)) : tree.error().message;
}

TEST(YamlText, BecomesJsonWithItsOrderAndKinds) {
  EXPECT_EQ(json_of("b: 1\na: [true, 'true', 1.5, '1.5', ~, x]\n"),
            R"({"b":1,"a":[true,"true",1.5,"1.5",null,"x"]})");
}

TEST(YamlText, IsTheSameTreeWhenItIsReadAgain) {
  for (const std::string_view json :
       {R"({"a":"12","b":12,"c":"true","d":true,"e":null,"f":"null","g":"~","h":""})",
        R"({"text":"two\nlines","trailing":"line\n","tab":"\t","odd":": # - ? & * ! | > ' % @ `"})",
        R"({"list":[],"map":{},"deep":[[1,["2"]],{"k":[{"x":"y"}]}]})",
        R"({"0":{"action":"x"},"#":"star","true":"key","हिन्दी":"नमस्ते","emoji":"👍"})",
        R"(["yes","no","on","off","0x1f","1e3","-1","+1","01","1_000","2026-11-21",".5"])"}) {
    EXPECT_EQ(round_trip(json), json_of(json));
  }
}

TEST(YamlText, IsBlockStyleForPeople) {
  const auto tree =
      parse_tree(R"({"name":"front-desk","llm":{"provider":"script"},"rules":[{"say":"Hi"}]})", "t");
  ASSERT_TRUE(tree);
  EXPECT_EQ(to_yaml(*tree), "name: front-desk\nllm:\n  provider: script\nrules:\n  - say: Hi\n");
}

}  // namespace
}  // namespace parley::yaml
