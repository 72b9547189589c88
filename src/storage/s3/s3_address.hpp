// Where a bucket's blobs are: path style (host/bucket/key) or the bucket in the host's name. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/s3/s3_options.hpp"

namespace parley::storage::s3 {

struct S3Address {
  std::string origin;  // "https://recordings.s3.ap-south-1.amazonaws.com"
  std::string host;    // as it is sent and signed: with the port unless it is the scheme's own
  std::string base;    // what stands before the key, escaped: "/" or "/bucket/"

  std::string path(std::string_view key) const;
};

// `endpoint` empty: Amazon's. Errc::invalid_argument names the setting.
Result<S3Address> s3_address(const S3Options& options, std::string_view endpoint);

}  // namespace parley::storage::s3
