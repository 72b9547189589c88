// Amazon's signature version 4 for S3: of requests by a header, and of addresses that anyone may GET for a
// while. Pure, any thread.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "net/headers.hpp"

namespace parley::storage::s3 {

// Names and values as they are meant, not escaped.
using Query = std::vector<std::pair<std::string, std::string>>;

struct Signer {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
  std::string region;
};

// What is signed. `headers` are all of those the signature covers, in any order; Host among them.
struct Signable {
  std::string method;
  std::string path;  // escaped: as it stands on the request line
  Query query;
  net::HeaderList headers;
  std::string payload_hash;  // SHA-256 of the body in hex
};

// As net::url_encode does, but the slashes stay.
std::string escape_path(std::string_view path);
// Escaped, sorted, a name without a value as "name=": how it is both signed and sent.
std::string canonical_query(const Query& query);

std::string amz_date(WallTime at);  // "20130524T000000Z"

// The key of the day, 32 raw bytes; `day` is "20130524".
std::string signing_key(std::string_view secret, std::string_view day, std::string_view region);

// The value of the Authorization header. The headers must hold x-amz-date of the same moment.
std::string authorization(const Signer& signer, const Signable& request, WallTime at);

// Host, x-amz-date, x-amz-content-sha256, x-amz-security-token and Authorization for a request with no other
// headers that need to be signed, in the order given, Host left out: the client writes it.
net::HeaderList signed_headers(const Signer& signer, Signable request, std::string_view host, WallTime at);

// The query, signature included, that makes `path` on `host` readable for `valid_for` (a second to a week).
std::string presigned_query(const Signer& signer, std::string_view host, std::string_view path, Query query,
                            std::chrono::seconds valid_for, WallTime at);

}  // namespace parley::storage::s3
