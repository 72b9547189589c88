// The measured values of the call log.
#pragma once

#include "base/metrics.hpp"

namespace parley::storage {

struct CallLogProbe {
  explicit CallLogProbe(metrics::Registry& registry)
      : rows_written(registry.counter("parley_call_log_rows_total", "Rows committed to the call log")),
        rows_overflowed(registry.counter("parley_call_log_rows_lost_total",
                                         "Rows that never reached the call log", {{"reason", "queue_full"}})),
        rows_refused(registry.counter("parley_call_log_rows_lost_total",
                                      "Rows that never reached the call log", {{"reason", "refused"}})),
        rows_abandoned(registry.counter("parley_call_log_rows_lost_total",
                                        "Rows that never reached the call log", {{"reason", "shutdown"}})),
        rows_damaged(registry.counter("parley_call_log_rows_lost_total",
                                      "Rows that never reached the call log", {{"reason", "damaged"}})),
        failed_commits(registry.counter("parley_call_log_failed_commits_total",
                                        "Transactions that failed and are tried again")),
        queued_rows(registry.gauge("parley_call_log_queued_rows", "Rows waiting for the next transaction")),
        spooled_rows(
            registry.gauge("parley_call_log_spooled_rows", "Rows on disk because the database is away")),
        commit_seconds(registry.histogram("parley_call_log_commit_seconds", "Time of one transaction",
                                          metrics::latency_bounds_seconds())) {}

  metrics::Counter& rows_written;
  metrics::Counter& rows_overflowed;
  metrics::Counter& rows_refused;
  metrics::Counter& rows_abandoned;
  metrics::Counter& rows_damaged;
  metrics::Counter& failed_commits;
  metrics::Gauge& queued_rows;
  metrics::Gauge& spooled_rows;
  metrics::Histogram& commit_seconds;
};

}  // namespace parley::storage
