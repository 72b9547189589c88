// How a span of time went, and which kinds of calls there have been.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "storage/tests/call_store_contract.hpp"

namespace parley::storage {
namespace {

constexpr WallMillis kSince = 1'700'000'000'000;

CallRecord call_of(const std::string& id, WallMillis at = kSince) {
  CallRecord call = sample_call(id, at);
  call.workspace_id = "w";
  return call;
}

std::string words_of(const Result<CallTally>& tally) {
  if (!tally) return describe(tally.error());
  return fmt::format("calls={} answered={} missed={} s={} median={} p95={}", tally->calls, tally->answered,
                     tally->missed, tally->duration_ms / 1000, tally->median_response_ms.value_or(-1),
                     tally->p95_response_ms.value_or(-1));
}

TEST_P(CallStoreContract, tells_what_was_answered_and_what_was_missed) {
  const auto ended = [&](const char* id, CallStatus status, WallMillis at = kSince) {
    store_->append_call(call_of(id, at));
    store_->end_call(id, {status, "", at + 60'000, 60'000, false});
  };
  store_->append_call(call_of("in-progress"));
  ended("completed", CallStatus::completed);
  ended("interrupted", CallStatus::interrupted);
  ended("broken", CallStatus::failed);
  ended("before", CallStatus::completed, kSince - 1);
  ended("after", CallStatus::completed, kSince + 1000);
  CallRecord waiting = call_of("waits");
  waiting.status = CallStatus::queued;
  store_->append_call(waiting);
  for (const auto& [id, status] : {std::pair{"busy", CallStatus::busy},
                                   {"nobody", CallStatus::no_answer},
                                   {"given-up", CallStatus::canceled},
                                   // Two people whom the carrier has connected: no agent was on the line.
                                   {"elsewhere", CallStatus::completed}}) {
    CallRecord rings = call_of(id);
    rings.status = CallStatus::ringing;
    store_->append_call(rings);
    CarrierWord word;
    word.call_id = id;
    word.status = status;
    word.at = word.ended_at = kSince + 500;
    store_->put_carrier_word(word);
  }
  CallRecord other = sample_call("other");
  other.workspace_id = "v";
  store_->append_call(other);
  flush();
  EXPECT_EQ(words_of(store_->tally("w", kSince, kSince + 1000)),
            "calls=9 answered=3 missed=4 s=180 median=-1 p95=-1");
  EXPECT_EQ(words_of(store_->tally("nobody", kSince, kSince + 1000)),
            "calls=0 answered=0 missed=0 s=0 median=-1 p95=-1");
}

TEST_P(CallStoreContract, tells_how_long_callers_waited_for_an_answer) {
  const auto turn = [&](const std::string& call, int number, double sent, const char* kind = "speech") {
    TurnRecord record = sample_turn(call, number);
    record.sent_ms = sent;
    record.input_kind = kind;
    store_->put_turn(record);
  };
  store_->append_call(call_of("A1"));
  store_->append_call(call_of("A2", kSince + 5));
  store_->append_call(call_of("old", kSince - 1));
  for (int number = 1; number <= 19; ++number)
    turn("A1", number, 100.0 * number);
  turn("A1", 20, 5, "dtmf");
  turn("A1", 21, -1);
  turn("A2", 1, 2000);
  turn("old", 1, 90'000);
  flush();
  EXPECT_EQ(words_of(store_->tally("w", kSince, kSince + 1000)),
            "calls=2 answered=2 missed=0 s=0 median=1000 p95=1900")
      << "of twenty waits the tenth and the nineteenth; keys and turns without an answer are no waits";
}

TEST_P(CallStoreContract, knows_calls_from_browsers_and_by_carriers_apart) {
  const auto seen = [&] {
    flush();
    const auto found = store_->seen("w", "simulator");
    return found ? fmt::format("{} {}", found->from_browser, found->by_phone) : describe(found.error());
  };
  EXPECT_EQ(seen(), "false false");
  CallRecord simulated = call_of("A1");
  simulated.account_id = "simulator";
  store_->append_call(simulated);
  CallRecord rings = call_of("A2");
  rings.status = CallStatus::ringing;
  store_->append_call(rings);
  CallRecord elsewhere = sample_call("A3");
  elsewhere.workspace_id = "v";
  store_->append_call(elsewhere);
  EXPECT_EQ(seen(), "false false") << "the simulated caller, one that rings, another workspace's";
  CallRecord browser = call_of("A4");
  browser.carrier = "browser";
  store_->append_call(browser);
  EXPECT_EQ(seen(), "true false");
  store_->append_call(call_of("A5"));
  EXPECT_EQ(seen(), "true true");
}

}  // namespace
}  // namespace parley::storage
