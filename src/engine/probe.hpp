// What the engine measures. Made once, used by every call.
#pragma once

#include "base/metrics.hpp"

namespace parley::engine {

struct Probe {
  explicit Probe(metrics::Registry& registry);

  metrics::Registry& registry;
  metrics::Gauge& calls_active;
  metrics::Counter& turns;
  metrics::Counter& barge_ins;
  metrics::Counter& late_frames;
  metrics::Counter& transcript_timeouts;
  // Seconds after the end of the caller's speech, one for each stage.
  metrics::Histogram& endpoint;
  metrics::Histogram& transcript;
  metrics::Histogram& first_token;
  metrics::Histogram& first_audio;
  metrics::Histogram& sent;
  // The server's own share: end of the endpointing silence to first sample on the wire, vendors included.
  metrics::Histogram& response;
  // From the frame that decided a barge-in to `clear` handed to the socket.
  metrics::Histogram& clear;
  metrics::Histogram& greeting;  // stream start to first sample on the wire

  metrics::Counter& calls_ended(std::string_view reason);
  metrics::Counter& calls_refused(std::string_view reason);
  metrics::Counter& protocol_errors(std::string_view kind);
  metrics::Counter& vendor_events(std::string_view part, std::string_view vendor, std::string_view kind);
  // What the server adds between vendors (engine/vendor_times.hpp).
  metrics::Histogram& vendor_added(std::string_view part, std::string_view vendor);
  metrics::Histogram& frame_added(std::string_view vendor);
};

}  // namespace parley::engine
