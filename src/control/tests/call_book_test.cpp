#include <fmt/format.h>

#include "control/tests/call_book_fixture.hpp"

namespace parley::control::book_test {
namespace {

TEST_F(CallBookTest, numbers_are_one_in_every_spelling) {
  const std::string id = book.expect(call_between("+918047110000", "+919876500001", "outbound")).call_id;
  for (const char* from : {"09876500001", "+919876500001", "919876500001", "9876500001", "+91 98765-00001"}) {
    for (const char* to : {"08047110000", "+918047110000", "918047110000", "8047110000"}) {
      const auto call = book.match(trace("", from, to));
      ASSERT_TRUE(call) << from << " " << to;
      EXPECT_EQ(call->call_id, id);
    }
  }
  EXPECT_FALSE(book.match(trace("", "09876500002", "08047110000")));
  EXPECT_FALSE(book.match(trace("", "09876500001", "")));
  EXPECT_FALSE(book.match(trace("", "anonymous", "08047110000")));
}

TEST_F(CallBookTest, of_two_calls_between_the_same_numbers_none_is_guessed) {
  const std::string one = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  const std::string other = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  EXPECT_EQ(book.match(trace("sid-1")).error().code, Errc::not_found);
  // Once one has its id, there is only the other.
  book.set_carrier_call_id(one, "sid-1");
  EXPECT_EQ(book.match(trace("sid-2"))->call_id, other);
  EXPECT_EQ(book.match(trace("sid-3")).error().code, Errc::not_found);
}

TEST_F(CallBookTest, a_caller_who_rings_again_makes_a_second_call) {
  const std::string first = webhook(trace("sid-1"));
  const std::string second = webhook(trace("sid-2"));
  EXPECT_NE(first, second);
  EXPECT_EQ(book.size(), 2U);
}

TEST_F(CallBookTest, a_call_from_the_very_person_we_ring_is_another_one) {
  const std::string ours = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  CallTrace theirs = trace("sid-1");
  theirs.direction = "inbound";
  EXPECT_EQ(book.match(theirs).error().code, Errc::not_found);
  CallTrace placed = trace("sid-2");
  placed.direction = "outbound";
  EXPECT_EQ(book.match(placed)->call_id, ours);
}

TEST_F(CallBookTest, numbers_decide_for_two_minutes_only) {
  const std::string id = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  clock.advance(120s);
  EXPECT_EQ(book.match(trace(""))->call_id, id);
  clock.advance(1s);
  EXPECT_EQ(book.match(trace("sid-1")).error().code, Errc::not_found);
  EXPECT_EQ(book.match(by_id(id, "sid-1"))->call_id, id);
}

TEST_F(CallBookTest, ids_of_two_calls_in_one_message_are_refused) {
  const std::string one = webhook(trace("sid-1"));
  const std::string other = webhook(trace("sid-2", "+919876500002"));
  const std::string token = book.issue_token(one);
  EXPECT_EQ(refused(by_token(token, "sid-2")), Errc::conflict);
  EXPECT_EQ(refused(by_id(one, "sid-2")), Errc::conflict);
  CallTrace both = by_token(token);
  both.call_id = other;
  EXPECT_EQ(refused(both), Errc::conflict);
  // Another id than the one it has, of no call at all.
  EXPECT_EQ(refused(by_token(token, "sid-3")), Errc::conflict);
  EXPECT_EQ(book.match(by_id(one, "sid-3")).error().code, Errc::conflict);
  // The token has not been used up by that.
  EXPECT_EQ(stream(by_token(token, "sid-1")), one);
}

TEST_F(CallBookTest, another_carriers_or_workspaces_call_is_not_taken_over) {
  const std::string id = webhook(trace("sid-1"));
  CallTrace twilio = by_id(id);
  twilio.carrier = "twilio";
  EXPECT_EQ(book.match(twilio).error().code, Errc::conflict);
  CallTrace elsewhere = trace("sid-1");
  elsewhere.workspace_id = "another";
  EXPECT_EQ(book.match(elsewhere).error().code, Errc::conflict);
  // By numbers it is simply another call.
  elsewhere.carrier_call_id = "sid-2";
  EXPECT_EQ(book.match(elsewhere).error().code, Errc::not_found);
  CallTrace same_id = trace("sid-1");
  same_id.carrier = "twilio";
  BookedCall other = call_between(kCaller, kOurs);
  other.carrier = "twilio";
  EXPECT_NE(book.match_or_expect(same_id, other)->call_id, id);
}

TEST_F(CallBookTest, a_message_that_names_a_call_which_is_not_here_is_not_matched_by_numbers) {
  book.expect(call_between(kOurs, kCaller, "outbound"));
  CallTrace named = trace("");
  named.call_id = "01KAK8F7T2M4Q9V6W3X5Y7Z8AA";
  EXPECT_EQ(book.match(named).error().code, Errc::not_found);
}

TEST_F(CallBookTest, a_token_opens_one_stream_however_often_its_handshake_is_tried) {
  const std::string id = webhook(trace("sid-1"));
  const std::string token = book.issue_token(id);
  EXPECT_EQ(token.size(), CallBook::kTokenPrefix.size() + 32);
  EXPECT_TRUE(book.token_opens(token));
  EXPECT_TRUE(book.token_opens(token));
  EXPECT_EQ(stream(by_token(token, "sid-1")), id);
  EXPECT_FALSE(book.token_opens(token));
  EXPECT_EQ(refused(by_token(token, "sid-1")), Errc::conflict);
  book.end_stream(id, CallStatus::completed);
  EXPECT_EQ(refused(by_token(token, "sid-1")), Errc::conflict);
  EXPECT_EQ(refused(by_token("never-issued")), Errc::conflict);
  EXPECT_FALSE(book.token_opens(""));
}

TEST_F(CallBookTest, a_token_holds_for_two_minutes_and_until_the_next_one) {
  const std::string id = webhook(trace("sid-1"));
  const std::string first = book.issue_token(id);
  const std::string second = book.issue_token(id);
  EXPECT_NE(first, second);
  EXPECT_FALSE(book.token_opens(first));
  clock.advance(120s);
  EXPECT_TRUE(book.token_opens(second));
  clock.advance(1s);
  EXPECT_FALSE(book.token_opens(second));
  EXPECT_EQ(refused(by_token(second, "sid-1")), Errc::conflict);
}

TEST_F(CallBookTest, the_token_of_a_call_we_place_holds_while_it_waits_and_rings) {
  const std::string id = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  const std::string token = book.issue_token(id);
  clock.advance(20min);
  EXPECT_TRUE(book.token_opens(token));
  book.set_status(id, CallStatus::no_answer);
  EXPECT_FALSE(book.token_opens(token));
}

TEST_F(CallBookTest, a_stream_without_its_token_does_not_take_the_call_by_numbers) {
  const std::string id = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  const std::string token = book.issue_token(id);
  EXPECT_NE(stream(trace("")), id);
  EXPECT_TRUE(book.token_opens(token));
}

TEST_F(CallBookTest, a_caller_who_comes_back_goes_on_with_a_record_of_its_own) {
  BookedCall announced = call_between(kCaller, kOurs);
  announced.session_id = "session-1";
  const std::string first = book.match_or_expect(trace("sid-1"), announced)->call_id;
  EXPECT_EQ(stream(trace("sid-1")), first);
  book.add_turn(first, "I want to talk to somebody", "I will connect you.");
  book.set_transfer(first, {.to = {"+911140000000"}, .reason = "key 0", .announce = {}, .asked_for = false});
  book.end_stream(first, CallStatus::completed);
  EXPECT_TRUE(book.transfer_of(first)->asked_for);

  const auto back = book.begin_stream(trace("sid-1"), call_between(kCaller, kOurs));
  ASSERT_TRUE(back);
  EXPECT_NE(back->call_id, first);
  EXPECT_EQ(back->session_id, "session-1");
  EXPECT_EQ(back->streams, 2);
  EXPECT_FALSE(back->transfer);
  ASSERT_EQ(back->conversation.size(), 2U);
  EXPECT_EQ(back->conversation.back().text, "I will connect you.");
  EXPECT_EQ(book.size(), 1U);
  EXPECT_EQ(book.match(trace("sid-1"))->call_id, back->call_id);
  EXPECT_EQ(book.find(first)->call_id, back->call_id);
  // Late news of the first stream's end does not end the second.
  book.end_stream(first, CallStatus::failed);
  EXPECT_EQ(book.find(first)->status, CallStatus::in_progress);
}

TEST_F(CallBookTest, a_repeated_start_while_the_first_stream_goes_on_is_refused) {
  stream(trace("sid-1"));
  EXPECT_EQ(refused(trace("sid-1")), Errc::conflict);
  EXPECT_EQ(book.size(), 1U);
}

TEST_F(CallBookTest, a_status_goes_forwards_and_one_of_many_is_told_so) {
  const std::string id = webhook(trace("sid-1"));
  EXPECT_TRUE(book.set_status(id, CallStatus::ringing));
  EXPECT_FALSE(book.set_status(id, CallStatus::ringing));
  EXPECT_FALSE(book.set_status(id, CallStatus::queued));
  EXPECT_TRUE(book.set_status(id, CallStatus::busy));
  EXPECT_FALSE(book.set_status(id, CallStatus::completed));
  EXPECT_EQ(book.find(id)->status, CallStatus::busy);
  EXPECT_FALSE(book.set_status("unknown", CallStatus::busy));
}

TEST_F(CallBookTest, a_calls_stream_ends_it_and_not_the_carriers_word) {
  const std::string id = stream(trace("sid-1"));
  EXPECT_FALSE(book.set_status(id, CallStatus::completed));
  EXPECT_EQ(book.open_calls(""), 1);
  book.end_stream(id, CallStatus::interrupted);
  EXPECT_EQ(book.find(id)->status, CallStatus::interrupted);
  EXPECT_EQ(book.open_calls(""), 0);
}

TEST_F(CallBookTest, open_calls_are_counted_by_account) {
  BookedCall call = call_between(kOurs, kCaller, "outbound");
  call.telephony_config_id = "a";
  const std::string id = book.expect(call).call_id;
  book.expect(call);
  call.telephony_config_id = "b";
  book.expect(call);
  EXPECT_EQ(book.open_calls("a"), 2);
  book.set_status(id, CallStatus::failed);
  EXPECT_EQ(book.open_calls("a"), 1);
  EXPECT_EQ(book.open_calls("b"), 1);
}

TEST_F(CallBookTest, what_nothing_is_heard_of_is_overdue) {
  const std::string quiet = book.expect(call_between(kOurs, kCaller, "outbound")).call_id;
  const std::string told = book.expect(call_between(kOurs, "+919876500002", "outbound")).call_id;
  stream(trace("sid-3", "+919876500003"));
  clock.advance(60s);
  book.set_status(told, CallStatus::ringing);
  clock.advance(30s);
  const auto overdue = book.overdue(90s);
  ASSERT_EQ(overdue.size(), 1U);
  EXPECT_EQ(overdue.front().call_id, quiet);
}

TEST_F(CallBookTest, the_same_news_is_known_when_it_comes_again) {
  carrier::CallReport report;
  report.carrier_call_id = "sid-1";
  report.event = "terminal";
  report.status = "completed";
  EXPECT_FALSE(book.is_repeated(report));
  EXPECT_TRUE(book.is_repeated(report));
  report.status = "busy";
  EXPECT_FALSE(book.is_repeated(report));
  report.event = "answered";
  EXPECT_FALSE(book.is_repeated(report));
  report.carrier_call_id = "";
  EXPECT_FALSE(book.is_repeated(report));
  EXPECT_FALSE(book.is_repeated(report));
}

TEST_F(CallBookTest, calls_that_are_over_are_kept_for_an_hour) {
  const std::string id = status(trace("sid-1"), CallStatus::no_answer);
  clock.advance(60min);
  webhook(trace("sid-2", "+919876500002"));
  EXPECT_TRUE(book.match(trace("sid-1", "", "")));
  clock.advance(1s);
  webhook(trace("sid-3", "+919876500003"));
  EXPECT_FALSE(book.find(id));
  EXPECT_FALSE(book.match(trace("sid-1", "", "")));
}

TEST_F(CallBookTest, it_is_bounded_and_what_is_over_goes_first) {
  CallBook small(clock, {.most_calls = 3});
  const auto add = [&](int number) {
    return small
        .match_or_expect(trace(fmt::format("sid-{}", number), fmt::format("+9198765{:05}", number)), {})
        ->call_id;
  };
  const std::string open = add(1);
  const std::string over = add(2);
  small.set_status(over, CallStatus::busy);
  const std::string talks = small.begin_stream(trace("sid-3", "+919876500003"), {})->call_id;
  add(4);
  EXPECT_EQ(small.size(), 3U);
  EXPECT_FALSE(small.find(over));
  EXPECT_TRUE(small.find(open));
  for (int i = 5; i < 20; ++i)
    EXPECT_TRUE(small.find(add(i)));
  EXPECT_EQ(small.size(), 3U);
  EXPECT_FALSE(small.find(open));
  EXPECT_TRUE(small.find(talks));
}

TEST_F(CallBookTest, what_a_message_adds_stays_known) {
  const std::string id = webhook(trace("sid-1", kCaller, ""));
  BookedCall more = call_between(kCaller, kOurs);
  more.agent = "sales";
  more.variables = {{"name", "Asha"}};
  const auto call = book.match_or_expect(trace("sid-1"), more);
  EXPECT_EQ(call->call_id, id);
  EXPECT_EQ(call->to, kOurs);
  EXPECT_EQ(call->agent, "sales");
  more.agent = "support";
  more.variables = {{"name", "Ravi"}, {"city", "Pune"}};
  const auto again = book.match_or_expect(trace("sid-1"), more);
  EXPECT_EQ(again->agent, "sales");
  EXPECT_EQ(again->variables, (Variables{{"name", "Asha"}, {"city", "Pune"}}));
}

TEST_F(CallBookTest, calls_of_which_not_all_is_told_are_looked_at_some_at_a_time) {
  std::vector<std::string> ids;
  for (int i = 0; i < 150; ++i) {
    ids.push_back(stream(trace("sid-" + std::to_string(i), "", "")));
    book.end_stream(ids.back(), CallStatus::completed);
  }
  const auto first = book.next_untold();
  ASSERT_EQ(first.calls.size(), 100U);
  EXPECT_FALSE(first.last);
  EXPECT_EQ(first.calls.front().call.call_id, ids[0]);
  const auto rest = book.next_untold();
  ASSERT_EQ(rest.calls.size(), 50U);
  EXPECT_TRUE(rest.last);
  EXPECT_EQ(rest.calls.front().call.call_id, ids[100]);
  EXPECT_EQ(book.next_untold().calls.front().call.call_id, ids[0]) << "and from the beginning";
}

TEST_F(CallBookTest, what_is_told_settled_or_goes_on_is_looked_at_no_more) {
  const std::string told = stream(trace("sid-1", "", ""));
  const std::string settled = stream(trace("sid-2", "", ""));
  const std::string going_on = stream(trace("sid-3", "", ""));
  const std::string left = stream(trace("sid-4", "", ""));
  for (const auto& id : {told, settled, going_on, left})
    book.end_stream(id, CallStatus::completed);
  carrier::CallReport whole;
  whole.progress = carrier::Progress::completed;
  whole.seconds = 62;
  whole.price = "0.36";
  whole.recording_url = "https://recordings.example.com/1.mp3";
  book.note_report(told, whole);
  book.settle(settled);
  const std::string again = stream(trace("sid-3", "", ""));
  auto next = book.next_untold();
  ASSERT_EQ(next.calls.size(), 1U);
  EXPECT_EQ(next.calls[0].call.call_id, left);
  book.end_stream(again, CallStatus::completed);
  // A transfer that is wanted of one that was told whole.
  book.set_transfer(told, {.to = {"+918040000077"}, .reason = {}, .announce = {}});
  next = book.next_untold();
  ASSERT_EQ(next.calls.size(), 3U);
  EXPECT_EQ(next.calls[0].call.call_id, told);
  EXPECT_TRUE(next.calls[0].transfer);
  EXPECT_EQ(next.calls[1].call.call_id, again);
}

TEST_F(CallBookTest, a_call_whose_name_at_the_carrier_comes_late_is_looked_at_from_then_on) {
  const std::string id = book.expect(call_between(kCaller, kOurs)).call_id;
  stream(by_id(id));
  book.end_stream(id, CallStatus::completed);
  EXPECT_TRUE(book.next_untold().calls.empty());
  book.set_carrier_call_id(id, "sid-1");
  EXPECT_EQ(book.next_untold().calls.size(), 1U);
}

}  // namespace
}  // namespace parley::control::book_test
