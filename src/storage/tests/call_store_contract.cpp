#include "storage/tests/call_store_contract.hpp"

#include <sys/wait.h>

#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace parley::storage {
namespace {

TEST_P(CallStoreContract, gives_back_a_call_with_all_that_happened_in_it) {
  store_->append_call(sample_call("A1"));
  store_->put_turn(sample_turn("A1", 0));
  store_->put_turn(sample_turn("A1", 1));
  store_->append_event({"A1", 1'700'000'002'000, 2000, "dtmf", "5"});
  store_->append_event({"A1", 1'700'000'002'000, 2000, "barge_in", ""});
  store_->put_recording({"A1", "recordings/A1.wav", 0, false});
  store_->put_recording({"A1", "recordings/A1.wav", 61'000, true});
  store_->end_call("A1", {CallStatus::completed, "caller hung up", 1'700'000'061'000, 61'000, true});
  flush();

  const auto found = store_->find_call("A1");
  ASSERT_TRUE(found) << describe(found.error());
  const CallSummary& summary = found->summary;
  EXPECT_EQ(summary.call.session_id, "session-A1");
  EXPECT_EQ(summary.call.carrier, "exotel");
  EXPECT_EQ(summary.call.carrier_call_id, "c5797dcbaaeed7678c4062a4a3ed2f8a");
  EXPECT_EQ(summary.call.stream_id, "stream-1");
  EXPECT_EQ(summary.call.account_id, "account-1");
  EXPECT_EQ(summary.call.phone_id, "front-desk");
  EXPECT_EQ(summary.call.agent, "clinic");
  EXPECT_EQ(summary.call.agent_version, "3");
  EXPECT_EQ(summary.call.from, "+919876543210");
  EXPECT_EQ(summary.call.to, "+918030752400");
  EXPECT_EQ(summary.call.sample_rate_hz, 8000);
  EXPECT_EQ(summary.call.started_at, 1'700'000'000'000);
  EXPECT_EQ(summary.status, CallStatus::completed);
  EXPECT_EQ(summary.end.reason, "caller hung up");
  EXPECT_EQ(summary.end.ended_at, 1'700'000'061'000);
  EXPECT_EQ(summary.end.duration_ms, 61'000);
  EXPECT_TRUE(summary.end.escalation_requested);
  EXPECT_EQ(summary.turns, 1) << "the greeting is not an exchange";
  ASSERT_TRUE(summary.recording);
  EXPECT_EQ(summary.recording->path, "recordings/A1.wav");
  EXPECT_EQ(summary.recording->duration_ms, 61'000);
  EXPECT_TRUE(summary.recording->complete);

  ASSERT_EQ(found->turns.size(), 2U);
  const TurnRecord& turn = found->turns[1];
  EXPECT_EQ(turn.call_id, "A1");
  EXPECT_EQ(turn.number, 1);
  EXPECT_EQ(turn.caller_text, "I need an appointment");
  EXPECT_EQ(turn.agent_text, "Sure. Which day suits you?");
  EXPECT_EQ(turn.agent_heard, "Sure.");
  EXPECT_TRUE(turn.interrupted);
  EXPECT_EQ(turn.input_kind, "speech");
  EXPECT_EQ(turn.started_at, 1'700'000'001'000);
  EXPECT_EQ(turn.start_ms, 1000);
  EXPECT_EQ(turn.end_ms, 4500);
  EXPECT_EQ(turn.endpoint_ms, 600);
  EXPECT_EQ(turn.transcript_ms, 700.5);
  EXPECT_EQ(turn.first_token_ms, 850.25);
  EXPECT_EQ(turn.first_audio_ms, 990);
  EXPECT_EQ(turn.agent_start_ms, 2990);
  EXPECT_EQ(turn.sent_ms, -1) << "what did not happen stays so";

  ASSERT_EQ(found->events.size(), 2U);
  EXPECT_EQ(found->events[0].kind, "dtmf");
  EXPECT_EQ(found->events[0].detail, "5");
  EXPECT_EQ(found->events[0].at, 1'700'000'002'000);
  EXPECT_EQ(found->events[0].offset_ms, 2000);
  EXPECT_EQ(found->events[1].kind, "barge_in");
}

TEST_P(CallStoreContract, a_turn_written_again_replaces_itself) {
  store_->append_call(sample_call("A1"));
  TurnRecord turn = sample_turn("A1", 1);
  turn.agent_text.clear();
  turn.first_token_ms = -1;
  store_->put_turn(turn);
  flush();
  turn.agent_text = "Good morning.";
  turn.first_token_ms = 120;
  store_->put_turn(turn);
  flush();

  const auto found = store_->find_call("A1");
  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_EQ(found->turns.size(), 1U);
  EXPECT_EQ(found->turns[0].agent_text, "Good morning.");
  EXPECT_EQ(found->turns[0].first_token_ms, 120);
}

TEST_P(CallStoreContract, keeps_what_was_used_by_turn_part_vendor_and_model) {
  store_->append_call(sample_call("A1"));
  vendor::Usage spoken{.part = vendor::Part::sts,
                       .vendor = "openai",
                       .model = "gpt-realtime-2",
                       .input_tokens = 120,
                       .cached_input_tokens = 20,
                       .output_tokens = 30,
                       .audio_input_tokens = 400,
                       .cached_audio_input_tokens = 40,
                       .audio_output_tokens = 500,
                       .characters = 7,
                       .audio_seconds = 1.25,
                       .estimated = true};
  store_->put_usage({"A1", 2, spoken, vendor::Cost{123'456, "USD", "2026-07-22"}});
  store_->put_usage(
      {"A1", 0, {.part = vendor::Part::tts, .vendor = "sarvam", .model = "x", .characters = 9}, {}});
  flush();
  auto found = store_->find_call("A1");
  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_EQ(found->usage.size(), 2U);
  EXPECT_EQ(found->usage[0].turn, 0) << "in the order of the turns";
  EXPECT_EQ(found->usage[0].cost, std::nullopt) << "no price is not the price of nothing";
  EXPECT_EQ(found->usage[1].usage, spoken);
  ASSERT_TRUE(found->usage[1].cost);
  EXPECT_EQ(*found->usage[1].cost, (vendor::Cost{123'456, "USD", "2026-07-22"}));

  spoken.output_tokens = 60;
  store_->put_usage({"A1", 2, spoken, vendor::Cost{200'000, "USD", "2026-07-22"}});
  vendor::Usage other = spoken;
  other.model = "gpt-realtime-mini";
  store_->put_usage({"A1", 2, other, vendor::Cost{0, "USD", "2026-07-22"}});
  flush();
  found = store_->find_call("A1");
  ASSERT_EQ(found->usage.size(), 3U) << "the same is replaced, another model is another row";
  std::int64_t micros = 0;
  for (const UsageRecord& row : found->usage)
    micros += row.cost ? row.cost->micros : 0;
  EXPECT_EQ(micros, 200'000);
}

TEST_P(CallStoreContract, keeps_the_transcript_of_a_recording_or_why_there_is_none) {
  store_->append_call(sample_call("A1"));
  flush();
  EXPECT_FALSE(store_->find_call("A1")->transcript);
  store_->put_transcript({"A1", "deepgram", "nova-3", 1'700'000'100'000, "timed out", ""});
  flush();
  auto found = store_->find_call("A1");
  ASSERT_TRUE(found && found->transcript);
  EXPECT_EQ(found->transcript->error, "timed out");
  const std::string segments = R"([{"channel":"caller","start":1.2,"end":2.4,"text":"नमस्ते"}])";
  store_->put_transcript({"A1", "sarvam", "saaras:v3", 1'700'000'200'000, "", segments});
  flush();
  found = store_->find_call("A1");
  ASSERT_TRUE(found && found->transcript);
  EXPECT_EQ(found->transcript->call_id, "A1");
  EXPECT_EQ(found->transcript->vendor, "sarvam");
  EXPECT_EQ(found->transcript->model, "saaras:v3");
  EXPECT_EQ(found->transcript->made_at, 1'700'000'200'000);
  EXPECT_EQ(found->transcript->error, "") << "the later one counts";
  EXPECT_EQ(found->transcript->segments, segments);
}

TEST_P(CallStoreContract, a_call_without_end_is_unfinished_and_has_no_recording) {
  store_->append_call(sample_call("A1"));
  store_->append_call(sample_call("A2"));
  store_->end_call("A2", {CallStatus::failed, "stream broken", 1'700'000'001'000, 1000, false});
  flush();

  const auto unfinished = store_->unfinished_calls();
  ASSERT_TRUE(unfinished) << describe(unfinished.error());
  ASSERT_EQ(unfinished->size(), 1U);
  EXPECT_EQ(unfinished->front().call.id, "A1");
  EXPECT_EQ(unfinished->front().status, CallStatus::in_progress);
  EXPECT_FALSE(unfinished->front().recording);
}

TEST_P(CallStoreContract, two_calls_may_share_a_session) {
  CallRecord first = sample_call("A1");
  CallRecord second = sample_call("A2");
  second.session_id = first.session_id;
  store_->append_call(first);
  store_->append_call(second);
  flush();
  EXPECT_THAT(ids({}), testing::SizeIs(2));
}

TEST_P(CallStoreContract, lists_the_newest_first_by_agent_status_and_time) {
  for (int i = 0; i < 6; ++i) {
    CallRecord call = sample_call(fmt::format("C{}", i), 1000 + i);
    call.agent = i % 2 == 0 ? "clinic" : "echo";
    store_->append_call(std::move(call));
    if (i < 4) store_->end_call(fmt::format("C{}", i), {CallStatus::completed, "", 2000, 10, false});
  }
  flush();

  EXPECT_THAT(ids({}), testing::ElementsAre("C5", "C4", "C3", "C2", "C1", "C0"));
  EXPECT_THAT(ids({.agent = "echo"}), testing::ElementsAre("C5", "C3", "C1"));
  EXPECT_THAT(ids({.status = CallStatus::completed}), testing::ElementsAre("C3", "C2", "C1", "C0"));
  EXPECT_THAT(ids({.agent = "clinic", .status = CallStatus::in_progress}), testing::ElementsAre("C4"));
  EXPECT_THAT(ids({.before = 1003}), testing::ElementsAre("C2", "C1", "C0"));
  EXPECT_THAT(ids({.agent = "clinic", .before = 1004, .limit = 1}), testing::ElementsAre("C2"));
  EXPECT_THAT(ids({.agent = "nobody"}), testing::IsEmpty());
}

TEST_P(CallStoreContract, finds_a_call_by_the_beginning_of_its_id) {
  store_->append_call(sample_call("01HABC"));
  store_->append_call(sample_call("01HABD"));
  store_->append_call(sample_call("01HABDX"));
  flush();

  const auto unique = store_->find_call("01HABC");
  ASSERT_TRUE(unique) << describe(unique.error());
  const auto prefix = store_->find_call("01HABDX");
  ASSERT_TRUE(prefix) << describe(prefix.error());
  EXPECT_EQ(prefix->summary.call.id, "01HABDX");
  const auto whole = store_->find_call("01HABD");
  ASSERT_TRUE(whole) << "a whole id counts even if another call's begins with it";
  EXPECT_EQ(whole->summary.call.id, "01HABD");

  const auto ambiguous = store_->find_call("01HAB");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, Errc::invalid_argument);
  EXPECT_THAT(ambiguous.error().message, testing::HasSubstr("01HABC, 01HABD, 01HABDX"));

  const auto missing = store_->find_call("01HX");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_FALSE(store_->find_call("")) << "nothing is not the beginning of everything";
}

TEST_P(CallStoreContract, does_not_take_text_for_sql_or_for_patterns) {
  const std::string nasty = "'; DROP TABLE calls; -- %_\\\" $1 ?1 {}";
  CallRecord call = sample_call("A'1%");
  call.agent = nasty;
  store_->append_call(call);
  TurnRecord turn = sample_turn("A'1%", 1);
  turn.caller_text = nasty;
  store_->put_turn(turn);
  store_->append_event({"A'1%", 0, 0, nasty, nasty});
  flush();

  const auto found = store_->find_call("A'1%");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->turns.at(0).caller_text, nasty);
  EXPECT_EQ(found->events.at(0).detail, nasty);
  EXPECT_THAT(ids({.agent = nasty}), testing::ElementsAre("A'1%"));
  EXPECT_EQ(store_->find_call("%").error().code, Errc::not_found);
  EXPECT_EQ(store_->find_call("_").error().code, Errc::not_found);
}

TEST_P(CallStoreContract, keeps_text_of_every_script_and_mends_what_is_no_text) {
  store_->append_call(sample_call("A1"));
  TurnRecord turn = sample_turn("A1", 1);
  turn.caller_text = "नमस्ते 👋";
  turn.agent_text = std::string("caf\xC3") + '\0' + "\xED\xA0\x80!";
  store_->put_turn(turn);
  flush();

  const auto found = store_->find_call("A1");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->turns.at(0).caller_text, "नमस्ते 👋");
  EXPECT_EQ(found->turns.at(0).agent_text, "caf\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD!");
}

TEST_P(CallStoreContract, a_refused_row_costs_no_other_row_and_flush_tells_of_it_once) {
  store_->append_call(sample_call("A1"));
  store_->put_turn(sample_turn("no such call", 1));
  store_->end_call("no such call", {});
  store_->append_call(sample_call("A1"));
  store_->append_call(sample_call("A2"));
  EXPECT_FALSE(flush_and_wait(*store_));
  flush();
  EXPECT_THAT(ids({}), testing::UnorderedElementsAre("A1", "A2"));
}

TEST_P(CallStoreContract, rows_are_written_without_anybody_asking_for_it) {
  store_->append_call(sample_call("A1"));
  store_.reset();
  store_ = database_->open();
  EXPECT_THAT(ids({}), testing::ElementsAre("A1")) << "the destructor writes what is queued";
}

TEST_P(CallStoreContract, takes_rows_from_many_threads_and_keeps_the_order_of_each) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      const std::string id = fmt::format("T{}", t);
      store_->append_call(sample_call(id));
      for (int i = 0; i < kEvents; ++i)
        store_->append_event({id, i, i, "tick", ""});
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  flush();
  for (int t = 0; t < kThreads; ++t) {
    const auto found = store_->find_call(fmt::format("T{}", t));
    ASSERT_TRUE(found) << describe(found.error());
    ASSERT_EQ(found->events.size(), static_cast<std::size_t>(kEvents));
    for (int i = 0; i < kEvents; ++i)
      EXPECT_EQ(found->events[static_cast<std::size_t>(i)].at, i);
  }
}

TEST_P(CallStoreContract, another_process_reads_while_this_one_writes) {
  store_.reset();  // a fork must not copy a running writer
  // The two take turns: 'written' to the child, 'read' back.
  int to_child[2];
  int to_parent[2];
  ASSERT_EQ(::pipe(to_child), 0);
  ASSERT_EQ(::pipe(to_parent), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(to_child[1]);
    char go = 0;
    if (::read(to_child[0], &go, 1) != 1) ::_exit(10);
    const auto reader = database_->open_read_only();
    if (!reader) ::_exit(11);
    const auto before = reader->list_calls({});
    if (!before || before->size() != 1) ::_exit(12);
    reader->append_call(sample_call("from the reader"));
    if (flush_and_wait(*reader)) ::_exit(13);
    if (::write(to_parent[1], "!", 1) != 1 || ::read(to_child[0], &go, 1) != 1) ::_exit(14);
    const auto after = reader->list_calls({});
    ::_exit(after && after->size() == 2 ? 0 : 15);
  }
  ::close(to_parent[1]);
  store_ = database_->open();
  store_->append_call(sample_call("A1"));
  flush();
  EXPECT_EQ(::write(to_child[1], "!", 1), 1);
  char read = 0;
  EXPECT_EQ(::read(to_parent[0], &read, 1), 1);
  store_->append_call(sample_call("A2"));
  flush();
  EXPECT_EQ(::write(to_child[1], "!", 1), 1);
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (const int end : {to_child[0], to_child[1], to_parent[0]})
    ::close(end);
  EXPECT_THAT(ids({}), testing::ElementsAre("A2", "A1")) << "the reader has written nothing";
}

TEST_P(CallStoreContract, keeps_what_was_flushed_when_the_process_dies_in_the_middle_of_writing) {
  store_.reset();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto doomed = database_->open();
    doomed->append_call(sample_call("A1"));
    for (int i = 0; i < 500; ++i)
      doomed->append_event({"A1", i, i, "flushed", ""});
    if (!flush_and_wait(*doomed)) ::_exit(1);
    for (int i = 0; i < 50'000; ++i)
      doomed->append_event({"A1", i, i, "late", ""});
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);

  store_ = database_->open();
  const auto found = store_->find_call("A1");
  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_GE(found->events.size(), 500U);
  EXPECT_EQ(found->events[499].kind, "flushed");
  EXPECT_EQ(found->summary.status, CallStatus::in_progress);
  store_->end_call("A1", {CallStatus::interrupted, "", 0, 0, false});
  flush();
}

}  // namespace
}  // namespace parley::storage
