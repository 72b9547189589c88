#include "caller/call_command.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "audio/wav.hpp"
#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

Result<std::vector<std::int16_t>> hum(const std::string& text, int rate) {
  if (text == "unspeakable") return fail(Errc::internal, "the voice could not speak this text");
  return tone(rate, 100);
}

struct CallCommandTest : ::testing::Test {
  CallOptions options;
  std::filesystem::path folder;

  void SetUp() override {
    options.url = "ws://127.0.0.1:1/media";
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::temp_directory_path() / fmt::format("parley-{}-{}", test->name(), ::getpid());
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string file(std::string_view name, std::string_view text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
};

TEST_F(CallCommandTest, PlansWhatTheOptionsSay) {
  options.say = {"hello"};
  options.camel = true;
  options.numbers = "int";
  options.piece = "100ms";
  options.jitter = "40";
  options.drop_after = "3";
  options.custom = {"lead=7", "note=a=b"};
  options.url = "ws://h/media?sample-rate=16000";
  const auto plan = plan_call(options, hum);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->setup.variant.keys, KeyStyle::camel);
  EXPECT_EQ(plan->setup.variant.numbers, NumberStyle::integer);
  EXPECT_EQ(plan->setup.piece, milliseconds(100));
  EXPECT_EQ(plan->target.jitter, milliseconds(40));
  EXPECT_EQ(plan->setup.drop_after, milliseconds(3000));
  EXPECT_EQ(plan->setup.identity.sample_rate_hz, 16000);
  EXPECT_EQ(plan->setup.identity.custom_parameters.at("note"), "a=b");
  ASSERT_EQ(plan->setup.script->size(), 3U);
  EXPECT_EQ(plan->setup.script->at(1).audio.size(), 1600U);
}

TEST_F(CallCommandTest, ReadsScriptsAndTheFilesTheyPlay) {
  ASSERT_TRUE(audio::write_wav(folder / "a.wav", {16000, 2, std::vector<std::int16_t>(3200, 100)}));
  options.script = file("call.txt", "say \"hello\"\nplay a.wav\n");
  const auto plan = plan_call(options, hum);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->setup.script->size(), 2U);
  EXPECT_NEAR(static_cast<double>(plan->setup.script->at(1).audio.size()), 800.0, 40.0);
}

TEST_F(CallCommandTest, NamesTheOptionThatIsWrong) {
  struct Case {
    std::function<void(CallOptions&)> change;
    std::string_view message;
  };
  const std::string broken = file("broken.txt", "say \"a\"\nshout");
  const std::string absent = file("absent.txt", "\nplay nowhere.wav");
  for (const Case& c : {
           Case{[](CallOptions& o) { o.url = "nonsense"; }, "address: "},
           Case{[](CallOptions& o) { o.rate = 11025; }, "--rate: "},
           Case{[](CallOptions& o) { o.numbers = "float"; }, "--numbers: "},
           Case{[](CallOptions& o) { o.piece = "30ms"; }, "--piece: "},
           Case{[](CallOptions& o) { o.jitter = "soon"; }, "--jitter: "},
           Case{[](CallOptions& o) { o.custom = {"lead"}; }, "--custom: "},
           Case{[](CallOptions& o) { o.calls = 0; }, "--calls: "},
           Case{[](CallOptions& o) { o.calls = 2, o.heard = "x.wav"; }, "--heard: "},
           Case{[](CallOptions& o) { o.output = "xml"; }, "-o: "},
           Case{[](CallOptions& o) { o.marks_at_clear = "lose"; }, "--marks-at-clear: "},
           Case{[](CallOptions& o) { o.say = {"a"}, o.script = "b"; }, "give one of them"},
           Case{[](CallOptions& o) { o.say = {"unspeakable"}; }, "could not speak"},
           Case{[](CallOptions& o) { o.script = "/nowhere/x.txt"; }, "cannot read"},
           Case{[&](CallOptions& o) { o.script = broken; }, "line 2: unknown step"},
           Case{[&](CallOptions& o) { o.script = absent; }, "line 2: "},
       }) {
    CallOptions changed = options;
    c.change(changed);
    const auto plan = plan_call(changed, hum);
    ASSERT_FALSE(plan) << c.message;
    EXPECT_NE(plan.error().message.find(c.message), std::string::npos) << plan.error().message;
  }
}

TEST_F(CallCommandTest, ReadsTheCommandLine) {
  CLI::App app;
  CallOptions parsed;
  add_call_options(app, parsed);
  app.parse("ws://h/media --say one --say two --strict --calls 5 -o json --custom a=b", false);
  EXPECT_EQ(parsed.url, "ws://h/media");
  EXPECT_EQ(parsed.say, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(parsed.strict);
  EXPECT_EQ(parsed.calls, 5);
  EXPECT_EQ(parsed.output, "json");
}

TEST_F(CallCommandTest, EndsWithTwoForWrongUsageAndOneForACallThatCannotBeMade) {
  CallOptions wrong = options;
  wrong.voice = "nobody";
  EXPECT_EQ(run_call_command(wrong), kCallUsage);
  // Port 1 of this machine: nobody listens.
  options.no_transcript = true;
  EXPECT_EQ(run_call_command(options), kCallFailed);
}

TEST(FliteVoice, SpeaksAtTheWantedRate) {
  const auto voice = flite_voice("kal16");
  ASSERT_TRUE(voice);
  const auto narrow = (*voice)("good morning", 8000);
  const auto wide = (*voice)("good morning", 16000);
  ASSERT_TRUE(narrow && wide);
  EXPECT_GT(narrow->size(), 4000U);
  EXPECT_NEAR(static_cast<double>(wide->size()), static_cast<double>(narrow->size()) * 2, 200.0);
  EXPECT_FALSE(flite_voice("nobody"));
}

}  // namespace
}  // namespace parley::caller
