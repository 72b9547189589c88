// Agents from YAML or JSON text, checked as a whole: a file that is accepted holds no pattern that does not
// parse, no stage that is missing or never reached and no slot that nobody knows. docs/agent.schema.json
// describes the format.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "base/result.hpp"

namespace parley::agent {

// `source_name` stands in messages before the line: "agents/x.yaml:12: …", one line for each mistake. Any
// thread.
Result<AgentPtr> parse_agent(std::string_view text, std::string_view source_name);

// Blocking. Errc::not_found when there is no such file.
Result<AgentPtr> load_agent_file(const std::filesystem::path& path);
// Its text. Never much more than an agent's text may have.
Result<std::string> read_agent_file(const std::filesystem::path& path);

// Every key the reader knows, by section: "" is the top, "script.stages.*" any stage, "…rules[]" any rule of
// a list.
std::map<std::string, std::set<std::string>> agent_file_keys();

// The version of an agent's text: 64 bits of FNV-1a in hex. Line ends and blank lines at the end do not
// count.
std::string content_version(std::string_view text);

}  // namespace parley::agent
