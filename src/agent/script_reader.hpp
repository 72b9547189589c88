// The `script` section of an agent file, with the checks that need the whole script.
#pragma once

#include <map>

#include "agent/agent.hpp"
#include "base/yaml_reader.hpp"

namespace parley::agent {

// Problems go to the map's reader. `dtmf_keys`: keys with a meaning of their own, which no rule can see.
Script read_script(yaml::Reader& reader, yaml::Map map, const std::map<char, DtmfKey>& dtmf_keys);

bool is_dtmf_key(char c);  // 0-9 * # A-D

}  // namespace parley::agent
