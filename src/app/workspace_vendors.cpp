#include "app/workspace_vendors.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");

const settings::VendorSetting* find_vendor(std::string_view name) {
  const auto vendors = settings::vendor_settings();
  const auto found = std::ranges::find(vendors, name, &settings::VendorSetting::name);
  return found == vendors.end() ? nullptr : &*found;
}

// A variable of this process's environment, such as another vendor's key, in a vendor's options.
bool names_a_variable(const agent::Agent& agent) {
  const auto names = [](const agent::ProviderChoice& choice) { return choice.options.contains("key_env"); };
  const agent::ProviderChoice* parts[] = {&agent.stt, &agent.llm, &agent.tts, &agent.sts,
                                          &agent.recording.transcribe};
  return std::ranges::any_of(parts, [&](const agent::ProviderChoice* part) {
    return names(*part) || std::ranges::any_of(part->fallbacks, names);
  });
}

}  // namespace

Result<std::vector<WorkspaceKey>> read_workspace_keys(storage::ControlStore& store,
                                                      const security::Vault& vault) {
  auto records = store.all_provider_keys();
  if (!records) return fail(std::move(records.error()));
  std::vector<WorkspaceKey> keys;
  keys.reserve(records->size());
  for (storage::ProviderKeyRecord& record : *records) {
    auto key = vault.open_sealed(record.sealed_key,
                                 fmt::format("provider {} {}", record.workspace_id, record.provider));
    if (!key) {
      kLog.error("the key of {} of workspace {} cannot be opened: {}", record.provider, record.workspace_id,
                 key.error().message);
    } else if (find_vendor(record.provider) == nullptr) {
      kLog.warn("workspace {} has a key of a vendor that is not known", record.workspace_id);
    } else {
      keys.push_back({std::move(record.workspace_id), std::move(record.provider), std::move(*key),
                      std::move(record.url)});
    }
  }
  return keys;
}

// The vendors with one set of keys.
struct WorkspaceVendors::Adapters {
  Adapters(const Dependencies& d, Keys of, bool with_shared_keys, bool for_operators_agents)
      : keys(std::move(of)),
        shared(with_shared_keys),
        operators(for_operators_agents),
        parts(settings_for(d), d.clock, d.speech, outbound_for(d)) {
    table = d.own;
    parts.add_to(table);
  }

  settings::Settings settings_for(const Dependencies& d) const {
    settings::Settings own = d.settings;
    for (const settings::VendorSetting& vendor : settings::vendor_settings()) {
      settings::VendorAccess& access = own.vendors.*vendor.access;
      if (!shared) access.key.clear();
      const auto saved = std::ranges::find(keys, vendor.name, &WorkspaceKey::provider);
      if (saved == keys.end()) continue;
      // A key of the operator's never goes to an address that somebody else has set.
      access.key = saved->key;
      if (!saved->url.empty()) access.url = saved->url;
    }
    return own;
  }
  Outbound outbound_for(const Dependencies& d) const {
    Outbound outbound{d.policy, operators, {}};
    for (const WorkspaceKey& key : keys) {
      if (key.url.empty()) continue;
      outbound.untrusted.insert(key.provider);
    }
    return outbound;
  }
  // The first of the workspace's addresses that may not be reached.
  Result<void> check(const net::AddressPolicy* policy) const {
    if (policy == nullptr) return {};
    for (const WorkspaceKey& key : keys) {
      if (key.url.empty()) continue;
      // A WebSocket's address is checked as the HTTP one that it begins as.
      const std::string as_http = key.url.starts_with("ws") ? "http" + key.url.substr(2) : key.url;
      if (auto may = policy->check_url(as_http); !may)
        return fail(may.error().code,
                    fmt::format("the address of {}: {}", key.provider, may.error().message));
    }
    return {};
  }

  const Keys keys;
  const bool shared;
  const bool operators;
  VendorParts parts;
  VendorTable table;
  SteadyTime used_at{};  // last seen in use
  bool current = true;
};

