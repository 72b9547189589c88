// Commands from outside to a call in progress, and what observers hear of it.
#include <future>

#include "async/shard.hpp"
#include "engine/call_registry.hpp"
#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct WatchingObserver final : CallObserver {
  std::vector<std::string> events;
  std::vector<storage::TurnRecord> turns;
  std::vector<std::int64_t> offsets;
  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const TranscriptLine&) override {}
  void on_call_ended(const std::string&, const storage::CallEnd&) override {}
  void on_call_event(const std::string&, std::string_view kind, std::string_view detail,
                     std::int64_t offset_ms) override {
    events.push_back(fmt::format("{}: {}", kind, detail));
    offsets.push_back(offset_ms);
  }
  void on_turn(const storage::TurnRecord& turn) override { turns.push_back(turn); }
};

struct CommandTest : CallFixture {
  WatchingObserver watching;

  ~CommandTest() override {
    if (call) call->on_link_closed(LinkEnd::closed);
    call.reset();  // before who watches it
  }
  void start_watched() {
    call = make_call(
        media::make_exotel_codec({}),
        {context.get_executor(), clock, link, agent, vendors(), store, recorder, "/nowhere", greetings,
         watching, std::make_shared<const vendor::PriceTable>(), probe, media, "exotel", ""});
    text(R"({"event":"start","stream_sid":"S","start":{"call_sid":"C","from":"1","to":"2"}})");
  }
  // The agent is in the middle of an answer of two seconds.
  void while_answering() {
    silence(200);
    speech(500);
    silence(640);
    transcript("book a table");
    chat.answer("Gladly, let me see.");
    tts.speak(2000);
    silence(400);
  }
};

TEST_F(CommandTest, HangUpClearsWhatPlaysAndEndsTheCallAsToldWhy) {
  start_watched();
  while_answering();
  const std::size_t sent = link.audio_ms();
  EXPECT_TRUE(call->hang_up("supervisor"));
  EXPECT_EQ(link.count("clear"), 1U);
  EXPECT_EQ(link.closed, media::LinkClose::done);
  EXPECT_EQ(store.ended->reason, "supervisor");
  EXPECT_EQ(store.ended->status, storage::CallStatus::completed);
  EXPECT_FALSE(store.ended->escalation_requested);
  EXPECT_TRUE(store.turns.at(1).interrupted);
  silence(500);
  EXPECT_EQ(link.audio_ms(), sent);
  EXPECT_EQ(probe.calls_ended("hung up by API").value(), 1) << "a reason is no label of a metric";
  EXPECT_EQ(call->hang_up("again").error().code, Errc::conflict);
  EXPECT_EQ(call->transfer("+911", "").error().code, Errc::conflict);
}

TEST_F(CommandTest, HangUpWithoutAReasonSaysWhoDidIt) {
  start_watched();
  EXPECT_TRUE(call->hang_up(""));
  EXPECT_EQ(store.ended->reason, "hung up by API");
  EXPECT_EQ(probe.calls_ended("hung up by API").value(), 1);
}

TEST_F(CommandTest, TransferSaysItsWordsWholeAndThenEndsTheStream) {
  start_watched();
  while_answering();
  EXPECT_TRUE(call->transfer("+919812345678", "I connect you now."));
  EXPECT_EQ(link.count("clear"), 1U) << "the answer gives way";
  EXPECT_EQ(tts.texts.back(), "I connect you now.");
  EXPECT_THAT(watching.events, Contains("transfer_requested: +919812345678"));
  tts.speak(900);
  speech(400);
  EXPECT_FALSE(link.closed) << "not heard yet, and nobody interrupts it";
  EXPECT_EQ(link.count("clear"), 1U);
  silence(700);
  EXPECT_EQ(link.closed, media::LinkClose::done);
  EXPECT_EQ(store.ended->reason, "transferred");
  EXPECT_TRUE(store.ended->escalation_requested);
  EXPECT_EQ(store.turns.rbegin()->second.agent_heard, "I connect you now.");
}

