#include "app/call_agents.hpp"

#include <utility>

#include "app/workspace_vendors.hpp"
#include "base/log.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");

}  // namespace

engine::ChooseAgent choose_by(const control::AgentDirectory& directory, std::string phone_id) {
  return [&directory,
          phone_id = std::move(phone_id)](const media::StreamStart& start) -> Result<engine::CallAgent> {
    auto answer = directory.resolve(phone_id, start.to);
    if (!answer) return fail(std::move(answer.error()));
    const auto wanted = start.custom_parameters.find("agent");
    if (wanted != start.custom_parameters.end() && !wanted->second.empty()) {
      auto named = directory.find(answer->workspace_id, wanted->second);
      if (named) {
        named->phone_id = std::move(answer->phone_id);
        answer = std::move(named);
      } else {
        kLog.warn("the stream's parameter 'agent' is ignored: {}", named.error().message);
      }
    }
    engine::CallAgent chosen;
    chosen.agent = agent_of(answer->agent);
    chosen.vendors = answer->agent->for_call();
    chosen.agent_text = std::move(answer->agent_text);
    chosen.workspace_id = std::move(answer->workspace_id);
    chosen.phone_id = std::move(answer->phone_id);
    if (chosen.phone_id.empty()) chosen.phone_id = phone_id;
    chosen.keeps_alive = answer->agent;
    return chosen;
  };
}

}  // namespace parley::app
