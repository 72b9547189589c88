#include "vendor/failover.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include "vendor/tests/manual_alarms.hpp"

namespace parley::vendor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using What = FailoverRun::Next::What;

const VendorError kOverloaded(Fault::overloaded, "x", "");
const VendorError kBadKey(Fault::bad_key, "x", "");

agent::ProviderChoice choice(std::string provider) {
  agent::ProviderChoice made;
  made.provider = std::move(provider);
  return made;
}

class FailoverTest : public ::testing::Test {
 protected:
  ManualClock clock_;
  testing::EventLog book_;
  CircuitBreaker a_{clock_, {}};
  CircuitBreaker c_{clock_, {}};
  FailoverCourse course_{Part::stt, {{choice("a"), &a_}, {choice("b"), nullptr}, {choice("c"), &c_}}};
};

TEST_F(FailoverTest, EveryOtherChoiceComesBeforeASecondTry) {
  FailoverRun run(course_, book_);
  EXPECT_EQ(run.begin(), 0U);
  EXPECT_TRUE(run.has_other());
  EXPECT_EQ(run.failed(kOverloaded, 8s).index, 1U);
  const auto third = run.failed(kOverloaded, 8s);
  EXPECT_EQ(third.what, What::ask);
  EXPECT_EQ(third.index, 2U);
  EXPECT_FALSE(run.has_other());
  const auto again = run.failed(kOverloaded, 8s);
  EXPECT_EQ(again.what, What::wait);
  EXPECT_EQ(again.index, 2U);
  EXPECT_GE(again.wait, 375ms);
  EXPECT_LE(again.wait, 500ms);
  EXPECT_TRUE(run.again(2));
  EXPECT_THAT(book_.events, ElementsAre("failed a overloaded", "switched a b", "failed b overloaded",
                                        "switched b c", "failed c overloaded", "retrying c"));
}

TEST_F(FailoverTest, WhenTheLastIsHopelessAnEarlierOneThatIsNotIsTriedAgain) {
  FailoverRun run(course_, book_);
  run.begin();
  run.failed(kOverloaded, 8s);
  run.failed(kBadKey, 8s);
  const auto next = run.failed(kBadKey, 8s);
  EXPECT_EQ(next.what, What::wait);
  EXPECT_EQ(next.index, 0U);
  EXPECT_TRUE(run.again(0));
  EXPECT_EQ(course_.serving, 0U);
  EXPECT_EQ(book_.events.back(), "switched c a");
}

TEST_F(FailoverTest, NobodyIsAskedMoreThanThreeTimesNorLaterThanAnyoneWaits) {
  FailoverCourse alone(Part::llm, {{choice("b"), nullptr}});
  FailoverRun run(alone, book_);
  run.begin();
  EXPECT_EQ(run.failed(kOverloaded, 100ms).what, What::give_up);
  run.begin();
  for (int i = 1; i < kMostTries; ++i) {
    EXPECT_EQ(run.failed(kOverloaded, 8s).what, What::wait);
    EXPECT_TRUE(run.again(0));
  }
  EXPECT_EQ(run.failed(kOverloaded, 8s).what, What::give_up);
}

TEST_F(FailoverTest, ASuccessForgetsTheTriesAndTheCallStaysWhereItIs) {
  {
    FailoverRun run(course_, book_);
    run.begin();
    run.failed(kOverloaded, 8s);
    run.succeeded();
    EXPECT_TRUE(run.has_other());
    EXPECT_EQ(run.failed(kOverloaded, 8s).index, 2U);
    EXPECT_EQ(run.failed(kOverloaded, 8s).index, 0U);  // round the corner
    run.useful();
  }
  EXPECT_EQ(book_.events.back(), "recovered a");
  EXPECT_EQ(course_.serving, 0U);
}

