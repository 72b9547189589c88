// Each workspace's vendors: the adapters with the keys it has saved, and with those of the settings where it
// has none. When keys change, adapters are made anew; calls in progress go on with theirs.
//
// Thread: any. Lifetime: outlives every agent it has made ready.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/vendor_parts.hpp"
#include "app/vendors.hpp"
#include "base/thread_annotations.hpp"
#include "control/agent_directory.hpp"
#include "security/vault.hpp"
#include "vendor/model_notes.hpp"

namespace parley::app {

// A vendor's key as a workspace has saved it.
struct WorkspaceKey {
  std::string workspace;
  std::string provider;  // as in vendors.NAME.key
  std::string key;       // secret
  std::string url;       // empty: that of the settings
  friend bool operator==(const WorkspaceKey&, const WorkspaceKey&) = default;
};

// Blocking. A key that cannot be opened, or of a vendor nobody knows, is logged and left out.
Result<std::vector<WorkspaceKey>> read_workspace_keys(storage::ControlStore& store,
                                                      const security::Vault& vault);

class WorkspaceVendors {
 public:
  // Adapters nobody uses any more are kept until no socket of theirs can be left in any pool.
  static constexpr std::chrono::minutes kRest{5};

  struct Dependencies {
    const settings::Settings& settings;
    const Clock& clock;
    speech::SpeechCache& speech;
    vendor::CircuitBreakers& breakers;
    VendorTable own;  // parts of this server, which all workspaces share
    std::shared_ptr<const net::AddressPolicy> policy;
    std::shared_ptr<const vendor::ModelNotes> notes;
  };

  explicit WorkspaceVendors(Dependencies dependencies);
  ~WorkspaceVendors();
  WorkspaceVendors(const WorkspaceVendors&) = delete;
  WorkspaceVendors& operator=(const WorkspaceVendors&) = delete;

  // All keys of all workspaces. Agents that were made ready before keep the old ones: whoever calls this has
  // them made ready again.
  void set_keys(std::vector<WorkspaceKey> keys);

  // control::AgentDirectory::Prepare, for agents that users of a workspace have written: what they name is
  // reached as far as the policy goes, and no variable of this process's environment is theirs to name
  // (option key_env). Blocking. Errors name the agent, the part and what there is; an address that may not be
  // reached is Errc::permission_denied.
  Result<control::ReadyAgentPtr> prepare(const std::string& workspace, agent::AgentPtr agent);
  // The same for an agent of the operator's, from a file on this machine; in the default workspace. Only its
  // tools keep to the policy.
  Result<control::ReadyAgentPtr> prepare_operators(agent::AgentPtr agent);

  // Of an agent that was given to a call by agent_of(). nullptr: its recordings are not transcribed.
  speech::FileTranscriber* transcriber_of(const agent::Agent& agent) const;

  // What an agent of the workspace may name, by name: own parts, and vendors with whether they can be used.
  struct ProviderState {
    std::string name;
    std::vector<std::string> parts;  // "stt", "llm", "tts", "sts"
    bool ready = false;              // has a key, or needs none
  };
  std::vector<ProviderState> providers(const std::string& workspace);

  // The settings with the keys and addresses that the workspace's agents use, and where requests to that
  // vendor may go (nullptr: anywhere). Errc::permission_denied: not to the address that the workspace set.
  struct Access {
    settings::Settings settings;
    std::shared_ptr<const net::AddressPolicy> policy;
  };
  Result<Access> access_of(const std::string& workspace, std::string_view vendor);

  // Sets of adapters there are, resting ones included: for tests.
  std::size_t sets_of_adapters() const;

 private:
  struct Adapters;
  class Prepared;
  using Keys = std::vector<WorkspaceKey>;  // of one workspace, by provider

  Result<control::ReadyAgentPtr> make_ready(const std::string& workspace, const agent::Agent& agent,
                                            bool operators);
  std::shared_ptr<Adapters> adapters_for(const std::string& workspace, bool operators)
      PARLEY_REQUIRES(mutex_);
  llm::AnswerCache& answers_of(const std::string& workspace) PARLEY_REQUIRES(mutex_);
  void drop_rested() PARLEY_REQUIRES(mutex_);

  const Dependencies d_;
  mutable Mutex mutex_;
  std::map<std::string, Keys, std::less<>> keys_ PARLEY_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Adapters>> adapters_ PARLEY_GUARDED_BY(mutex_);
  // One workspace does not see what another's callers were told.
  std::map<std::string, std::unique_ptr<llm::AnswerCache>, std::less<>> answers_ PARLEY_GUARDED_BY(mutex_);
  mutable std::map<const agent::Agent*, std::weak_ptr<const Prepared>> prepared_ PARLEY_GUARDED_BY(mutex_);
};

// The agent as a call and its recording hold it: with it everything it was made ready with stays alive.
agent::AgentPtr agent_of(const control::ReadyAgentPtr& ready);

}  // namespace parley::app
