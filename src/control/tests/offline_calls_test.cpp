#include "control/offline_calls.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "async/signal.hpp"
#include "audio/tests/tone_mp3.hpp"
#include "base/base64.hpp"
#include "base/wall_millis.hpp"
#include "control/offline_answer.hpp"
#include "control/tests/desk_fixture.hpp"
#include "vendor/tests/manual_alarms.hpp"

namespace parley::control {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kUrl = "https://recordings.example.com/acme1/1.mp3";

struct NobodyWatches final : engine::CallObserver {
  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const engine::TranscriptLine&) override {}
  void on_call_ended(const std::string&, const storage::CallEnd&) override {}
  void on_recording_whole(const storage::RecordingRecord& recording) override {
    whole.push_back(recording.path);
  }
  std::vector<std::string> whole;
};

std::string mp3() {
  std::string bytes(base64_decoded_max(audio::kToneMp3.size()), '\0');
  const auto size = base64_decode(audio::kToneMp3, std::as_writable_bytes(std::span(bytes)).data());
  bytes.resize(size.value_or(0));
  return bytes;
}

std::string wav(int channels, std::size_t samples) {
  return audio::wav_header(8000, channels, static_cast<std::uint32_t>(samples * 2)) +
         std::string(samples * 2, '\1');
}

struct OfflineCallsTest : DeskTest {
  OfflineCallsTest() { start(); }
  ~OfflineCallsTest() override { run(offline_->stop()); }

  void start() {
    offline_.emplace(OfflineCalls::Dependencies{
        .executor = executor(),
        .pool = pool_,
        .clock = clock_,
        .calls = *calls_,
        .directory = *directory_,
        .accounts = *accounts_,
        .carriers = [this](std::string_view) -> carrier::Carrier* { return &carrier_; },
        .events = events_,
        .observer = observer_,
        .data_dir = folder_.path(),
        .transcribe = [this](std::string, ReadyAgentPtr, std::string,
                             std::string bytes) { return transcribe(std::move(bytes)); },
        .ask = [this](ReadyAgentPtr, agent::AgentPtr agent, std::string,
                      std::string words) { return ask(std::move(agent), std::move(words)); },
        .call_back = [this](const DialRequest& request) -> Result<BookedCall> {
          const std::scoped_lock lock(mutex_);
          dialled_.push_back(request);
          if (dial_fails_) return fail(*dial_fails_);
          BookedCall call;
          call.call_id = "01HBACK";
          return call;
        },
        .alarms = alarms_});
  }
  // The process is gone in the middle of what it does; what it wrote down is there.
  void restart() {
    run(offline_->stop());
    start();
    flush();
    clock_.advance(std::chrono::minutes(20));
  }

  async::Task<Result<speech::FileTranscript>> transcribe(std::string bytes) {
    ++heard_;
    while (stuck_)
      co_await never_.wait();
    wav_bytes_ = bytes.size();
    if (deaf_ > 0 && deaf_-- > 0) co_return fail(Errc::unavailable, "the recogniser is away");
    speech::FileTranscript transcript;
    transcript.segments = segments_;
    co_return transcript;
  }
  async::Task<Result<std::string>> ask(agent::AgentPtr agent, std::string words) {
    asked_.push_back(agent->first_message + " / " + words);
    while (stuck_on_the_model_)
      co_await never_.wait();
    if (mute_ > 0 && mute_-- > 0) co_return fail(Errc::timeout, "the model did not answer in time");
    co_return std::string("We open at nine.");
  }

  BookedCall recorded_call() {
    incoming(with(call_form(), "CustomField", R"({"name":"Asha"})"), AnswerWith::record);
    const auto answer = run(desk_->recording(carrier_, "call_" + std::string(kSid),
                                             with(call_form(), "RecordingUrl", std::string(kUrl))));
    if (!answer) throw std::runtime_error(describe(answer.error()));
    return *book_.find(only_call().summary.call.id);
  }
  void take() { offline_->take(recorded_call(), std::string(kUrl)); }
  // Until it rests before its next try, then on.
  void next_try(std::chrono::milliseconds pause) {
    run_until([&] { return alarms_.set_ones() > 0; });
    async::asio::post(context_, [&, pause] { alarms_.advance(pause); });
    run_until([&] { return alarms_.set_ones() == 0; });
  }
  void finish() {
    run_until([&] { return offline_->running() == 0; });
  }

