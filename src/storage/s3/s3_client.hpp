// One signed request to a bucket and its answer.
//
// Thread: the executor's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"
#include "storage/s3/s3_address.hpp"
#include "storage/s3/s3_options.hpp"
#include "storage/s3/sigv4.hpp"

namespace parley::storage::s3 {

struct S3Request {
  std::string method;
  std::string key;
  Query query{};
  net::HeaderList headers{};
  std::string body{};
  std::uint64_t most_bytes = 1024 * 1024;  // of the answer
  int also_good = 0;                       // a status beside 2xx that is an answer
};

class S3Client {
 public:
  S3Client(async::Executor executor, S3Options options, S3Address address, S3Address public_address,
           const Clock& clock);

  // What was good only; `doing` says in messages what was tried: "put a recording". Errors: see s3_error.hpp;
  // the network's are unavailable, or protocol when the server's certificate does not verify.
  async::Task<Result<net::Response>> send(S3Request request, std::string_view doing);

  std::string presigned_url(std::string_view key, Query query, std::chrono::seconds valid_for) const;

 private:
  Signer signer() const;

  async::Executor executor_;
  S3Options options_;
  S3Address address_;
  S3Address public_address_;
  const Clock& clock_;
};

}  // namespace parley::storage::s3
