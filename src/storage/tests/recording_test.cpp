#include "storage/recording.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "base/ids.hpp"

namespace parley::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::HasSubstr;

constexpr int kRate = 8000;

std::vector<std::int16_t> ramp(std::size_t samples, int from = 1) {
  std::vector<std::int16_t> out(samples);
  for (std::size_t i = 0; i < samples; ++i)
    out[i] = static_cast<std::int16_t>((from + static_cast<int>(i)) % 30000);
  return out;
}

std::vector<std::int16_t> level(std::size_t samples, std::int16_t value) {
  return std::vector(samples, value);
}

class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() : directory_(fs::temp_directory_path() / ("parley-recording-" + make_id())) {}
  ~RecordingTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  fs::path file(const std::string& name = "2026/call.wav") const { return directory_ / name; }

  static Result<std::int64_t> finish(Recording& recording, std::int64_t end) {
    std::promise<Result<std::int64_t>> promise;
    recording.finish(end, [&promise](Result<std::int64_t> length) { promise.set_value(std::move(length)); });
    return promise.get_future().get();
  }

  // The file thread has done everything asked of it before.
  void drain(Recorder& recorder) { ASSERT_TRUE(finish(*recorder.start(file("drain.wav"), kRate), 0)); }

  static std::vector<std::int16_t> channel(const fs::path& path, std::size_t which) {
    const auto audio = audio::read_wav(path);
    EXPECT_TRUE(audio) << (audio ? "" : audio.error().message);
    std::vector<std::int16_t> out;
    if (!audio) return out;
    EXPECT_EQ(audio->channels, 2);
    for (std::size_t i = which; i < audio->samples.size(); i += 2)
      out.push_back(audio->samples[i]);
    return out;
  }
  static std::vector<std::int16_t> caller(const fs::path& path) { return channel(path, 0); }
  static std::vector<std::int16_t> agent(const fs::path& path) { return channel(path, 1); }

  std::uint64_t dropped() { return registry_.counter("parley_recording_dropped_samples_total", "").value(); }
  std::uint64_t write_errors() {
    return registry_.counter("parley_recording_write_errors_total", "").value();
  }

  fs::path directory_;
  metrics::Registry registry_;
};

std::vector<std::int16_t> slice(const std::vector<std::int16_t>& samples, std::size_t from,
                                std::size_t count) {
  return {samples.begin() + static_cast<std::ptrdiff_t>(from),
          samples.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

TEST_F(RecordingTest, KeepsBothSidesWhereTheyBelong) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  const auto heard = ramp(8000 * 3);
  const auto said = ramp(8000 * 2, 7000);
  recording->write_agent(4000, std::span(said).first(8000));
  for (std::int64_t at = 0; at < 8000 * 3; at += 160) {
    recording->write_caller(at, std::span(heard).subspan(static_cast<std::size_t>(at), 160));
    if (at == 8000) recording->write_agent(12000, std::span(said).subspan(8000));
    recording->advance(at + 160);
  }
  const auto length = finish(*recording, 8000 * 3);
  ASSERT_TRUE(length) << length.error().message;
  EXPECT_EQ(*length, 24000);
  EXPECT_EQ(fs::file_size(file()), 44U + 24000U * 4);
  EXPECT_EQ(caller(file()), heard);
  const auto right = agent(file());
  ASSERT_EQ(right.size(), 24000U);
  EXPECT_THAT(slice(right, 0, 4000), Each(0));
  EXPECT_EQ(slice(right, 4000, 16000), said);
  EXPECT_THAT(slice(right, 20000, 4000), Each(0));
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(RecordingTest, GapsAreSilenceAndLaterSoundKeepsItsPlace) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  recording->write_caller(0, level(160, 11));
  recording->advance(4000);
  recording->advance(80000);  // ten seconds without a sound, longer than any buffer
  recording->write_caller(80000, level(160, 22));
  ASSERT_EQ(finish(*recording, 80320).value_or(-1), 80320);
  const auto left = caller(file());
  ASSERT_EQ(left.size(), 80320U);
  EXPECT_THAT(slice(left, 0, 160), Each(11));
  EXPECT_THAT(slice(left, 160, 79840), Each(0));
  EXPECT_THAT(slice(left, 80000, 160), Each(22));
  EXPECT_THAT(slice(left, 80160, 160), Each(0));
}

TEST_F(RecordingTest, WhatTheCallerDidNotHearIsCut) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  recording->write_agent(0, level(16000, 9));
  recording->advance(6000);
  recording->cut_agent(7000);
  recording->write_agent(9000, level(1000, 5));
  ASSERT_TRUE(finish(*recording, 16000));
  const auto right = agent(file());
  ASSERT_EQ(right.size(), 16000U);
  EXPECT_THAT(slice(right, 0, 7000), Each(9));
  EXPECT_THAT(slice(right, 7000, 2000), Each(0));
  EXPECT_THAT(slice(right, 9000, 1000), Each(5));
  EXPECT_THAT(slice(right, 10000, 6000), Each(0));
}

