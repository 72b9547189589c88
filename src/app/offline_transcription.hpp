// What a carrier has recorded, written down for the agent: by its recording.transcribe where it has one, else
// by the recogniser that it hears calls with. What that costs stands in the call's log.
//
// Thread: the executor's. Lifetime: everything outlives what awaits it.
#pragma once

#include <functional>
#include <memory>

#include "app/workspace_vendors.hpp"
#include "base/clock.hpp"
#include "control/offline_calls.hpp"
#include "storage/call_store.hpp"
#include "vendor/price_table.hpp"

namespace parley::app {

struct OfflineTranscription {
  async::Executor executor;
  const WorkspaceVendors& vendors;
  storage::CallStore& calls;
  const Clock& clock;
  std::function<std::shared_ptr<const vendor::PriceTable>()> prices;
};

control::OfflineCalls::Transcribe transcribe_by(OfflineTranscription dependencies);

}  // namespace parley::app
