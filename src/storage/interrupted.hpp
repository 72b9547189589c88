// Closing what a dead process left open.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "storage/call_store.hpp"

namespace parley::storage {

// At the server's start, before the first call: each call still in progress is ended as `interrupted` at the
// last thing known of it (a turn, an event, the end of its recording), never after `now`, and its recording
// is made playable and put with its length. So are recordings of calls that did end, when the process died
// before the file was whole. A recording that cannot be repaired is logged and left as it is; the call is
// closed all the same. Returns how many calls were closed once they are in the log.
//
// Blocks; reads and writes files below `data_dir`. Running it again finds nothing to do.
Result<int> recover_interrupted_calls(CallStore& store, const std::filesystem::path& data_dir,
                                      WallMillis now);

}  // namespace parley::storage