TEST_F(RecordingTest, ACutBehindTheLastFlushLeavesThePastAlone) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  recording->write_agent(0, level(8000, 9));
  recording->advance(4000);
  recording->cut_agent(1000);
  ASSERT_TRUE(finish(*recording, 8000));
  const auto right = agent(file());
  EXPECT_THAT(slice(right, 0, 4000), Each(9));
  EXPECT_THAT(slice(right, 4000, 4000), Each(0));
}

TEST_F(RecordingTest, TheAgentMayAlwaysBeTwoSecondsAhead) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  const auto said = ramp(8000 * 12);
  // The clock is told every 480 ms, which is the worst for a block of 500.
  for (std::int64_t at = 0; at < 8000 * 12; at += 160) {
    recording->write_agent(at, std::span(said).subspan(static_cast<std::size_t>(at), 160));
    const std::int64_t now = at + 160 - 16000;
    if (now > 0 && now % 3840 == 0) recording->advance(now);
  }
  ASSERT_TRUE(finish(*recording, 8000 * 12));
  EXPECT_EQ(agent(file()), said);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(RecordingTest, ACallersBurstIsKeptWhole) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  const auto heard = ramp(8000 * 6);
  recording->write_caller(0, heard);
  ASSERT_TRUE(finish(*recording, 8000 * 6));
  EXPECT_EQ(caller(file()), heard);
  EXPECT_EQ(dropped(), 0U);
}

TEST_F(RecordingTest, LateAndFarAwaySamplesAreDroppedAndCounted) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  recording->advance(8000);
  recording->write_caller(7900, level(160, 3));
  EXPECT_EQ(dropped(), 100U);
  recording->write_agent(7000, level(160, 3));
  EXPECT_EQ(dropped(), 260U);
  for (const std::int64_t wild : {std::numeric_limits<std::int64_t>::max() - 200,
                                  std::numeric_limits<std::int64_t>::min(), std::int64_t{8000} * 3600}) {
    recording->write_caller(wild, level(160, 3));
    recording->write_agent(wild, level(160, 3));
    recording->cut_agent(wild);
  }
  EXPECT_EQ(dropped(), 260U + 6 * 160);
  ASSERT_EQ(finish(*recording, 8160).value_or(-1), 8160);
  const auto left = caller(file());
  EXPECT_THAT(slice(left, 0, 8000), Each(0));
  EXPECT_THAT(slice(left, 8000, 60), Each(3));
  EXPECT_THAT(slice(left, 8060, 100), Each(0));
}

TEST_F(RecordingTest, DestructionFinishesAtTheLastKnownTime) {
  const auto recorder = make_file_recorder(registry_);
  {
    const auto recording = recorder->start(file(), kRate);
    recording->write_caller(0, level(8000, 4));
    recording->write_agent(0, level(16000, 6));
    recording->advance(7000);
    recording->advance(8000);  // too soon for another block
  }
  drain(*recorder);
  EXPECT_EQ(fs::file_size(file()), 44U + 8000U * 4);
  EXPECT_EQ(caller(file()), level(8000, 4));
  EXPECT_EQ(agent(file()), level(8000, 6));
  std::array<char, 44> header{};
  std::ifstream(file(), std::ios::binary).read(header.data(), header.size());
  EXPECT_EQ(std::string(header.begin(), header.end()), audio::wav_header(kRate, 2, 32000));
}

