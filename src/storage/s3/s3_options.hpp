// How one bucket is reached. Made from the settings; the values are those of the keys of the same names.
#pragma once

#include <string>

#include "settings/settings.hpp"

namespace parley::storage::s3 {

struct S3Options {
  std::string bucket;
  std::string region = "us-east-1";
  std::string endpoint;         // empty: Amazon's own address of the region
  std::string public_endpoint;  // of presigned addresses; empty: the endpoint
  std::string access_key_id;
  std::string secret_access_key;  // secret
  std::string session_token;      // secret
  settings::PathStyle path_style = settings::PathStyle::automatic;
};

// Without the prefix: it is part of the keys that the uploader makes.
inline S3Options s3_options(const settings::Settings::S3& from) {
  return {.bucket = from.bucket,
          .region = from.region,
          .endpoint = from.endpoint,
          .public_endpoint = from.public_endpoint,
          .access_key_id = from.access_key_id,
          .secret_access_key = from.secret_access_key,
          .session_token = from.session_token,
          .path_style = from.path_style};
}

}  // namespace parley::storage::s3
