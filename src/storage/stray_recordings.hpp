// Files of recordings that a killed process has left and that nobody would look for again: a recording begun
// in the last moment, whose call was never written down, and one that was stored elsewhere but not removed
// here any more.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "storage/call_store.hpp"

namespace parley::storage {

struct StrayRecordings {
  std::filesystem::path data_dir;
  // Only files that were last written to before: later ones are of calls of this process.
  std::filesystem::file_time_type before{};
  // BlobStore::kind() of where recordings are kept, if files are to go once they are there; may be empty.
  std::string moved_to{};
};

// Removes them and returns how many they were. Anything else in the directory stays, a recording of more than
// two seconds that the call log does not know, too: that is no accident of a moment. After
// recover_interrupted_calls().
//
// Blocks, for each file that may be one asks the call log; ends early when `stop` becomes true. Errors: of
// the call log, that has rows it could not write yet or cannot be read.
Result<int> remove_stray_recordings(CallStore& store, const StrayRecordings& strays,
                                    const std::atomic<bool>& stop);

}  // namespace parley::storage
