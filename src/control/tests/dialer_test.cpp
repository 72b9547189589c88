#include "control/tests/dialer_fixture.hpp"

namespace parley::control::dialer_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using Outcome = CarrierError::Outcome;

TEST_F(DialerTest, a_call_is_written_down_first_and_then_placed) {
  carrier_.in_queue = true;
  DialRequest request = to("098765 00001");
  request.variables = {{"name", "Asha"}};
  request.time_limit = 600s;
  const BookedCall call = place(request);
  EXPECT_EQ(call.to, "+919876500001");
  EXPECT_EQ(call.direction, "outbound");
  storage::CallSummary written = row(call.call_id);
  EXPECT_EQ(written.status, CallStatus::queued);
  EXPECT_EQ(written.call.direction, "outbound");
  EXPECT_EQ(written.call.agent, "reception");
  EXPECT_EQ(written.call.started_at, now());
  EXPECT_EQ(written.call.variables, R"({"name":"Asha"})");
  EXPECT_EQ(written.call.custom_field, "parley:" + call.call_id);
  EXPECT_THAT(told(call.call_id), ElementsAre("call.queued"));

  carrier_.in_queue = false;
  carrier_.go_on.notify();
  run_until([&] {
    carrier_.go_on.notify();
    return status(call.call_id) == CallStatus::ringing;
  });
  ASSERT_EQ(carrier_.requests.size(), 1U);
  const carrier::PlaceRequest& sent = carrier_.requests.front();
  EXPECT_EQ(sent.to, "+919876500001");
  EXPECT_EQ(sent.from, "08047110000");
  EXPECT_EQ(sent.into, carrier::PlaceRequest::Into::flow);
  EXPECT_FALSE(call.no_flow);
  EXPECT_EQ(sent.app_id, "flow-1");
  EXPECT_EQ(sent.custom_field, "parley:" + call.call_id);
  EXPECT_EQ(sent.status_callback, "https://voice.example.com/api/v1/webhooks/exotel/status/hush");
  EXPECT_EQ(sent.time_limit, 600s);
  EXPECT_THAT(told(call.call_id), ElementsAre("call.queued", "call.status", "call.ringing"));
  written = row(call.call_id);
  EXPECT_EQ(written.status, CallStatus::ringing);
  EXPECT_EQ(written.call.carrier_call_id, "sid-1");
  EXPECT_EQ(written.carrier_status, "in-progress");
}

TEST_F(DialerTest, without_a_flow_the_call_goes_straight_into_a_stream_of_its_own) {
  account_.app_id.clear();
  const BookedCall call = place_and_send();
  EXPECT_TRUE(call.no_flow);
  const std::string url = carrier_.requests.front().stream_url;
  constexpr std::string_view kBefore = "wss://voice.example.com/api/v1/telephony/exotel/stream/";
  ASSERT_THAT(url, StartsWith(std::string(kBefore)));
  EXPECT_TRUE(book_->token_opens(url.substr(kBefore.size())));
  EXPECT_EQ(carrier_.requests.front().into, carrier::PlaceRequest::Into::stream);
}

TEST_F(DialerTest, two_numbers_are_connected) {
  DialRequest request = to("+919876500001");
  request.into = DialRequest::Into::number;
  EXPECT_EQ(refusal(request), Errc::invalid_argument);
  request.second_number = "09876500002";
  place_and_send(request);
  EXPECT_EQ(carrier_.requests.front().second_number, "+919876500002");
}

TEST_F(DialerTest, the_flows_own_text_goes_along_and_its_members_are_variables) {
  DialRequest request = to("+919876500001");
  request.custom_field = R"({"name":"Asha","lead":7})";
  request.variables = {{"name", "Ravi"}};
  const BookedCall call = place_and_send(request);
  EXPECT_EQ(call.variables, (Variables{{"name", "Ravi"}, {"lead", "7"}}));
  EXPECT_EQ(parse_custom_field(carrier_.requests.front().custom_field).call_id, call.call_id);
}

