// Which agent somebody means who names one for a conversation of their own, and the one that a session began
// with. Blocking.
#pragma once

#include <string>

#include "control/agent_directory.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

struct AgentWish {
  std::string workspace_id;
  std::string agent{};   // id or name; empty: as AgentDirectory::find has it
  bool draft = false;    // its draft, if it has one, instead of the published version
  bool bundled = false;  // of those that come with the program, too, by their names
};
// Errc::not_found: nobody is called so, or it was never published. Errc::conflict, unavailable: it cannot
// talk yet, and the message says what it lacks.
Result<Answerer> choose_agent(storage::ControlStore& store, const AgentDirectory& agents,
                              const AgentWish& wish);

// Is it the agent that the session talks with? An empty name: whichever that is.
bool is_agent_of(storage::ControlStore& store, const AgentDirectory& agents,
                 const storage::SessionRecord& session, const std::string& id_or_name);

// The configuration that a session began with, whatever was published since.
Result<Answerer> frozen_agent(const AgentDirectory& agents, const storage::SessionRecord& session);

}  // namespace parley::control
