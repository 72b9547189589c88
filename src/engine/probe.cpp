#include "engine/probe.hpp"

#include <algorithm>

namespace parley::engine {
namespace {

metrics::Histogram& stage(metrics::Registry& registry, std::string_view name) {
  return registry.histogram("parley_turn_stage_seconds",
                            "Time from the end of the caller's speech until the stage was reached.",
                            metrics::latency_bounds_seconds(), {{"stage", std::string(name)}});
}

// A tenth of a millisecond to a second: what is ours and should be small. Close together, so that the bound
// of the bucket in which a quantile lies says something.
std::vector<double> own_share_bounds() {
  return {0.0001, 0.0002, 0.0003, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005,
          0.0075, 0.01,   0.015,  0.02,   0.03,    0.05,  0.1,    0.2,   0.5,   1};
}

// One step inside of that, which may take but microseconds.
std::vector<double> step_bounds() {
  std::vector<double> bounds{0.00001, 0.000015, 0.00002, 0.00003, 0.00004, 0.00005,
                             0.00006, 0.00008,  0.00015, 0.00025, 0.0004,  0.0006};
  const std::vector<double> further = own_share_bounds();
  bounds.insert(bounds.end(), further.begin(), further.end());
  std::ranges::sort(bounds);
  return bounds;
}

}  // namespace

Probe::Probe(metrics::Registry& registry_in)
    : registry(registry_in),
      calls_active(registry.gauge("parley_calls_active", "Calls being served now.")),
      turns(registry.counter("parley_turns_total", "Turns of callers that were answered.")),
      barge_ins(registry.counter("parley_barge_ins_total", "Replies that a caller interrupted.")),
      late_frames(registry.counter(
          "parley_late_frames_total",
          "Pieces of audio sent after the caller had run out of it, by the server's fault.")),
      transcript_timeouts(
          registry.counter("parley_transcript_timeouts_total", "Turns without a final transcript in time.")),
      endpoint(stage(registry, "endpoint")),
      transcript(stage(registry, "transcript")),
      first_token(stage(registry, "first_token")),
      first_audio(stage(registry, "first_audio")),
      sent(stage(registry, "sent")),
      response(registry.histogram(
          "parley_response_seconds",
          "From the decision that the caller's turn is over to the first sample on the wire.",
          own_share_bounds())),
      clear(registry.histogram(
          "parley_clear_seconds",
          "From the arrival of the audio that decided a barge-in to the clear on the wire.",
          own_share_bounds())),
      greeting(registry.histogram("parley_greeting_seconds",
                                  "From stream start to the greeting's first sample.", own_share_bounds())) {}

metrics::Counter& Probe::calls_ended(std::string_view reason) {
  return registry.counter("parley_calls_total", "Calls ended, by how.", {{"end", std::string(reason)}});
}

metrics::Counter& Probe::calls_refused(std::string_view reason) {
  return registry.counter("parley_calls_refused_total", "Calls refused at the door, by why.",
                          {{"reason", std::string(reason)}});
}

metrics::Counter& Probe::vendor_events(std::string_view part, std::string_view vendor,
                                       std::string_view kind) {
  return registry.counter(
      "parley_vendor_events_total", "Failures, retries and switches of vendors during calls.",
      {{"part", std::string(part)}, {"vendor", std::string(vendor)}, {"kind", std::string(kind)}});
}

metrics::Histogram& Probe::vendor_added(std::string_view part, std::string_view vendor) {
  return registry.histogram(
      "parley_vendor_added_seconds",
      "The server's own time: a voice's first sound in (tts, sts) to the first sample on "
      "the wire, the text that ends the first sentence in (llm) to the voice's request, a "
      "final transcript in (stt) to the model's request.",
      step_bounds(), {{"part", std::string(part)}, {"vendor", std::string(vendor)}});
}

metrics::Histogram& Probe::frame_added(std::string_view vendor) {
  return registry.histogram(
      "parley_vendor_frame_seconds",
      "From the arrival of a caller's frame to the socket of the recogniser or voice model.", step_bounds(),
      {{"vendor", std::string(vendor)}});
}

metrics::Counter& Probe::protocol_errors(std::string_view kind) {
  return registry.counter("parley_protocol_errors_total",
                          "Messages of carriers that broke the protocol, by kind.",
                          {{"kind", std::string(kind)}});
}

}  // namespace parley::engine
