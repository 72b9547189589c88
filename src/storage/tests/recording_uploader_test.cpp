#include "storage/recording_uploader.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "net/tests/net_fixture.hpp"
#include "storage/tests/fake_blob_store.hpp"
#include "storage/tests/fake_call_store.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::size_t kPart = 5UL * 1024 * 1024;

std::string noise(std::size_t bytes, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i + 4 <= bytes; i += 4) {
    const auto value = static_cast<std::uint32_t>(random());
    out.replace(i, 4, reinterpret_cast<const char*>(&value), 4);
  }
  return out;
}

class RecordingUploaderTest : public net::NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    fs::create_directories(data() / "recordings");
    store_ = std::make_unique<FakeBlobStore>(executor(), pool_, directory_.path() / "bucket");
    options_.data_dir = data();
    options_.prefix = "parley";
    options_.poll = 1ms;
    options_.first_retry = 1ms;
    options_.longest_retry = 4ms;
    start();
  }
  void TearDown() override {
    stop();
    store_.reset();
    NetTest::TearDown();
  }

  void start() { start(*store_); }
  void start(BlobStore& store) {
    uploader_ = std::make_unique<RecordingUploader>(executor(), store, calls_, pool_, registry_, options_);
  }
  void stop() {
    if (!uploader_) return;
    run(uploader_->stop());
    uploader_.reset();
  }

  fs::path data() const { return directory_.path() / "home"; }
  static std::string path_of(const std::string& id) { return "recordings/" + id + ".wav"; }
  fs::path file_of(const std::string& id) const { return data() / path_of(id); }
  void write(const std::string& id, std::string_view bytes) {
    std::ofstream(file_of(id), std::ios::binary | std::ios::app) << bytes;
  }
  // As the recorder does it at the end: the header says the length.
  void write_header(const std::string& id, std::string_view header) {
    std::fstream(file_of(id), std::ios::binary | std::ios::in | std::ios::out) << header;
  }
  void complete(const std::string& id) { calls_.put_recording({id, path_of(id), 1000, true}); }
  void finish(const std::string& id) {
    complete(id);
    uploader_->recording_finished(id, "w1", path_of(id), 1000);
  }
  bool is_stored(const std::string& id) const {
    const auto row = calls_.row(id);
    return row && row->blob && row->blob->stored;
  }
  std::int64_t uploaded(const std::string& id) const {
    const auto row = calls_.row(id);
    return row && row->blob ? row->blob->bytes : 0;
  }
  std::string blob(const std::string& id) {
    const auto bytes = run(store_->get("parley/w1/" + path_of(id), {.first = 0, .end = 64 * kPart}));
    return bytes ? *bytes : describe(bytes.error());
  }
  void run_until_done(const std::string& id) {
    run_until([&] { return is_stored(id) && waiting() == 0.0; });
  }
  double waiting() { return registry_.gauge("parley_recordings_waiting", "").value(); }
  std::uint64_t count(const char* result) {
    return registry_.counter("parley_recording_uploads_total", "", {{"result", result}}).value();
  }
  int asked(const std::string& operation) { return store_->counts[operation]; }

  // The first `times` of an operation fail so.
  void fail_first(const std::string& operation, int times, Errc code) {
    store_->fault = [=, left = times](const std::string& what) mutable -> std::optional<Error> {
      if (what != operation || left == 0) return std::nullopt;
      --left;
      return Error{code, "told to fail"};
    };
  }

  TemporaryDirectory directory_;
  metrics::Registry registry_;
  FakeCallStore calls_;
  async::BlockingPool pool_{{.name = "files", .threads = 2, .queue_limit = 4096}};
  std::unique_ptr<FakeBlobStore> store_;
  UploaderOptions options_;
  std::unique_ptr<RecordingUploader> uploader_;
};

