#include "storage/file_blob_store.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "net/tests/net_fixture.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

namespace fs = std::filesystem;

class FileBlobStoreTest : public net::NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    store_ = make_file_blob_store(executor(), pool_, root());
  }

  fs::path root() const { return directory_.path() / "blobs"; }
  std::string text(const fs::path& file) const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root()))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  TemporaryDirectory directory_;
  async::BlockingPool pool_{{.name = "blobs", .threads = 1, .queue_limit = 16}};
  std::unique_ptr<BlobStore> store_;
};

TEST_F(FileBlobStoreTest, WhatIsPutIsAFileAtItsKey) {
  ASSERT_TRUE(run(store_->put("a/b/one.wav", "sound", "audio/wav")));
  EXPECT_EQ(text(root() / "a/b/one.wav"), "sound");
  EXPECT_EQ(run(store_->head("a/b/one.wav"))->size, 5U);
  ASSERT_TRUE(run(store_->put("a/b/one.wav", "other", "audio/wav")));
  EXPECT_EQ(*run(store_->get("a/b/one.wav", {.first = 0, .end = 99})), "other");
  EXPECT_EQ(files(), 1U) << "nothing is left beside it";
  EXPECT_EQ(store_->kind(), "files");
  EXPECT_FALSE(store_->presigned_get("a/b/one.wav", std::chrono::hours(1), "one.wav"));
}

TEST_F(FileBlobStoreTest, OfARangeThePartThatExistsIsRead) {
  ASSERT_TRUE(run(store_->put("k", "0123456789", "")));
  EXPECT_EQ(*run(store_->get("k", {.first = 2, .end = 5})), "234");
  EXPECT_EQ(*run(store_->get("k", {.first = 8, .end = 50})), "89");
  EXPECT_EQ(*run(store_->get("k", {.first = 10, .end = 12})), "");
  EXPECT_EQ(*run(store_->get("k", {.first = 5, .end = 2})), "");
}

TEST_F(FileBlobStoreTest, WhatIsNotThereIsSaidSoAndWellRemoved) {
  EXPECT_EQ(run(store_->head("none")).error().code, Errc::not_found);
  EXPECT_EQ(run(store_->get("none", {.first = 0, .end = 1})).error().code, Errc::not_found);
  EXPECT_TRUE(run(store_->remove("none")));
  ASSERT_TRUE(run(store_->put("some", "x", "")));
  EXPECT_TRUE(run(store_->remove("some")));
  EXPECT_EQ(run(store_->head("some")).error().code, Errc::not_found);
}

TEST_F(FileBlobStoreTest, AKeyNeverLeadsOutOfTheDirectory) {
  std::ofstream(directory_.path() / "secret") << "secret";
  for (const std::string key : {"", "/", "../secret", "a/../../secret", "/etc/passwd", "a//b", "a/", ".",
                                "..", "a/./b", "a b", "a\\b", "\xC3\xA9", "a\nb"}) {
    EXPECT_EQ(run(store_->get(key, {.first = 0, .end = 9})).error().code, Errc::invalid_argument) << key;
    EXPECT_EQ(run(store_->put(key, "x", "")).error().code, Errc::invalid_argument) << key;
    EXPECT_EQ(run(store_->remove(key)).error().code, Errc::invalid_argument) << key;
    EXPECT_EQ(run(store_->head(key)).error().code, Errc::invalid_argument) << key;
    EXPECT_EQ(run(store_->start_upload(key, "")).error().code, Errc::invalid_argument) << key;
  }
  EXPECT_EQ(run(store_->put(std::string(1000, 'k'), "x", "")).error().code, Errc::invalid_argument);
  ASSERT_TRUE(run(store_->put("real", "x", "")));
  fs::create_symlink(directory_.path() / "secret", root() / "link");
  EXPECT_FALSE(run(store_->get("link", {.first = 0, .end = 9})));
  EXPECT_EQ(run(store_->head("link")).error().code, Errc::not_found);
}

TEST_F(FileBlobStoreTest, AnUploadIsItsPartsInOrder) {
  auto upload = run(store_->start_upload("deep/call.wav", "audio/wav"));
  ASSERT_TRUE(upload);
  ASSERT_TRUE(run((*upload)->put_part(2, "two")));
  ASSERT_TRUE(run((*upload)->put_part(10, "ten")));
  ASSERT_TRUE(run((*upload)->put_part(1, "wrong")));
  ASSERT_TRUE(run((*upload)->put_part(1, "one")));
  EXPECT_EQ(run(store_->head("deep/call.wav")).error().code, Errc::not_found) << "not before it is complete";
  ASSERT_TRUE(run((*upload)->complete()));
  EXPECT_EQ(text(root() / "deep/call.wav"), "onetwoten");
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(run((*upload)->complete()).error().code, Errc::not_found);
}

TEST_F(FileBlobStoreTest, AnUploadIsTakenUpByItsToken) {
  std::string token;
  {
    auto upload = run(store_->start_upload("call.wav", ""));
    ASSERT_TRUE(upload);
    ASSERT_TRUE(run((*upload)->put_part(1, "one")));
    token = (*upload)->token();
  }
  auto other = make_file_blob_store(executor(), pool_, root());
  auto upload = run(other->resume_upload("call.wav", token));
  ASSERT_TRUE(upload);
  ASSERT_TRUE(run((*upload)->put_part(2, "two")));
  ASSERT_TRUE(run((*upload)->complete()));
  EXPECT_EQ(text(root() / "call.wav"), "onetwo");
  for (const std::string& wrong : {token, std::string("../x"), std::string()})
    EXPECT_EQ(run(other->resume_upload("call.wav", wrong)).error().code, Errc::not_found) << wrong;
}

TEST_F(FileBlobStoreTest, AnAbortedUploadLeavesNothing) {
  auto upload = run(store_->start_upload("call.wav", ""));
  ASSERT_TRUE(upload);
  ASSERT_TRUE(run((*upload)->put_part(1, "one")));
  ASSERT_TRUE(run((*upload)->abort()));
  EXPECT_EQ(files(), 0U);
  EXPECT_FALSE(run((*upload)->complete()));
  EXPECT_EQ(run((*upload)->put_part(0, "")).error().code, Errc::invalid_argument);
}

TEST_F(FileBlobStoreTest, APutThatFailsChangesNothing) {
  ASSERT_TRUE(run(store_->put("a", "old", "")));
  EXPECT_FALSE(run(store_->put("a/b", "new", ""))) << "a file is in the way";
  EXPECT_EQ(text(root() / "a"), "old");
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace parley::storage