struct Final {
  Progress told;
  CallStatus status;
  std::string_view reason;
};
TEST_F(DialerTest, every_end_without_a_stream_is_a_row_with_a_reason_and_told_once) {
  const std::vector<Final> finals{{Progress::busy, CallStatus::busy, "busy"},
                                  {Progress::no_answer, CallStatus::no_answer, "no answer"},
                                  {Progress::failed, CallStatus::failed, "failed at the carrier"},
                                  {Progress::canceled, CallStatus::canceled, "canceled"},
                                  {Progress::completed, CallStatus::completed, "ended without a stream"}};
  for (const Final& final : finals) {
    const BookedCall call = place_and_send();
    tell(call.call_id, Progress::ringing);
    tell(call.call_id, final.told, "cause");
    tell(call.call_id, final.told, "cause");
    // Late, and another one: the first counts.
    tell(call.call_id, Progress::ringing);
    tell(call.call_id, Progress::completed);
    const storage::CallSummary written = row(call.call_id);
    EXPECT_EQ(written.status, final.status) << final.reason;
    EXPECT_EQ(written.end.reason, final.reason);
    EXPECT_EQ(written.carrier_cause, "cause");
    EXPECT_EQ(ends_told(call.call_id), 1);
    EXPECT_EQ(book_->open_calls("settings"), 0);
  }
}

TEST_F(DialerTest, a_word_that_nobody_knows_is_kept_and_changes_nothing) {
  const BookedCall call = place_and_send();
  CallReport report;
  report.carrier_call_id = call.carrier_call_id;
  report.status = "on-hold";
  tell_report({*book_, *calls_, events_, clock_}, call, report);
  EXPECT_EQ(row(call.call_id).status, CallStatus::ringing);
  EXPECT_EQ(row(call.call_id).carrier_status, "on-hold");
}

TEST_F(DialerTest, the_carriers_end_of_a_call_with_a_stream_is_noted_beside) {
  const BookedCall call = place_and_send();
  CallTrace trace;
  trace.carrier = "exotel";
  trace.carrier_call_id = call.carrier_call_id;
  ASSERT_TRUE(book_->begin_stream(trace, {}));
  tell(call.call_id, Progress::completed);
  EXPECT_EQ(status(call.call_id), CallStatus::in_progress);
  EXPECT_EQ(ends_told(call.call_id), 0);
  EXPECT_EQ(row(call.call_id).carrier_status, "completed");
}

TEST_F(DialerTest, a_call_that_the_carrier_refuses_fails_with_what_it_said) {
  carrier_.place_fails =
      failure(Outcome::not_done, Errc::permission_denied, "Exotel answered 403: top up", 403).error();
  const BookedCall call = place();
  run_until([&] { return storage::is_final(status(call.call_id)); });
  const storage::CallSummary written = row(call.call_id);
  EXPECT_EQ(written.status, CallStatus::failed);
  EXPECT_EQ(written.end.reason, "refused by the carrier");
  EXPECT_EQ(written.carrier_cause, "Exotel answered 403: top up");
  EXPECT_EQ(ends_told(call.call_id), 1);
  EXPECT_THAT(carrier_.looked_for, IsEmpty());
}

TEST_F(DialerTest, an_account_has_so_many_open_calls_and_no_more) {
  options_.most_open_calls = 2;
  const BookedCall first = place_and_send();
  place_and_send(to("+919876500002"));
  EXPECT_EQ(refusal(to("+919876500003")), Errc::overloaded);
  tell(first.call_id, Progress::busy);
  EXPECT_NE(refusal(to("+919876500003")), Errc::overloaded);
}