TEST_F(CommandTest, TransferWithoutWordsIsAtOnceAndOnlyOnce) {
  start_watched();
  silence(100);
  EXPECT_TRUE(call->transfer("agent-desk", ""));
  EXPECT_EQ(store.ended->reason, "transferred");

  link = {};
  played = 0;
  start_watched();
  EXPECT_TRUE(call->transfer("agent-desk", "One moment."));
  EXPECT_EQ(call->transfer("other-desk", "").error().code, Errc::conflict);
}

TEST_F(CommandTest, TransferHappensAlsoWhenItsWordsCannotBeSpoken) {
  start_watched();
  EXPECT_TRUE(call->transfer("agent-desk", "One moment."));
  tts.listener->on_speech_failed({vendor::Fault::unreachable, "", "no voice"});
  silence(40);
  EXPECT_EQ(store.ended->reason, "transferred");
}

TEST_F(CommandTest, WhatIsTooLongOrMissingIsRefusedAndChangesNothing) {
  start_watched();
  EXPECT_EQ(call->transfer("", "x").error().code, Errc::invalid_argument);
  EXPECT_EQ(call->transfer(std::string(201, '1'), "").error().code, Errc::invalid_argument);
  EXPECT_EQ(call->transfer("1", std::string(2001, 'x')).error().code, Errc::invalid_argument);
  EXPECT_EQ(call->hang_up(std::string(301, 'x')).error().code, Errc::invalid_argument);
  EXPECT_FALSE(store.ended);
  EXPECT_THAT(watching.events, IsEmpty());
}

TEST_F(CommandTest, TheEchoTakesThemToo) {
  agent->kind = agent::AgentKind::echo;
  start_watched();
  EXPECT_TRUE(call->hang_up("done testing"));
  EXPECT_EQ(store.ended->reason, "done testing");
  start_watched();
  EXPECT_TRUE(call->transfer("desk", "unsaid"));
  EXPECT_EQ(store.ended->reason, "transferred");
  EXPECT_TRUE(store.ended->escalation_requested);
}

TEST_F(CommandTest, ObserversHearEventsAndWholeTurns) {
  start_watched();
  while_answering();
  EXPECT_THAT(watching.turns, IsEmpty()) << "it is being spoken still";
  silence(2500);
  ASSERT_EQ(watching.turns.size(), 1U);
  EXPECT_EQ(watching.turns[0].agent_heard, "Gladly, let me see.");
  EXPECT_EQ(watching.turns[0].call_id, call->id());
  EXPECT_NEAR(watching.turns[0].endpoint_ms, 600, 25);
  EXPECT_GE(watching.turns[0].sent_ms, watching.turns[0].first_audio_ms);
  text(R"({"event":"dtmf","stream_sid":"S","dtmf":{"digit":"5"}})");
  EXPECT_THAT(watching.events, Contains("dtmf: 5"));
  EXPECT_EQ(watching.offsets.back(), heard_ms);
}

// The registry finds a call by its id from any thread.
struct CommandedCall final : Call {
  std::string name = "CALL-1";
  std::string reason;
  std::thread::id thread;
  const std::string& id() const override { return name; }
  void on_text(std::string_view) override {}
  void on_binary(std::string_view) override {}
  void on_link_closed(LinkEnd) override {}
  void shut_down() override {}
  Result<void> hang_up(std::string why) override {
    thread = std::this_thread::get_id();
    reason = std::move(why);
    return {};
  }
  Result<void> transfer(std::string, std::string) override { return fail(Errc::conflict, "busy"); }
  void on_new_id(std::function<void()> told) override { new_id = std::move(told); }
  std::function<void()> new_id;
};

