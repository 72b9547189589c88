#include "engine/vendor_times.hpp"

#include "async/arrival.hpp"
#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using async::Arrival;
using std::chrono::milliseconds;
using vendor::Part;
using Kind = vendor::VendorEvent::Kind;

std::uint64_t count(const metrics::Histogram& histogram) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i)
    all += histogram.bucket(i);
  return all;
}

vendor::VendorEvent event(Kind kind, Part part, std::string to = {}) {
  return {.kind = kind,
          .part = part,
          .vendor = "first",
          .model = {},
          .to_vendor = std::move(to),
          .to_model = {},
          .error = {}};
}

struct VendorTimesTest : ::testing::Test {
  VendorTimesTest() {
    agent.stt.provider = agent.llm.provider = agent.tts.provider = "first";
    times.emplace(probe, agent);
  }
  std::uint64_t counted(std::string_view part, std::string_view vendor) {
    return count(probe.vendor_added(part, vendor));
  }
  void give_frame(bool brings_message) {
    times->frame_begins();
    if (brings_message) Arrival::note_written();
    times->frame_given();
  }

  metrics::Registry registry;
  Probe probe{registry};
  agent::Agent agent;
  std::optional<VendorTimes> times;
};

TEST_F(VendorTimesTest, AFrameCountsWhenItCameFromTheNetworkAndBroughtAMessageOn) {
  give_frame(true);
  EXPECT_EQ(count(probe.frame_added("first")), 0u);
  const Arrival arrival(std::chrono::steady_clock::now());
  give_frame(false);
  EXPECT_EQ(count(probe.frame_added("first")), 0u);
  Arrival::note_written();  // by somebody else, before
  give_frame(false);
  EXPECT_EQ(count(probe.frame_added("first")), 0u);
  give_frame(true);
  EXPECT_EQ(count(probe.frame_added("first")), 1u);
}

TEST_F(VendorTimesTest, ATranscriptCountsUntilTheModelsRequestIsWritten) {
  const auto read_at = std::chrono::steady_clock::now();
  {
    const Arrival arrival(read_at);
    times->transcript_came();
    times->model_asked();
  }
  times->on_request_written(Part::llm, read_at + milliseconds(500));
  times->on_request_written(Part::llm, read_at + milliseconds(900));  // of a tool's results
  times->model_answers();
  times->model_answers();
  EXPECT_EQ(counted("stt", "first"), 1u);
  EXPECT_NEAR(probe.vendor_added("stt", "first").sum(), 0.5, 1e-6);
}

TEST_F(VendorTimesTest, ATurnInWhichAModelFailedIsNotCounted) {
  times->transcript_came();
  times->model_asked();
  times->on_event(event(Kind::failed, Part::llm));
  times->on_event(event(Kind::switched, Part::llm, "second"));
  times->model_answers();
  EXPECT_EQ(counted("stt", "first"), 0u);
}

TEST_F(VendorTimesTest, WhatBelongsToNoMessageOfTheNetworkIsNotAVendorsSentence) {
  times->sentence_begins();
  times->sentence_given();
  times->sound_sent(Part::tts, {}, {});
  EXPECT_EQ(counted("llm", "first"), 0u);
  EXPECT_EQ(counted("tts", "first"), 0u);
}

TEST(Arrival, EndsWithItsScopeAndTheOneBeforeGoesOn) {
  const SteadyTime outer = SteadyTime{} + milliseconds(1);
  const SteadyTime inner = SteadyTime{} + milliseconds(2);
  {
    const Arrival first(outer);
    {
      const Arrival second(inner);
      EXPECT_EQ(Arrival::at(), inner);
    }
    EXPECT_EQ(Arrival::at(), outer);
  }
  EXPECT_EQ(Arrival::at(), SteadyTime{});
}

struct TimedCall : CallFixture {
  std::uint64_t counted(std::string_view part, std::string_view vendor) {
    return count(probe.vendor_added(part, vendor));
  }
};

TEST_F(TimedCall, ATurnIsCountedForTheVendorsThatServedIt) {
  agent->stt.provider = "ear";
  agent->llm.provider = "mind";
  agent->tts.provider = "voice";
  start();
  speech(500);
  silence(620);
  stt.observer->on_vendor_event(event(Kind::switched, Part::tts, "other voice"));
  const Arrival arrival(std::chrono::steady_clock::now());
  transcript("hello");
  chat.answer("Here I am.");
  tts.listener->on_speech_audio(std::vector<std::int16_t>(800), clock.now());
  tts.listener->on_speech_end();
  silence(300);
  EXPECT_EQ(counted("stt", "ear"), 1u);
  EXPECT_EQ(counted("llm", "mind"), 1u);
  EXPECT_EQ(counted("tts", "voice"), 0u);
  EXPECT_EQ(counted("tts", "other voice"), 1u);
}

TEST_F(TimedCall, AVoiceModelsSoundIsItsOwn) {
  agent->kind = agent::AgentKind::realtime;
  agent->sts.provider = "realtime";
  agent->tts.provider = "local";
  voices = {{unowned(voice), agent->sts}};
  start();
  speech(500);
  silence(620);
  voice.reply->on_voice_audio(std::vector<std::int16_t>(800), clock.now());
  voice.reply->on_voice_end();
  silence(300);
  EXPECT_EQ(counted("sts", "realtime"), 1u);
  EXPECT_EQ(counted("tts", "local"), 0u);
}

TEST_F(TimedCall, WithoutWarmingNothingIsOpenedBeforeTheCallerSpeaks) {
  warm = false;
  start();
  silence(500);
  EXPECT_EQ(stt.opened, 0);
  EXPECT_EQ(chat.warmed + tts.warmed, 0);
  speech(500);
  silence(620);
  EXPECT_EQ(stt.opened, 1);
  EXPECT_GE(stt.written, 500u * 8);
}

TEST_F(TimedCall, WithoutWarmingAVoiceModelIsOpenedWhenTheCallerSpeaks) {
  agent->kind = agent::AgentKind::realtime;
  voices = {{unowned(voice), agent->sts}};
  warm = false;
  start();
  silence(500);
  EXPECT_EQ(voice.opened, 0);
  speech(500);
  silence(620);
  EXPECT_EQ(voice.opened, 1);
  EXPECT_EQ(voice.replies, 1);
}

}  // namespace
}  // namespace parley::engine
