#include "app/recording_transcription.hpp"

#include <fstream>
#include <future>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include "audio/wav.hpp"
#include "base/tests/temporary_directory.hpp"
#include "control/transcript_json.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"
#include "vendor/tests/manual_alarms.hpp"

namespace parley::app {
namespace {

using namespace std::chrono_literals;
using speech::FileRequest;
using speech::FileTranscript;
using ::testing::HasSubstr;
using vendor::Fault;
using vendor::VendorError;

// A recogniser that answers when the test says so.
struct ToldTranscriber final : speech::FileTranscriber {
  using Answer = std::expected<FileTranscript, VendorError>;
  struct Try {
    explicit Try(FileRequest given)
        : request(std::move(given)), answered(request.executor, async::Timer::time_point::max()) {}
    void use(double seconds) {
      request.observer.on_usage(
          {.part = vendor::Part::stt, .vendor = "deepgram", .model = "nova-3", .audio_seconds = seconds});
    }
    void say(Answer with) {
      answer = std::move(with);
      answered.cancel();
    }
    void say(std::string text) { say(FileTranscript{{{0, 1.25, 2.5, std::move(text)}}, "en-IN"}); }
    void fail(Fault fault) { say(std::unexpected(VendorError(fault, "deepgram", "told to"))); }
    FileRequest request;
    async::Timer answered;
    std::optional<Answer> answer;
  };

  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  async::Task<Answer> transcribe(FileRequest request) override {
    Try& one = tries.emplace_back(std::move(request));
    ++running;
    boost::system::error_code error;
    co_await one.answered.async_wait(
        async::asio::redirect_error(async::asio::use_awaitable_t<async::Executor>{}, error));
    --running;
    if (one.answer) co_return *one.answer;
    throw boost::system::system_error(async::asio::error::operation_aborted);
  }

  std::list<Try> tries;
  int running = 0;
};

class RecordingTranscriptionTest : public ::testing::Test {
 protected:
  RecordingTranscriptionTest() {
    agent_->name = "desk";
    agent_->language = "hi-IN";
    agent_->recording.transcribe.provider = "deepgram";
    agent_->recording.transcribe.model = "nova-3";
    std::ofstream(file_, std::ios::binary) << audio::wav_header(8000, 2, 4) << "abcd";
  }
  ~RecordingTranscriptionTest() override { transcription_.stop(); }

  void finish_call(const std::string& id) {
    storage::CallRecord call;
    call.id = id;
    call.session_id = id;
    call.agent = "desk";
    store_->append_call(call);
    store_->end_call(id, {});
    std::thread([&] { transcription_.on_recording_finished(id, agent_, file_); }).join();  // as the recorder
  }
  bool run_until(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      control_.restart();
      control_.run_one_for(50ms);
    }
    return true;
  }
  // Everything that can happen now has happened.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      std::promise<void> read;
      ASSERT_TRUE(pool_.submit([&](const auto&) { read.set_value(); }));
      read.get_future().wait();
      control_.restart();
      control_.poll();
    }
  }
  bool wait_for_tries(std::size_t count) {
    return run_until([&] { return transcriber_.tries.size() >= count; });
  }
  storage::CallDetail logged(const std::string& id) {
    std::promise<void> written;
    store_->flush([&](const Result<void>&) { written.set_value(); });
    written.get_future().wait();
    auto found = store_->find_call(id);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : storage::CallDetail{};
  }
  std::optional<storage::TranscriptRecord> transcript_of(const std::string& id) {
    return logged(id).transcript;
  }
  bool wait_for_transcript(const std::string& id) {
    return run_until([&] { return transcript_of(id).has_value(); });
  }
  ToldTranscriber::Try& last_try() { return transcriber_.tries.back(); }

  TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "call.wav";
  metrics::Registry registry_;
  ManualClock clock_;
  vendor::testing::ManualAlarms alarms_{clock_};
  std::unique_ptr<storage::CallStore> store_ =
      std::move(*storage::open_sqlite_call_store(directory_.path() / "calls.db", {}, registry_));
  async::asio::io_context control_{1};
  async::BlockingPool pool_{{.name = "files"}};
  std::shared_ptr<const vendor::PriceTable> prices_ = *vendor::PriceTable::parse(R"(
prices:
  - { vendor: deepgram, model: "nova-3", part: stt, currency: USD, as_of: 2026-10-01, minutes: 0.006 }
)",
                                                                                 "test");
  std::shared_ptr<agent::Agent> agent_ = std::make_shared<agent::Agent>();
  ToldTranscriber transcriber_;
  RecordingTranscription transcription_{
      {.control = control_,
       .pool = pool_,
       .store = *store_,
       .clock = clock_,
       .prices = [this] { return prices_; },
       .transcriber_of = [this](const agent::Agent&) { return &transcriber_; },
       .alarms = alarms_}};
};