TEST_F(RecordingUploaderTest, AShortRecordingIsOnePlainPutAndItsFileGoes) {
  write("c1", "a short call");
  finish("c1");
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), "a short call");
  EXPECT_EQ(asked("put"), 1);
  EXPECT_EQ(asked("head"), 1);
  EXPECT_EQ(asked("start"), 0);
  EXPECT_FALSE(fs::exists(file_of("c1")));
  const auto row = calls_.row("c1");
  EXPECT_EQ(row->recording.path, "");
  EXPECT_EQ(row->recording.duration_ms, 1000);
  EXPECT_TRUE(row->recording.complete);
  EXPECT_EQ(row->blob->kind, "s3");
  EXPECT_EQ(row->blob->key, "parley/w1/recordings/c1.wav");
  EXPECT_EQ(row->blob->bytes, 12);
  EXPECT_EQ(row->blob->upload_token, "");
  EXPECT_EQ(count("stored"), 1U);
  EXPECT_EQ(count("failed"), 0U);
}

TEST_F(RecordingUploaderTest, AFileIsKeptWhenItIsToBe) {
  stop();
  options_.keep_local = true;
  start();
  write("c1", "sound");
  finish("c1");
  run_until_done("c1");
  EXPECT_TRUE(fs::exists(file_of("c1")));
  EXPECT_EQ(calls_.row("c1")->recording.path, path_of("c1"));
}

TEST_F(RecordingUploaderTest, WithFilesNothingIsCopied) {
  stop();
  const auto files = make_file_blob_store(executor(), pool_, data());
  start(*files);
  write("c1", "sound");
  uploader_->recording_started("c1", "w1", path_of("c1"));
  finish("c1");
  run_until_done("c1");
  EXPECT_TRUE(fs::exists(file_of("c1")));
  const auto row = calls_.row("c1")->blob;
  EXPECT_EQ(row->kind, "files");
  EXPECT_EQ(*run(files->get(row->key, {.first = 0, .end = 99})), "sound");
  EXPECT_EQ(row->bytes, 5);
  uploader_->resume();
  stop();
  EXPECT_EQ(calls_.listings(), 0);
}

TEST_F(RecordingUploaderTest, PartsFollowTheCallAndTheFirstComesLast) {
  std::string sound = noise(3 * kPart + 1000);
  uploader_->recording_started("c1", "w1", path_of("c1"));
  write("c1", std::string_view(sound).substr(0, 2 * kPart - 1));
  run_until([&] { return true; });
  write("c1", std::string_view(sound).substr(2 * kPart - 1, 2));
  run_until([&] { return uploaded("c1") == static_cast<std::int64_t>(2 * kPart); });
  EXPECT_EQ(asked("part 2"), 1);
  write("c1", std::string_view(sound).substr(2 * kPart + 1));
  run_until([&] { return uploaded("c1") == static_cast<std::int64_t>(3 * kPart); });
  EXPECT_EQ(asked("part 1"), 0);
  EXPECT_EQ(asked("complete"), 0);
  EXPECT_FALSE(calls_.row("c1")->blob->upload_token.empty());
  EXPECT_FALSE(is_stored("c1"));

  const std::string header = audio::wav_header(8000, 2, 12345);
  sound.replace(0, header.size(), header);
  write_header("c1", header);
  finish("c1");
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), sound);
  for (const char* part : {"part 1", "part 2", "part 3", "part 4"})
    EXPECT_EQ(asked(part), 1) << part;
  EXPECT_FALSE(fs::exists(file_of("c1")));
}

TEST_F(RecordingUploaderTest, ARecordingOfWholePartsHasNoEmptyOne) {
  const std::string sound = noise(2 * kPart);
  write("c1", sound);
  finish("c1");
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), sound);
  EXPECT_EQ(asked("part 3"), 0);
}

