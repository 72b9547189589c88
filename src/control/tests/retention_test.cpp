#include "control/retention.hpp"

#include <atomic>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/ids.hpp"
#include "control/tests/loop_fixture.hpp"
#include "storage/call_log.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::control {
namespace {

using storage::CallStatus;

constexpr storage::WallMillis kDay = 24LL * 3'600'000;

// Files that call themselves S3 and are away when told.
class Bucket final : public storage::BlobStore {
 public:
  Bucket(async::Executor executor, async::BlockingPool& pool, const std::filesystem::path& directory)
      : files_(storage::make_file_blob_store(executor, pool, directory)) {}
  bool away = false;

  std::string_view kind() const override { return "s3"; }
  async::Task<Result<void>> put(std::string key, std::string bytes, std::string type) override {
    return files_->put(std::move(key), std::move(bytes), std::move(type));
  }
  async::Task<Result<storage::BlobInfo>> head(std::string key) override {
    return files_->head(std::move(key));
  }
  async::Task<Result<std::string>> get(std::string key, storage::ByteRange range) override {
    return files_->get(std::move(key), range);
  }
  async::Task<Result<void>> remove(std::string key) override {
    if (away) co_return fail(Errc::unavailable, "the bucket is away");
    co_return co_await files_->remove(std::move(key));
  }
  async::Task<Result<std::unique_ptr<storage::BlobUpload>>> start_upload(std::string key,
                                                                         std::string type) override {
    return files_->start_upload(std::move(key), std::move(type));
  }
  async::Task<Result<std::unique_ptr<storage::BlobUpload>>> resume_upload(std::string key,
                                                                          std::string token) override {
    return files_->resume_upload(std::move(key), std::move(token));
  }
  std::optional<std::string> presigned_get(const std::string&, std::chrono::seconds,
                                           std::string_view) override {
    return std::nullopt;
  }

 private:
  std::unique_ptr<storage::BlobStore> files_;
};

class RetentionTest : public LoopTest {
 protected:
  RetentionTest() {
    auto opened = storage::sql::open_sqlite((data() / "parley.db").string(), {});
    if (!opened) throw std::runtime_error(describe(opened.error()));
    database_ = std::move(*opened);
    store_ = storage::make_control_store(*database_);
    auto calls = storage::open_call_log(*database_, {}, registry_);
    if (!calls) throw std::runtime_error(describe(calls.error()));
    calls_ = std::move(*calls);
    retention_.emplace(
        Retention::Dependencies{executor(), pool_, clock_, *calls_, *store_, bucket_, directory_.path()},
        RetentionOptions{.batch = 2});
  }

  std::filesystem::path data() const { return directory_.path(); }
  std::filesystem::path blob_file(const std::string& id) const { return data() / "bucket" / "calls" / id; }
  std::filesystem::path wav_file(const std::string& id) const {
    return data() / "recordings" / (id + ".wav");
  }

  void set(const std::string& settings) {
    auto workspace = *store_->find_workspace("default");
    workspace.settings = settings;
    ASSERT_TRUE(store_->update_workspace(workspace, 0));
  }

  // A call that began so many days ago; recorded to a file, and in the bucket too.
  std::string add_call(int days_ago, bool recorded = true, const std::string& from = "+919812345678") {
    const std::string id = make_id();
    storage::CallRecord call;
    call.id = call.session_id = id;
    call.from = from;
    call.to = "+918047112233";
    call.started_at = now() - days_ago * kDay;
    calls_->append_call(call);
    calls_->end_call(id, {CallStatus::completed, "caller hung up", call.started_at + 1000, 1000, false});
    if (recorded) {
      std::filesystem::create_directories(wav_file(id).parent_path());
      std::ofstream(wav_file(id)) << "sound";
      EXPECT_TRUE(run(bucket_.put("calls/" + id, "sound", "audio/wav")));
      calls_->put_recording({id, "recordings/" + id + ".wav", 1000, true});
      calls_->put_recording_blob({id, "s3", "calls/" + id, "", 5, true});
    }
    flush();
    return id;
  }
  void flush() {
    std::atomic<bool> done = false;
    calls_->flush([&](const Result<void>&) { done = true; });
    while (!done)
      std::this_thread::yield();
  }
  void add_chat(const std::string& id, int messages) {
    storage::SessionRecord session{};
    session.id = id;
    session.workspace_id = "default";
    session.channel = "chat";
    session.created_at = session.updated_at = now();
    ASSERT_TRUE(store_->create_session(session));
    std::vector<storage::ChatMessageRecord> rows;
    for (int i = 0; i < messages; ++i)
      rows.push_back({"default", id, 0, "user", "hello", "", now()});
    ASSERT_TRUE(store_->append_messages("default", id, rows));
  }
  bool has_call(const std::string& id) { return calls_->find_call(id).has_value(); }
  RemovalReport sweep() {
    const auto report = run(retention_->sweep());
    EXPECT_TRUE(report) << describe(report.error());
    return report ? *report : RemovalReport{};
  }