TEST_F(RecordingTranscriptionTest, AFinishedRecordingIsWrittenDownInTheCallLogWithItsCost) {
  finish_call("A");
  ASSERT_TRUE(wait_for_tries(1));
  EXPECT_EQ(last_try().request.wav, audio::wav_header(8000, 2, 4) + "abcd");
  EXPECT_EQ(last_try().request.choice.model, "nova-3");
  EXPECT_EQ(last_try().request.language, "hi-IN");
  last_try().use(30);
  last_try().say("hello");
  ASSERT_TRUE(run_until([&] { return !logged("A").usage.empty(); }));
  const auto transcript = transcript_of("A");
  ASSERT_TRUE(transcript);
  EXPECT_EQ(transcript->vendor, "deepgram");
  EXPECT_EQ(transcript->model, "nova-3");
  EXPECT_EQ(transcript->error, "");
  EXPECT_EQ(transcript->segments, R"([{"channel":"caller","start":1.25E0,"end":2.5E0,"text":"hello"}])");
  const auto usage = logged("A").usage.front();
  EXPECT_EQ(usage.turn, 0);
  EXPECT_EQ(usage.usage.part, vendor::Part::stt);
  EXPECT_DOUBLE_EQ(usage.usage.audio_seconds, 30);
  ASSERT_TRUE(usage.cost);
  EXPECT_EQ(usage.cost->micros, 3000);
}

TEST_F(RecordingTranscriptionTest, WhatTheCallItselfUsedOfTheSameModelIsNotReplaced) {
  finish_call("A");
  storage::UsageRecord live{"A", 0, {.part = vendor::Part::stt, .vendor = "deepgram", .model = "nova-3"}, {}};
  live.usage.audio_seconds = 12;
  store_->put_usage(live);
  ASSERT_TRUE(wait_for_tries(1));
  last_try().use(30);
  last_try().say("hello");
  ASSERT_TRUE(run_until([&] { return logged("A").usage.front().usage.audio_seconds > 12; }));
  ASSERT_EQ(logged("A").usage.size(), 1U);
  EXPECT_DOUBLE_EQ(logged("A").usage.front().usage.audio_seconds, 42);
  EXPECT_EQ(logged("A").usage.front().cost->micros, 4200);
}

TEST_F(RecordingTranscriptionTest, SilenceIsATranscriptWithoutWords) {
  finish_call("A");
  ASSERT_TRUE(wait_for_tries(1));
  last_try().say(FileTranscript{});
  ASSERT_TRUE(wait_for_transcript("A"));
  EXPECT_EQ(transcript_of("A")->segments, "[]");
  EXPECT_EQ(transcript_of("A")->error, "");
}

TEST_F(RecordingTranscriptionTest, AnAgentThatDoesNotWantItIsLeftAlone) {
  agent_->recording.transcribe.provider = "none";
  finish_call("A");
  settle();
  EXPECT_TRUE(transcriber_.tries.empty());
  EXPECT_FALSE(transcript_of("A"));
}

TEST_F(RecordingTranscriptionTest, TwoAreUnderWayAtOnceAndTheNextFollowsInOrder) {
  for (const char* id : {"A", "B", "C", "D"})
    finish_call(id);
  ASSERT_TRUE(wait_for_tries(2));
  settle();
  EXPECT_EQ(transcriber_.running, 2);
  transcriber_.tries.front().say("first");
  ASSERT_TRUE(wait_for_tries(3));
  settle();
  EXPECT_EQ(transcriber_.running, 2);
  last_try().say("third");
  ASSERT_TRUE(wait_for_transcript("C"));
  EXPECT_TRUE(transcript_of("A"));
  EXPECT_FALSE(transcript_of("B"));
}

TEST_F(RecordingTranscriptionTest, AFaultThatPassesIsTriedAgainAfterAWait) {
  finish_call("A");
  ASSERT_TRUE(wait_for_tries(1));
  last_try().fail(Fault::overloaded);
  ASSERT_TRUE(run_until([&] { return alarms_.set_ones() == 1; }));
  settle();
  EXPECT_EQ(transcriber_.tries.size(), 1U);
  EXPECT_FALSE(transcript_of("A"));
  alarms_.advance(1s);
  ASSERT_TRUE(wait_for_tries(2));
  last_try().say("hello");
  ASSERT_TRUE(wait_for_transcript("A"));
  EXPECT_EQ(transcript_of("A")->error, "");
}