  NobodyWatches observer_;
  vendor::testing::ManualAlarms alarms_{clock_};
  std::vector<speech::FileSegment> segments_{{0, 0.1, 0.5, "When do you open?"}, {1, 0.5, 0.6, "Speak now."}};
  int heard_ = 0;
  bool stuck_ = false;
  bool stuck_on_the_model_ = false;
  async::Signal never_{executor()};
  int deaf_ = 0;
  int mute_ = 0;
  std::size_t wav_bytes_ = 0;
  std::vector<std::string> asked_;
  std::mutex mutex_;
  std::optional<Error> dial_fails_;
  std::vector<DialRequest> dialled_;
  std::optional<OfflineCalls> offline_;
};

TEST_F(OfflineCallsTest, ARecordingIsKeptWrittenDownAndAnsweredInTheLog) {
  carrier_.recordings = {mp3()};
  take();
  finish();
  const auto call = only_call();
  ASSERT_TRUE(call.summary.recording);
  EXPECT_TRUE(call.summary.recording->complete);
  EXPECT_EQ(call.summary.recording->path, "recordings/" + call.summary.call.id + ".wav");
  EXPECT_NEAR(static_cast<double>(call.summary.recording->duration_ms), 700, 150);
  const auto kept = audio::read_wav(folder_.path() / call.summary.recording->path);
  ASSERT_TRUE(kept) << describe(kept.error());
  EXPECT_EQ(kept->channels, 2) << "both sides stay apart";
  EXPECT_THAT(carrier_.fetched, ElementsAre("acme1 " + std::string(kUrl)));
  EXPECT_THAT(observer_.whole, ElementsAre(call.summary.recording->path));
  ASSERT_TRUE(call.transcript);
  EXPECT_THAT(call.transcript->segments, HasSubstr("When do you open?"));
  EXPECT_EQ(call.transcript->vendor, "sphinx");
  ASSERT_THAT(call.turns, SizeIs(1));
  EXPECT_EQ(call.turns[0].caller_text, "When do you open?") << "not what the agent's side said";
  EXPECT_EQ(call.turns[0].agent_text, "We open at nine.");
  EXPECT_THAT(asked_, ElementsAre("Hello Asha. / When do you open?"));
  EXPECT_THAT(kinds_of(call), Contains("offline_answer"));
  EXPECT_THAT(told_, Contains("recording.ready"));
  EXPECT_THAT(dialled_, IsEmpty());
}

TEST_F(OfflineCallsTest, ANumberThatCallsBackDoesSoWithTheAnswer) {
  numbers_.front().after_recording = "call_back";
  ASSERT_TRUE(directory_->refresh());
  carrier_.recordings = {wav(1, 8000)};
  take();
  finish();
  ASSERT_THAT(dialled_, SizeIs(1));
  EXPECT_EQ(dialled_[0].to, kCaller);
  EXPECT_EQ(dialled_[0].from, kPhoneId);
  EXPECT_EQ(dialled_[0].variables["offline_answer"], "We open at nine.");
  EXPECT_EQ(dialled_[0].variables["name"], "Asha");
  EXPECT_EQ(dialled_[0].session_id, "call_" + std::string(kSid));
  EXPECT_THAT(kinds_of(only_call()), Contains("offline_call_back"));
}

TEST_F(OfflineCallsTest, AFileThatIsNotThereYetIsFetchedAgain) {
  carrier_.recordings = {std::nullopt, "<html>soon</html>", wav(1, 8000)};
  take();
  next_try(std::chrono::seconds(10));
  next_try(std::chrono::seconds(60));
  finish();
  EXPECT_THAT(carrier_.fetched, SizeIs(3));
  const auto call = only_call();
  ASSERT_TRUE(call.summary.recording);
  EXPECT_EQ(std::ranges::count(kinds_of(call), "offline_retry"), 2);
  EXPECT_THAT(call.turns, SizeIs(1));
}

