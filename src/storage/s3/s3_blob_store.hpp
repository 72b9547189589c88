// Recordings in a bucket of S3 or of what speaks like it (MinIO, Ceph, R2, Spaces …), over our own
// signatures.
//
// An upload's token is S3's id of it and the parts put so far, so that another process can complete it.
#pragma once

#include <memory>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "storage/blob_store.hpp"
#include "storage/s3/s3_options.hpp"

namespace parley::storage {

// Connects to nothing yet. Errc::invalid_argument: an address or the bucket's name. `clock` outlives the
// store.
Result<std::unique_ptr<BlobStore>> make_s3_blob_store(async::Executor executor, s3::S3Options options,
                                                      const Clock& clock = system_clock());

}  // namespace parley::storage
