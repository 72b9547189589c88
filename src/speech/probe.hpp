// What the speech parts measure. Made once at start-up; the handles may be updated from any thread.
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

// Hits count sentences that a vendor was not asked for, misses those that it was.
struct SpeechCacheProbe {
  explicit SpeechCacheProbe(metrics::Registry& registry)
      : memory_hits(hits(registry, "memory")),
        disk_hits(hits(registry, "disk")),
        misses(registry.counter("parley_speech_cache_misses_total",
                                "Sentences that were not in the speech cache.")),
        disk_bytes(registry.gauge("parley_speech_cache_disk_bytes", "Size of the spoken sentences on disk.")),
        memory_bytes(
            registry.gauge("parley_speech_cache_memory_bytes", "Size of the spoken sentences in memory.")),
        evicted(registry.counter("parley_speech_cache_evicted_total",
                                 "Files of sentences that made room for others.")),
        damaged(failures(registry, "damaged")),
        unreadable(failures(registry, "read")),
        unwritable(failures(registry, "write")),
        refused(failures(registry, "busy")) {}

  metrics::Counter& memory_hits;
  metrics::Counter& disk_hits;
  metrics::Counter& misses;
  metrics::Gauge& disk_bytes;
  metrics::Gauge& memory_bytes;
  metrics::Counter& evicted;
  metrics::Counter& damaged;
  metrics::Counter& unreadable;
  metrics::Counter& unwritable;
  metrics::Counter& refused;  // the pool had no room

 private:
  static metrics::Counter& hits(metrics::Registry& registry, const std::string& from) {
    return registry.counter("parley_speech_cache_hits_total", "Sentences taken from the speech cache.",
                            {{"from", from}});
  }
  static metrics::Counter& failures(metrics::Registry& registry, const std::string& what) {
    return registry.counter("parley_speech_cache_failures_total",
                            "Files of the speech cache that could not be used.", {{"what", what}});
  }
};

}  // namespace parley::speech