TEST_F(FailoverTest, ATrialIsReportedExactlyOnce) {
  const auto half_open = [&] {
    a_.failed(kBadKey);
    clock_.advance(300s);
  };
  half_open();
  {
    FailoverRun run(course_, book_);
    EXPECT_EQ(run.begin(), 0U);
    EXPECT_FALSE(a_.allow());
  }
  EXPECT_EQ(a_.state(), CircuitBreaker::State::half_open);
  {
    FailoverRun run(course_, book_);
    EXPECT_EQ(run.begin(), 0U);
    run.useful();
  }
  EXPECT_EQ(a_.state(), CircuitBreaker::State::closed);
  half_open();
  FailoverRun run(course_, book_);
  EXPECT_EQ(run.begin(), 0U);
  run.failed(kOverloaded, 8s);
  EXPECT_EQ(a_.state(), CircuitBreaker::State::open);
}

TEST_F(FailoverTest, AFailureLongAfterASuccessCountsToo) {
  FailoverRun run(course_, book_);
  run.begin();
  run.succeeded();
  run.failed(kBadKey, 8s);
  EXPECT_EQ(a_.state(), CircuitBreaker::State::open);
}

TEST_F(FailoverTest, WarmingLooksPastOpenCircuits) {
  EXPECT_EQ(course_.likely(), 0U);
  a_.failed(kBadKey);
  EXPECT_EQ(course_.likely(), 1U);
  EXPECT_EQ(course_.serving, 0U);
}

TEST_F(FailoverTest, OurOptionsAreTakenOutAndChecked) {
  auto given = choice("a");
  given.options = {{"final_ms", "700"}, {"speed", "1"}};
  EXPECT_EQ(take_milliseconds(given, "final_ms"), 700ms);
  EXPECT_EQ(given.options.size(), 1U);
  EXPECT_EQ(*take_milliseconds(given, "final_ms"), std::nullopt);
  for (const auto* wrong : {"", "49", "60001", "1s", "-5"}) {
    given.options["final_ms"] = wrong;
    EXPECT_FALSE(take_milliseconds(given, "final_ms")) << wrong;
  }
}

TEST_F(FailoverTest, AnAdapterSeesAChoiceWithoutTheOptionsOfItsFailover) {
  auto given = choice("a");
  given.options = {{"first_audio_ms", "700"}, {"stall_ms", "900"}, {"speed", "1"}};
  const auto own = without_failover_options(Part::tts, given);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->options, (std::map<std::string, std::string>{{"speed", "1"}}));
  // Another part's option is for the adapter to refuse.
  EXPECT_EQ(without_failover_options(Part::stt, given)->options.size(), 3U);
  given.options["stall_ms"] = "soon";
  EXPECT_FALSE(without_failover_options(Part::tts, given));
}

TEST(AlarmTest, GoesOffOnceAndIsReplacedAndCancelled) {
  async::asio::io_context context(1);
  const auto& alarms = steady_alarms();
  const auto alarm = alarms.make(context.get_executor());
  std::vector<int> rang;
  alarm->set(alarms.now() + 1h, [&] { rang.push_back(1); });
  alarm->set(alarms.now(), [&] { rang.push_back(2); });
  EXPECT_TRUE(rang.empty());
  context.run();
  EXPECT_THAT(rang, ElementsAre(2));
  alarm->set(alarms.now(), [&] { rang.push_back(3); });
  alarm->cancel();
  context.restart();
  context.run();
  EXPECT_THAT(rang, ElementsAre(2));
}

TEST(AlarmTest, MaySetItselfAndBeDestroyedInsideItsCall) {
  async::asio::io_context context(1);
  const auto& alarms = steady_alarms();
  auto alarm = alarms.make(context.get_executor());
  int rang = 0;
  const std::string held(100, 'x');  // what the call holds is whole as long as the call lasts
  std::size_t seen = 0;
  alarm->set(alarms.now(), [&, held] {
    ++rang;
    alarm->set(alarms.now(), [&, held] {
      ++rang;
      alarm.reset();
      seen = held.size();
    });
  });
  context.run();
  EXPECT_EQ(rang, 2);
  EXPECT_EQ(seen, 100U);
}

TEST(AlarmTest, ASetAlarmThatIsDestroyedIsSilent) {
  async::asio::io_context context(1);
  const auto& alarms = steady_alarms();
  bool rang = false;
  alarms.make(context.get_executor())->set(alarms.now(), [&] { rang = true; });
  context.run();
  EXPECT_FALSE(rang);
}

}  // namespace
}  // namespace parley::vendor
