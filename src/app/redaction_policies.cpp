#include "app/redaction_policies.hpp"

#include "base/log.hpp"
#include "control/workspace_settings.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");
// Of a workspace whose settings cannot be read: rather too much is taken out than too little.
constexpr storage::RedactionKinds kEverything{
    .cards = true, .aadhaar = true, .pan = true, .phones = true, .emails = true};

}  // namespace

storage::RedactionKinds RedactionPolicies::of(const std::string& workspace) const {
  const MutexLock lock(mutex_);
  // Of a call from before this process: as the strictest workspace.
  if (workspace.empty()) {
    storage::RedactionKinds all;
    for (const auto& [name, kinds] : kinds_) {
      all.cards |= kinds.cards;
      all.aadhaar |= kinds.aadhaar;
      all.pan |= kinds.pan;
      all.phones |= kinds.phones;
      all.emails |= kinds.emails;
    }
    return all;
  }
  const auto found = kinds_.find(workspace);
  return found == kinds_.end() ? storage::RedactionKinds() : found->second;
}

Result<void> RedactionPolicies::refresh() {
  auto workspaces = store_.list_workspaces();
  if (!workspaces) return fail(std::move(workspaces.error()));
  std::map<std::string, storage::RedactionKinds> kinds;
  for (const storage::WorkspaceRecord& workspace : *workspaces) {
    const auto settings = control::parse_workspace_settings(workspace.settings);
    if (!settings) {
      kLog.error("the settings of workspace {} cannot be read, everything is redacted there: {}",
                 workspace.id, settings.error().message);
      kinds[workspace.id] = kEverything;
      continue;
    }
    kinds[workspace.id] = settings->redaction;
  }
  const MutexLock lock(mutex_);
  kinds_ = std::move(kinds);
  return {};
}

}  // namespace parley::app
