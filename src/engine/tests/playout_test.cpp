#include "engine/playout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Sent {
  std::int64_t position;
  std::vector<std::int16_t> samples;
};

struct PlayoutTest : ::testing::Test, PlayoutSink {
  // 8 kHz, pieces of 100 ms, 400 ms ahead.
  Playout playout{{.sample_rate_hz = 8000,
                   .granularity = 160,
                   .piece_samples = 800,
                   .lead_samples = 3200,
                   .mark_patience_samples = 12000},
                  *this};
  std::vector<Sent> pieces;
  std::vector<std::string> marks;
  int clears = 0;

  void send_piece(std::int64_t position, std::span<const std::int16_t> samples) override {
    pieces.push_back({position, {samples.begin(), samples.end()}});
  }
  void send_mark(std::string_view name) override { marks.emplace_back(name); }
  void send_clear() override { ++clears; }

  static std::vector<std::int16_t> ramp(std::size_t size) {
    std::vector<std::int16_t> samples(size);
    for (std::size_t i = 0; i < size; ++i)
      samples[i] = static_cast<std::int16_t>(i + 1);
    return samples;
  }
  void add(std::uint64_t id, std::size_t samples) {
    playout.begin_segment(id, samples);
    playout.append(ramp(samples));
    playout.end_segment();
  }
  // Pumps every 20 ms up to `until`, as incoming media does.
  void run(std::int64_t from, std::int64_t until) {
    for (std::int64_t now = from; now <= until; now += 160)
      playout.pump(now);
  }
  std::vector<std::int16_t> all_samples() const {
    std::vector<std::int16_t> all;
    for (const auto& piece : pieces)
      all.insert(all.end(), piece.samples.begin(), piece.samples.end());
    return all;
  }
};

TEST_F(PlayoutTest, SendsTheFirstPieceAtOnceAndNeverMoreThanLeadAndOnePieceAhead) {
  add(1, 16000);
  for (std::int64_t now = 1000; now < 20000; now += 160) {
    playout.pump(now);
    ASSERT_LT(playout.sent_until() - now, 3200 + 800);
    ASSERT_GE(playout.sent_until(), std::min<std::int64_t>(now, 17000)) << "a hole at " << now;
  }
  EXPECT_EQ(pieces.front().position, 1000);
  EXPECT_EQ(pieces.size(), 20U);
  EXPECT_EQ(all_samples(), ramp(16000));
  EXPECT_EQ(playout.late_pieces(), 0U);
}

TEST_F(PlayoutTest, EveryPieceIsAMultipleOfTheGranularityAndTheTailIsZeros) {
  add(1, 1000);
  run(0, 3200);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].samples.size(), 800U);
  EXPECT_EQ(pieces[1].samples.size(), 320U);
  EXPECT_EQ(pieces[1].samples[199], 1000);
  EXPECT_THAT(std::span(pieces[1].samples).subspan(200), ::testing::Each(0));
}

TEST_F(PlayoutTest, PiecesFollowEachOtherWithoutGapOrOverlap) {
  add(1, 4321);
  add(2, 999);
  run(0, 16000);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i].position,
              pieces[i - 1].position + static_cast<std::int64_t>(pieces[i - 1].samples.size()));
  }
}

TEST_F(PlayoutTest, PutsAMarkBehindEachSegment) {
  add(1, 800);
  add(2, 800);
  run(0, 1600);
  EXPECT_THAT(marks, ElementsAre("g1-1", "g1-2"));
  EXPECT_FALSE(playout.drained());
  playout.on_mark("g1-1", 850);
  playout.on_mark("g1-2", 1650);
  EXPECT_TRUE(playout.drained());
}

TEST_F(PlayoutTest, ALaterMarkVouchesForAnEarlierOneThatWasLost) {
  add(1, 800);
  add(2, 800);
  run(0, 1600);
  playout.on_mark("g1-2", 1650);
  EXPECT_TRUE(playout.drained());
}

TEST_F(PlayoutTest, ACarrierThatNeverEchoesDelaysTheEndAndDoesNotPreventIt) {
  add(1, 800);
  run(0, 800 + 12000 - 160);
  EXPECT_FALSE(playout.drained());
  run(800 + 12000, 800 + 12160);
  EXPECT_TRUE(playout.drained());
}

TEST_F(PlayoutTest, ClearTellsWhatWasHeardAndOldMarksChangeNothing) {
  add(1, 8000);
  add(2, 8000);
  run(0, 4000);
  const auto heard = playout.clear(4000);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].segment, 1U);
  EXPECT_NEAR(heard[0].fraction, 0.5, 0.02);
  EXPECT_EQ(heard[1].fraction, 0);
  EXPECT_EQ(clears, 1);
  EXPECT_TRUE(playout.drained());
  add(3, 800);
  playout.pump(4200);
  playout.on_mark("g1-3", 4300);
  EXPECT_FALSE(playout.drained()) << "a mark of the generation before";
  playout.on_mark("g2-3", 5100);
  EXPECT_TRUE(playout.drained());
}