TEST_F(OfflineCallsTest, AFileThatNeverComesLeavesTheRowAndTheReason) {
  take();
  next_try(std::chrono::seconds(10));
  next_try(std::chrono::seconds(60));
  next_try(std::chrono::seconds(300));
  finish();
  EXPECT_THAT(carrier_.fetched, SizeIs(4));
  const auto call = only_call();
  EXPECT_EQ(call.summary.carrier_recording_url, kUrl);
  EXPECT_FALSE(call.summary.recording);
  ASSERT_FALSE(call.events.empty());
  EXPECT_EQ(call.events.back().kind, "offline_failed");
  EXPECT_THAT(call.events.back().detail, HasSubstr("not there yet"));
}

TEST_F(OfflineCallsTest, ARecogniserThatStaysAwayLeavesTheRecording) {
  carrier_.recordings = {wav(2, 16000)};
  deaf_ = 4;
  take();
  next_try(std::chrono::seconds(10));
  next_try(std::chrono::seconds(60));
  next_try(std::chrono::seconds(300));
  finish();
  EXPECT_EQ(heard_, 4);
  EXPECT_THAT(carrier_.fetched, SizeIs(1)) << "what is there is not fetched again";
  const auto call = only_call();
  ASSERT_TRUE(call.summary.recording);
  EXPECT_TRUE(call.summary.recording->complete);
  ASSERT_TRUE(call.transcript);
  EXPECT_THAT(call.transcript->error, HasSubstr("the recogniser is away"));
  EXPECT_THAT(call.turns, IsEmpty());
}

TEST_F(OfflineCallsTest, AModelThatFailsOnceIsAskedAgain) {
  carrier_.recordings = {wav(1, 8000)};
  mute_ = 1;
  take();
  next_try(std::chrono::seconds(10));
  finish();
  EXPECT_THAT(asked_, SizeIs(2));
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
}

TEST_F(OfflineCallsTest, ACallBackThatIsRefusedIsNotTriedAgain) {
  numbers_.front().after_recording = "call_back";
  ASSERT_TRUE(directory_->refresh());
  carrier_.recordings = {wav(1, 8000)};
  dial_fails_ = Error{Errc::invalid_argument, "the number cannot be called"};
  take();
  finish();
  EXPECT_THAT(dialled_, SizeIs(1));
  EXPECT_THAT(only_call().events.back().detail, HasSubstr("cannot be called"));
}

TEST_F(OfflineCallsTest, SilenceIsNotAnswered) {
  carrier_.recordings = {wav(1, 8000)};
  segments_.clear();
  take();
  finish();
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_THAT(only_call().events.back().detail, HasSubstr("nothing was said"));
}

TEST_F(OfflineCallsTest, RecordingsOfAProcessThatDiedAreTakenUpWithoutCallingBack) {
  numbers_.front().after_recording = "call_back";
  ASSERT_TRUE(directory_->refresh());
  carrier_.recordings = {wav(1, 8000)};
  recorded_call();
  flush();
  run(offline_->resume());
  EXPECT_EQ(offline_->running(), 0) << "somebody may still be at it";
  clock_.advance(std::chrono::minutes(20));
  run(offline_->resume());
  finish();
  ASSERT_TRUE(only_call().summary.recording);
  EXPECT_THAT(dialled_, IsEmpty());
  run(offline_->resume());
  EXPECT_EQ(offline_->running(), 0);
}

TEST_F(OfflineCallsTest, ARecordingThatWasNotWrittenDownYetIsTakenUpWhereItLies) {
  carrier_.recordings = {wav(1, 8000)};
  stuck_ = true;
  take();
  run_until([&] { return heard_ == 1; });
  restart();
  stuck_ = false;
  run(offline_->resume());
  finish();
  EXPECT_THAT(carrier_.fetched, SizeIs(1)) << "it is in the data directory";
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
  EXPECT_THAT(kinds_of(only_call()), Not(Contains("offline_failed")));
  EXPECT_THAT(observer_.whole, SizeIs(1));
  run(offline_->resume());
  EXPECT_EQ(offline_->running(), 0) << "it is done";
}