class WorkspaceVendors::Prepared final : public control::ReadyAgent {
 public:
  Prepared(std::shared_ptr<const Adapters> adapters, AgentVendors vendors, agent::AgentPtr agent,
           std::vector<std::string> warnings)
      : adapters_(std::move(adapters)),
        vendors_(std::move(vendors)),
        agent_(std::move(agent)),
        warnings_(std::move(warnings)) {}
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return vendors_.for_call(); }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  speech::FileTranscriber* transcriber() const { return vendors_.transcriber(); }

 private:
  const std::shared_ptr<const Adapters> adapters_;
  const AgentVendors vendors_;
  const agent::AgentPtr agent_;
  const std::vector<std::string> warnings_;
};

WorkspaceVendors::WorkspaceVendors(Dependencies dependencies) : d_(std::move(dependencies)) {}

WorkspaceVendors::~WorkspaceVendors() = default;

void WorkspaceVendors::set_keys(std::vector<WorkspaceKey> keys) {
  const MutexLock lock(mutex_);
  keys_.clear();
  for (WorkspaceKey& key : keys) {
    Keys& of_workspace = keys_[key.workspace];
    of_workspace.push_back(std::move(key));
  }
  for (auto& [workspace, of_workspace] : keys_)
    std::ranges::sort(of_workspace, {}, &WorkspaceKey::provider);
  for (const auto& adapters : adapters_) {
    adapters->current = adapters->keys.empty() || std::ranges::any_of(keys_, [&](const auto& entry) {
                          return entry.second == adapters->keys;
                        });
  }
  drop_rested();
}

void WorkspaceVendors::drop_rested() {
  const SteadyTime now = d_.clock.now();
  std::erase_if(adapters_, [&](const std::shared_ptr<Adapters>& adapters) {
    if (adapters->current || adapters.use_count() > 1) {
      adapters->used_at = now;
      return false;
    }
    return now - adapters->used_at >= kRest;
  });
}

std::shared_ptr<WorkspaceVendors::Adapters> WorkspaceVendors::adapters_for(const std::string& workspace,
                                                                           bool operators) {
  const bool shared = workspace == storage::kDefaultWorkspace || d_.settings.vendors.shared;
  const auto saved = keys_.find(workspace);
  const Keys keys = saved == keys_.end() ? Keys() : saved->second;
  for (const auto& adapters : adapters_) {
    if (adapters->shared != shared || adapters->operators != operators || adapters->keys != keys) continue;
    adapters->current = true;
    return adapters;
  }
  auto made = std::make_shared<Adapters>(d_, keys, shared, operators);
  made->used_at = d_.clock.now();
  return adapters_.emplace_back(std::move(made));
}

llm::AnswerCache& WorkspaceVendors::answers_of(const std::string& workspace) {
  auto& answers = answers_[workspace];
  if (!answers) answers = std::make_unique<llm::AnswerCache>(d_.clock);
  return *answers;
}

Result<control::ReadyAgentPtr> WorkspaceVendors::prepare(const std::string& workspace,
                                                         agent::AgentPtr agent) {
  if (names_a_variable(*agent)) {
    return fail(Errc::permission_denied,
                fmt::format("agent '{}': option key_env is for agents in files on the server; save the "
                            "provider's key in the workspace instead",
                            agent->name));
  }
  return make_ready(workspace, *agent, false);
}

Result<control::ReadyAgentPtr> WorkspaceVendors::prepare_operators(agent::AgentPtr agent) {
  return make_ready(std::string(storage::kDefaultWorkspace), *agent, true);
}

