// The agents that can be named: those of a directory, and those built into the program (agents/*.yaml), which
// a file of the directory with the same name replaces.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/result.hpp"

namespace parley::agent {

struct BundledAgent {
  std::string_view name;
  std::string_view text;
};
std::span<const BundledAgent> bundled_agents();

// The JSON Schema of agent files (docs/agent.schema.json).
std::string_view agent_schema();

// Immutable after open(): any thread.
class AgentCatalog {
 public:
  // Reads everything at once: every mistake in any file is in the one error. An empty directory name: bundled
  // ones only. Blocking.
  static Result<AgentCatalog> open(const std::filesystem::path& directory);

  // A name, or the path of a file when it has a slash or ends in .yaml, .yml or .json (then blocking).
  Result<AgentPtr> find(std::string_view name_or_file) const;

  // The text that find() with the same name has read; for the record of what an agent was. Files: blocking.
  Result<std::string> text_of(std::string_view name_or_file) const;

  std::vector<AgentPtr> all() const;  // by name

 private:
  std::map<std::string, AgentPtr, std::less<>> agents_;
  std::map<std::string, std::filesystem::path, std::less<>> files_;  // of agents that are not bundled
};

}  // namespace parley::agent