TEST_F(OfflineCallsTest, ARecordingThatLiesElsewhereByNowIsFetchedAgain) {
  carrier_.recordings = {wav(1, 8000)};
  stuck_ = true;
  take();
  run_until([&] { return heard_ == 1; });
  restart();
  std::filesystem::remove(folder_.path() / only_call().summary.recording->path);
  stuck_ = false;
  run(offline_->resume());
  finish();
  EXPECT_THAT(carrier_.fetched, SizeIs(2));
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
}

TEST_F(OfflineCallsTest, WordsThatWereNotAnsweredYetAreAnswered) {
  numbers_.front().after_recording = "call_back";
  ASSERT_TRUE(directory_->refresh());
  carrier_.recordings = {wav(1, 8000)};
  stuck_on_the_model_ = true;
  take();
  run_until([&] { return asked_.size() == 1; });
  restart();
  stuck_on_the_model_ = false;
  run(offline_->resume());
  finish();
  EXPECT_EQ(heard_, 1) << "it was written down";
  EXPECT_THAT(asked_, SizeIs(2));
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
  EXPECT_THAT(kinds_of(only_call()), Contains("offline_answer"));
  EXPECT_THAT(dialled_, IsEmpty());
}

TEST_F(OfflineCallsTest, ARecordingToldOfByAStatusCallbackOnlyIsTakenUp) {
  carrier_.recordings = {wav(1, 8000)};
  incoming(call_form(), AnswerWith::record);
  ASSERT_TRUE(status(with(with(call_form(), "Status", "completed"), "RecordingUrl", std::string(kUrl))));
  restart();
  run(offline_->resume());
  finish();
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
}

TEST_F(OfflineCallsTest, ARecordingThatNobodyWasThereToBeToldOfIsAskedFor) {
  carrier_.recordings = {wav(1, 8000)};
  incoming(call_form(), AnswerWith::record);
  restart();
  carrier_.description.emplace();
  carrier_.description->progress = carrier::Progress::in_progress;
  run(offline_->resume());
  run_until([&] { return alarms_.set_ones() > 0; });
  EXPECT_EQ(only_call().summary.status, storage::CallStatus::ringing) << "it goes on";
  carrier_.description->progress = carrier::Progress::completed;
  carrier_.description->recording_url = kUrl;
  next_try(std::chrono::seconds(10));
  finish();
  const auto call = only_call();
  EXPECT_EQ(call.summary.status, storage::CallStatus::completed);
  EXPECT_EQ(call.summary.end.reason, "recorded");
  EXPECT_EQ(call.summary.carrier_recording_url, kUrl);
  EXPECT_EQ(call.turns.at(0).agent_text, "We open at nine.");
}

TEST_F(OfflineCallsTest, CallsThatWereOfNoOfflineWayAreLeftAlone) {
  carrier_.recordings = {wav(1, 8000)};
  incoming(call_form());
  ASSERT_TRUE(status(with(with(call_form(), "Status", "completed"), "RecordingUrl", std::string(kUrl))));
  incoming(call_form("another"));
  restart();
  run(offline_->resume());
  EXPECT_EQ(offline_->running(), 0);
}

TEST_F(OfflineCallsTest, WhatWasTooYoungAtTheStartIsTakenUpAQuarterOfAnHourLater) {
  carrier_.recordings = {wav(1, 8000)};
  recorded_call();
  flush();
  clock_.advance(std::chrono::seconds(1));
  async::TaskGroup group(executor(), [](std::exception_ptr) {});
  group.spawn(offline_->resume_all());
  run_until([&] { return alarms_.set_ones() > 0; });
  EXPECT_THAT(carrier_.fetched, IsEmpty());
  async::asio::post(context_, [&] { alarms_.advance(std::chrono::minutes(15)); });
  run_until([&] { return !asked_.empty(); });
  finish();
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
  run(group.join());
}

