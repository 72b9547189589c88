#include <algorithm>
#include <array>
#include <random>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/tests/call_book_fixture.hpp"

namespace parley::control::book_test {
namespace {

TEST_F(CallBookTest, every_order_of_what_is_said_of_an_incoming_call_makes_one_record) {
  enum Said { asked, webhooked, streamed, told, ended };
  enum Way { by_sid, by_token_and_sid, by_token_alone, by_parameter };
  int orders = 0;
  for (const Way way : {by_sid, by_token_and_sid, by_token_alone, by_parameter}) {
    std::array<Said, 5> order{asked, webhooked, streamed, told, ended};
    do {
      // What comes with the answer to a request cannot come before it.
      const auto at = [&](Said what) { return std::ranges::find(order, what) - order.begin(); };
      if (way != by_sid && at(asked) > at(streamed)) continue;
      ++orders;
      CallBook fresh(clock);
      std::set<std::string> ids;
      std::string token;
      std::string id;
      const auto take = [&](const Result<BookedCall>& call) {
        ASSERT_TRUE(call) << call.error().message;
        ids.insert(call->call_id);
        id = call->call_id;
      };
      for (const Said what : order) {
        switch (what) {
          case asked:
            take(fresh.match_or_expect(trace("sid-1"), call_between(kCaller, kOurs)));
            token = fresh.issue_token(id);
            break;
          case webhooked:
            take(fresh.match_or_expect(trace("sid-1", "09876500001", "+91 80 4711 0000"),
                                       call_between(kCaller, kOurs)));
            break;
          case streamed:
            if (way == by_sid) take(fresh.begin_stream(trace("sid-1"), call_between(kCaller, kOurs)));
            if (way == by_token_and_sid) take(fresh.begin_stream(by_token(token, "sid-1"), {}));
            if (way == by_token_alone) take(fresh.begin_stream(by_token(token), {}));
            if (way == by_parameter) take(fresh.begin_stream(by_id(id, "sid-1"), {}));
            break;
          case told:
          case ended:
            take(fresh.match_or_expect(trace("sid-1", "", ""), call_between("", "")));
            fresh.set_status(id, what == told ? CallStatus::ringing : CallStatus::completed);
            break;
        }
      }
      EXPECT_EQ(ids.size(), 1U) << "way " << way << " order " << ::testing::PrintToString(order);
      EXPECT_EQ(fresh.size(), 1U);
      EXPECT_EQ(fresh.find(id)->carrier_call_id, "sid-1");
      EXPECT_EQ(fresh.find(id)->status, CallStatus::in_progress);
    } while (std::ranges::next_permutation(order).found);
  }
  EXPECT_EQ(orders, 120 + 3 * 60);
}

TEST_F(CallBookTest, every_order_of_what_is_said_of_a_call_we_place_makes_one_record) {
  enum Said { answered, streamed, told };
  enum Way { field_and_sid, field_alone, numbers_and_sid, numbers_alone, token_alone };
  for (const Way way : {field_and_sid, field_alone, numbers_and_sid, numbers_alone, token_alone}) {
    for (const bool told_by_field : {true, false}) {
      std::array<Said, 3> order{answered, streamed, told};
      do {
        CallBook fresh(clock);
        const std::string id = fresh.expect(call_between(kOurs, kCaller, "outbound")).call_id;
        const std::string token = way == token_alone ? fresh.issue_token(id) : "";
        for (const Said what : order) {
          Result<BookedCall> call = *fresh.find(id);
          if (what == answered) fresh.set_carrier_call_id(id, "sid-1");
          if (what == told)
            call = fresh.match_or_expect(told_by_field ? by_id(id, "sid-1") : trace("sid-1"), {});
          if (what == streamed && way == field_and_sid) call = fresh.begin_stream(by_id(id, "sid-1"), {});
          if (what == streamed && way == field_alone) call = fresh.begin_stream(by_id(id), {});
          // The callee is the one who "rings" in what the stream says.
          if (what == streamed && way == numbers_and_sid) call = fresh.begin_stream(trace("sid-1"), {});
          if (what == streamed && way == numbers_alone) call = fresh.begin_stream(trace(""), {});
          if (what == streamed && way == token_alone) call = fresh.begin_stream(by_token(token), {});
          ASSERT_TRUE(call) << call.error().message;
          EXPECT_EQ(call->call_id, id) << "way " << way << " " << ::testing::PrintToString(order);
        }
        EXPECT_EQ(fresh.size(), 1U);
        EXPECT_EQ(fresh.find(id)->carrier_call_id, "sid-1");
        EXPECT_EQ(fresh.find(id)->streams, 1);
      } while (std::ranges::next_permutation(order).found);
    }
  }
}

// Whatever comes in whatever order: an id of the carrier's is one session's for good, a token opens one
// stream, and there are never more calls than there were.
TEST_F(CallBookTest, thousands_of_messages_in_any_order_never_mix_two_calls) {
  struct Real {
    std::string sid;
    std::string from;
    std::string id;  // of the record that it came to first
    std::string token;
    bool used = false;
    std::string streaming;
  };
  std::mt19937 random(20261121);
  const auto any = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  for (int round = 0; round < 20; ++round) {
    CallBook fresh(clock);
    std::vector<Real> calls(30);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      calls[i].sid = fmt::format("sid-{}", i);
      // Some of them from the same number.
      calls[i].from = fmt::format("+9198765{:05}", i / 3);
    }
    const auto same = [&](Real& real, const Result<BookedCall>& call) {
      ASSERT_TRUE(call) << call.error().message;
      if (real.id.empty()) {
        real.id = call->session_id;
        for (const Real& other : calls)
          EXPECT_TRUE(&other == &real || other.id != real.id);
      }
      EXPECT_EQ(call->session_id, real.id);
      EXPECT_EQ(call->carrier_call_id, real.sid);
    };
    for (int step = 0; step < 2000; ++step) {
      Real& real = calls[any(calls.size())];
      BookedCall otherwise = call_between(real.from, kOurs);
      otherwise.session_id = fmt::format("session-{}-{}", round, step);
      CallTrace of = trace(real.sid, real.from);
      switch (any(6)) {
        case 0:
        case 1:
          same(real, fresh.match_or_expect(of, otherwise));
          break;
        case 2: {
          if (!real.streaming.empty()) break;
          if (!real.token.empty() && !real.used && any(2) == 0) of.token = real.token;
          const auto begun = fresh.begin_stream(of, otherwise);
          // Each call may have so many, one after another.
          if (!begun && begun.error().message == "this call has had too many streams") break;
          same(real, begun);
          if (!begun) break;
          real.streaming = begun->call_id;
          real.used = true;
          break;
        }
        case 3:
          if (!real.streaming.empty()) fresh.end_stream(real.streaming, CallStatus::completed);
          real.streaming.clear();
          break;
        case 4:
          if (const auto known = fresh.match(trace(real.sid, "", ""))) {
            real.token = fresh.issue_token(known->call_id);
            real.used = false;
          }
          break;
        default: {
          // Somebody who has another call's token, or one that was used.
          const Real& other = calls[any(calls.size())];
          if (other.token.empty() || (&other == &real && !real.used)) break;
          of.token = other.token;
          if (&other != &real && fresh.match(trace(real.sid, "", "")))
            EXPECT_EQ(fresh.match(of).error().code, Errc::conflict);
          if (other.used) EXPECT_FALSE(fresh.begin_stream(of, otherwise));
        }
      }
      EXPECT_LE(fresh.size(), calls.size());
    }
  }
}

}  // namespace
}  // namespace parley::control::book_test
