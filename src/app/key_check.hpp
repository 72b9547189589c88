// What a vendor says to the key that a workspace's calls would use, in sentences for whoever has set it.
#pragma once

#include <string>

#include "app/workspace_vendors.hpp"
#include "control/setup_check.hpp"

namespace parley::app {

// Blocking, for ten seconds at most. Empty: no key is set, so there is nothing to be asked.
control::SetupFindings check_key(WorkspaceVendors& vendors, const std::string& workspace,
                                 const std::string& provider, const Clock& clock);

}  // namespace parley::app
