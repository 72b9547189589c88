// Calls of which nobody said how they went: looked for in the carrier's list, asked for, given up.
#include "control/tests/dialer_fixture.hpp"

namespace parley::control::dialer_test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Outcome = CarrierError::Outcome;

class UnclearCallTest : public DialerTest {
 protected:
  UnclearCallTest() {
    carrier_.place_fails = failure(Outcome::unknown, Errc::timeout, "Exotel did not answer in time").error();
  }
  CallReport theirs(std::string sid, std::string custom_field = "") {
    CallReport report;
    report.carrier_call_id = std::move(sid);
    report.progress = Progress::in_progress;
    report.status = "in-progress";
    report.from = "09876500001";
    report.to = "08047110000";
    report.direction = "outbound";
    report.custom_field = std::move(custom_field);
    report.created_at = now() + 1000;
    return report;
  }
};

TEST_F(UnclearCallTest, is_found_by_its_custom_field_and_not_placed_again) {
  CallReport other = theirs("sid-8", "parley:01KAK8F7T2M4Q9V6W3X5Y7Z8AA");
  carrier_.before_list = [&] {
    if (carrier_.looked_for.size() == 2)
      carrier_.list = {other, theirs("sid-9", carrier_.requests.front().custom_field)};
  };
  carrier_.list = {other};
  const BookedCall call = place();
  run_until([&] { return status(call.call_id) == CallStatus::ringing; });
  EXPECT_EQ(book_->find(call.call_id)->carrier_call_id, "sid-9");
  EXPECT_THAT(carrier_.looked_for, ElementsAre("+919876500001", "+919876500001"));
  EXPECT_LE(carrier_.looked_since, now());
  EXPECT_THAT(carrier_.requests, SizeIs(1));
  EXPECT_EQ(row(call.call_id).call.carrier_call_id, "sid-9");
  EXPECT_EQ(ends_told(call.call_id), 0);
}

TEST_F(UnclearCallTest, is_found_by_numbers_and_time_where_the_list_says_no_more) {
  CallReport early = theirs("sid-1");
  early.created_at = now() - 3'600'000;
  CallReport inbound = theirs("sid-2");
  inbound.direction = "inbound";
  CallReport elsewhere = theirs("sid-3");
  elsewhere.to = "08047119999";
  carrier_.list = {early, inbound, elsewhere, theirs("sid-9")};
  const BookedCall call = place();
  run_until([&] { return status(call.call_id) == CallStatus::ringing; });
  EXPECT_EQ(book_->find(call.call_id)->carrier_call_id, "sid-9");
}

TEST_F(UnclearCallTest, is_not_guessed_between_two) {
  carrier_.list = {theirs("sid-8"), theirs("sid-9")};
  const BookedCall call = place();
  run_until([&] { return storage::is_final(status(call.call_id)); });
  EXPECT_EQ(row(call.call_id).call.carrier_call_id, "");
}

TEST_F(UnclearCallTest, that_is_in_no_list_fails_and_says_that_it_may_have_been_placed) {
  const BookedCall call = place();
  run_until([&] { return storage::is_final(status(call.call_id)); });
  const storage::CallSummary written = row(call.call_id);
  EXPECT_EQ(written.status, CallStatus::failed);
  EXPECT_EQ(written.end.reason, "not known whether it was placed");
  EXPECT_THAT(written.carrier_cause, HasSubstr("Exotel did not answer in time"));
  EXPECT_THAT(written.carrier_cause, HasSubstr("may have been placed"));
  EXPECT_THAT(carrier_.requests, SizeIs(1));
  EXPECT_THAT(carrier_.looked_for, SizeIs(3));
  EXPECT_EQ(ends_told(call.call_id), 1);
}

TEST_F(UnclearCallTest, is_known_when_a_callback_names_it_meanwhile) {
  std::string id;
  carrier_.before_list = [&] {
    book_->set_carrier_call_id(id, "sid-7");
    tell(id, Progress::ringing);
  };
  id = place().call_id;
  run_until([&] { return status(id) == CallStatus::ringing; });
  tell(id, Progress::busy);
  EXPECT_EQ(row(id).status, CallStatus::busy);
  EXPECT_THAT(carrier_.looked_for, SizeIs(1));
}

TEST_F(UnclearCallTest, that_nobody_wants_any_more_is_ended_when_it_is_found) {
  carrier_.on_the_wire = true;
  const BookedCall call = place_and_send();
  EXPECT_TRUE(run(dialer().cancel(call.call_id)));
  carrier_.list = {theirs("sid-9", call.custom_field)};
  carrier_.on_the_wire = false;
  carrier_.go_on.notify();
  run_until([&] { return !carrier_.ended.empty(); });
  EXPECT_THAT(carrier_.ended, ElementsAre("sid-9"));
}