TEST_F(RecordingTest, AfterFinishNothingChangesAnyMore) {
  const auto recorder = make_file_recorder(registry_);
  {
    const auto recording = recorder->start(file(), kRate);
    recording->write_caller(0, level(800, 4));
    ASSERT_EQ(finish(*recording, 800).value_or(-1), 800);
    recording->write_caller(800, level(800, 4));
    recording->write_agent(800, level(800, 4));
    recording->advance(80000);
    recording->finish(80000, [](const auto&) { ADD_FAILURE() << "finished twice"; });
  }
  drain(*recorder);
  EXPECT_EQ(caller(file()), level(800, 4));
}

TEST_F(RecordingTest, AnEmptyCallIsAValidFile) {
  const auto recorder = make_file_recorder(registry_);
  ASSERT_EQ(finish(*recorder->start(file(), kRate), 0).value_or(-1), 0);
  EXPECT_EQ(fs::file_size(file()), 44U);
  EXPECT_TRUE(caller(file()).empty());
}

TEST_F(RecordingTest, KillingTheProcessLosesLessThanASecond) {
  const auto heard = ramp(8000 * 5 + 160);
  EXPECT_EXIT(
      {
        const auto recorder = make_file_recorder(registry_);
        const auto recording = recorder->start(file(), kRate);
        for (std::int64_t at = 0; at < static_cast<std::int64_t>(heard.size()); at += 160) {
          recording->write_caller(at, std::span(heard).subspan(static_cast<std::size_t>(at), 160));
          recording->advance(at + 160);
        }
        drain(*recorder);
        raise(SIGKILL);
      },
      ::testing::KilledBySignal(SIGKILL), "");
  const auto length = repair_recording(file());
  ASSERT_TRUE(length) << length.error().message;
  EXPECT_GT(*length, 8000 * 4);
  EXPECT_EQ(*length, 8000 * 5);
  EXPECT_EQ(fs::file_size(file()), 44U + static_cast<std::uintmax_t>(*length) * 4);
  EXPECT_EQ(caller(file()), slice(heard, 0, static_cast<std::size_t>(*length)));
}

TEST_F(RecordingTest, AnUnfinishedFileCanBePlayedAsItIs) {
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file(), kRate);
  recording->write_caller(0, level(4000, 4));
  recording->advance(4000);
  drain(*recorder);
  EXPECT_EQ(caller(file()), level(4000, 4));
}

TEST_F(RecordingTest, RepairTrimsHalfAFrameAndIsIdempotent) {
  fs::create_directories(file().parent_path());
  {
    std::ofstream out(file(), std::ios::binary);
    out << audio::wav_header(16000, 2, 0xffffffff) << std::string(400 * 4 + 3, 'x');
  }
  EXPECT_EQ(repair_recording(file()).value_or(-1), 400);
  EXPECT_EQ(fs::file_size(file()), 44U + 1600U);
  std::ifstream in(file(), std::ios::binary);
  const std::string once{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(once.substr(0, 44), audio::wav_header(16000, 2, 1600));
  EXPECT_EQ(repair_recording(file()).value_or(-1), 400);
  std::ifstream again(file(), std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}), once);
}

TEST_F(RecordingTest, RepairRefusesWhatIsNoRecording) {
  EXPECT_EQ(repair_recording(file("missing.wav")).error().code, Errc::not_found);
  fs::create_directories(directory_);
  const auto put = [&](const std::string& content) {
    std::ofstream(file("x.wav"), std::ios::binary) << content;
    return repair_recording(file("x.wav"));
  };
  EXPECT_THAT(put("").error().message, HasSubstr("less than a header"));
  EXPECT_THAT(put(std::string(500, 'g')).error().message, HasSubstr("no recording of ours"));
  EXPECT_THAT(put(audio::wav_header(8000, 1, 0) + "abcd").error().message, HasSubstr("no recording of ours"));
  EXPECT_EQ(fs::file_size(file("x.wav")), 48U);
}

