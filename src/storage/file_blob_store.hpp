// Blobs as files below a directory: the key is the path. Nobody sees half a blob: it is written beside its
// place and renamed. An upload's parts lie in a directory `<key>.<token>.part` until they are put together.
#pragma once

#include <filesystem>
#include <memory>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "storage/blob_store.hpp"

namespace parley::storage {

// The directory is made when the first blob is put. `pool` does what blocks and outlives the store's waits.
std::unique_ptr<BlobStore> make_file_blob_store(async::Executor executor, async::BlockingPool& pool,
                                                std::filesystem::path directory);

}  // namespace parley::storage