TEST_F(OfflineCallsTest, WhatAnotherNodeIsAtIsNotTakenOver) {
  const auto other_try = [this](std::string_view kind) {
    calls_->append_event(
        {only_call().summary.call.id, now_millis(clock_), 0, std::string(kind), "recording"});
    flush();
  };
  carrier_.recordings = {wav(1, 8000)};
  recorded_call();
  flush();
  clock_.advance(std::chrono::minutes(20));
  other_try("offline_retry");
  clock_.advance(std::chrono::minutes(14));
  run(offline_->resume());
  EXPECT_EQ(offline_->running(), 0) << "it pauses";
  other_try("offline_failed");
  run(offline_->resume());
  finish();
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.") << "nobody is at what was given up";
}

TEST_F(OfflineCallsTest, WhatNobodyHasTouchedForAQuarterOfAnHourIsTakenUp) {
  carrier_.recordings = {wav(1, 8000)};
  recorded_call();
  clock_.advance(std::chrono::minutes(20));
  calls_->append_event({only_call().summary.call.id, now_millis(clock_), 0, "offline_retry", "recording"});
  flush();
  clock_.advance(std::chrono::minutes(15));
  run(offline_->resume());
  finish();
  EXPECT_EQ(only_call().turns.at(0).agent_text, "We open at nine.");
}

TEST_F(OfflineCallsTest, NothingIsFetchedWithTheServersAccountForAnotherWorkspace) {
  publish("desk");
  published_.front().agent.workspace_id = numbers_.front().workspace_id = "shop";
  ASSERT_TRUE(directory_->refresh());
  carrier_.recordings = {wav(1, 8000)};
  take();
  finish();
  const auto call = only_call();
  EXPECT_EQ(call.summary.call.workspace_id, "shop");
  EXPECT_THAT(carrier_.fetched, IsEmpty()) << "the address may be of anybody's call";
  EXPECT_FALSE(call.summary.recording);
  EXPECT_THAT(kinds_of(call), Contains("offline_failed"));
  EXPECT_THAT(kinds_of(call), Not(Contains("offline_retry")));
}

TEST_F(OfflineCallsTest, AnotherWorkspacesCallIsNotAskedForWithTheServersAccount) {
  publish("desk");
  published_.front().agent.workspace_id = numbers_.front().workspace_id = "shop";
  ASSERT_TRUE(directory_->refresh());
  incoming(call_form(), AnswerWith::record);
  restart();
  carrier_.description.emplace();
  carrier_.description->progress = carrier::Progress::completed;
  carrier_.description->recording_url = kUrl;
  carrier_.recordings = {wav(1, 8000)};
  run(offline_->resume());
  finish();
  const auto call = only_call();
  EXPECT_EQ(call.summary.carrier_recording_url, "");
  EXPECT_THAT(carrier_.fetched, IsEmpty());
  EXPECT_THAT(kinds_of(call), Contains("offline_failed"));
}

TEST_F(OfflineCallsTest, TheModelIsAskedOnceWithEverythingThatWasSaid) {
  const auto ready = std::make_shared<DeskAgent>(standard_);
  const auto answer = run(ask_once(executor(), ready, standard_, "01HCALL", "When do you open?"));
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_FALSE(answer->empty());
  ready->chat = nullptr;
  EXPECT_EQ(run(ask_once(executor(), ready, standard_, "01HCALL", "x")).error().code, Errc::invalid_argument);
}

TEST(DecodeRecording, TakesWavAndMp3AndNothingElse) {
  EXPECT_TRUE(decode_recording(mp3()));
  EXPECT_TRUE(decode_recording(wav(2, 16000)));
  EXPECT_FALSE(decode_recording("<html></html>"));
  EXPECT_FALSE(decode_recording(""));
  EXPECT_FALSE(decode_recording("RIFF"));
  EXPECT_FALSE(decode_recording(wav(1, 0)));
  EXPECT_FALSE(decode_recording(wav(6, 6000)));
}

}  // namespace
}  // namespace parley::control