Result<control::ReadyAgentPtr> WorkspaceVendors::make_ready(const std::string& workspace,
                                                            const agent::Agent& agent, bool operators) {
  std::shared_ptr<Adapters> adapters;
  llm::AnswerCache* answers = nullptr;
  {
    const MutexLock lock(mutex_);
    adapters = adapters_for(workspace, operators);
    answers = &answers_of(workspace);
  }
  if (auto may = adapters->check(d_.policy.get()); !may) return fail(std::move(may.error()));
  // A copy of its own: the same agent may be made ready with old and with new keys.
  const auto own = std::make_shared<const agent::Agent>(agent);
  auto vendors = AgentVendors::prepare(
      adapters->table, {d_.breakers, adapters->parts.tools(), *answers, d_.settings.vendors.warm}, own);
  if (!vendors) return fail(std::move(vendors.error()));
  std::vector<std::string> warnings = vendors->left_out();
  if (d_.notes) {
    auto of_models = model_warnings(*own, *d_.notes, iso_day(d_.clock.wall_now()));
    std::ranges::move(of_models, std::back_inserter(warnings));
  }
  auto prepared =
      std::make_shared<const Prepared>(std::move(adapters), std::move(*vendors), own, std::move(warnings));
  const MutexLock lock(mutex_);
  std::erase_if(prepared_, [](const auto& entry) { return entry.second.expired(); });
  prepared_.insert_or_assign(own.get(), prepared);
  return prepared;
}

std::vector<WorkspaceVendors::ProviderState> WorkspaceVendors::providers(const std::string& workspace) {
  const MutexLock lock(mutex_);
  const auto adapters = adapters_for(workspace, false);
  const settings::Settings own = adapters->settings_for(d_);
  std::map<std::string, ProviderState> states;
  const auto add = [&](const auto& providers, const char* part) {
    for (const auto& [name, provider] : providers) {
      ProviderState& state = states[name];
      state.name = name;
      state.parts.emplace_back(part);
      // Gemini by another protocol, with the same key.
      const settings::VendorSetting* vendor = find_vendor(name == "gemini-compat" ? "gemini" : name);
      const settings::VendorAccess* access = vendor == nullptr ? nullptr : &(own.vendors.*vendor->access);
      // A server of one's own needs an address, and not always a key.
      static constexpr std::string_view kKeyless[] = {"compatible", "ollama",   "vllm",
                                                      "llamacpp",   "lmstudio", "brain"};
      const bool keyless = std::ranges::find(kKeyless, name) != std::end(kKeyless);
      state.ready = access == nullptr || !access->key.empty() || (keyless && !access->url.empty());
    }
  };
  add(adapters->table.stt, "stt");
  add(adapters->table.chat, "llm");
  add(adapters->table.tts, "tts");
  add(adapters->table.voice, "sts");
  std::vector<ProviderState> all;
  all.reserve(states.size());
  for (auto& [name, state] : states)
    all.push_back(std::move(state));
  return all;
}

Result<WorkspaceVendors::Access> WorkspaceVendors::access_of(const std::string& workspace,
                                                             std::string_view vendor) {
  std::shared_ptr<Adapters> adapters;
  {
    const MutexLock lock(mutex_);
    adapters = adapters_for(workspace, false);
  }
  if (auto may = adapters->check(d_.policy.get()); !may) return fail(std::move(may.error()));
  const Outbound outbound = adapters->outbound_for(d_);
  return Access{.settings = adapters->settings_for(d_),
                .policy = outbound.untrusted.contains(vendor) ? outbound.policy : nullptr};
}

speech::FileTranscriber* WorkspaceVendors::transcriber_of(const agent::Agent& agent) const {
  const MutexLock lock(mutex_);
  const auto found = prepared_.find(agent.origin ? agent.origin.get() : &agent);
  if (found == prepared_.end()) return nullptr;
  // Whoever holds the agent holds this, too.
  const auto prepared = found->second.lock();
  return prepared ? prepared->transcriber() : nullptr;
}

std::size_t WorkspaceVendors::sets_of_adapters() const {
  const MutexLock lock(mutex_);
  return adapters_.size();
}

agent::AgentPtr agent_of(const control::ReadyAgentPtr& ready) {
  return {ready, ready->agent().get()};
}

}  // namespace parley::app
