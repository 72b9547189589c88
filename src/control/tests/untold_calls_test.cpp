// What a carrier has not told of a call that had a stream and is over: asked for, and given up in the end.
#include "control/tests/dialer_fixture.hpp"

namespace parley::control::dialer_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class UntoldTest : public DialerTest {
 protected:
  // Placed, talked, and handed on when `transferred`.
  BookedCall talked(bool transferred) {
    const BookedCall call = place_and_send();
    CallTrace trace;
    trace.call_id = call.call_id;
    trace.carrier = "exotel";
    EXPECT_TRUE(book_->begin_stream(trace, {}));
    storage::CallRecord opened;
    opened.id = call.call_id;
    opened.session_id = call.session_id;
    opened.started_at = now();
    opened.stream_id = "MZ1";
    calls_->append_call(opened);
    if (transferred) {
      book_->set_transfer(call.call_id, {.to = {"+918040000077"}, .reason = {}, .announce = {}});
      book_->transfer_of(call.call_id);
      calls_->put_transfer({call.call_id, "+918040000077", "asked", ""});
    }
    calls_->end_call(call.call_id, {CallStatus::completed, "transferred", now(), 1000, true});
    book_->end_stream(call.call_id, CallStatus::completed);
    return call;
  }
  // Of its own table, so that it can go away.
  void use_account_of_its_own() {
    storage::TelephonyConfigRecord config{};
    config.id = "a1";
    config.workspace_id = "default";
    config.name = "shop";
    config.carrier = "exotel";
    config.options = R"({"sid":"acme2","appId":"9"})";
    config.sealed_credentials = vault_.seal(R"({"apiKey":"k","apiToken":"t"})", "telephony a1");
    ASSERT_TRUE(store_->create_telephony_config(config));
    storage::PhoneNumberRecord number{};
    number.id = "n1";
    number.workspace_id = "default";
    number.number = "+918047110001";
    number.carrier = "exotel";
    number.telephony_config_id = "a1";
    number.active = true;
    ASSERT_TRUE(store_->create_phone_number(number));
  }
  void run_sql(const std::string& statement) {
    auto connection = database_->writer();
    ASSERT_TRUE(connection);
    const auto done = (*connection)->script("PRAGMA foreign_keys = OFF; " + statement + ";");
    ASSERT_TRUE(done) << describe(done.error());
  }
  static CallReport over(std::optional<int> seconds = 62, std::string price = "0.36") {
    CallReport report;
    report.carrier_call_id = "sid-1";
    report.progress = Progress::completed;
    report.status = "completed";
    report.seconds = seconds;
    report.price = std::move(price);
    return report;
  }
  void add_legs(CallReport& report, Progress second) {
    report.legs.resize(2);
    report.legs[0].progress = Progress::completed;
    report.legs[1].progress = second;
  }
  std::vector<std::string> events(const std::string& id, std::string_view kind) {
    row(id);
    std::vector<std::string> details;
    for (const auto& event : calls_->find_call(id)->events) {
      if (event.kind == kind) details.push_back(event.detail);
    }
    return details;
  }
};

TEST_F(UntoldTest, what_became_of_a_transfer_is_asked_for_soon_after_the_call_is_over) {
  const BookedCall call = talked(true);
  tell_report({*book_, *calls_, events_, clock_}, *book_->find(call.call_id), over(std::nullopt, ""));
  carrier_.descriptions["sid-1"] = over();
  add_legs(carrier_.descriptions["sid-1"], Progress::completed);
  carrier_.descriptions["sid-1"].recording_url = "https://recordings.example.com/1.mp3";
  dialer().start();
  EXPECT_EQ(asked_after(9s, 0), 0U);
  EXPECT_EQ(asked_after(1s, 1), 1U);
  run_until([&] { return !book_->untold_of(call.call_id); });
  const storage::CallSummary written = row(call.call_id);
  ASSERT_TRUE(written.transfer);
  EXPECT_EQ(written.transfer->status, "connected");
  EXPECT_EQ(written.transfer->to, "+918040000077");
  EXPECT_EQ(written.carrier_seconds, 62);
  EXPECT_EQ(written.carrier_recording_url, "https://recordings.example.com/1.mp3");
  EXPECT_EQ(written.end.reason, "transferred") << "the stream's word";
  EXPECT_THAT(events(call.call_id, "carrier_price"), ElementsAre("0.36"));
  EXPECT_THAT(events(call.call_id, "transfer_connected"), SizeIs(1));
  EXPECT_EQ(asked_after(3600s, 0), 0U);
  EXPECT_THAT(carrier_.requests, SizeIs(1)) << "nothing is placed";
}

TEST_F(UntoldTest, a_call_whose_end_nobody_told_is_asked_for_all_the_same_and_once) {
  const BookedCall call = talked(false);
  carrier_.descriptions["sid-1"] = over();
  dialer().start();
  EXPECT_EQ(asked_after(89s, 0), 0U);
  EXPECT_EQ(asked_after(1s, 1), 1U);
  EXPECT_EQ(row(call.call_id).carrier_status, "completed");
  EXPECT_EQ(asked_after(3600s, 0), 0U) << "most calls are not recorded by the carrier";
}

