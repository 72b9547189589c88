#include "speech/speech_entry.hpp"

#include <set>

#include <gtest/gtest.h>

#include "speech/least_recently_used.hpp"

namespace parley::speech {
namespace {

const std::vector<std::int16_t> kSound = {1, -2, 300, -32768, 32767};

TEST(SpeechEntry, IsReadAsItWasWritten) {
  const auto read = read_entry(write_entry("key", kSound), "key");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, kSound);
}

TEST(SpeechEntry, OfAnotherKeyIsNotDamagedButNotGiven) {
  const auto read = read_entry(write_entry("key", kSound), "kez");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), EntryFault::other_key);
}

TEST(SpeechEntry, WithAnyBitChangedIsDamaged) {
  const std::string whole = write_entry("key", kSound);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto read = read_entry(changed, "key");
    ASSERT_FALSE(read) << "bit " << bit;
    EXPECT_EQ(read.error(), EntryFault::damaged) << "bit " << bit;
  }
}

TEST(SpeechEntry, CutOffAnywhereOrWithMoreBehindItIsDamaged) {
  const std::string whole = write_entry("key", kSound);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_entry(std::string_view(whole).substr(0, size), "key")) << size;
  EXPECT_FALSE(read_entry(whole + '\0', "key"));
}

TEST(SpeechEntry, HasLimits) {
  EXPECT_TRUE(fits_entry("key", kSound));
  EXPECT_FALSE(fits_entry("", kSound));
  EXPECT_FALSE(fits_entry("key", {}));
  EXPECT_FALSE(fits_entry(std::string(kMaxEntryKeyBytes + 1, 'k'), kSound));
  EXPECT_FALSE(fits_entry("key", std::vector<std::int16_t>(kMaxEntryAudioBytes / 2 + 1)));
}

TEST(StableHash, IsTheSameInEveryProcess) {
  // Written down: another value would make every file of an earlier version useless.
  EXPECT_EQ(hash_text(stable_hash("Namaste! How can I help you?")), "d50c6b79594c7c15762391286e28b248");
}

TEST(StableHash, TellsSimilarTextsApart) {
  std::set<StableHash> seen;
  std::set<std::uint64_t> halves;
  for (int i = 0; i < 10'000; ++i) {
    const auto hash = stable_hash("sentence number " + std::to_string(i));
    seen.insert(hash);
    halves.insert(hash[0]);
    halves.insert(hash[1]);
  }
  for (std::size_t length = 0; length < 32; ++length)
    seen.insert(stable_hash(std::string(length, '\0')));
  EXPECT_EQ(seen.size(), 10'032U);
  EXPECT_EQ(halves.size(), 20'000U);
}

StableHash name(std::uint64_t number) {
  return {number, 0};
}

TEST(LeastRecentlyUsed, GivesOutWhatWasNotUsedForTheLongestTime) {
  LeastRecentlyUsed<int> things;
  things.put({name(1), 10, 100});
  things.put({name(2), 20, 200});
  things.put_last({name(3), 40, 300});
  EXPECT_EQ(things.bytes(), 70U);
  ASSERT_NE(things.use(name(1)), nullptr);
  EXPECT_EQ(*things.use(name(1)), 100);
  EXPECT_EQ(things.use(name(9)), nullptr);
  EXPECT_EQ(things.pop()->value, 300);
  EXPECT_EQ(things.pop()->value, 200);
  EXPECT_EQ(things.pop()->value, 100);
  EXPECT_FALSE(things.pop());
  EXPECT_EQ(things.bytes(), 0U);
}

TEST(LeastRecentlyUsed, ReplacesWhatHasTheSameNameAndKeepsItsSum) {
  LeastRecentlyUsed<int> things;
  things.put({name(1), 10, 100});
  things.put({name(1), 15, 101});
  EXPECT_EQ(things.bytes(), 15U);
  things.put_last({name(1), 99, 102});
  EXPECT_EQ(things.bytes(), 15U);
  EXPECT_EQ(*things.use(name(1)), 101);
  things.erase(name(1));
  things.erase(name(1));
  EXPECT_EQ(things.bytes(), 0U);
}

}  // namespace
}  // namespace parley::speech