TEST_F(PlayoutTest, AfterAClearTheNextAudioFollowsThePieceInPlay) {
  add(1, 8000);
  run(0, 1600);
  playout.clear(1700);
  EXPECT_EQ(playout.sent_until(), 2400) << "the piece from 1600 to 2400 is in play and cannot be taken back";
  add(2, 800);
  playout.pump(1750);
  EXPECT_EQ(pieces.back().position, 2400);
}

TEST_F(PlayoutTest, NothingToTakeBackSendsNoClear) {
  add(1, 800);
  run(0, 3200);
  playout.clear(3200);
  EXPECT_EQ(clears, 0);
}

TEST_F(PlayoutTest, ALateEchoMovesWhatCountsAsHeard) {
  add(1, 800);
  run(0, 2400);
  playout.on_mark("g1-1", 2400);  // expected at 800: the carrier is 200 ms behind
  EXPECT_EQ(playout.carrier_delay(), 1600);
  add(2, 8000);
  run(2560, 6560);
  const auto heard = playout.clear(6560);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_NEAR(heard[0].fraction, (6560.0 - 2560 - 1600) / 8000, 0.01);
}

TEST_F(PlayoutTest, HoldsAPartialPieceBackUntilTheLeadRunsShort) {
  playout.begin_segment(1, 0);
  playout.append(ramp(800 + 480));
  playout.pump(0);
  EXPECT_EQ(pieces.size(), 1U) << "480 samples wait for more";
  playout.pump(300);
  EXPECT_EQ(pieces.size(), 1U);
  playout.pump(400);
  ASSERT_EQ(pieces.size(), 2U) << "half a piece of lead is left: a small piece is better than a hole";
  EXPECT_EQ(pieces[1].samples.size(), 480U);
  EXPECT_EQ(playout.late_pieces(), 0U);
}

TEST_F(PlayoutTest, ASlowVoiceIsNoLatePieceOfOurs) {
  playout.begin_segment(1, 0);
  playout.append(ramp(800));
  playout.pump(0);
  playout.pump(2000);
  playout.append(ramp(800));
  playout.pump(2000);
  EXPECT_EQ(pieces.back().position, 2000);
  EXPECT_EQ(playout.late_pieces(), 0U);
}

TEST_F(PlayoutTest, AStalledLoopIsALatePieceOfOurs) {
  add(1, 16000);
  playout.pump(0);
  playout.pump(8000);  // a second without a turn
  EXPECT_EQ(playout.late_pieces(), 1U);
}

TEST_F(PlayoutTest, NextDueIsWhenTheNextPieceFitsTheLead) {
  EXPECT_EQ(playout.next_due(0), std::nullopt);
  add(1, 16000);
  EXPECT_EQ(playout.next_due(0), 0);
  playout.pump(0);
  const auto due = playout.next_due(0);
  ASSERT_TRUE(due);
  const auto sent = pieces.size();
  playout.pump(*due - 1);
  EXPECT_EQ(pieces.size(), sent);
  playout.pump(*due);
  EXPECT_EQ(pieces.size(), sent + 1);
}

TEST_F(PlayoutTest, ASegmentWithoutSoundEndsAtOnceAndWithoutAMark) {
  playout.begin_segment(1, 0);
  playout.end_segment();
  playout.pump(100);
  EXPECT_THAT(marks, IsEmpty());
  EXPECT_TRUE(playout.drained());
  EXPECT_EQ(playout.carrier_delay(), 0);
}

TEST_F(PlayoutTest, AnEchoBeforeItsTimeDoesNotCutTheGoodbye) {
  add(1, 3200);
  playout.pump(0);
  playout.on_mark("g1-1", 10);
  EXPECT_FALSE(playout.drained()) << "nobody can have heard 400 ms in 1 ms";
  playout.pump(3200);
  EXPECT_TRUE(playout.drained());
}

TEST_F(PlayoutTest, WhatWasHeardOfAnUnfinishedSentenceIsAPartOfItsExpectedLength) {
  playout.begin_segment(1, 40000);
  playout.append(ramp(3200));
  playout.pump(0);
  run(0, 3200);
  const auto heard = playout.clear(3200);
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_LT(heard[0].fraction, 0.1);
}

TEST_F(PlayoutTest, LessThanOneGranularityOfAnUnfinishedSentenceIsNeverDue) {
  playout.begin_segment(1, 0);
  playout.append(ramp(100));
  EXPECT_EQ(playout.next_due(0), std::nullopt);
}

TEST_F(PlayoutTest, StrangeMarksAreIgnored) {
  add(1, 800);
  run(0, 1600);
  for (const char* name :
       {"", "g", "g1", "g1-", "g1-x", "x1-1", "g1-1x", "g99999999999999999999-1", "g1-2", "mark"}) {
    playout.on_mark(name, 1000);
  }
  EXPECT_FALSE(playout.drained());
}

TEST_F(PlayoutTest, SharedAudioIsSentLikeItsOwn) {
  playout.begin_segment(1, 0);
  playout.append_shared(std::make_shared<const std::vector<std::int16_t>>(ramp(1600)));
  playout.end_segment();
  run(0, 1600);
  EXPECT_EQ(all_samples(), ramp(1600));
}

}  // namespace
}  // namespace parley::engine