struct CommandedRegistry : ::testing::Test {
  metrics::Registry metrics;
  Probe probe{metrics};
  async::Shard shard{"commands"};
  CallRegistry registry{{&shard}, {}, probe};
  CommandedCall call;
  std::shared_ptr<CallRegistry::Place> place = *registry.place();
  std::optional<CallRegistry::Entry> entry;

  // Entries come and go on the shard.
  void on_shard(const std::function<void()>& what) {
    std::promise<void> done;
    boost::asio::post(shard.context(), [&] {
      what();
      done.set_value();
    });
    done.get_future().get();
  }
  ~CommandedRegistry() override {
    on_shard([this] { entry.reset(); });
    place.reset();
  }
};

TEST_F(CommandedRegistry, RunsACommandOnTheCallsShard) {
  on_shard([this] { entry.emplace(*place, call); });
  EXPECT_THAT(registry.calls_in_progress(), ElementsAre("CALL-1"));
  std::thread::id shard_thread;
  on_shard([&] { shard_thread = std::this_thread::get_id(); });
  EXPECT_TRUE(registry.command_and_wait("CALL-1", [](Call& found) { return found.hang_up("why"); }));
  EXPECT_EQ(call.reason, "why");
  EXPECT_EQ(call.thread, shard_thread);
  const auto refused =
      registry.command_and_wait("CALL-1", [](Call& found) { return found.transfer("x", ""); });
  EXPECT_EQ(refused.error().message, "busy");
}

TEST_F(CommandedRegistry, ACallThatIsNotThereIsNotFound) {
  const auto nothing = [](Call&) -> Result<void> { return {}; };
  EXPECT_EQ(registry.command_and_wait("CALL-1", nothing).error().code, Errc::not_found);
  on_shard([this] { entry.emplace(*place, call); });
  EXPECT_EQ(registry.command_and_wait("CALL-2", nothing).error().code, Errc::not_found);
  on_shard([this] { entry.reset(); });
  EXPECT_THAT(registry.calls_in_progress(), IsEmpty());
  EXPECT_EQ(registry.command_and_wait("CALL-1", nothing).error().code, Errc::not_found);
}

TEST_F(CommandedRegistry, ACallIsFoundByTheIdItHasNow) {
  const auto hang_up = [](Call& found) { return found.hang_up("by id"); };
  on_shard([this] {
    entry.emplace(*place, call);
    call.name = "CALL-9";
    call.new_id();
  });
  EXPECT_THAT(registry.calls_in_progress(), ElementsAre("CALL-9"));
  EXPECT_EQ(registry.command_and_wait("CALL-1", hang_up).error().code, Errc::not_found);
  EXPECT_TRUE(registry.command_and_wait("CALL-9", hang_up));
  EXPECT_EQ(call.reason, "by id");
  on_shard([this] { entry.reset(); });
  EXPECT_THAT(registry.calls_in_progress(), IsEmpty());
  EXPECT_FALSE(call.new_id) << "nobody is told any more";
}

TEST_F(CommandedRegistry, OneOfTwoCallsWithOneIdLeavesTheOtherWhereItIs) {
  CommandedCall twin;
  std::optional<CallRegistry::Entry> second;
  on_shard([&] {
    entry.emplace(*place, call);
    second.emplace(*place, twin);
    entry.reset();
  });
  EXPECT_TRUE(registry.command_and_wait("CALL-1", [](Call& found) { return found.hang_up("the twin"); }));
  EXPECT_EQ(twin.reason, "the twin");
  on_shard([&] { second.reset(); });
  EXPECT_THAT(registry.calls_in_progress(), IsEmpty());
}

TEST_F(CommandedRegistry, ACallThatGoesBeforeItsCommandRunsIsNotFound) {
  std::promise<Result<void>> told;
  on_shard([&] {
    entry.emplace(*place, call);
    registry.command(
        "CALL-1", [](Call&) -> Result<void> { return {}; },
        [&](Result<void> result) { told.set_value(std::move(result)); });
    entry.reset();
  });
  EXPECT_EQ(told.get_future().get().error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley::engine
