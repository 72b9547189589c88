// What S3 says when it refuses, in the words of whoever has to mend it. Pure, any thread. No text of the
// server's reaches the message but its code and, where that says nothing, a cleaned line.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "storage/s3/s3_options.hpp"

namespace parley::storage::s3 {

// Of an answer that is none of success. HEAD has no body; its headers are looked at then.
//   not_found: no such key or upload;  permission_denied: keys, rights, the clock;  unavailable: later;
//   invalid_argument: bucket, region or address;  conflict: the parts do not fit together: begin again;
//   protocol: anything else.
Error refusal(const S3Options& options, std::string_view doing, const net::Response& response);

}  // namespace parley::storage::s3
