#include "storage/interrupted.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"
#include "storage/tests/call_store_contract.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

constexpr WallMillis kStart = 1'700'000'000'000;
constexpr WallMillis kRestart = kStart + 3'600'000;

class InterruptedCallsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = open_sqlite_call_store(directory_.path() / kSqliteFile, {}, registry_);
    ASSERT_TRUE(store) << describe(store.error());
    store_ = std::move(*store);
    store_->append_call(sample_call("A1", kStart));
  }

  CallDetail recovered(WallMillis now = kRestart) {
    EXPECT_TRUE(flush_and_wait(*store_));
    const auto count = recover_interrupted_calls(*store_, directory_.path(), now);
    EXPECT_TRUE(count) << describe(count.error());
    EXPECT_EQ(*count, 1);
    auto call = store_->find_call("A1");
    EXPECT_TRUE(call) << describe(call.error());
    return *call;
  }

  // What a killed recorder leaves: a header that promises nothing, `ms` of stereo sound and half a frame.
  void leave_half_written_recording(const std::string& path, int ms) {
    const auto file = directory_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << audio::wav_header(8000, 2, 0) << std::string(static_cast<std::size_t>(ms) * 8 * 4, '\x11')
        << "abc";
  }

  TemporaryDirectory directory_;
  metrics::Registry registry_;
  std::unique_ptr<CallStore> store_;
};

TEST_F(InterruptedCallsTest, a_call_of_which_nothing_is_known_ends_where_it_started) {
  const CallDetail call = recovered();
  EXPECT_EQ(call.summary.status, CallStatus::interrupted);
  EXPECT_EQ(call.summary.end.ended_at, kStart);
  EXPECT_EQ(call.summary.end.duration_ms, 0);
  EXPECT_FALSE(call.summary.end.reason.empty());
}

TEST_F(InterruptedCallsTest, a_call_ends_with_the_last_thing_that_was_seen_of_it) {
  TurnRecord turn = sample_turn("A1", 1);
  turn.start_ms = 5000;
  turn.end_ms = 0;  // the answer was not finished
  store_->put_turn(turn);
  store_->append_event({"A1", kStart + 7000, 7000, "escalation_requested", ""});
  const CallDetail call = recovered();
  EXPECT_EQ(call.summary.end.ended_at, kStart + 7000);
  EXPECT_EQ(call.summary.end.duration_ms, 7000);
  EXPECT_TRUE(call.summary.end.escalation_requested);
  EXPECT_EQ(call.turns.size(), 1U) << "what was written stays";
}

TEST_F(InterruptedCallsTest, the_recording_is_playable_and_has_its_length) {
  leave_half_written_recording("recordings/A1.wav", 12'500);
  store_->put_recording({"A1", "recordings/A1.wav", 0, false});
  const CallDetail call = recovered();
  ASSERT_TRUE(call.summary.recording);
  EXPECT_EQ(call.summary.recording->duration_ms, 12'500);
  EXPECT_TRUE(call.summary.recording->complete);
  EXPECT_EQ(call.summary.end.ended_at, kStart + 12'500);

  std::ifstream in(directory_.path() / "recordings/A1.wav", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(bytes.substr(0, 44), audio::wav_header(8000, 2, 12'500 * 8 * 4));
}

TEST_F(InterruptedCallsTest, a_lost_recording_does_not_keep_the_call_open) {
  store_->put_recording({"A1", "recordings/gone.wav", 0, false});
  const CallDetail call = recovered();
  EXPECT_EQ(call.summary.status, CallStatus::interrupted);
  ASSERT_TRUE(call.summary.recording);
  EXPECT_FALSE(call.summary.recording->complete);
}

TEST_F(InterruptedCallsTest, no_call_ends_in_the_future_nor_before_it_started) {
  store_->append_event({"A1", kStart, 60'000, "dtmf", "1"});
  EXPECT_EQ(recovered(kStart + 1000).summary.end.ended_at, kStart + 1000);
}

TEST_F(InterruptedCallsTest, a_clock_set_back_does_not_make_the_length_negative) {
  store_->append_event({"A1", kStart, 60'000, "dtmf", "1"});
  const CallDetail call = recovered(kStart - 5000);
  EXPECT_EQ(call.summary.end.ended_at, kStart);
  EXPECT_EQ(call.summary.end.duration_ms, 0);
}

TEST_F(InterruptedCallsTest, finished_calls_are_left_alone_and_a_second_run_finds_nothing) {
  store_->append_call(sample_call("A2", kStart));
  store_->end_call("A2", {CallStatus::completed, "caller hung up", kStart + 10, 10, false});
  recovered();
  EXPECT_EQ(store_->find_call("A2")->summary.status, CallStatus::completed);
  const auto again = recover_interrupted_calls(*store_, directory_.path(), kRestart);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, 0);
}

TEST_F(InterruptedCallsTest, the_recording_of_a_call_that_ended_just_before_is_made_playable) {
  leave_half_written_recording("recordings/A2.wav", 4000);
  store_->append_call(sample_call("A2", kStart));
  store_->put_recording({"A2", "recordings/A2.wav", 0, false});
  store_->end_call("A2", {CallStatus::completed, "caller hung up", kStart + 4000, 4000, false});
  recovered();
  const auto call = store_->find_call("A2");
  ASSERT_TRUE(call && call->summary.recording);
  EXPECT_EQ(call->summary.status, CallStatus::completed);
  EXPECT_EQ(call->summary.end.reason, "caller hung up");
  EXPECT_TRUE(call->summary.recording->complete);
  EXPECT_EQ(call->summary.recording->duration_ms, 4000);
}

}  // namespace
}  // namespace parley::storage