TEST_F(DialerTest, what_cannot_be_placed_is_refused_before_anything_is_written) {
  for (const char* number : {"", "abc", "12", "112", "+0123456789", "+91 98765 00001 x"})
    EXPECT_EQ(refusal(to(number)), Errc::invalid_argument) << number;
  DialRequest request = to("+919876500001");
  request.agent = "nobody";
  EXPECT_EQ(refusal(request), Errc::not_found);
  request = to("+919876500001");
  request.from = "+911140000000";
  EXPECT_EQ(refusal(request), Errc::not_found);
  request = to("+919876500001");
  request.workspace_id = "another";
  EXPECT_NE(refusal(request), Errc::internal);
  request = to("+919876500001");
  request.custom_field = std::string(129, 'a');
  EXPECT_EQ(refusal(request), Errc::invalid_argument);
  request.custom_field = "a\r\nb";
  EXPECT_EQ(refusal(request), Errc::invalid_argument);
  request = to("+919876500001");
  request.variables["a"] = std::string(2000, 'a');
  EXPECT_EQ(refusal(request), Errc::invalid_argument);
  request = to("+919876500001");
  request.time_limit = 5h;
  EXPECT_EQ(refusal(request), Errc::invalid_argument);
  EXPECT_EQ(book_->size(), 0U);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(DialerTest, without_a_flow_and_without_an_address_of_our_own_there_is_nothing_to_call_into) {
  account_.app_id.clear();
  options_.public_url.clear();
  const auto call = dialer().place(to("+919876500001"));
  ASSERT_FALSE(call);
  EXPECT_THAT(call.error().message, HasSubstr("PUBLIC_URL"));
}

TEST_F(DialerTest, a_server_that_goes_down_places_no_more_calls) {
  dialer().drain();
  EXPECT_EQ(refusal(to("+919876500001")), Errc::unavailable);
}

TEST_F(DialerTest, a_call_that_waits_for_its_turn_is_taken_out_of_the_queue) {
  carrier_.in_queue = true;
  const BookedCall call = place();
  run_until([&] { return carrier_.waiting == 1; });
  EXPECT_TRUE(run(dialer().cancel(call.call_id)));
  EXPECT_EQ(row(call.call_id).status, CallStatus::canceled);
  carrier_.in_queue = false;
  carrier_.go_on.notify();
  // Its turn comes, and nothing is sent.
  const BookedCall next = place_and_send(to("+919876500002"));
  ASSERT_EQ(carrier_.requests.size(), 1U);
  EXPECT_EQ(carrier_.requests.front().to, next.to);
  EXPECT_EQ(ends_told(call.call_id), 1);
  EXPECT_EQ(run(dialer().cancel(call.call_id)).error().code, Errc::conflict);
}

TEST_F(DialerTest, a_call_that_was_sent_is_ended_as_soon_as_the_carrier_has_named_it) {
  carrier_.on_the_wire = true;
  const BookedCall call = place_and_send();
  EXPECT_TRUE(run(dialer().cancel(call.call_id)));
  EXPECT_THAT(carrier_.ended, IsEmpty());
  carrier_.on_the_wire = false;
  carrier_.go_on.notify();
  run_until([&] { return storage::is_final(status(call.call_id)); });
  EXPECT_THAT(carrier_.ended, ElementsAre("sid-1"));
  EXPECT_EQ(row(call.call_id).status, CallStatus::canceled);
}

TEST_F(DialerTest, a_ringing_call_is_ended_by_the_carrier_where_it_can) {
  const BookedCall call = place_and_send();
  carrier_.end_fails = failure(Outcome::not_done, Errc::conflict, "Exotel has no such request").error();
  EXPECT_EQ(run(dialer().cancel(call.call_id)).error().code, Errc::conflict);
  EXPECT_EQ(status(call.call_id), CallStatus::ringing);
  carrier_.end_fails.reset();
  EXPECT_TRUE(run(dialer().cancel(call.call_id)));
  EXPECT_EQ(row(call.call_id).end.reason, "canceled");
  EXPECT_EQ(run(dialer().cancel("unknown")).error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley::control::dialer_test
