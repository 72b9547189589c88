#include "speech/speech_cache.hpp"

#include <fstream>
#include <future>

#include <gtest/gtest.h>

#include "base/tests/temporary_directory.hpp"
#include "speech/speech_entry.hpp"

namespace parley::speech {
namespace {

namespace fs = std::filesystem;
using Samples = std::vector<std::int16_t>;

class SpeechCacheTest : public ::testing::Test {
 protected:
  std::unique_ptr<SpeechCache> open(std::size_t disk_bytes = 1'000'000,
                                    std::size_t memory_bytes = 1'000'000) {
    auto cache = std::make_unique<SpeechCache>(SpeechCache::Options{directory_, disk_bytes, memory_bytes},
                                               pool_, registry_, clock_);
    drain();
    return cache;
  }
  // The pool has one thread and works in order.
  void drain() {
    std::promise<void> done;
    ASSERT_TRUE(pool_.submit([&](const auto&) { done.set_value(); }));
    done.get_future().wait();
  }
  void put(SpeechCache& cache, const std::string& key, std::size_t samples = 1000) {
    cache.put(key, Samples(samples, static_cast<std::int16_t>(key.back())));
    drain();
  }
  static SpeechCache::Audio fetch(SpeechCache& cache, const std::string& key) {
    std::promise<SpeechCache::Audio> answer;
    EXPECT_TRUE(cache.fetch(key, [&](SpeechCache::Audio audio) { answer.set_value(std::move(audio)); }));
    return answer.get_future().get();
  }
  std::size_t files() const {
    if (!fs::exists(directory_)) return 0;
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), {}));
  }
  fs::path file_of(const std::string& key) const {
    return directory_ / (hash_text(stable_hash(key)) + ".speech");
  }
  // Files that follow each other within a tick of the file system's clock have no order.
  void make_older(const std::string& key, std::chrono::hours by) const {
    fs::last_write_time(file_of(key), fs::last_write_time(file_of(key)) - by);
  }

  TemporaryDirectory temporary_;
  fs::path directory_ = temporary_.path() / "cache" / "speech";
  metrics::Registry registry_;
  SpeechCacheProbe probe_{registry_};
  ManualClock clock_;
  async::BlockingPool pool_{{.name = "files"}};
};

TEST_F(SpeechCacheTest, KnowsNothingAtFirst) {
  const auto cache = open();
  const auto found = cache->find("a");
  EXPECT_EQ(found.audio, nullptr);
  EXPECT_FALSE(found.on_disk);
  EXPECT_EQ(fetch(*cache, "a"), nullptr);
}

TEST_F(SpeechCacheTest, GivesFromMemoryAtOnceWhatWasPut) {
  const auto cache = open();
  cache->put("a", {1, 2, 3});
  const auto found = cache->find("a");
  ASSERT_NE(found.audio, nullptr);
  EXPECT_EQ(*found.audio, (Samples{1, 2, 3}));
  drain();
  EXPECT_EQ(files(), 1U);
}

TEST_F(SpeechCacheTest, AfterARestartTheFileIsThereAndOnceReadItIsInMemory) {
  auto cache = open();
  put(*cache, "a");
  cache.reset();
  cache = open();
  const auto found = cache->find("a");
  EXPECT_EQ(found.audio, nullptr);
  EXPECT_TRUE(found.on_disk);
  const auto audio = fetch(*cache, "a");
  ASSERT_NE(audio, nullptr);
  EXPECT_EQ(*audio, Samples(1000, 'a'));
  EXPECT_EQ(cache->find("a").audio, audio);
}

TEST_F(SpeechCacheTest, BeforeTheDirectoryIsReadEveryFileMayBeThere) {
  auto cache = open();
  put(*cache, "a");
  cache.reset();
  std::promise<void> go;
  ASSERT_TRUE(pool_.submit([&](const auto&) { go.get_future().wait(); }));
  cache = std::make_unique<SpeechCache>(SpeechCache::Options{directory_}, pool_, registry_, clock_);
  EXPECT_TRUE(cache->find("a").on_disk);
  EXPECT_TRUE(cache->find("b").on_disk);
  go.set_value();
  EXPECT_NE(fetch(*cache, "a"), nullptr);
  EXPECT_EQ(fetch(*cache, "b"), nullptr);
  EXPECT_FALSE(cache->find("b").on_disk);
}

