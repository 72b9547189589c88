// An agent's configuration as people and programs hand it in and get it back: the text of a file, or an
// object. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "agent/agent.hpp"
#include "base/result.hpp"

namespace parley::control {

// The configuration as an object. Errors as agent::parse_agent gives them.
Result<boost::json::value> agent_config(std::string_view text);
// The text of an agent file that says the same, for people.
Result<std::string> agent_yaml(std::string_view text);
// The same text under another name. Comments stay where the name has a line of its own.
Result<std::string> renamed_agent(std::string_view text, std::string_view name);

struct TextProblem {
  int line = 0;  // 0: none is known
  std::string detail;
};
// What agent::parse_agent says, each mistake with its line.
std::vector<TextProblem> problems_of(const Error& error, std::string_view source_name);

struct Change {
  std::string path;  // a JSON pointer (RFC 6901)
  enum class Kind { added, removed, changed } kind = Kind::changed;
  boost::json::value before;  // null where there was none
  boost::json::value after;
};
// Maps by their members, everything else as a whole; lists item by item when they are equally long.
std::vector<Change> differences(const boost::json::value& before, const boost::json::value& after);

}  // namespace parley::control