TEST_F(RecordingUploaderTest, FailuresAreTriedAgainForEver) {
  fail_first("put", 20, Errc::unavailable);
  write("c1", "sound");
  finish("c1");
  run_until([&] { return count("failed") == 10; });
  EXPECT_EQ(waiting(), 1.0);
  EXPECT_TRUE(fs::exists(file_of("c1")));
  run_until_done("c1");
  EXPECT_EQ(count("failed"), 20U);
  EXPECT_EQ(blob("c1"), "sound");
}

TEST_F(RecordingUploaderTest, EveryStepMayFail) {
  const std::string sound = noise(2 * kPart + 7);
  int number = 0;
  for (const char* step : {"start", "part 1", "part 2", "part 3", "complete", "after complete", "head"}) {
    for (const Errc code : {Errc::unavailable, Errc::not_found, Errc::conflict}) {
      const std::string id = "c" + std::to_string(++number);
      fail_first(step, 2, code);
      write(id, sound);
      finish(id);
      run_until_done(id);
      EXPECT_EQ(blob(id), sound) << step << " " << to_string(code);
      EXPECT_FALSE(fs::exists(file_of(id)));
    }
  }
}

TEST_F(RecordingUploaderTest, AnAnswerThatWasLostIsNoReasonToPutTwice) {
  fail_first("after complete", 1, Errc::unavailable);
  write("c1", noise(2 * kPart));
  finish("c1");
  run_until_done("c1");
  EXPECT_EQ(asked("complete"), 1);
  EXPECT_EQ(asked("start"), 1);
  fail_first("after put", 1, Errc::unavailable);
  write("c2", "sound");
  finish("c2");
  run_until_done("c2");
  EXPECT_EQ(asked("put"), 1);
}

TEST_F(RecordingUploaderTest, ALostUploadBeginsAgain) {
  fail_first("part 3", 1, Errc::not_found);
  const std::string sound = noise(4 * kPart);
  uploader_->recording_started("c1", "w1", path_of("c1"));
  write("c1", sound);
  run_until([&] { return uploaded("c1") == static_cast<std::int64_t>(4 * kPart); });
  EXPECT_EQ(asked("start"), 2);
  EXPECT_EQ(asked("part 2"), 2);
  finish("c1");
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), sound);
}

TEST_F(RecordingUploaderTest, TheFileStaysUntilTheSizeIsConfirmedAndTheRowIsOnDisk) {
  store_->cut_heads(2);
  calls_.fail_flushes(3);
  write("c1", "sound");
  finish("c1");
  run_until([&] { return count("failed") == 3; });
  EXPECT_TRUE(fs::exists(file_of("c1")));
  run_until_done("c1");
  EXPECT_EQ(count("failed"), 4U);
  EXPECT_FALSE(fs::exists(file_of("c1")));
}

TEST_F(RecordingUploaderTest, WhatAProcessThatDiedHasBegunIsTakenUp) {
  const std::string sound = noise(4 * kPart + 5);
  uploader_->recording_started("c1", "w1", path_of("c1"));
  write("c1", std::string_view(sound).substr(0, 3 * kPart));
  run_until([&] { return uploaded("c1") == static_cast<std::int64_t>(3 * kPart); });
  stop();
  write("c1", std::string_view(sound).substr(3 * kPart));
  complete("c1");
  start();
  uploader_->resume();
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), sound);
  EXPECT_EQ(asked("start"), 1);
  EXPECT_EQ(asked("resume"), 1);
  for (const char* part : {"part 1", "part 2", "part 3", "part 4", "part 5"})
    EXPECT_EQ(asked(part), 1) << part;
}

TEST_F(RecordingUploaderTest, AnUploadThatTheStoreForgotIsBegunAgain) {
  const std::string sound = noise(3 * kPart);
  write("c1", sound);
  complete("c1");
  calls_.put_recording_blob({"c1", "s3", "parley/w1/recordings/c1.wav", "forgotten", 2 * kPart, false});
  uploader_->resume();
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), sound);
  EXPECT_EQ(asked("start"), 1);
}

