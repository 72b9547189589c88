// What each workspace wants taken out of stored transcripts, as a snapshot that every turn asks.
//
// Thread: of() from any, without waiting for a database; refresh() blocks (pool, start-up).
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "base/thread_annotations.hpp"
#include "storage/control_store.hpp"
#include "storage/redaction.hpp"

namespace parley::app {

class RedactionPolicies {
 public:
  // The store outlives it.
  explicit RedactionPolicies(storage::ControlStore& store) : store_(store) {}

  storage::RedactionKinds of(const std::string& workspace) const;
  Result<void> refresh();

 private:
  storage::ControlStore& store_;
  mutable Mutex mutex_;
  std::map<std::string, storage::RedactionKinds> kinds_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::app
