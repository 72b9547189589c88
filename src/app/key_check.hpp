// What a vendor says to the key that a workspace's calls would use, in sentences for whoever has set it.
#pragma once

#include <string>

#include "app/workspace_vendors.hpp"
#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "control/setup_check.hpp"

namespace parley::app {

// Everything outlives the coroutines.
struct KeyCheckParts {
  async::Executor executor;
  async::BlockingPool& pool;
  WorkspaceVendors& vendors;
  const Clock& clock;
};

// Ten seconds at most. Empty: no key is set, so there is nothing to be asked. Awaited on the executor.
async::Task<control::SetupFindings> check_key(KeyCheckParts parts, std::string workspace,
                                              std::string provider);

}  // namespace parley::app