TEST_F(SpeechCacheTest, FilesNotUsedForTheLongestTimeMakeRoom) {
  const auto cache = open(5000, 0);  // two of 2 KB and no third
  put(*cache, "a");
  put(*cache, "b");
  EXPECT_NE(fetch(*cache, "a"), nullptr);
  put(*cache, "c");
  EXPECT_EQ(files(), 2U);
  EXPECT_TRUE(fs::exists(file_of("a")));
  EXPECT_FALSE(fs::exists(file_of("b")));
  EXPECT_FALSE(cache->find("b").on_disk);
  EXPECT_EQ(probe_.evicted.value(), 1U);
  EXPECT_LE(probe_.disk_bytes.value(), 5000);
}

TEST_F(SpeechCacheTest, UseIsRememberedOverARestart) {
  auto cache = open();
  for (const std::string key : {"a", "b", "c"})
    put(*cache, key);
  make_older("a", std::chrono::hours(3));
  make_older("b", std::chrono::hours(2));
  make_older("c", std::chrono::hours(1));
  cache = open();
  EXPECT_NE(fetch(*cache, "a"), nullptr);
  cache = open(5000);  // less room than before
  EXPECT_EQ(files(), 2U);
  EXPECT_TRUE(fs::exists(file_of("a")));
  EXPECT_TRUE(fs::exists(file_of("c")));
}

TEST_F(SpeechCacheTest, WhatIsOftenUsedFromMemoryIsNoOldFile) {
  const auto cache = open();
  put(*cache, "a");
  make_older("a", std::chrono::hours(3));
  const auto before = fs::last_write_time(file_of("a"));
  EXPECT_NE(cache->find("a").audio, nullptr);
  drain();
  EXPECT_EQ(fs::last_write_time(file_of("a")), before);  // it was written a moment ago
  clock_.advance(std::chrono::minutes(11));
  EXPECT_NE(cache->find("a").audio, nullptr);
  drain();
  EXPECT_GT(fs::last_write_time(file_of("a")), before + std::chrono::hours(2));
}

TEST_F(SpeechCacheTest, MemoryHasItsOwnLimit) {
  const auto cache = open(1'000'000, 4100);  // two of them with their keys
  for (const std::string key : {"a", "b", "c"})
    put(*cache, key);
  EXPECT_EQ(cache->find("a").audio, nullptr);
  EXPECT_TRUE(cache->find("a").on_disk);
  EXPECT_NE(cache->find("b").audio, nullptr);
  EXPECT_NE(cache->find("c").audio, nullptr);
  EXPECT_LE(probe_.memory_bytes.value(), 4100);
}

TEST_F(SpeechCacheTest, ADamagedFileIsDroppedAndCounted) {
  auto cache = open();
  put(*cache, "a");
  cache = open();
  fs::resize_file(file_of("a"), 700);
  EXPECT_EQ(fetch(*cache, "a"), nullptr);
  EXPECT_EQ(probe_.damaged.value(), 1U);
  EXPECT_FALSE(fs::exists(file_of("a")));
  EXPECT_FALSE(cache->find("a").on_disk);
}

TEST_F(SpeechCacheTest, AFileLargerThanAnyOfOursIsNotRead) {
  auto cache = open(100'000'000);
  put(*cache, "a");
  cache = open(100'000'000);
  fs::resize_file(file_of("a"), kMaxEntryBytes + 1);
  EXPECT_EQ(fetch(*cache, "a"), nullptr);
  EXPECT_EQ(probe_.damaged.value(), 1U);
}

TEST_F(SpeechCacheTest, AFileOfAnotherKeyWithTheSameNameIsLeftAlone) {
  auto cache = open();
  put(*cache, "a");
  fs::rename(file_of("a"), file_of("b"));  // as if both had one hash
  cache = open();
  EXPECT_TRUE(cache->find("b").on_disk);
  EXPECT_EQ(fetch(*cache, "b"), nullptr);
  EXPECT_TRUE(fs::exists(file_of("b")));
  EXPECT_EQ(probe_.damaged.value(), 0U);
}