TEST_F(DialerTest, a_call_without_news_is_asked_for) {
  const BookedCall call = place_and_send();
  CallReport report;
  report.carrier_call_id = "sid-1";
  report.progress = Progress::no_answer;
  report.status = "no-answer";
  carrier_.descriptions["sid-1"] = report;
  dialer().start();
  for (int i = 0; i < 5; ++i)
    context_.run_one_for(5ms);
  EXPECT_THAT(carrier_.described, IsEmpty());
  clock_.advance(90s);
  run_until([&] { return storage::is_final(status(call.call_id)); });
  EXPECT_EQ(row(call.call_id).status, CallStatus::no_answer);
  EXPECT_EQ(ends_told(call.call_id), 1);
  EXPECT_THAT(carrier_.described, ElementsAre("sid-1"));
}

TEST_F(DialerTest, a_carrier_that_does_not_answer_is_asked_less_and_less_and_given_up_in_the_end) {
  const BookedCall call = place_and_send();
  dialer().start();
  EXPECT_EQ(asked_after(90s, 1), 1U);
  EXPECT_EQ(asked_after(89s, 0), 0U);
  EXPECT_EQ(asked_after(1s, 1), 1U);
  EXPECT_EQ(asked_after(179s, 0), 0U);
  EXPECT_EQ(asked_after(1s, 1), 1U);
  clock_.advance(4h);
  run_until([&] { return storage::is_final(status(call.call_id)); });
  EXPECT_EQ(row(call.call_id).end.reason, "nothing was heard of it");
}

TEST_F(DialerTest, a_call_that_the_carrier_does_not_know_fails) {
  const BookedCall call = place_and_send();
  carrier_.describe_status = 404;
  dialer().start();
  clock_.advance(90s);
  run_until([&] { return storage::is_final(status(call.call_id)); });
  EXPECT_EQ(row(call.call_id).end.reason, "the carrier does not know it");
}

TEST_F(DialerTest, the_next_process_asks_for_the_calls_of_the_one_before) {
  const BookedCall ringing = place_and_send();
  carrier_.in_queue = true;
  const BookedCall lost = place(to("+919876500002"));
  const BookedCall found = place(to("+919876500003"));
  run_until([&] { return carrier_.waiting == 3; });
  for (const auto* call : {&ringing, &lost, &found})
    row(call->call_id);
  restart();

  carrier_.in_queue = false;
  CallReport report;
  report.carrier_call_id = "sid-7";
  report.progress = Progress::ringing;
  report.custom_field = found.custom_field;
  carrier_.list = {report};
  CallReport over;
  over.carrier_call_id = "sid-1";
  over.progress = Progress::completed;
  over.status = "completed";
  carrier_.descriptions["sid-1"] = over;
  dialer().start();
  run_until([&] { return book_->find(lost.call_id) && storage::is_final(status(lost.call_id)); });
  run_until([&] { return book_->find(found.call_id) && status(found.call_id) == CallStatus::ringing; });
  clock_.advance(90s);
  run_until([&] { return storage::is_final(status(ringing.call_id)); });
  EXPECT_EQ(row(lost.call_id).status, CallStatus::failed);
  EXPECT_EQ(row(found.call_id).call.carrier_call_id, "sid-7");
  EXPECT_EQ(row(ringing.call_id).status, CallStatus::completed);
  // Nothing was placed a second time.
  EXPECT_THAT(carrier_.requests, SizeIs(1));
  EXPECT_EQ(ends_told(lost.call_id), 1);
}

TEST_F(DialerTest, one_slow_answer_does_not_hold_the_others) {
  const BookedCall slow = place_and_send();
  const BookedCall quick = place_and_send(to("9876500002"));
  carrier_.silent = {"sid-1"};
  CallReport report;
  report.carrier_call_id = "sid-2";
  report.progress = Progress::busy;
  report.status = "busy";
  carrier_.descriptions["sid-2"] = report;
  dialer().start();
  clock_.advance(90s);
  run_until([&] { return storage::is_final(status(quick.call_id)); });
  EXPECT_EQ(status(slow.call_id), CallStatus::ringing);
  EXPECT_THAT(carrier_.described, ElementsAre("sid-1", "sid-2"));
  EXPECT_THAT(carrier_.lanes, Each("asking")) << "beside the workspaces that place calls";
}

TEST_F(DialerTest, an_account_is_asked_for_a_few_calls_at_once) {
  for (int i = 0; i < 6; ++i) {
    place_and_send(to("987650001" + std::to_string(i)));
    carrier_.silent.insert("sid-" + std::to_string(i + 1));
  }
  dialer().start();
  clock_.advance(90s);
  run_until([&] { return carrier_.described.size() == 4; });
  for (int i = 0; i < 20; ++i)
    context_.run_one_for(5ms);
  EXPECT_THAT(carrier_.described, SizeIs(4));
  carrier_.silent.clear();
  run_until([&] {
    carrier_.go_on.notify();
    return carrier_.described.size() == 6;
  });
}

}  // namespace
}  // namespace parley::control::dialer_test
