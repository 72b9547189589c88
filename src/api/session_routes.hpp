// Conversations on every channel, and chats with agents in writing.
#pragma once

#include "api/api.hpp"
#include "control/agent_directory.hpp"
#include "control/chat.hpp"
#include "control/retention.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

// Everything outlives the Api.
struct SessionRoutesDependencies {
  storage::ControlStore& store;
  storage::CallStore& calls;
  control::AgentDirectory& directory;
  control::Chats& chats;
  control::Retention& retention;
  async::Executor executor;  // the control context's
  async::BlockingPool& pool;
  const Clock& clock;
};

void add_session_routes(Api& api, SessionRoutesDependencies dependencies);
void add_chat_route(Api& api, SessionRoutesDependencies dependencies);

}  // namespace parley::api
