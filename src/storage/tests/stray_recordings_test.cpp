#include "storage/stray_recordings.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"
#include "storage/tests/call_store_contract.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

constexpr std::uint32_t kNotKnown = 0xffffffff;

class StrayRecordingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = open_sqlite_call_store(directory_.path() / kSqliteFile, {}, registry_);
    ASSERT_TRUE(store) << describe(store.error());
    store_ = std::move(*store);
  }

  std::filesystem::path file(const std::string& id) const {
    return directory_.path() / "recordings" / (id + ".wav");
  }

  void leave_file(const std::string& id, int ms, bool finished) {
    std::filesystem::create_directories(file(id).parent_path());
    const auto bytes = static_cast<std::uint32_t>(ms * 8 * 4);
    std::ofstream out(file(id), std::ios::binary);
    out << audio::wav_header(8000, 2, finished ? bytes : kNotKnown) << std::string(bytes, '\x11');
  }

  void put_call(const std::string& id, const std::string& path, bool stored) {
    store_->append_call(sample_call(id));
    if (!path.empty()) store_->put_recording({id, path, 5000, true});
    if (stored) {
      store_->put_recording_blob(
          {.call_id = id, .kind = "s3", .key = "k/" + id, .upload_token = {}, .bytes = 1, .stored = true});
    }
    store_->end_call(id, {CallStatus::interrupted, "stopped", 1'700'000'005'000, 5000, false});
  }

  int removed(const std::string& moved_to, std::chrono::seconds started = std::chrono::seconds(60)) {
    StrayRecordings strays;
    strays.data_dir = directory_.path();
    strays.before = std::filesystem::file_time_type::clock::now() + started;
    strays.moved_to = moved_to;
    const auto count = remove_stray_recordings(*store_, strays, stop_);
    EXPECT_TRUE(count) << describe(count.error());
    return count.value_or(-1);
  }

  TemporaryDirectory directory_;
  metrics::Registry registry_;
  std::unique_ptr<CallStore> store_;
  std::atomic<bool> stop_ = false;
};

TEST_F(StrayRecordingsTest, what_was_begun_in_the_last_moment_of_a_process_goes) {
  leave_file("A1", 500, false);
  leave_file("A2", 0, false);
  std::ofstream(file("A3")) << "RIFF";  // not even a whole header
  EXPECT_EQ(removed(""), 3);
  EXPECT_FALSE(std::filesystem::exists(file("A1")));
}

TEST_F(StrayRecordingsTest, a_call_in_the_log_that_lost_the_row_of_its_recording_keeps_no_file) {
  put_call("A1", "", false);
  leave_file("A1", 500, false);
  EXPECT_EQ(removed(""), 1);
}

TEST_F(StrayRecordingsTest, what_could_be_somebodys_recording_stays) {
  leave_file("LONG", 2500, false);
  leave_file("WHOLE", 500, true);  // such as those of a log that was brought back from a backup
  put_call("KNOWN", "recordings/KNOWN.wav", false);
  leave_file("KNOWN", 500, false);
  std::ofstream(directory_.path() / "recordings" / "notes.txt") << "mine";
  EXPECT_EQ(removed("s3"), 0);
}

TEST_F(StrayRecordingsTest, calls_of_this_process_are_left_alone) {
  leave_file("A1", 500, false);
  EXPECT_EQ(removed("", std::chrono::seconds(-60)), 0);
}

TEST_F(StrayRecordingsTest, the_file_of_a_recording_that_is_stored_elsewhere_goes_and_its_row_says_so) {
  put_call("A1", "recordings/A1.wav", true);
  leave_file("A1", 5000, true);
  EXPECT_EQ(removed("s3"), 1);
  ASSERT_TRUE(flush_and_wait(*store_));
  const auto call = store_->find_call("A1");
  ASSERT_TRUE(call);
  ASSERT_TRUE(call->summary.recording);
  EXPECT_EQ(call->summary.recording->path, "");
  EXPECT_EQ(call->summary.recording->duration_ms, 5000);
  EXPECT_TRUE(call->summary.recording->complete);
  EXPECT_EQ(removed("s3"), 0);
}

TEST_F(StrayRecordingsTest, a_file_that_is_to_be_kept_stays_although_it_is_stored_elsewhere) {
  put_call("A1", "recordings/A1.wav", true);
  leave_file("A1", 5000, true);
  EXPECT_EQ(removed(""), 0);
  EXPECT_TRUE(std::filesystem::exists(file("A1")));
}

TEST_F(StrayRecordingsTest, it_ends_when_it_is_told_to) {
  leave_file("A1", 500, false);
  stop_ = true;
  EXPECT_EQ(removed(""), 0);
  EXPECT_TRUE(std::filesystem::exists(file("A1")));
}

}  // namespace
}  // namespace parley::storage
