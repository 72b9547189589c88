// A multipart upload. Its token: the escaped upload id, then "number:etag" of each part, with blanks between.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "storage/blob_store.hpp"
#include "storage/s3/s3_client.hpp"

namespace parley::storage::s3 {

struct UploadState {
  std::string id;
  std::map<int, std::string> etags;  // of the parts put so far
};

std::string upload_token(const UploadState& state);
// nullopt: it is none of ours.
std::optional<UploadState> parse_upload_token(std::string_view token);

class S3Upload final : public BlobUpload {
 public:
  S3Upload(std::shared_ptr<S3Client> client, std::string key, UploadState state);

  std::uint64_t part_bytes() const override;
  async::Task<Result<void>> put_part(int number, std::string bytes) override;
  async::Task<Result<void>> complete() override;
  async::Task<Result<void>> abort() override;
  std::string token() const override { return upload_token(state_); }

 private:
  S3Request request(std::string method) const;

  std::shared_ptr<S3Client> client_;
  std::string key_;
  UploadState state_;
};

}  // namespace parley::storage::s3
