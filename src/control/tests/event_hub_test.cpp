#include "control/event_hub.hpp"

#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "control/tests/loop_fixture.hpp"

namespace parley::control {
namespace {

using testing::ElementsAre;

LiveEvent event(std::string type, std::string call = "call-1", std::string workspace = "default") {
  LiveEvent made{};
  made.workspace_id = std::move(workspace);
  made.type = std::move(type);
  made.call_id = call;
  made.session_id = "session-of-" + call;
  return made;
}

LiveEvent partial(int line, std::string text, std::string call = "call-1") {
  LiveEvent made = event("transcript.partial", std::move(call));
  made.line = line;
  made.data = R"({"text":")" + text + R"("})";
  return made;
}

class EventHubTest : public LoopTest {
 protected:
  // Types of what is there until nothing comes for now.
  std::vector<std::string> drain(EventHub::Subscription& from, const std::string& last) {
    std::vector<std::string> types;
    while (types.empty() || types.back() != last) {
      const auto next = run(from.next());
      if (!next) {
        types.emplace_back("over");
        break;
      }
      types.push_back(next->type);
    }
    return types;
  }

  EventHub hub_{clock_};
};

TEST_F(EventHubTest, ASubscriberGetsWhatItAskedForInOrder) {
  const auto all = hub_.subscribe(executor(), {.workspace_id = "default"});
  const auto one = hub_.subscribe(executor(), {.workspace_id = "default", .call_id = "call-2"});
  const auto ends = hub_.subscribe(executor(), {.workspace_id = "default", .types = {"call.ended"}});
  const auto foreign = hub_.subscribe(executor(), {.workspace_id = "other"});
  hub_.publish(event("call.started", "call-1"));
  hub_.publish(event("call.started", "call-2"));
  hub_.publish(event("call.ended", "call-1"));
  hub_.close();
  EXPECT_THAT(drain(*all, "over"), ElementsAre("call.started", "call.started", "call.ended", "over"));
  EXPECT_THAT(drain(*one, "over"), ElementsAre("call.started", "over"));
  EXPECT_THAT(drain(*ends, "over"), ElementsAre("call.ended", "over"));
  EXPECT_THAT(drain(*foreign, "over"), ElementsAre("over"));
}

TEST_F(EventHubTest, WhoWaitsIsWokenFromAnotherThread) {
  const auto all = hub_.subscribe(executor(), {.workspace_id = "default"});
  std::thread publisher([&] { hub_.publish(event("call.started")); });
  const auto got = run(all->next());
  publisher.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->id.size(), 26U);
  EXPECT_EQ(got->at, now());
}

TEST_F(EventHubTest, ASubscriberThatIsGoneIsNotCountedAndNotWritten) {
  auto gone = hub_.subscribe(executor(), {.workspace_id = "default"});
  EXPECT_EQ(hub_.subscribers(), 1U);
  hub_.publish(event("call.started"));
  gone.reset();
  EXPECT_EQ(hub_.subscribers(), 0U);
  hub_.publish(event("call.ended"));
  context_.run_for(10ms);
}

TEST_F(EventHubTest, TheNewestPartialOfALineReplacesTheOlderOnes) {
  const auto slow = hub_.subscribe(executor(), {.workspace_id = "default"});
  for (int i = 0; i < 5000; ++i)
    hub_.publish(partial(7, std::to_string(i)));
  hub_.publish(partial(8, "other line"));
  hub_.publish(partial(7, "other call", "call-2"));
  EXPECT_EQ(run(slow->next())->data, R"({"text":"4999"})");
  EXPECT_EQ(run(slow->next())->data, R"({"text":"other line"})");
  EXPECT_EQ(run(slow->next())->data, R"({"text":"other call"})");
}

TEST_F(EventHubTest, AFinalLineMakesItsPartialsNeedless) {
  const auto slow = hub_.subscribe(executor(), {.workspace_id = "default"});
  hub_.publish(partial(1, "hel"));
  LiveEvent final = event("transcript.final");
  final.line = 1;
  hub_.publish(final);
  EXPECT_EQ(run(slow->next())->type, "transcript.final");
}

TEST_F(EventHubTest, AFullQueueLosesItsOldestPartialsFirst) {
  const auto slow = hub_.subscribe(executor(), {.workspace_id = "default"});
  hub_.publish(partial(1, "first"));
  hub_.publish(partial(2, "second"));
  for (std::size_t i = 0; i < EventHub::kQueueLimit - 1; ++i)
    hub_.publish(event("slot.filled"));
  EXPECT_EQ(run(slow->next())->data, R"({"text":"second"})");
  hub_.publish(event("call.ended"));
  hub_.publish(partial(3, "no room"));  // nothing else is a partial: this one goes
  EXPECT_EQ(drain(*slow, "call.ended").size(), EventHub::kQueueLimit);
}

TEST_F(EventHubTest, ASubscriberTooSlowForWhatMustNotBeLostIsEnded) {
  const auto slow = hub_.subscribe(executor(), {.workspace_id = "default"});
  for (std::size_t i = 0; i <= EventHub::kQueueLimit; ++i)
    hub_.publish(event("slot.filled"));
  EXPECT_FALSE(run(slow->next()));
  EXPECT_FALSE(run(slow->next()));
}

TEST_F(EventHubTest, WhoComesBackGetsWhatCameSinceButNoOldPartials) {
  const auto before = hub_.subscribe(executor(), {.workspace_id = "default"});
  hub_.publish(event("call.started"));
  const std::string seen = run(before->next())->id;
  hub_.publish(event("stage.changed"));
  hub_.publish(partial(1, "old"));
  hub_.publish(event("stage.changed", "call-1", "other"));
  const auto back = hub_.subscribe(executor(), {.workspace_id = "default"}, seen);
  hub_.publish(event("call.ended"));
  EXPECT_THAT(drain(*back, "call.ended"), ElementsAre("stage.changed", "call.ended"));
}

TEST_F(EventHubTest, AnIdThatIsForgottenIsPlacedByItsTime) {
  const auto timed = [](storage::WallMillis at) {
    LiveEvent made = event("slot.filled");
    made.at = at;
    return made;
  };
  hub_.publish(timed(1000));
  hub_.publish(timed(2000));
  hub_.publish(timed(3000));
  // 2000 is 1YG in base 32.
  const auto back = hub_.subscribe(executor(), {.workspace_id = "default"}, "00000001YG0000000000000000");
  EXPECT_EQ(run(back->next())->at, 2000);
  EXPECT_EQ(run(back->next())->at, 3000);
  const auto garbled = hub_.subscribe(executor(), {.workspace_id = "default"}, "'; drop table events; --");
  hub_.publish(event("call.ended"));
  EXPECT_EQ(run(garbled->next())->type, "call.ended");
}

TEST_F(EventHubTest, TheHistoryIsBounded) {
  hub_.publish(event("call.started"));
  LiveEvent first = event("call.started");
  first.id = "00000000000000000000000001";
  hub_.publish(first);
  for (std::size_t i = 0; i < 2 * EventHub::kHistory; ++i)
    hub_.publish(event("slot.filled"));
  const auto back = hub_.subscribe(executor(), {.workspace_id = "default"}, first.id);
  hub_.close();
  // Id 0 in time: everything is after it, as much as the queue takes.
  EXPECT_EQ(drain(*back, "over").size(), 1U);
}

TEST_F(EventHubTest, SinksGetEveryEventOnceAlsoWhenTheSubscriptionsAreOver) {
  std::vector<std::string> got;
  hub_.add_sink([&](const LiveEvent& one) { got.push_back(one.type); });
  hub_.publish(event("call.started"));
  hub_.close();
  hub_.publish(event("call.ended"));
  EXPECT_THAT(got, ElementsAre("call.started", "call.ended"));
}

TEST_F(EventHubTest, ManyThreadsLoseNothing) {
  const auto all = hub_.subscribe(executor(), {.workspace_id = "default"});
  std::vector<std::thread> publishers;
  for (int thread = 0; thread < 4; ++thread) {
    publishers.emplace_back([this, thread] {
      for (int i = 0; i < 200; ++i) {
        LiveEvent one = event("slot.filled", "call-" + std::to_string(thread));
        one.at = 1;
        one.data = R"({"n":)" + std::to_string(i) + "}";
        hub_.publish(std::move(one));
      }
    });
  }
  std::map<std::string, int> next_of;
  for (int i = 0; i < 800; ++i) {
    const auto got = run(all->next());
    ASSERT_TRUE(got);
    EXPECT_EQ(got->data, R"({"n":)" + std::to_string(next_of[got->call_id]++) + "}");
  }
  for (auto& publisher : publishers)
    publisher.join();
}

TEST(LiveEventTest, TheJsonHoldsTheDataAsAnObject) {
  LiveEvent one = event("slot.filled");
  one.id = "01X";
  one.at = 5;
  one.data = R"({"name":"city","value":"Pune"})";
  EXPECT_EQ(to_json(one),
            R"({"id":"01X","type":"slot.filled","at":"1970-01-01T00:00:00.005Z","callId":"call-1",)"
            R"("sessionId":"session-of-call-1","data":{"name":"city","value":"Pune"}})");
  one.call_id.clear();
  one.data = "no json";
  EXPECT_EQ(
      to_json(one),
      R"({"id":"01X","type":"slot.filled","at":"1970-01-01T00:00:00.005Z","sessionId":"session-of-call-1","data":{}})");
}

}  // namespace
}  // namespace parley::control