TEST_F(SpeechCacheTest, WhatAProcessLeftUnfinishedGoesAndWhatIsNotOursStays) {
  fs::create_directories(directory_);
  for (const char* name : {"old.tmp", "new.tmp", "notes.txt", "short.speech"})
    std::ofstream(directory_ / name) << "something";
  fs::last_write_time(directory_ / "old.tmp", fs::file_time_type::clock::now() - std::chrono::hours(1));
  const auto cache = open();
  EXPECT_FALSE(fs::exists(directory_ / "old.tmp"));
  EXPECT_TRUE(fs::exists(directory_ / "new.tmp"));  // another process may be writing it
  EXPECT_TRUE(fs::exists(directory_ / "notes.txt"));
  EXPECT_TRUE(fs::exists(directory_ / "short.speech"));
}

TEST_F(SpeechCacheTest, ADirectoryThatCannotBeMadeCostsTheFilesOnly) {
  std::ofstream(temporary_.path() / "cache") << "a file where the directory should be";
  const auto cache = open();
  put(*cache, "a");
  EXPECT_EQ(probe_.unwritable.value(), 1U);
  EXPECT_NE(cache->find("a").audio, nullptr);
  EXPECT_FALSE(cache->find("b").on_disk);
}

TEST_F(SpeechCacheTest, ADirectoryThatWasTakenAwayIsMadeAgain) {
  const auto cache = open(1'000'000, 0);
  put(*cache, "a");
  fs::remove_all(directory_);
  EXPECT_EQ(fetch(*cache, "a"), nullptr);
  put(*cache, "a");
  EXPECT_NE(fetch(*cache, "a"), nullptr);
  EXPECT_EQ(files(), 1U);  // and no unfinished one
}

TEST_F(SpeechCacheTest, WithoutRoomOnDiskThereAreNoFiles) {
  const auto cache = open(0);
  put(*cache, "a");
  EXPECT_NE(cache->find("a").audio, nullptr);
  EXPECT_FALSE(cache->find("b").on_disk);
  EXPECT_FALSE(fs::exists(directory_));
}

TEST_F(SpeechCacheTest, ABusyPoolCostsTheFileOnly) {
  std::promise<void> go;
  async::BlockingPool small({.name = "files", .threads = 1, .queue_limit = 1});
  std::promise<void> started;
  ASSERT_TRUE(small.submit([&](const auto&) {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  SpeechCache cache({directory_}, small, registry_, clock_);  // its look at the directory fills the queue
  cache.put("a", Samples(10, 1));
  EXPECT_NE(cache.find("a").audio, nullptr);
  EXPECT_FALSE(cache.fetch("b", [](const SpeechCache::Audio&) { FAIL() << "it was refused"; }));
  EXPECT_EQ(probe_.refused.value(), 2U);
  go.set_value();
  small.stop();
  EXPECT_EQ(files(), 0U);
}

TEST_F(SpeechCacheTest, ManyThreadsAtOnceLeaveOnlyWholeFiles) {
  async::BlockingPool disk({.name = "disk", .threads = 3});
  const auto text = [](int i) { return "sentence " + std::to_string(i % 20); };
  {
    SpeechCache cache({directory_, 15'000, 6000}, disk, registry_);
    async::BlockingPool callers({.name = "callers", .threads = 3});
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(callers.submit([&cache, key = text(i), i](const auto&) {
        const auto found = cache.find(key);
        const auto good = [i](const SpeechCache::Audio& audio) {
          if (audio) EXPECT_EQ(*audio, Samples(1000, static_cast<std::int16_t>(i % 20)));
        };
        good(found.audio);
        if (found.on_disk) cache.fetch(key, good);
        cache.put(key, Samples(1000, static_cast<std::int16_t>(i % 20)));
      }));
    }
    callers.stop();
  }
  disk.stop();  // after the cache: its jobs go on
  std::size_t bytes = 0;
  for (const auto& file : fs::directory_iterator(directory_)) {
    EXPECT_EQ(file.path().extension(), ".speech");
    bytes += file.file_size();
  }
  EXPECT_LE(bytes, 15'000U);
  EXPECT_EQ(probe_.damaged.value(), 0U);
}

}  // namespace
}  // namespace parley::speech
