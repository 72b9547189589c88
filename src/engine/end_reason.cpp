#include "engine/end_reason.hpp"

namespace parley::engine {

std::string_view to_string(EndReason reason) {
  switch (reason) {
    case EndReason::caller_hung_up:
      return "caller hung up";
    case EndReason::agent_hung_up:
      return "agent hung up";
    case EndReason::max_duration:
      return "maximum duration";
    case EndReason::stream_lost:
      return "stream lost";
    case EndReason::protocol_error:
      return "protocol error";
    case EndReason::shutdown:
      return "server shutdown";
    case EndReason::failed:
      return "agent failed";
    case EndReason::hung_up:
      return "hung up by API";
    case EndReason::transferred:
      return "transferred";
  }
  return "unknown";
}

media::LinkClose link_close(EndReason reason) {
  switch (reason) {
    case EndReason::shutdown:
      return media::LinkClose::going_away;
    case EndReason::protocol_error:
      return media::LinkClose::protocol_error;
    case EndReason::failed:
      return media::LinkClose::failed;
    default:
      return media::LinkClose::done;
  }
}

storage::CallStatus status_of(EndReason reason) {
  switch (reason) {
    case EndReason::failed:
    case EndReason::protocol_error:
      return storage::CallStatus::failed;
    case EndReason::shutdown:
      return storage::CallStatus::interrupted;
    default:
      return storage::CallStatus::completed;
  }
}

}  // namespace parley::engine