TEST_F(RecordingTranscriptionTest, WhatTheVendorSaysAboutTheWaitIsKeptTo) {
  finish_call("A");
  ASSERT_TRUE(wait_for_tries(1));
  VendorError error(Fault::rate_limited, "deepgram", "slow down");
  error.retry_after = 60s;
  last_try().say(std::unexpected(error));
  ASSERT_TRUE(run_until([&] { return alarms_.set_ones() == 1; }));
  alarms_.advance(59s);
  settle();
  EXPECT_EQ(transcriber_.tries.size(), 1U);
  alarms_.advance(1s);
  EXPECT_TRUE(wait_for_tries(2));
}

TEST_F(RecordingTranscriptionTest, AfterThreeTriesTheFaultIsInTheCallLogAndWhatTheyUsedToo) {
  finish_call("A");
  for (std::size_t number = 1; number <= 3; ++number) {
    ASSERT_TRUE(wait_for_tries(number));
    last_try().use(10);
    last_try().fail(Fault::unreachable);
    if (number == 3) break;
    ASSERT_TRUE(run_until([&] { return alarms_.set_ones() == 1; }));
    alarms_.advance(10s);
  }
  ASSERT_TRUE(run_until([&] { return !logged("A").usage.empty(); }));
  EXPECT_THAT(transcript_of("A")->error, HasSubstr("deepgram: unreachable"));
  EXPECT_EQ(transcript_of("A")->segments, "");
  EXPECT_DOUBLE_EQ(logged("A").usage.front().usage.audio_seconds, 30);
  alarms_.advance(60s);
  settle();
  EXPECT_EQ(transcriber_.tries.size(), 3U);
}

TEST_F(RecordingTranscriptionTest, AFaultThatStaysIsNotTriedAgain) {
  finish_call("A");
  ASSERT_TRUE(wait_for_tries(1));
  last_try().fail(Fault::bad_key);
  ASSERT_TRUE(wait_for_transcript("A"));
  EXPECT_THAT(transcript_of("A")->error, HasSubstr("bad key"));
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(RecordingTranscriptionTest, OneThatWaitsForItsNextTryLetsOthersPass) {
  for (const char* id : {"A", "B", "C"})
    finish_call(id);
  ASSERT_TRUE(wait_for_tries(2));
  transcriber_.tries.front().fail(Fault::overloaded);
  transcriber_.tries.back().fail(Fault::overloaded);
  ASSERT_TRUE(wait_for_tries(3));
  last_try().say("third");
  EXPECT_TRUE(wait_for_transcript("C"));
}

TEST_F(RecordingTranscriptionTest, AFileThatIsGoneIsAnErrorInTheCallLog) {
  std::filesystem::remove(file_);
  finish_call("A");
  ASSERT_TRUE(wait_for_transcript("A"));
  EXPECT_THAT(transcript_of("A")->error, HasSubstr("call.wav cannot be read"));
  EXPECT_TRUE(transcriber_.tries.empty());
}

TEST_F(RecordingTranscriptionTest, StoppingLeavesNothingUnderWayAndSaysSoInTheCallLog) {
  finish_call("resting");
  ASSERT_TRUE(wait_for_tries(1));
  last_try().fail(Fault::overloaded);
  ASSERT_TRUE(run_until([&] { return alarms_.set_ones() == 1; }));
  finish_call("under way");
  ASSERT_TRUE(wait_for_tries(2));
  last_try().use(5);
  finish_call("being read");
  finish_call("waiting");
  settle();
  finish_call("just now");
  control_.stop();  // as the server does

  transcription_.stop();
  EXPECT_EQ(transcriber_.running, 0);
  EXPECT_EQ(alarms_.set_ones(), 0U);
  for (const char* id : {"resting", "under way", "being read", "waiting", "just now"}) {
    const auto transcript = transcript_of(id);
    ASSERT_TRUE(transcript) << id;
    EXPECT_THAT(transcript->error, HasSubstr("the server was stopped")) << id;
  }
  EXPECT_EQ(logged("under way").usage.size(), 1U);
}

TEST_F(RecordingTranscriptionTest, StoppingWorksWhenThePoolIsGone) {
  finish_call("A");
  ASSERT_TRUE(wait_for_tries(1));
  last_try().use(5);
  pool_.stop();
  finish_call("B");
  transcription_.stop();
  EXPECT_TRUE(transcript_of("A"));
  EXPECT_TRUE(transcript_of("B"));
  EXPECT_EQ(logged("A").usage.size(), 1U);
}

TEST(SegmentsToJson, NamesBothSidesAndEscapesWords) {
  EXPECT_EQ(control::segments_to_json({{0, 0, 1, "\"hi\""}, {1, 1, 2, "नमस्ते"}}),
            R"([{"channel":"caller","start":0E0,"end":1E0,"text":"\"hi\""},)"
            R"({"channel":"agent","start":1E0,"end":2E0,"text":"नमस्ते"}])");
}

}  // namespace
}  // namespace parley::app
