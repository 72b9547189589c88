#include "cli/calls_view.hpp"

#include <cstdlib>
#include <ctime>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/call_json.hpp"
#include "cli/table.hpp"
#include "storage/call_store.hpp"

namespace parley::cli {
namespace {

using storage::CallDetail;
using storage::CallStatus;
using storage::CallSummary;

constexpr storage::WallMillis kStart = 1'700'000'000'000;  // 2023-11-14T22:13:20Z

CallSummary sample_summary() {
  CallSummary summary;
  summary.call.id = "01HF7YAT00ABCDEFGHJKMNPQRS";
  summary.call.session_id = "01HF7YAT00SESSION000000000";
  summary.call.carrier = "exotel";
  summary.call.carrier_call_id = "c5797dcb";
  summary.call.stream_id = "b8d1";
  summary.call.agent = "clinic";
  summary.call.agent_version = "3";
  summary.call.from = "+919876543210";
  summary.call.to = "+918030752400";
  summary.call.sample_rate_hz = 8000;
  summary.call.started_at = kStart;
  summary.status = CallStatus::completed;
  summary.end = {CallStatus::completed, "caller hung up", kStart + 65'000, 65'000, true};
  summary.turns = 2;
  summary.call.direction = "outbound";
  summary.call.variables = R"({"name":"Asha","visits":3})";
  summary.call.custom_field = "order 7";
  summary.carrier_status = "completed";
  summary.carrier_cause = "NORMAL_CLEARING";
  summary.carrier_seconds = 67;
  summary.carrier_recording_url = "https://recordings.example.com/1.mp3?signature=secret";
  summary.answered_at = kStart - 2000;
  summary.transfer = storage::TransferRecord{summary.call.id, "+911140001000", "failed", "no-answer"};
  summary.recording = storage::RecordingRecord{summary.call.id, "recordings/01HF.wav", 65'000, true};
  return summary;
}

CallDetail sample_call() {
  CallDetail call;
  call.summary = sample_summary();
  storage::TurnRecord greeting;
  greeting.input_kind = "greeting";
  greeting.agent_text = greeting.agent_heard = "Welcome to the clinic.";
  greeting.sent_ms = 3;
  storage::TurnRecord first;
  first.number = 1;
  first.input_kind = "speech";
  first.start_ms = 2450;
  first.started_at = kStart + 2450;
  first.caller_text = "I need an appointment";
  first.agent_text = "Sure. Which day suits you?";
  first.agent_heard = "Sure.";
  first.interrupted = true;
  first.endpoint_ms = 600;
  first.transcript_ms = 700.4;
  first.first_token_ms = 850.6;
  first.first_audio_ms = 990;
  first.sent_ms = 992;
  storage::TurnRecord second;
  second.number = 2;
  second.input_kind = "dtmf";
  second.start_ms = 62'000;
  second.caller_text = "5";
  call.turns = {greeting, first, second};
  call.events = {{call.summary.call.id, kStart + 3900, 3900, "barge_in", ""},
                 {call.summary.call.id, kStart + 62'000, 62'000, "dtmf", "5"}};
  return call;
}

std::string table_of(std::vector<CallSummary> calls) {
  boost::json::array items;
  for (const CallSummary& call : calls)
    items.push_back(api::summary_to_json(call));
  return render_calls_table(items);
}

std::string text_of(const CallDetail& call) {
  return render_call(api::detail_to_json(call));
}

class CallsViewTest : public testing::Test {
 protected:
  CallsViewTest() {
    // India's zone, spelled so that no zone data is needed.
    ::setenv("TZ", "IST-5:30", 1);
    ::tzset();
  }
};

TEST_F(CallsViewTest, the_table_has_a_line_per_call) {
  CallSummary running;
  running.call.id = "01HF7YAT01";
  running.call.agent = "अभिवादन";
  running.call.started_at = kStart + 1000;
  const std::string no_numbers(32, ' ');
  EXPECT_EQ(table_of({running, sample_summary()}),
            "ID                          STARTED              DIRECTION  STATUS       CARRIER    LENGTH  "
            "TURNS  AGENT    "
            "FROM           TO             RECORDED\n"
            "01HF7YAT01                  2023-11-15 03:43:21  inbound    in_progress             -       0   "
            "   अभिवादन" +
                no_numbers +
                "no\n"
                "01HF7YAT00ABCDEFGHJKMNPQRS  2023-11-15 03:43:20  outbound   completed    completed  1:05    "
                "2      clinic   "
                "+919876543210  +918030752400  yes\n");
  EXPECT_EQ(table_of({}), "No calls.\n");
}

TEST_F(CallsViewTest, a_call_is_told_as_a_conversation_with_what_was_not_heard) {
  EXPECT_EQ(text_of(sample_call()),
            R"(Call 01HF7YAT00ABCDEFGHJKMNPQRS  completed
  direction  outbound
  started    2023-11-15 03:43:20 +0530
  answered   2023-11-15 03:43:18 +0530
  ended      2023-11-15 03:44:25 +0530
  reason     caller hung up
  length     1:05
  from       +919876543210
  to         +918030752400
  agent      clinic (version 3)
  carrier    exotel, call c5797dcb, stream b8d1
  it says    completed, 67 s, cause NORMAL_CLEARING, recorded
  transfer   failed to +911140001000: no-answer
  variables  name=Asha, visits=3
  custom     order 7
  session    01HF7YAT00SESSION000000000
  escalation requested
  recording  1:05, kept in files

Transcript
   0:00.0  agent   Welcome to the clinic.
                   (sent 3 ms)
   0:02.4  caller  I need an appointment
           agent   Sure. [interrupted, not heard: Which day suits you?]
                   (endpoint 600 ms, transcript 700 ms, first token 851 ms, first audio 990 ms, sent 992 ms)
   1:02.0  caller  [keys] 5

Events
   0:03.9  barge_in
   1:02.0  dtmf  5
)");
}

TEST_F(CallsViewTest, a_call_that_rings_has_no_end_and_the_address_of_the_carriers_recording_stays_here) {
  CallSummary summary = sample_summary();
  summary.status = CallStatus::ringing;
  summary.call.variables = "[phone number]";
  const auto told = api::summary_to_json(summary);
  EXPECT_TRUE(told.at("endedAt").is_null());
  EXPECT_TRUE(told.at("durationMs").is_null());
  EXPECT_TRUE(told.at("variables").as_object().empty());
  EXPECT_TRUE(told.at("hasCarrierRecording").as_bool());
  EXPECT_THAT(boost::json::serialize(told), testing::Not(testing::HasSubstr("secret")));
  EXPECT_THAT(table_of({summary}), testing::HasSubstr("outbound   ringing  completed  -"));
}

TEST_F(CallsViewTest, a_running_call_has_no_end_and_an_unfinished_recording_says_so) {
  CallDetail call;
  call.summary.call.id = "01HF";
  call.summary.call.started_at = kStart;
  call.summary.recording = storage::RecordingRecord{"01HF", "recordings/01HF.wav", 0, false};
  EXPECT_EQ(text_of(call),
            "Call 01HF  in_progress\n"
            "  direction  inbound\n"
            "  started    2023-11-15 03:43:20 +0530\n"
            "  recording  not finished\n");
}

TEST_F(CallsViewTest, an_interruption_before_the_first_word_and_one_of_changed_words_are_told_truly) {
  CallDetail call;
  call.turns.resize(2);
  for (auto& turn : call.turns) {
    turn.interrupted = true;
    turn.agent_text = "Dr. Rao is in.";
  }
  call.turns[1].agent_heard = "Doctor Rao";
  const std::string text = text_of(call);
  EXPECT_THAT(text, testing::HasSubstr("agent   [interrupted, not heard: Dr. Rao is in.]\n"));
  EXPECT_THAT(text, testing::HasSubstr("agent   Doctor Rao [interrupted; meant to say: Dr. Rao is in.]\n"));
}

TEST_F(CallsViewTest, what_a_caller_sends_cannot_steer_the_terminal) {
  CallDetail call;
  call.turns.resize(1);
  call.turns[0].caller_text = "a\x1b[2Jb\nc\u009bd नमस्ते";
  EXPECT_THAT(text_of(call), testing::HasSubstr("caller  a [2Jb c d नमस्ते\n"));
  call.summary.call.from = "\x1b]0;x\x07";
  EXPECT_THAT(table_of({call.summary}), testing::Not(testing::HasSubstr("\x1b")));
}

TEST_F(CallsViewTest, a_transcript_is_told_line_by_line) {
  EXPECT_EQ(render_transcript(api::transcript_to_json(sample_call())),
            "   0:00.0  agent   Welcome to the clinic.\n"
            "   0:02.4  caller  I need an appointment\n"
            "   0:02.4  agent   Sure. [not heard: Which day suits you?]\n"
            "   1:02.0  caller  5\n");
  EXPECT_EQ(render_transcript({}), "Nothing was said.\n");
}

TEST_F(CallsViewTest, what_is_missing_or_of_another_type_is_left_out) {
  EXPECT_EQ(render_call({}), "Call   \n");
  const auto odd =
      boost::json::parse(R"({"id": 7, "turns": [3, {"agentText": "Hi", "latencyMs": []}], "usage": {}})");
  EXPECT_EQ(render_call(odd.as_object()), "Call 7  \n\nTranscript\n   0:00.0  agent   Hi\n");
  EXPECT_EQ(render_calls_table(boost::json::array{1, nullptr}),
            "ID  STARTED  DIRECTION  STATUS  CARRIER  LENGTH  TURNS  AGENT  FROM  TO  RECORDED\n");
}

TEST_F(CallsViewTest, lengths_grow_from_seconds_to_hours) {
  EXPECT_EQ(length(0), "0:00");
  EXPECT_EQ(length(7999), "0:07");
  EXPECT_EQ(length(725'000), "12:05");
  EXPECT_EQ(length(3'723'000), "1:02:03");
}

}  // namespace
}  // namespace parley::cli
