#include "storage/call_log/spool.hpp"

#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/call_log/row_json.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::storage::call_log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SpoolTest : public testing::Test {
 protected:
  std::unique_ptr<Spool> open(std::size_t segment_bytes = 1 << 20) {
    auto spool = Spool::open({.directory = directory_.path() / "spool", .segment_bytes = segment_bytes});
    EXPECT_TRUE(spool) << describe(spool.error());
    return spool ? std::move(*spool) : nullptr;
  }
  static Row event(int number) {
    return EventRow{fmt::format("E{}", number), {"A1", number, number, "tick", "नमस्ते\n\"x\""}};
  }
  static void append(Spool& spool, int first, int last) {
    std::vector<Row> rows;
    for (int i = first; i <= last; ++i)
      rows.push_back(event(i));
    const auto done = spool.append(rows);
    ASSERT_TRUE(done) << describe(done.error());
  }
  static std::vector<std::int64_t> take(Spool& spool, std::size_t limit) {
    const auto rows = spool.front(limit);
    if (!rows) return {-1};
    std::vector<std::int64_t> numbers;
    for (const Row& row : **rows)
      numbers.push_back(std::get<EventRow>(row).event.at);
    spool.pop();
    return numbers;
  }
  std::vector<std::filesystem::path> files() {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "spool"))
      found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }

  TemporaryDirectory directory_;
};

TEST_F(SpoolTest, gives_rows_back_in_their_order_and_then_leaves_no_file) {
  const auto spool = open();
  EXPECT_TRUE(spool->empty());
  append(*spool, 1, 5);
  EXPECT_EQ(spool->rows(), 5U);
  EXPECT_THAT(take(*spool, 2), ElementsAre(1, 2));
  append(*spool, 6, 6);
  EXPECT_THAT(take(*spool, 3), ElementsAre(3, 4, 5));
  EXPECT_THAT(take(*spool, 3), ElementsAre(6));
  EXPECT_TRUE(spool->empty());
  EXPECT_THAT(files(), IsEmpty());
  append(*spool, 7, 7);
  EXPECT_THAT(take(*spool, 3), ElementsAre(7));
}