TEST_F(RecordingUploaderTest, AnUploadOfAFileThatIsShorterNowIsBegunAgain) {
  uploader_->recording_started("c1", "w1", path_of("c1"));
  write("c1", noise(3 * kPart));
  run_until([&] { return uploaded("c1") == static_cast<std::int64_t>(3 * kPart); });
  stop();
  fs::resize_file(file_of("c1"), kPart + 1);
  complete("c1");
  start();
  uploader_->resume();
  run_until_done("c1");
  EXPECT_EQ(blob("c1"), noise(3 * kPart).substr(0, kPart + 1));
}

TEST_F(RecordingUploaderTest, ABacklogIsTakenUpByTheHundred) {
  constexpr int kRecordings = 700;
  const auto id = [](int i) { return fmt::format("c{:04}", i); };
  for (int i = 0; i < kRecordings; ++i) {
    if (i % 7 != 0) write(id(i), id(i));  // the others' files are on another machine
    complete(id(i));
  }
  calls_.put_recording({"growing", path_of("growing"), 0, false});
  uploader_->resume();
  run_until([&] { return count("stored") == 600 && waiting() == 0.0; });
  EXPECT_EQ(count("missing"), 100U);
  EXPECT_EQ(count("failed"), 0U);
  EXPECT_EQ(asked("put"), 600);
  for (int i = 0; i < kRecordings; i += 101)
    EXPECT_EQ(is_stored(id(i)), i % 7 != 0) << i;
  EXPECT_EQ(calls_.row(id(0))->recording.path, path_of(id(0))) << "the row of another node is left alone";
  EXPECT_LE(calls_.listings(), 12);
}

TEST_F(RecordingUploaderTest, NoMoreThanFourAreOnTheirWay) {
  for (int i = 0; i < 40; ++i) {
    write(std::to_string(i), "sound");
    finish(std::to_string(i));
  }
  run_until([&] { return count("stored") == 40; });
  EXPECT_EQ(store_->most_busy, 4);
}

TEST_F(RecordingUploaderTest, ARecordingWithoutAFileIsGivenUp) {
  finish("c1");
  run_until([&] { return count("missing") == 1 && waiting() == 0.0; });
  EXPECT_FALSE(is_stored("c1"));
}

TEST_F(RecordingUploaderTest, APathThatLeadsElsewhereIsNotRead) {
  std::ofstream(directory_.path() / "secret") << "secret";
  uploader_->recording_finished("c1", "w1", "../secret", 1);
  uploader_->recording_finished("c2", "../w1", path_of("c2"), 1);
  run_until([&] { return count("failed") == 2; });
  EXPECT_TRUE(store_->counts.empty());
  EXPECT_TRUE(fs::exists(directory_.path() / "secret"));
}

TEST_F(RecordingUploaderTest, StoppingLeavesTheRestForTheNextStart) {
  store_->fault = [](const std::string&) { return Error{Errc::unavailable, "away"}; };
  for (const char* id : {"c1", "c2", "c3"}) {
    write(id, "sound");
    finish(id);
  }
  run_until([&] { return count("failed") >= 6; });
  stop();
  store_->fault = nullptr;
  start();
  uploader_->resume();
  run_until([&] { return is_stored("c1") && is_stored("c2") && is_stored("c3"); });
}

TEST(RetryDelay, DoublesUpToItsLimitAndIsSpread) {
  const auto delay = [](int failures, double random) { return retry_delay(failures, random, 1s, 5min); };
  EXPECT_EQ(delay(1, 1), 1s);
  EXPECT_EQ(delay(1, 0), 500ms);
  EXPECT_EQ(delay(2, 1), 2s);
  EXPECT_EQ(delay(9, 1), 256s);
  EXPECT_EQ(delay(10, 1), 5min);
  EXPECT_EQ(delay(1'000'000, 1), 5min);
  EXPECT_EQ(delay(1'000'000, 0), 150s);
}

}  // namespace
}  // namespace parley::storage
