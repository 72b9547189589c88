// What the server adds of its own between a vendor's piece and what follows from it, for the metrics: from
// the arrival of a voice's first sound to the first sample on the wire, of the text that completes a reply's
// first sentence to the voice's request, of a final transcript to the model's request, and of a caller's
// frame to the recogniser's socket. What vendors and their connections take is no part of it; turns in which
// a vendor failed are left out.
//
// Each is counted for the vendor that really served. Thread: the call's shard. Nothing is allocated per
// frame.
#pragma once

#include <array>
#include <string>

#include "agent/agent.hpp"
#include "base/clock.hpp"
#include "engine/probe.hpp"
#include "vendor/usage.hpp"

namespace parley::engine {

class VendorTimes {
 public:
  VendorTimes(Probe& probe, const agent::Agent& agent);

  // Who serves, and whose turn is not worth counting.
  void on_event(const vendor::VendorEvent& event);
  void on_request_written(vendor::Part part, SteadyTime at);

  // A frame is given to the recogniser, or the voice model, between these two.
  void frame_begins();
  void frame_given();

  // One that the adapter had kept until a timer went off came when it was told.
  void transcript_came();
  void model_asked();
  void model_answers();
  // Between these two the reply's first sentence is given to the voice.
  void sentence_begins();
  void sentence_given();
  // A turn's first sample went to the caller. `received`: its bytes came in; SteadyTime{}: from no vendor.
  void sound_sent(vendor::Part spoken_by, SteadyTime received, SteadyTime sent);

 private:
  struct Step {
    SteadyTime came{};   // SteadyTime{}: nothing to count
    SteadyTime asked{};  // handed to the adapter
    SteadyTime written{};
  };
  struct Server {
    std::string vendor;
    metrics::Histogram* added = nullptr;  // made when there is something to count
  };
  Server& server(vendor::Part part) { return servers_[static_cast<std::size_t>(part)]; }
  void observe(vendor::Part part, SteadyTime from, SteadyTime to);
  void count(vendor::Part part, Step& step);

  Probe& probe_;
  const bool realtime_;
  std::array<Server, 4> servers_;  // by vendor::Part
  metrics::Histogram* frames_ = nullptr;
  Step transcript_;
  Step sentence_;
};

}  // namespace parley::engine