TEST_F(RecordingTest, AFileThatCannotBeMadeIsToldAtTheEnd) {
  fs::create_directories(directory_);
  std::ofstream(file("plain")) << "a file where a directory is wanted";
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start(file("plain") / "call.wav", kRate);
  recording->write_caller(0, level(4000, 4));
  recording->advance(4000);
  const auto length = finish(*recording, 4000);
  ASSERT_FALSE(length);
  EXPECT_EQ(length.error().code, Errc::io);
  EXPECT_THAT(length.error().message, HasSubstr("plain/call.wav"));
  EXPECT_GE(write_errors(), 1U);
  EXPECT_EQ(dropped(), 8000U);
}

TEST_F(RecordingTest, AFullDiskIsCountedAndTold) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto recorder = make_file_recorder(registry_);
  const auto recording = recorder->start("/dev/full", kRate);
  recording->write_caller(0, level(4000, 4));
  recording->advance(4000);
  const auto length = finish(*recording, 4000);
  ASSERT_FALSE(length);
  EXPECT_THAT(length.error().message, HasSubstr("No space left"));
  EXPECT_EQ(dropped(), 8000U);
}

TEST_F(RecordingTest, AStalledDiskDropsSoundButNeverBlocksTheCall) {
  constexpr int kSlowRate = 1000;  // small blocks
  const auto recorder = make_file_recorder(registry_);
  std::promise<void> stall;
  const auto stalling = recorder->start(file("stalling.wav"), kRate);
  stalling->finish(0, [released = stall.get_future().share()](const auto&) { released.wait(); });

  const auto recording = recorder->start(file(), kSlowRate);
  const std::int64_t blocks = 2048 + 52;
  for (std::int64_t at = 0; at < blocks * 500; at += 500) {
    recording->write_caller(at, level(500, 7));
    recording->advance(at + 500);
  }
  EXPECT_EQ(dropped(), 52U * 500 * 2);
  stall.set_value();
  ASSERT_EQ(finish(*recording, blocks * 500).value_or(-1), blocks * 500);
  const auto left = caller(file());
  ASSERT_EQ(left.size(), static_cast<std::size_t>(blocks * 500));
  EXPECT_THAT(slice(left, 0, 2048 * 500), Each(7));
  EXPECT_THAT(slice(left, 2048 * 500, 52 * 500), Each(0));
}

TEST_F(RecordingTest, ManyRecordingsAtOnceStayApart) {
  const auto recorder = make_file_recorder(registry_);
  constexpr int kCalls = 60;
  std::vector<std::unique_ptr<Recording>> recordings;
  for (int call = 0; call < kCalls; ++call) {
    recordings.push_back(recorder->start(file(std::to_string(call) + ".wav"), kRate));
  }
  for (std::int64_t at = 0; at < 8000 * 4; at += 160) {
    for (int call = 0; call < kCalls; ++call) {
      auto& recording = *recordings[static_cast<std::size_t>(call)];
      recording.write_caller(at, level(160, static_cast<std::int16_t>(call + 1)));
      recording.write_agent(at, level(160, static_cast<std::int16_t>(-call - 1)));
      recording.advance(at + 160);
    }
  }
  recordings.clear();
  drain(*recorder);
  for (int call = 0; call < kCalls; ++call) {
    const auto path = file(std::to_string(call) + ".wav");
    EXPECT_EQ(caller(path), level(32000, static_cast<std::int16_t>(call + 1)));
    EXPECT_EQ(agent(path), level(32000, static_cast<std::int16_t>(-call - 1)));
  }
  EXPECT_EQ(dropped(), 0U);
}

}  // namespace
}  // namespace parley::storage
