// Who answers: published agents and the numbers they are linked to, as a snapshot that every call reads when
// it begins. A call keeps what it began with; whoever publishes or links changes the next call.
//
// Thread: resolve() and find() from any, without waiting; refresh() blocks (pool). Lifetime: outlives calls.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/thread_annotations.hpp"
#include "engine/call.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

// An agent ready to talk.
class ReadyAgent {
 public:
  virtual ~ReadyAgent() = default;
  virtual const agent::AgentPtr& agent() const = 0;
  virtual engine::Vendors for_call() const = 0;
  // "gpt-4o ends on …", "fallback x has no key": for whoever saves or publishes it.
  virtual const std::vector<std::string>& warnings() const = 0;
};
using ReadyAgentPtr = std::shared_ptr<const ReadyAgent>;

struct Answerer {
  ReadyAgentPtr agent;
  std::string agent_text;  // frozen into the session
  std::string workspace_id;
  std::string phone_id;  // of our number, if the call came in on one
  // Of that number, as storage::PhoneNumberRecord has them.
  std::string telephony_config_id{};
  std::string answer_with{};
  std::string after_recording{};
};

// What the directory reads; blocking. Functions that are not set give nothing.
struct DirectorySource {
  std::function<Result<std::vector<storage::ControlStore::PublishedAgent>>()> published_agents{};
  std::function<Result<std::vector<storage::PhoneNumberRecord>>()> phone_numbers{};  // of every workspace
};
// The store outlives the source.
DirectorySource source_of(storage::ControlStore& store);

// The agent of whom nobody has said anything else, in the default workspace.
struct StandardAgent {
  ReadyAgentPtr agent;
  std::string text;
  // Somebody asked for it when the server was started. One that is merely there gives way to an agent that
  // was published in the default workspace.
  bool chosen = false;
};

class AgentDirectory {
 public:
  // Makes an agent ready with the keys of that workspace; blocking. An error is a sentence for its editor.
  using Prepare = std::function<Result<ReadyAgentPtr>(const std::string& workspace, agent::AgentPtr agent)>;

  // `standard` answers calls to no number of ours, and numbers of the default workspace when nothing was ever
  // published there.
  AgentDirectory(DirectorySource source, Prepare prepare, StandardAgent standard);

  // Reads numbers and published agents anew; agents that did not change are not made ready again. One that
  // cannot be made ready any more keeps its last ready version and is logged.
  Result<void> refresh();
  // The same, with every agent, the standard one too, made ready again: vendors' keys have changed.
  Result<void> refresh_all();
  // For whoever saves or publishes: would it work, and what is to be said of it?
  Result<ReadyAgentPtr> try_out(const std::string& workspace, agent::AgentPtr agent) const;

  // By the address the stream came in on and, failing that, the number that was called, compared by its last
  // ten digits. An inactive number: Errc::permission_denied; an unknown phone_id: Errc::not_found when it
  // looks like one of ours. Errc::unavailable: there is an agent that could not be made ready. No message
  // names a number.
  Result<Answerer> resolve(std::string_view phone_id, std::string_view to_number) const;
  // Our number by its id and, failing that, by the number itself, compared by its last ten digits; also one
  // that is switched off. nullopt: neither is ours.
  std::optional<storage::PhoneNumberRecord> find_number(std::string_view phone_id,
                                                        std::string_view number) const;
  // A published agent of a workspace by id or name ("": the most recently published, else the standard one).
  Result<Answerer> find(std::string_view workspace, std::string_view id_or_name) const;

 private:
  struct Entry;
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot() const;
  Result<void> read(bool prepare_all);
  Entry make_entry(const storage::ControlStore::PublishedAgent& published, const Entry* before,
                   bool prepare_anew) const;
  Result<Answerer> answer_of(const Snapshot& now, const storage::PhoneNumberRecord& number) const;
  Result<Answerer> find_in(const Snapshot& now, std::string_view workspace,
                           std::string_view id_or_name) const;
  Result<Answerer> latest_of(const Snapshot& now, std::string_view workspace) const;
  Answerer standard_answer(const Snapshot& now) const;

  const DirectorySource source_;
  const Prepare prepare_;
  const StandardAgent standard_;
  Mutex refreshing_;
  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::control
