// A bench over loopback sockets.
#include "caller/bench_command.hpp"
#include "caller/tests/tiny_agent.hpp"

namespace parley::caller {
namespace {

BenchOptions quick(const std::string& url) {
  BenchOptions options;
  options.url = url;
  options.calls = 3;
  options.ramp = "50ms";
  options.settle = "50ms";
  options.measure = "600ms";
  return options;
}

Result<BenchPlan> plan_of(const BenchOptions& options) {
  const Voice voice = [](const std::string&, int rate) {
    return Result<std::vector<std::int16_t>>(tone(rate, 100));
  };
  return plan_bench(options, voice);
}

TEST(BenchRun, CallsTalkWithARealServer) {
  TinyAgent agent({.greeting_ms = 100, .answer_ms = 100});
  auto options = quick(agent.address());
  options.burst = 2;
  options.measure = "2500ms";
  auto plan = plan_of(options);
  ASSERT_TRUE(plan) << plan.error().message;
  plan->sounds.line_noise.assign(1, std::string(428, 'A'));  // the tiny agent takes only zeros for silence
  plan->behaviour.first_pause = std::chrono::milliseconds(300);
  const auto outcome = run_bench(*plan);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->refused, 0);
  EXPECT_EQ(outcome->lost, 0);
  EXPECT_EQ(outcome->running.greeting_ms.size(), 3U);
  EXPECT_EQ(outcome->burst.greeting_ms.size(), 2U);
  EXPECT_GE(outcome->running.answered, 3U);
  EXPECT_TRUE(agent.saw(R"("reason":"callended")"));
  EXPECT_TRUE(agent.saw("closed 1000"));
}

TEST(BenchRun, ReadsTheProcessorTimeOfTheServersProcess) {
  TinyAgent agent({.greeting_ms = 100});
  auto options = quick(agent.address());
  options.server_process = ::getpid();
  const auto outcome = run_bench(*plan_of(options));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->server_processor_seconds);
  EXPECT_GT(outcome->server_memory_kib.value_or(0), 0);
}

TEST(BenchRun, CountsCallsThatAreNotAccepted) {
  TinyAgent agent({.greeting_ms = 100, .refused_handshakes = 1});
  const auto outcome = run_bench(*plan_of(quick(agent.address())));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->refused, 1);
  EXPECT_FALSE(held(*outcome));
}

TEST(BenchRun, CountsCallsThatTheServerEnds) {
  TinyAgent agent({.greeting_ms = 100, .hang_up_after_media = 10});
  const auto outcome = run_bench(*plan_of(quick(agent.address())));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->lost, 3);
  EXPECT_FALSE(held(*outcome));
}

TEST(BenchRun, RefusesMistakesInTheOptions) {
  const auto message = [](BenchOptions options) {
    const auto plan = plan_of(options);
    return plan ? std::string("fine") : plan.error().message.substr(0, plan.error().message.find(':'));
  };
  BenchOptions options = quick("ws://127.0.0.1:1/media");
  EXPECT_EQ(message(options), "fine");
  options.piece = "30ms";
  EXPECT_EQ(message(options), "--piece");
  options = quick("wss://127.0.0.1:1/media");
  EXPECT_EQ(message(options), "address");
  options = quick("ws://127.0.0.1:1/media");
  options.calls = 0;
  EXPECT_EQ(message(options), "--calls");
  options = quick("ws://127.0.0.1:1/media");
  options.rate = 44'100;
  EXPECT_EQ(message(options), "--rate");
}

}  // namespace
}  // namespace parley::caller
