// Agents: drafts, versions, what differs between them, import and export.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "control/agent_directory.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

struct ProviderInfo {
  std::string name;
  std::vector<std::string> parts;  // "stt", "llm", "tts", "sts"
  bool ready = false;              // it has a key, or needs none
};

// Everything outlives the Api.
struct AgentRoutesDependencies {
  storage::ControlStore& store;
  control::AgentDirectory& directory;
  const Clock& clock;
  // Blocking.
  std::function<std::vector<ProviderInfo>(const std::string& workspace)> providers;
};

void add_agent_routes(Api& api, AgentRoutesDependencies dependencies);

}  // namespace parley::api
