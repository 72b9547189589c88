// Everything around carriers: their REST interfaces, which call a message is about, outbound calls, what
// carriers ask and tell us, recordings of theirs. Composed here, as ControlPlane is for the API.
//
// Thread: made and stopped on the main thread; serves on the control context. Lifetime: what it is given
// outlives it; stop() is awaited before it goes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "api/api.hpp"
#include "api/router.hpp"
#include "async/blocking_pool.hpp"
#include "base/metrics.hpp"
#include "control/agent_directory.hpp"
#include "control/carrier_desk.hpp"
#include "control/dialer.hpp"
#include "control/event_hub.hpp"
#include "control/offline_calls.hpp"
#include "control/setup_check.hpp"
#include "engine/call_registry.hpp"
#include "security/vault.hpp"
#include "settings/settings.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::app {

struct TelephonyDependencies {
  const settings::Settings& settings;
  const Clock& clock;
  metrics::Registry& registry;
  async::Executor executor;  // the control context's
  async::BlockingPool& pool;
  storage::CallStore& calls;
  storage::ControlStore& store;
  const security::Vault& vault;
  const control::AgentDirectory& directory;
  control::EventHub& events;
  engine::CallRegistry& call_registry;
  engine::CallObserver& observer;  // of recordings that carriers have made
  control::OfflineCalls::Transcribe transcribe;
};

class Telephony {
 public:
  // Errors are sentences for whoever starts the server.
  static Result<std::unique_ptr<Telephony>> make(TelephonyDependencies dependencies);
  ~Telephony();

  control::CarrierDesk& desk();
  control::Dialer& dialer();
  const control::SetupCheck& checks() const;
  // The addresses that carriers are given.
  void add_routes(api::Router& router);

  void start();
  async::Task<> stop();

 private:
  struct Parts;
  explicit Telephony(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// The account in the settings; nullopt: there is none. Errors name the setting.
Result<std::optional<carrier::Account>> account_of(const settings::Settings& settings);

}  // namespace parley::app
