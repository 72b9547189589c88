#include "storage/s3/s3_client.hpp"

#include <fmt/core.h>

#include "security/hash.hpp"
#include "storage/s3/s3_error.hpp"
#include "storage/s3/xml_text.hpp"

namespace parley::storage::s3 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{60'000};
// Slower than this for a whole part and it is given up: 5 MiB in 80 seconds.
constexpr std::uint64_t kLeastBytesPerSecond = 64 * 1024;

}  // namespace

S3Client::S3Client(async::Executor executor, S3Options options, S3Address address, S3Address public_address,
                   const Clock& clock)
    : executor_(executor),
      options_(std::move(options)),
      address_(std::move(address)),
      public_address_(std::move(public_address)),
      clock_(clock) {}

Signer S3Client::signer() const {
  return {.access_key_id = options_.access_key_id,
          .secret_access_key = options_.secret_access_key,
          .session_token = options_.session_token,
          .region = options_.region};
}

async::Task<Result<net::Response>> S3Client::send(S3Request request, std::string_view doing) {
  const std::string path = address_.path(request.key);
  const std::string query = canonical_query(request.query);
  Signable signable{.method = request.method,
                    .path = path,
                    .query = std::move(request.query),
                    .headers = std::move(request.headers),
                    .payload_hash = security::to_hex(security::sha256(request.body))};
  const int also_good = request.also_good;
  const bool posted = request.method == "POST";
  net::ClientRequest out;
  out.method = std::move(request.method);
  out.url = fmt::format("{}{}{}{}", address_.origin, path, query.empty() ? "" : "?", query);
  out.headers = signed_headers(signer(), std::move(signable), address_.host, clock_.wall_now());
  // What was stored is wanted, not a form of it that is shorter on the way: its bytes are counted.
  out.headers.emplace_back("Accept-Encoding", "identity");
  const milliseconds for_bytes{(request.body.size() + request.most_bytes) * 1000 / kLeastBytesPerSecond};
  out.head_deadline = kPatience + for_bytes;
  out.deadline = 2 * kPatience + for_bytes;
  out.max_body_bytes = request.most_bytes;
  out.body = std::move(request.body);
  auto response = co_await net::fetch(executor_, std::move(out));
  if (!response) {
    Error error = std::move(response.error());
    if (error.code == Errc::timeout) error.code = Errc::unavailable;
    error.message = fmt::format("S3, {}: {}", doing, error.message);
    co_return fail(std::move(error));
  }
  const bool good = response->status >= 200 && response->status <= 299;
  if (!good && response->status != also_good) co_return fail(refusal(options_, doing, *response));
  // Long work is answered with 200 before it is done: what came of it stands in the body.
  if (posted && root_element(response->body) == "Error") co_return fail(refusal(options_, doing, *response));
  co_return std::move(*response);
}

std::string S3Client::presigned_url(std::string_view key, Query query, std::chrono::seconds valid_for) const {
  const std::string path = public_address_.path(key);
  return fmt::format(
      "{}{}?{}", public_address_.origin, path,
      presigned_query(signer(), public_address_.host, path, std::move(query), valid_for, clock_.wall_now()));
}

}  // namespace parley::storage::s3
