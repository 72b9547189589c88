// Files and blobs whose rows are gone and that are still there: kept in the database until they are gone too,
// so that nothing of a caller stays because a store was away for a moment.
//
// Thread: any; everything blocks (pool). One list for all servers on a database; of changes that two of them
// make in the same moment one may be lost.
#pragma once

#include <vector>

#include "base/thread_annotations.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

class PendingRemovals {
 public:
  // No more is removed from the call log while so many wait.
  static constexpr std::size_t kMost = 5000;

  explicit PendingRemovals(storage::ControlStore& store) : store_(store) {}

  Result<std::vector<storage::RemovedRecording>> list();
  Result<void> add(const std::vector<storage::RemovedRecording>& removed);
  Result<void> forget(const std::vector<storage::RemovedRecording>& done);

 private:
  Result<void> write(const std::vector<storage::RemovedRecording>& all);

  storage::ControlStore& store_;
  Mutex changing_;
};

}  // namespace parley::control
