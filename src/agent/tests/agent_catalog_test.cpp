// The bundled agents themselves, and how an agent is found.
#include "agent/agent_catalog.hpp"

#include <fstream>
#include <set>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/agent_file.hpp"

namespace parley::agent {
namespace {

using testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "agents-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(AgentCatalog, HasTheBundledAgents) {
  const auto catalog = AgentCatalog::open("");
  ASSERT_TRUE(catalog) << catalog.error().message;
  std::vector<std::string> names;
  for (const auto& agent : catalog->all())
    names.push_back(agent->name);
  EXPECT_EQ(names, (std::vector<std::string>{"appointment-desk", "bench", "echo", "hindi-menu",
                                             "lead-qualifier", "vendors-demo"}));
  EXPECT_EQ((*catalog->find("echo"))->kind, AgentKind::echo);
  EXPECT_EQ((*catalog->find("bench"))->stt.provider, "instant");
  EXPECT_EQ((*catalog->find("hindi-menu"))->stt.provider, "none");
}

TEST(AgentCatalog, InEveryBundledConversationZeroCallsAPerson) {
  const auto catalog = AgentCatalog::open("");
  ASSERT_TRUE(catalog);
  for (const auto& agent : catalog->all()) {
    if (agent->kind == AgentKind::echo) continue;
    ASSERT_TRUE(agent->dtmf.keys.contains('0')) << agent->name;
    EXPECT_EQ(agent->dtmf.keys.at('0').action, DtmfAction::escalate) << agent->name;
  }
}

TEST(AgentCatalog, AnUnknownNameIsToldWhatThereIs) {
  const auto catalog = AgentCatalog::open("");
  ASSERT_TRUE(catalog);
  const auto found = catalog->find("nobody");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::not_found);
  EXPECT_EQ(found.error().message,
            "no agent named 'nobody'; there are appointment-desk, bench, echo, hindi-menu, lead-qualifier, "
            "vendors-demo; or give a path to a .yaml file");
}

TEST(AgentCatalog, ReadsADirectoryAndSingleFiles) {
  const Folder folder;
  folder.write("mine.yaml", "name: mine\nkind: echo");
  folder.write("echo.json", R"({"name": "echo", "kind": "echo", "description": "replaced"})");
  folder.write("notes.txt", "not an agent");
  const auto catalog = AgentCatalog::open(folder.path());
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_TRUE(catalog->find("mine"));
  EXPECT_EQ((*catalog->find("echo"))->description, "replaced");
  const Folder other;
  const std::string file = other.write("other.yaml", "name: other\nkind: echo");
  EXPECT_EQ((*catalog->find(file))->name, "other");
  EXPECT_EQ(catalog->find("missing.yaml").error().code, Errc::not_found);
}

TEST(AgentCatalog, TellsEveryWrongFileOfADirectory) {
  const Folder folder;
  folder.write("a.yaml", "name: same\nkind: echo");
  folder.write("b.yaml", "name: same\nkind: echo");
  folder.write("c.yaml", "nam: c");
  const auto catalog = AgentCatalog::open(folder.path());
  ASSERT_FALSE(catalog);
  EXPECT_THAT(catalog.error().message, HasSubstr("b.yaml: the agent 'same' is in "));
  EXPECT_THAT(catalog.error().message, HasSubstr("c.yaml:1: unknown key 'nam'"));
  EXPECT_FALSE(AgentCatalog::open("/nowhere"));
}

void words_in(const PatternNode& node, std::set<std::string>& words) {
  if (node.kind == PatternNode::Kind::word) words.insert(node.text);
  for (const auto& child : node.children)
    words_in(child, words);
}

void words_in(const std::vector<Rule>& rules, std::set<std::string>& words) {
  for (const auto& rule : rules) {
    for (const auto& pattern : rule.parsed)
      words_in(pattern, words);
  }
}

TEST(AgentCatalog, TheLocalRecogniserKnowsEveryWordOfTheEnglishAgents) {
  std::ifstream file(PARLEY_SPHINX_MODELS "/en-us/cmudict-en-us.dict");
  ASSERT_TRUE(file);
  std::set<std::string> dictionary;
  for (std::string line; std::getline(file, line);)
    dictionary.insert(line.substr(0, line.find(' ')));
  const auto catalog = AgentCatalog::open("");
  ASSERT_TRUE(catalog);
  for (const auto& agent : catalog->all()) {
    if (agent->stt.provider != "local") continue;
    std::set<std::string> words;
    words_in(agent->script.anywhere, words);
    for (const auto& [name, stage] : agent->script.stages)
      words_in(stage.rules, words);
    for (const auto& [name, slot] : agent->script.slots) {
      for (const auto& [value, forms] : slot.choices) {
        for (const auto& form : forms) {
          for (const auto& word : words_of(form))
            words.insert(word);
        }
      }
    }
    EXPECT_GT(words.size(), 50u);
    for (const auto& word : words)
      EXPECT_TRUE(dictionary.contains(word)) << agent->name << ": " << word;
  }
}

TEST(AgentCatalog, GivesTheTextOfWhatItFinds) {
  const Folder folder;
  const std::string text = "name: echo\nkind: echo\ndescription: mine\n";
  const std::string file = folder.write("mine.yaml", text);
  const auto catalog = AgentCatalog::open(folder.path());
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ(*catalog->text_of("echo"), text) << "the file replaces the bundled one";
  EXPECT_EQ(*catalog->text_of(file), text);
  const auto bundled = catalog->text_of("bench");
  ASSERT_TRUE(bundled);
  EXPECT_EQ(content_version(*bundled), (*catalog->find("bench"))->version);
  EXPECT_EQ(catalog->text_of("nobody").error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley::agent