  storage::TemporaryDirectory directory_;
  metrics::Registry registry_;
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::ControlStore> store_;
  std::unique_ptr<storage::CallStore> calls_;
  Bucket bucket_{executor(), pool_, data() / "bucket"};
  std::optional<Retention> retention_;
};

TEST_F(RetentionTest, WithoutSettingsNothingIsRemoved) {
  const auto old = add_call(3000);
  sweep();
  EXPECT_TRUE(has_call(old));
  EXPECT_TRUE(std::filesystem::exists(wav_file(old)));
  EXPECT_TRUE(std::filesystem::exists(blob_file(old)));
}

TEST_F(RetentionTest, OldCallsGoWithTheirRecordingsInManySmallSteps) {
  set(R"({"retention":{"callsDays":30}})");
  std::vector<std::string> old;
  for (int i = 0; i < 7; ++i)
    old.push_back(add_call(31 + i, i % 2 == 0));
  const auto young = add_call(29);
  EXPECT_EQ(sweep().recordings, 4);
  for (const auto& id : old) {
    EXPECT_FALSE(has_call(id));
    EXPECT_FALSE(std::filesystem::exists(wav_file(id)));
    EXPECT_FALSE(std::filesystem::exists(blob_file(id)));
  }
  EXPECT_TRUE(has_call(young));
  EXPECT_TRUE(std::filesystem::exists(wav_file(young)));
}

TEST_F(RetentionTest, OldRecordingsGoAndTheirCallsStay) {
  set(R"({"retention":{"recordingsDays":7}})");
  std::vector<std::string> old;
  for (int i = 0; i < 5; ++i)
    old.push_back(add_call(8));
  EXPECT_EQ(sweep().recordings, 5);
  for (const auto& id : old) {
    EXPECT_TRUE(has_call(id));
    EXPECT_FALSE(std::filesystem::exists(wav_file(id)));
    EXPECT_FALSE(std::filesystem::exists(blob_file(id)));
  }
}

TEST_F(RetentionTest, WhatTheBucketKeepsBecauseItIsAwayIsRememberedAndDeletedLater) {
  set(R"({"retention":{"callsDays":30}})");
  const auto old = add_call(31);
  bucket_.away = true;
  EXPECT_EQ(sweep().waiting, 1);
  EXPECT_FALSE(has_call(old));
  EXPECT_FALSE(std::filesystem::exists(wav_file(old)));
  EXPECT_TRUE(std::filesystem::exists(blob_file(old)));
  // Another process goes on with it.
  Retention next({executor(), pool_, clock_, *calls_, *store_, bucket_, data()}, {});
  bucket_.away = false;
  EXPECT_EQ(run(next.sweep())->waiting, 0);
  EXPECT_FALSE(std::filesystem::exists(blob_file(old)));
  EXPECT_EQ(PendingRemovals(*store_).list()->size(), 0U);
}

TEST_F(RetentionTest, EverythingOfOneCallerGoesAndNothingOfOthers) {
  const auto one = add_call(1);
  const auto two = add_call(0, true, "09812345678");
  const auto other = add_call(0, true, "+919800000000");
  const auto report = run(retention_->remove_caller("default", "+91 98123 45678"));
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->calls, 2);
  EXPECT_EQ(report->recordings, 2);
  EXPECT_EQ(report->waiting, 0);
  EXPECT_FALSE(has_call(one));
  EXPECT_FALSE(has_call(two));
  EXPECT_FALSE(std::filesystem::exists(blob_file(one)));
  EXPECT_TRUE(has_call(other));
  EXPECT_TRUE(std::filesystem::exists(wav_file(other)));
  EXPECT_EQ(run(retention_->remove_caller("default", "nobody")).error().code, Errc::invalid_argument);
}

TEST_F(RetentionTest, ACallIsRemovedOnlyFromItsOwnWorkspace) {
  const auto id = add_call(0);
  EXPECT_EQ(run(retention_->remove_call("other", id)).error().code, Errc::not_found);
  EXPECT_TRUE(std::filesystem::exists(wav_file(id)));
  EXPECT_EQ(run(retention_->remove_call("default", id))->recordings, 1);
  EXPECT_FALSE(std::filesystem::exists(wav_file(id)));
}

TEST_F(RetentionTest, ShortChatsAreNotKeptOnceTheyRest) {
  add_chat("short", 2);
  add_chat("long", 3);
  EXPECT_EQ(sweep().chats, 0);
  clock_.advance(31min);
  add_chat("fresh", 1);
  EXPECT_EQ(sweep().chats, 1);
  EXPECT_FALSE(store_->find_session("default", "short"));
  EXPECT_TRUE(store_->find_session("default", "long")->ended);
  EXPECT_FALSE(store_->find_session("default", "fresh")->ended);
}

TEST_F(RetentionTest, AWorkspaceCanKeepAllChats) {
  set(R"({"chats":{"minMessages":0}})");
  add_chat("empty", 0);
  clock_.advance(31min);
  sweep();
  EXPECT_TRUE(store_->find_session("default", "empty"));
}

TEST_F(RetentionTest, APathThatLeavesTheDataDirectoryIsNotDeleted) {
  const auto outside = data().parent_path() / (make_id() + ".txt");
  std::ofstream(outside) << "not ours";
  PendingRemovals pending(*store_);
  ASSERT_TRUE(
      pending.add({{"c1", "../" + outside.filename().string(), "", ""}, {"c2", outside.string(), "", ""}}));
  EXPECT_EQ(sweep().waiting, 0);
  EXPECT_TRUE(std::filesystem::exists(outside));
  std::filesystem::remove(outside);
}

}  // namespace
}  // namespace parley::control
