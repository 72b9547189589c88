// A store that is kept in files, calls itself S3 and fails as told.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "storage/file_blob_store.hpp"

namespace parley::storage {

class FakeBlobStore final : public BlobStore {
 public:
  using FaultRule = std::function<std::optional<Error>(const std::string& operation)>;

  FakeBlobStore(async::Executor executor, async::BlockingPool& pool, const std::filesystem::path& directory)
      : executor_(executor), files_(make_file_blob_store(executor, pool, directory)) {}

  // Asked before an operation ("put", "head", "start", "resume", "part 2", "complete") and, for those that
  // change something, behind it ("after put" …): an error is the answer then, though it was done.
  FaultRule fault;
  std::map<std::string, int> counts;
  int busy = 0;  // puts under way
  int most_busy = 0;

  std::string_view kind() const override { return "s3"; }

  async::Task<Result<void>> put(std::string key, std::string bytes, std::string type) override {
    if (auto error = count("put")) co_return fail(*error);
    enter();
    co_await async::asio::post(executor_, async::asio::use_awaitable_t<async::Executor>());
    auto done = co_await files_->put(std::move(key), std::move(bytes), std::move(type));
    --busy;
    if (auto error = count("after put")) co_return fail(*error);
    co_return done;
  }
  async::Task<Result<BlobInfo>> head(std::string key) override {
    if (auto error = count("head")) co_return fail(*error);
    auto info = co_await files_->head(std::move(key));
    if (info && cut_heads_ > 0) {
      --cut_heads_;
      --info->size;
    }
    co_return info;
  }
  async::Task<Result<std::string>> get(std::string key, ByteRange range) override {
    co_return co_await files_->get(std::move(key), range);
  }
  async::Task<Result<void>> remove(std::string key) override {
    co_return co_await files_->remove(std::move(key));
  }
  async::Task<Result<std::unique_ptr<BlobUpload>>> start_upload(std::string key, std::string type) override {
    if (auto error = count("start")) co_return fail(*error);
    auto upload = co_await files_->start_upload(std::move(key), std::move(type));
    if (!upload) co_return upload;
    co_return std::make_unique<Upload>(*this, std::move(*upload));
  }
  async::Task<Result<std::unique_ptr<BlobUpload>>> resume_upload(std::string key,
                                                                 std::string token) override {
    if (auto error = count("resume")) co_return fail(*error);
    auto upload = co_await files_->resume_upload(std::move(key), std::move(token));
    if (!upload) co_return upload;
    co_return std::make_unique<Upload>(*this, std::move(*upload));
  }
  std::optional<std::string> presigned_get(const std::string&, std::chrono::seconds,
                                           std::string_view) override {
    return std::nullopt;
  }

  // So many heads tell a size that is wrong.
  void cut_heads(int heads) { cut_heads_ = heads; }

 private:
  class Upload final : public BlobUpload {
   public:
    Upload(FakeBlobStore& store, std::unique_ptr<BlobUpload> upload)
        : store_(store), upload_(std::move(upload)) {}
    std::uint64_t part_bytes() const override { return upload_->part_bytes(); }
    async::Task<Result<void>> put_part(int number, std::string bytes) override {
      if (auto error = store_.count("part " + std::to_string(number))) co_return fail(*error);
      store_.enter();
      auto done = co_await upload_->put_part(number, std::move(bytes));
      --store_.busy;
      co_return done;
    }
    async::Task<Result<void>> complete() override {
      if (auto error = store_.count("complete")) co_return fail(*error);
      auto done = co_await upload_->complete();
      if (auto error = store_.count("after complete")) co_return fail(*error);
      co_return done;
    }
    async::Task<Result<void>> abort() override {
      (void)store_.count("abort");
      co_return co_await upload_->abort();
    }
    std::string token() const override { return upload_->token(); }

   private:
    FakeBlobStore& store_;
    std::unique_ptr<BlobUpload> upload_;
  };

  void enter() { most_busy = std::max(most_busy, ++busy); }
  std::optional<Error> count(const std::string& operation) {
    ++counts[operation];
    return fault ? fault(operation) : std::nullopt;
  }

  async::Executor executor_;
  std::unique_ptr<BlobStore> files_;
  int cut_heads_ = 0;
};

}  // namespace parley::storage