TEST_F(SpoolTest, what_is_not_taken_away_is_given_again_also_to_the_next_process) {
  {
    const auto spool = open();
    append(*spool, 1, 3);
    ASSERT_EQ((*spool->front(2))->size(), 2U);
    append(*spool, 4, 4);
    ASSERT_EQ((*spool->front(2))->size(), 2U);
  }
  const auto spool = open();
  EXPECT_EQ(spool->rows(), 4U);
  append(*spool, 5, 5);
  EXPECT_THAT(take(*spool, 10), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(take(*spool, 10), ElementsAre(5)) << "a file of its own";
}

TEST_F(SpoolTest, rows_that_come_while_the_last_are_being_delivered_are_not_removed_with_them) {
  const auto spool = open();
  append(*spool, 1, 2);
  ASSERT_EQ((*spool->front(10))->size(), 2U);
  append(*spool, 3, 3);
  spool->pop();
  EXPECT_THAT(take(*spool, 10), ElementsAre(3));
}

TEST_F(SpoolTest, begins_a_new_file_when_one_is_large) {
  const auto spool = open(300);
  for (int i = 1; i <= 9; ++i)
    append(*spool, i, i);
  EXPECT_GT(files().size(), 2U);
  std::vector<std::int64_t> all;
  while (!spool->empty()) {
    for (const std::int64_t number : take(*spool, 100))
      all.push_back(number);
  }
  EXPECT_THAT(all, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(SpoolTest, a_torn_last_line_is_passed_over) {
  {
    append(*open(), 1, 3);
  }
  std::filesystem::resize_file(files().front(), std::filesystem::file_size(files().front()) - 5);
  const auto spool = open();
  EXPECT_THAT(take(*spool, 10), ElementsAre(1, 2));
  EXPECT_TRUE(spool->empty());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(SpoolTest, a_damaged_line_costs_only_itself) {
  {
    append(*open(), 1, 3);
  }
  {
    std::fstream file(files().front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(write_line(event(1)).size() + 30));
    file.put('\x7f');
  }
  const auto spool = open();
  const auto rows = spool->front(10);
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)->size(), 2U);
  EXPECT_EQ(spool->damaged(), 1U);
  spool->pop();
  EXPECT_TRUE(spool->empty());
}

TEST_F(SpoolTest, a_file_of_nothing_but_damage_goes_too) {
  std::filesystem::create_directories(directory_.path() / "spool");
  std::ofstream(directory_.path() / "spool/call_log-0000000000000001.jsonl") << std::string(20'000'000, 'x');
  std::ofstream(directory_.path() / "spool/somebody's notes.txt") << "x";
  const auto spool = open();
  EXPECT_THAT(take(*spool, 10), IsEmpty());
  EXPECT_TRUE(spool->empty());
  EXPECT_EQ(files().size(), 1U) << "what is not ours stays";
}

TEST_F(SpoolTest, every_kind_of_row_comes_back_as_it_was) {
  CallRecord call;
  call.id = "A1";
  call.agent_text = "name: x";
  call.sample_rate_hz = 8000;
  vendor::Usage usage;
  usage.part = vendor::Part::sts;
  usage.vendor = "v";
  usage.audio_seconds = 1.25;
  TurnRecord turn;
  turn.call_id = "A1";
  turn.sent_ms = 12.5;
  turn.agent_start_ms = 77;
  CallRecord placed = call;
  placed.status = CallStatus::queued;
  placed.telephony_config_id = "account";
  placed.variables = R"({"a":"b"})";
  placed.custom_field = "field";
  CarrierWord word;
  word.call_id = "A1";
  word.status = CallStatus::no_answer;
  word.reason = "no answer";
  word.carrier_status = "no-answer";
  word.carrier_call_id = "sid";
  word.recording_url = "https://x/1.mp3";
  word.cause = "c";
  word.seconds = 7;
  word.at = 1;
  word.answered_at = 2;
  word.ended_at = 3;
  CarrierWord little;
  little.call_id = "A1";
  const Row rows[] = {
      CallRow{call, "node"},
      CallRow{placed, "node"},
      word,
      little,
      TransferRecord{"A1", "100", "asked", "detail"},
      EndRow{"A1", {CallStatus::failed, "why", 1, 2, true}},
      turn,
      event(1),
      RecordingRecord{"A1", "p", 5, true},
      UsageRecord{"A1", 2, usage, vendor::Cost{5, "INR", "2026-01-01"}},
      UsageRecord{"A1", 2, usage, {}},
      TranscriptRecord{"A1", "v", "m", 7, "e", "[]"},
      RecordingBlob{"A1", "s3", "k", "t", 9, true},
  };
  for (const Row& row : rows) {
    std::string line = write_line(row);
    line.pop_back();
    const auto read = read_line(line);
    ASSERT_TRUE(read) << line;
    EXPECT_EQ(read->index(), row.index());
    EXPECT_EQ(write_line(*read), line + "\n");
    const auto* told = std::get_if<CarrierWord>(&*read);
    if (told == nullptr || !told->status) continue;
    EXPECT_EQ(told->status, word.status);
    EXPECT_EQ(told->seconds, word.seconds);
    EXPECT_EQ(told->recording_url, word.recording_url);
    EXPECT_EQ(told->answered_at, word.answered_at);
    EXPECT_EQ(told->ended_at, word.ended_at);
  }
  std::string line = write_line(CallRow{placed, "node"});
  line.pop_back();
  const auto read = read_line(line);
  ASSERT_TRUE(read);
  const CallRecord& again = std::get<CallRow>(*read).call;
  EXPECT_EQ(again.status, CallStatus::queued);
  EXPECT_EQ(again.variables, placed.variables);
  EXPECT_EQ(again.custom_field, placed.custom_field);
  EXPECT_EQ(again.telephony_config_id, placed.telephony_config_id);
}

TEST_F(SpoolTest, a_call_that_an_earlier_release_left_there_was_in_progress) {
  // As it was written before calls had a status of their own.
  const auto read = read_line(
      R"(79edd9aa {"kind":"call","id":"A1","workspace":"default","session":"s","direction":"inbound",)"
      R"("carrier":"exotel","carrier_call":"c","stream":"st","account":"a","phone":"p","agent":"x",)"
      R"("agent_version":"1","agent_text":"","from":"1","to":"2","rate":8000,"at":5,"node":"n"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<CallRow>(*read).call.status, CallStatus::in_progress);
  EXPECT_EQ(std::get<CallRow>(*read).call.to, "2");
}

}  // namespace
}  // namespace parley::storage::call_log
