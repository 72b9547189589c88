// What the local speech parts measure. Made once at start-up; the handles may be updated from any thread.
#pragma once

#include "base/metrics.hpp"

namespace parley::speech {

struct SphinxProbe {
  explicit SphinxProbe(metrics::Registry& registry)
      : wait(registry.histogram("parley_stt_local_wait_seconds",
                                "Time a finished utterance waited for a free local decoder.",
                                metrics::latency_bounds_seconds())),
        decode(registry.histogram("parley_stt_local_decode_seconds", "Time to decode one utterance.",
                                  metrics::latency_bounds_seconds())),
        busy(registry.gauge("parley_stt_local_busy_decoders", "Local decoders at work.")),
        queue_timeouts(registry.counter("parley_stt_local_queue_timeouts_total",
                                        "Utterances given up because they waited too long for a decoder.")),
        rejected(registry.counter("parley_stt_local_rejected_total",
                                  "Utterances that lie outside the agent's grammar.")) {}

  metrics::Histogram& wait;
  metrics::Histogram& decode;
  metrics::Gauge& busy;
  metrics::Counter& queue_timeouts;
  metrics::Counter& rejected;
};

struct VoiceProbe {
  VoiceProbe(metrics::Registry& registry, const std::string& engine)
      : first_audio(registry.histogram("parley_tts_local_first_audio_seconds",
                                       "Time from the request for a sentence to its first sound.",
                                       metrics::latency_bounds_seconds(), {{"engine", engine}})),
        failures(registry.counter("parley_tts_local_failures_total", "Sentences that could not be spoken.",
                                  {{"engine", engine}})) {}

  metrics::Histogram& first_audio;
  metrics::Counter& failures;
};

}  // namespace parley::speech
