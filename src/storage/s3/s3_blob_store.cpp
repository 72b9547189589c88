#include "storage/s3/s3_blob_store.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "net/headers.hpp"
#include "storage/blob_key.hpp"
#include "storage/s3/s3_client.hpp"
#include "storage/s3/s3_upload.hpp"
#include "storage/s3/xml_text.hpp"

namespace parley::storage {
namespace {

using async::Task;
using s3::S3Client;
using s3::S3Request;

constexpr std::size_t kLongestUploadId = 2048;
constexpr std::uint64_t kAnswerRoom = 64 * 1024;
constexpr std::uint64_t kMostRead = 256UL * 1024 * 1024;
constexpr int kRangeNotSatisfiable = 416;
constexpr int kWhole = 200;

// A file's name that no header can be broken with.
std::string plain_name(std::string_view name) {
  std::string out(name.substr(0, 120));
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-' || c == ' ';
    if (!plain) c = '_';
  }
  return out;
}

class S3BlobStore final : public BlobStore {
 public:
  explicit S3BlobStore(std::shared_ptr<S3Client> client) : client_(std::move(client)) {}

  std::string_view kind() const override { return "s3"; }
  Task<Result<void>> put(std::string key, std::string bytes, std::string content_type) override;
  Task<Result<BlobInfo>> head(std::string key) override;
  Task<Result<std::string>> get(std::string key, ByteRange range) override;
  Task<Result<void>> remove(std::string key) override;
  Task<Result<std::unique_ptr<BlobUpload>>> start_upload(std::string key, std::string content_type) override;
  Task<Result<std::unique_ptr<BlobUpload>>> resume_upload(std::string key, std::string token) override;
  std::optional<std::string> presigned_get(const std::string& key, std::chrono::seconds valid_for,
                                           std::string_view download_name) override;

 private:
  std::shared_ptr<S3Client> client_;  // shared with uploads
};

Task<Result<void>> S3BlobStore::put(std::string key, std::string bytes, std::string content_type) {
  if (const auto sound = check_blob_key(key); !sound) co_return sound;
  S3Request request{.method = "PUT", .key = std::move(key)};
  if (!content_type.empty()) request.headers = {{"Content-Type", std::move(content_type)}};
  request.body = std::move(bytes);
  const auto response = co_await client_->send(std::move(request), "put a recording");
  if (!response) co_return fail(response.error());
  co_return Result<void>{};
}

Task<Result<BlobInfo>> S3BlobStore::head(std::string key) {
  if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
  const auto response =
      co_await client_->send({.method = "HEAD", .key = std::move(key)}, "look for a recording");
  if (!response) co_return fail(response.error());
  BlobInfo info;
  const auto length = net::find_header(response->headers, "content-length").value_or("");
  const auto read = std::from_chars(length.data(), length.data() + length.size(), info.size);
  if (length.empty() || read.ec != std::errc())
    co_return fail(Errc::protocol, "S3, look for a recording: no Content-Length");
  info.etag = net::find_header(response->headers, "etag").value_or("");
  co_return info;
}

Task<Result<std::string>> S3BlobStore::get(std::string key, ByteRange range) {
  if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
  if (range.end <= range.first) co_return std::string();
  range.end = std::min(range.end, range.first + kMostRead);
  S3Request request{.method = "GET", .key = std::move(key)};
  request.headers = {{"Range", fmt::format("bytes={}-{}", range.first, range.end - 1)}};
  request.most_bytes = range.end - range.first + kAnswerRoom;
  request.also_good = kRangeNotSatisfiable;
  auto response = co_await client_->send(std::move(request), "read a recording");
  if (!response) co_return fail(response.error());
  if (response->status == kRangeNotSatisfiable) co_return std::string();
  if (response->status != kWhole) co_return std::move(response->body);
  // A store without ranges gives the whole.
  if (range.first >= response->body.size()) co_return std::string();
  co_return response->body.substr(range.first, range.end - range.first);
}

Task<Result<void>> S3BlobStore::remove(std::string key) {
  if (const auto sound = check_blob_key(key); !sound) co_return sound;
  const auto response =
      co_await client_->send({.method = "DELETE", .key = std::move(key)}, "remove a recording");
  if (!response && response.error().code != Errc::not_found) co_return fail(response.error());
  co_return Result<void>{};
}

Task<Result<std::unique_ptr<BlobUpload>>> S3BlobStore::start_upload(std::string key,
                                                                    std::string content_type) {
  if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
  S3Request request{.method = "POST", .key = key, .query = {{"uploads", ""}}};
  if (!content_type.empty()) request.headers = {{"Content-Type", std::move(content_type)}};
  const auto response = co_await client_->send(std::move(request), "begin an upload");
  if (!response) co_return fail(response.error());
  auto id = s3::element_text(response->body, "UploadId");
  if (!id || id->empty() || id->size() > kLongestUploadId)
    co_return fail(Errc::protocol, "S3, begin an upload: no UploadId in the answer");
  co_return std::make_unique<s3::S3Upload>(client_, std::move(key),
                                           s3::UploadState{.id = std::move(*id), .etags = {}});
}

Task<Result<std::unique_ptr<BlobUpload>>> S3BlobStore::resume_upload(std::string key, std::string token) {
  if (const auto sound = check_blob_key(key); !sound) co_return fail(sound.error());
  auto state = s3::parse_upload_token(token);
  if (!state) co_return fail(Errc::not_found, "there is no such upload");
  S3Request request{.method = "GET", .key = key, .query = {{"max-parts", "1"}, {"uploadId", state->id}}};
  const auto listed = co_await client_->send(std::move(request), "look for an upload");
  // Not every store lists parts. One that does not will say with the next part whether the upload is there.
  const bool cannot_list = !listed && listed.error().code == Errc::protocol;
  if (!listed && !cannot_list) co_return fail(listed.error());
  co_return std::make_unique<s3::S3Upload>(client_, std::move(key), std::move(*state));
}

std::optional<std::string> S3BlobStore::presigned_get(const std::string& key, std::chrono::seconds valid_for,
                                                      std::string_view download_name) {
  if (!check_blob_key(key)) return std::nullopt;
  s3::Query query;
  if (!download_name.empty())
    query.emplace_back("response-content-disposition",
                       fmt::format("attachment; filename=\"{}\"", plain_name(download_name)));
  return client_->presigned_url(key, std::move(query), valid_for);
}

}  // namespace

Result<std::unique_ptr<BlobStore>> make_s3_blob_store(async::Executor executor, s3::S3Options options,
                                                      const Clock& clock) {
  auto address = s3::s3_address(options, options.endpoint);
  if (!address) return fail(address.error());
  auto shown =
      s3::s3_address(options, options.public_endpoint.empty() ? options.endpoint : options.public_endpoint);
  if (!shown)
    return fail(Errc::invalid_argument, "s3.public_endpoint (S3_PUBLIC_ENDPOINT): " + shown.error().message);
  auto client =
      std::make_shared<S3Client>(executor, std::move(options), std::move(*address), std::move(*shown), clock);
  return std::make_unique<S3BlobStore>(std::move(client));
}

}  // namespace parley::storage
