// Why a conversation ends: what stands in the call log, and what the carrier's stream is closed with.
#pragma once

#include <string_view>

#include "media/media_link.hpp"
#include "storage/call_store.hpp"

namespace parley::engine {

enum class EndReason {
  caller_hung_up,
  agent_hung_up,
  max_duration,
  stream_lost,  // the socket broke or media stopped
  protocol_error,
  shutdown,     // the server is going down
  failed,       // the agent could not go on
  hung_up,      // somebody from outside ended it
  transferred,  // the caller goes on to somebody else
};

std::string_view to_string(EndReason reason);
media::LinkClose link_close(EndReason reason);
storage::CallStatus status_of(EndReason reason);

}  // namespace parley::engine
