// What an editor of agents offers: agents to begin with, and what may be chosen for their parts.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/agent_routes.hpp"
#include "api/api.hpp"
#include "vendor/choice_table.hpp"
#include "vendor/model_notes.hpp"

namespace parley::api {

struct ChoiceRoutesDependencies {
  // Blocking. Outlives the Api.
  std::function<std::vector<ProviderInfo>(const std::string& workspace)> providers;
  std::shared_ptr<const vendor::ChoiceTable> choices;
  std::shared_ptr<const vendor::ModelNotes> notes;
};

void add_choice_routes(Api& api, ChoiceRoutesDependencies dependencies);

}  // namespace parley::api