TEST_F(UntoldTest, details_that_lag_are_asked_for_three_times) {
  const BookedCall call = talked(true);
  tell_report({*book_, *calls_, events_, clock_}, *book_->find(call.call_id), over(std::nullopt, ""));
  carrier_.descriptions["sid-1"] = over(62, "");
  dialer().start();
  EXPECT_EQ(asked_after(10s, 1), 1U);
  EXPECT_EQ(asked_after(90s, 1), 1U);
  EXPECT_EQ(asked_after(180s, 1), 1U);
  EXPECT_EQ(asked_after(3600s, 0), 0U);
  const storage::CallSummary written = row(call.call_id);
  EXPECT_EQ(written.transfer->status, "asked");
  EXPECT_EQ(written.transfer->detail, "the carrier has not said what came of it");
}

TEST_F(UntoldTest, a_call_that_goes_on_with_a_person_is_asked_for_until_it_is_over) {
  const BookedCall call = talked(true);
  CallReport going = over(std::nullopt, "");
  going.progress = Progress::in_progress;
  going.status = "in-progress";
  add_legs(going, Progress::in_progress);
  carrier_.descriptions["sid-1"] = going;
  dialer().start();
  EXPECT_EQ(asked_after(90s, 1), 1U);
  EXPECT_EQ(row(call.call_id).transfer->status, "connected");
  EXPECT_EQ(asked_after(90s, 1), 1U);
  EXPECT_EQ(asked_after(180s, 1), 1U);
  carrier_.descriptions["sid-1"] = over();
  EXPECT_EQ(asked_after(360s, 1), 1U);
  EXPECT_EQ(row(call.call_id).carrier_seconds, 62);
  EXPECT_EQ(asked_after(3600s, 0), 0U);
}

TEST_F(UntoldTest, a_call_that_was_told_whole_or_that_nobody_knows_is_left_alone) {
  const BookedCall call = talked(false);
  CallReport whole = over();
  whole.recording_url = "https://recordings.example.com/1.mp3";
  tell_report({*book_, *calls_, events_, clock_}, *book_->find(call.call_id), whole);
  dialer().start();
  EXPECT_EQ(asked_after(600s, 0), 0U);
}

TEST_F(UntoldTest, a_call_that_the_carrier_does_not_know_is_asked_for_once) {
  const BookedCall call = talked(true);
  carrier_.describe_status = 404;
  dialer().start();
  EXPECT_EQ(asked_after(90s, 1), 1U);
  EXPECT_EQ(asked_after(3600s, 0), 0U);
  EXPECT_EQ(row(call.call_id).transfer->detail, "the carrier has not said what came of it");
}

TEST_F(UntoldTest, a_database_that_is_away_for_a_while_loses_nothing_of_a_call) {
  use_account_of_its_own();
  const BookedCall call = talked(true);
  carrier_.descriptions["sid-1"] = over();
  add_legs(carrier_.descriptions["sid-1"], Progress::completed);
  run_sql("ALTER TABLE telephony_configs RENAME TO away");
  dialer().start();
  EXPECT_EQ(asked_after(90s, 0), 0U);
  EXPECT_TRUE(book_->untold_of(call.call_id)) << "it is asked for again";
  run_sql("ALTER TABLE away RENAME TO telephony_configs");
  EXPECT_EQ(asked_after(90s, 1), 1U);
  const storage::CallSummary written = row(call.call_id);
  EXPECT_EQ(written.transfer->status, "connected");
  EXPECT_EQ(written.carrier_seconds, 62);
}

TEST_F(UntoldTest, a_call_whose_account_is_gone_is_settled_with_its_transfer) {
  use_account_of_its_own();
  const BookedCall call = talked(true);
  run_sql("UPDATE telephony_configs SET id = 'another'");
  dialer().start();
  clock_.advance(90s);
  run_until([&] { return !book_->untold_of(call.call_id); });
  EXPECT_EQ(row(call.call_id).transfer->status, "asked");
  EXPECT_EQ(row(call.call_id).transfer->detail, "the carrier has not said what came of it");
}

TEST_F(UntoldTest, of_many_calls_each_is_asked_for_and_none_more_often_than_that) {
  constexpr std::size_t kMany = CallBook::kUntoldAtOnce + 30;
  dialer();
  for (std::size_t i = 0; i < kMany; ++i) {
    BookedCall call;
    call.workspace_id = "default";
    call.carrier = "exotel";
    call.direction = "inbound";
    call.carrier_call_id = "many-" + std::to_string(i);
    const auto streamed = book_->begin_stream({}, call);
    ASSERT_TRUE(streamed);
    book_->end_stream(streamed->call_id, CallStatus::completed);
  }
  dialer().start();
  EXPECT_EQ(asked_after(90s, kMany), kMany);
  EXPECT_THAT(std::set(carrier_.described.begin(), carrier_.described.end()), SizeIs(kMany));
  EXPECT_EQ(asked_after(90s, kMany), kMany);
  EXPECT_EQ(asked_after(180s, kMany), kMany);
  EXPECT_EQ(asked_after(1800s, 0), 0U);
}

}  // namespace
}  // namespace parley::control::dialer_test
