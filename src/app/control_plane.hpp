// Everything around the calls: who may come in, the API, live events, chats, outgoing webhooks, what is kept
// and for how long. Composed here, so that server.cpp has the calls alone.
//
// Thread: made and stopped on the main thread; serves on the control context. Lifetime: what it is given
// outlives it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "api/agent_routes.hpp"
#include "api/router.hpp"
#include "app/redaction_policies.hpp"
#include "app/stores.hpp"
#include "app/telephony.hpp"
#include "control/agent_directory.hpp"
#include "control/browser_calls.hpp"
#include "control/price_book.hpp"
#include "engine/call_registry.hpp"
#include "net/http_server.hpp"
#include "settings/settings.hpp"
#include "vendor/model_notes.hpp"

namespace parley::app {

struct ControlPlaneDependencies {
  const settings::Settings& settings;
  const Clock& clock;
  metrics::Registry& registry;
  async::asio::io_context& control;
  storage::CallStore& calls;
  storage::ControlStore& store;
  const security::Vault& vault;
  control::AgentDirectory& directory;
  control::PriceBook& prices;
  RedactionPolicies& redaction;
  engine::CallRegistry& call_registry;
  const api::Router& router;  // of the addresses that are not the API's
  std::shared_ptr<const net::AddressPolicy> policy;
  std::function<std::vector<api::ProviderInfo>(const std::string& workspace)> providers;
  // What is suggested beside them, and which models end.
  std::shared_ptr<const vendor::ModelNotes> model_notes;
  // Does the vendor take the key that the workspace's calls would use? On the control context.
  std::function<async::Task<control::SetupFindings>(std::string workspace, std::string provider)> check_key;
  std::function<Result<void>()> keys_changed;  // before agents are made ready again; blocking
  std::string default_agent;
  control::OfflineCalls::Transcribe transcribe;  // what carriers have recorded
  engine::CallObserver& recordings;              // is told of those, as of the calls' own
};

class ControlPlane {
 public:
  // Errors are sentences for whoever starts the server.
  static Result<std::unique_ptr<ControlPlane>> make(ControlPlaneDependencies dependencies);
  ~ControlPlane();

  Telephony& telephony();
  control::BrowserCalls& browser_calls();
  // To be told of calls.
  std::vector<engine::CallObserver*> observers();
  net::HttpHandlers handlers();
  // Loops begin. `recovered`: ids of calls that a process which died had left open.
  void start(const std::vector<std::string>& recovered);
  // A line for the console when nobody has an account yet: how to become the owner. Empty otherwise.
  Result<std::string> welcome(const std::string& base_url);
  // Ends subscriptions, so that the server's connections can end.
  void close_streams();
  // Runs the control context until nothing of it is left; when nobody else runs it any more.
  void stop();

 private:
  struct Parts;
  explicit ControlPlane(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::app
