#include "realtime/openai/openai_realtime.hpp"

#include <gmock/gmock.h>

#include "audio/g711.hpp"
#include "vendor/json.hpp"
#include "vendor/tests/vendor_fixture.hpp"

namespace parley::realtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using vendor::Fault;
using vendor::testing::base64_of;
namespace json = vendor::json;

// A tool run that ends when the test says so.
struct HeldTools final : llm::ToolRunner {
  struct Run final : llm::ToolRun {
    explicit Run(HeldTools& of) : owner(of) { ++owner.running; }
    ~Run() override { --owner.running; }
    HeldTools& owner;
  };
  std::string words_for(const agent::Agent&, const std::vector<llm::ToolCall>&) const override { return {}; }
  std::unique_ptr<llm::ToolRun> start(llm::ToolRequest request,
                                      std::function<void(llm::ToolOutcome)> done) override {
    calls = request.calls;
    finish = std::move(done);
    return std::make_unique<Run>(*this);
  }
  llm::ToolOutcome outcome(std::string result, bool only_actions = false) const {
    llm::ToolOutcome made;
    for (const auto& call : calls)
      made.used.push_back({{call, result}, false, 5ms});
    made.only_actions = only_actions;
    if (only_actions) made.actions.emplace_back(llm::EndCall{});
    return made;
  }
  std::vector<llm::ToolCall> calls;
  std::function<void(llm::ToolOutcome)> finish;
  int running = 0;
};

struct Heard final : VoiceReplyListener {
  void on_voice_text(std::string_view delta) override { text += delta; }
  void on_voice_audio(std::span<const std::int16_t> audio, SteadyTime) override {
    samples += audio.size();
    if (on_audio) on_audio();
  }
  void on_voice_action(llm::ChatAction action) override {
    actions.push_back(std::move(action));
    if (on_action) on_action();
  }
  void on_voice_end() override { ++ends; }
  void on_voice_failed(vendor::VendorError failure) override { error = std::move(failure); }
  std::string text;
  std::size_t samples = 0;
  std::vector<llm::ChatAction> actions;
  int ends = 0;
  std::optional<vendor::VendorError> error;
  std::function<void()> on_audio;
  std::function<void()> on_action;
};

struct Caller final : VoiceSessionListener {
  void on_caller_text(std::uint64_t utterance, std::string text) override {
    texts.emplace_back(utterance, std::move(text));
  }
  void on_voice_session_failed(vendor::VendorError error) override {
    ++failures;
    failure = std::move(error);
  }
  std::vector<std::pair<std::uint64_t, std::string>> texts;
  int failures = 0;
  vendor::VendorError failure;
};

class OpenAiRealtimeTest : public vendor::testing::VendorTest {
 protected:
  void SetUp() override {
    VendorTest::SetUp();
    on_message_ = [this](Session& session, std::string_view message) {
      auto parsed = vendor::parse_json_object(message);
      ASSERT_TRUE(parsed) << message;
      const std::string type(vendor::string_member(*parsed, "type"));
      if (type != "input_audio_buffer.append") types_.push_back(type);
      received_.push_back(*parsed);
      if (on_event_) on_event_(session, type, received_.back());
    };
  }
  void TearDown() override {
    reply_.reset();
    session_.reset();
    VendorTest::TearDown();
  }

  void open(int rate_hz = 8000) {
    if (!server_) serve_all();
    agent_ = std::make_shared<agent::Agent>();
    model_.emplace(account("openai", "/v1"), clock_, tools_);
    auto opened = model_->open({executor(), agent_, {}, rate_hz, log::Logger("test"), books_}, caller_);
    ASSERT_TRUE(opened);
    session_ = std::move(*opened);
    run_until([&] { return sent("session.update") == 1 || caller_.failures > 0; });
  }
  std::size_t sent(std::string_view type) const {
    return static_cast<std::size_t>(std::ranges::count(types_, type));
  }
  const json::object& last(std::string_view type) const {
    const auto found = std::find_if(received_.rbegin(), received_.rend(), [&](const json::object& message) {
      return vendor::string_member(message, "type") == type;
    });
    if (found == received_.rend()) throw std::runtime_error("was not sent: " + std::string(type));
    return *found;
  }
  void tell(std::string_view text) { sessions_.at(0)->socket->send_text(text); }
  void create(std::string_view id) {
    tell(R"({"type":"response.created","response":{"id":")" + std::string(id) + "\"}}");
  }
  void item(std::string_view response, std::string_view id) {
    tell(R"({"type":"response.output_item.added","response_id":")" + std::string(response) +
         R"(","item":{"type":"message","id":")" + std::string(id) + "\"}}");
  }
  // Mu-law: eight bytes a millisecond.
  void sound(std::string_view response, std::size_t ms, std::string_view item_id = "i1") {
    tell(R"({"type":"response.output_audio.delta","response_id":")" + std::string(response) +
         R"(","item_id":")" + std::string(item_id) + R"(","delta":")" +
         base64_of(std::string(ms * 8, '\x7f')) + "\"}");
  }
  void call(std::string_view response, std::string_view id, std::string_view name) {
    tell(R"({"type":"response.function_call_arguments.done","response_id":")" + std::string(response) +
         R"(","call_id":")" + std::string(id) + R"(","name":")" + std::string(name) +
         R"(","arguments":"{}"})");
  }
  void done(std::string_view response, std::string_view status = "completed") {
    tell(R"({"type":"response.done","response":{"id":")" + std::string(response) + R"(","status":")" +
         std::string(status) + "\"}}");
  }
  void refuse(std::string_view about, std::string_view code) {
    tell(R"({"type":"error","error":{"type":"invalid_request_error","code":")" + std::string(code) +
         R"(","message":"no","event_id":")" + std::string(about) + "\"}}");
  }
  std::string asked_id() const {
    return std::string(vendor::string_member(last("response.create"), "event_id"));
  }
  // A message of which the session makes nothing, and after it what was sent before is known to have come.
  void settle() {
    session_->add_text(llm::Role::caller, "settled");
    const auto before = sent("conversation.item.create");
    run_until([&] { return sent("conversation.item.create") > before; });
  }
  void ask() {
    const auto before = sent("response.create");
    reply_ = session_->reply(heard_);
    run_until([&] { return sent("response.create") > before; });
  }

  ManualClock clock_;
  HeldTools tools_;
  agent::AgentPtr agent_;
  std::optional<OpenAiRealtime> model_;
  Caller caller_;
  Heard heard_;
  std::unique_ptr<VoiceSession> session_;
  std::unique_ptr<VoiceReply> reply_;
  std::vector<std::string> types_;
  std::vector<json::object> received_;
  std::function<void(Session&, const std::string&, const json::object&)> on_event_;
};

TEST_F(OpenAiRealtimeTest, AnUtteranceAndItsReplyGoOverOneSocket) {
  open();
  session_->start_utterance(7);
  session_->write(std::vector<std::int16_t>(1600, 1000));
  session_->finish_utterance();
  ask();
  EXPECT_THAT(types_, ElementsAre("session.update", "input_audio_buffer.commit", "response.create"));
  EXPECT_EQ(requests_.at(0).header("authorization"), "Bearer secret-key-0123456789");
  tell(R"({"type":"input_audio_buffer.committed","item_id":"u1"})");
  create("r1");
  item("r1", "i1");
  tell(R"({"type":"response.output_audio_transcript.delta","response_id":"r1","delta":"Good "})");
  tell(R"({"type":"response.output_audio_transcript.delta","response_id":"r1","delta":"day."})");
  sound("r1", 100);
  const std::string completed =
      R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"u1","transcript":"Hello"})";
  tell(completed);
  tell(completed);  // twice: told once
  tell(R"({"type":"response.done","response":{"id":"r1","status":"completed","usage":{"input_tokens":9,
        "output_tokens":4}}})");
  run_until([&] { return heard_.ends == 1; });
  EXPECT_EQ(heard_.text, "Good day.");
  EXPECT_EQ(heard_.samples, 800U);
  EXPECT_THAT(caller_.texts, ElementsAre(std::pair<std::uint64_t, std::string>(7, "Hello")));
  ASSERT_EQ(books_.usages.size(), 2U);
  EXPECT_EQ(books_.usages[0].part, vendor::Part::stt);
  EXPECT_DOUBLE_EQ(books_.usages[0].audio_seconds, 0.2);
  EXPECT_EQ(books_.usages[1].part, vendor::Part::sts);
  EXPECT_EQ(books_.usages[1].input_tokens, 9);
}

TEST_F(OpenAiRealtimeTest, ACallAtAnotherRateIsCarriedAt24KHz) {
  open(16000);
  session_->start_utterance(1);
  session_->write(std::vector<std::int16_t>(16000, 500));
  session_->finish_utterance();
  ask();
  create("r1");
  tell(R"({"type":"response.output_audio.delta","response_id":"r1","delta":")" +
       base64_of(std::string(4801, '\1')) + "\"}");  // an odd byte does no harm
  done("r1");
  run_until([&] { return heard_.ends == 1; });
  EXPECT_NEAR(static_cast<double>(heard_.samples), 1600, 40);
  EXPECT_EQ(last("session.update").at("session").at("audio").at("input").at("format").at("rate").as_int64(),
            24000);
}

TEST_F(OpenAiRealtimeTest, AShortUtteranceIsFilledUpAndACancelledOneCleared) {
  open();
  session_->start_utterance(1);
  session_->write(std::vector<std::int16_t>(80, 1));
  session_->finish_utterance();
  session_->start_utterance(2);
  session_->write(std::vector<std::int16_t>(80, 1));
  session_->cancel_utterance();
  run_until([&] { return sent("input_audio_buffer.clear") == 1; });
  EXPECT_EQ(last("input_audio_buffer.append").at("audio").as_string().size(), 4 * ((800U + 2) / 3));
}

TEST_F(OpenAiRealtimeTest, ABargeInCancelsAndCutsTheModelsMemoryAtWhatWasHeard) {
  open();
  ask();
  create("r1");
  item("r1", "i1");
  sound("r1", 1000);
  run_until([&] { return heard_.samples == 8000; });
  reply_->cut(300ms);
  reply_.reset();
  settle();
  EXPECT_EQ(vendor::string_member(last("response.cancel"), "response_id"), "r1");
  EXPECT_EQ(last("conversation.item.truncate").at("item_id").as_string(), "i1");
  EXPECT_EQ(last("conversation.item.truncate").at("audio_end_ms").as_int64(), 300);
  sound("r1", 1000);  // late
  done("r1", "cancelled");
  settle();
  EXPECT_EQ(heard_.samples, 8000U);
  EXPECT_EQ(heard_.ends, 0);
}

TEST_F(OpenAiRealtimeTest, AReplyOfSeveralItemsIsCutInTheOneThatWasPlaying) {
  open();
  ask();
  create("r1");
  item("r1", "i1");
  sound("r1", 400, "i1");
  item("r1", "i2");
  sound("r1", 1000, "i2");
  item("r1", "i3");
  sound("r1", 1000, "i3");
  done("r1");
  run_until([&] { return heard_.ends == 1; });
  reply_->cut(900ms);
  settle();
  std::vector<std::pair<std::string, std::int64_t>> cuts;
  for (const auto& message : received_) {
    if (vendor::string_member(message, "type") == "conversation.item.truncate")
      cuts.emplace_back(message.at("item_id").as_string().c_str(), message.at("audio_end_ms").as_int64());
  }
  EXPECT_THAT(cuts, ElementsAre(std::pair<std::string, std::int64_t>("i2", 500),
                                std::pair<std::string, std::int64_t>("i3", 0)));
  EXPECT_EQ(sent("response.cancel"), 0U) << "it was over";
}

TEST_F(OpenAiRealtimeTest, AReplyHeardToItsEndIsNotCut) {
  open();
  ask();
  create("r1");
  item("r1", "i1");
  sound("r1", 400);
  done("r1");
  run_until([&] { return heard_.ends == 1; });
  reply_->cut(5s);
  settle();
  EXPECT_EQ(sent("conversation.item.truncate"), 0U);
}

TEST_F(OpenAiRealtimeTest, ANextReplyRefusedBecauseTheCancelledOneIsNotOverIsAskedForAgain) {
  open();
  ask();
  create("r1");
  item("r1", "i1");
  sound("r1", 1000);
  run_until([&] { return heard_.samples == 8000; });
  reply_->cut(0ms);
  ask();
  refuse(asked_id(), "conversation_already_has_active_response");
  settle();
  EXPECT_EQ(sent("response.create"), 2U);
  EXPECT_FALSE(heard_.error);
  done("r1", "cancelled");
  run_until([&] { return sent("response.create") == 3; });
  create("r2");
  sound("r2", 10, "i2");
  done("r2");
  run_until([&] { return heard_.ends == 1; });
  EXPECT_EQ(heard_.samples, 8080U);
}

TEST_F(OpenAiRealtimeTest, RefusedCutsAndCancelsAreNoFailureOfTheReplyThatWaits) {
  open();
  ask();
  refuse("cut", "invalid_value");
  refuse("cancel", "response_cancel_not_active");
  refuse("another", "whatever");
  create("r1");
  done("r1");
  run_until([&] { return heard_.ends == 1; });
  EXPECT_FALSE(heard_.error);
}

TEST_F(OpenAiRealtimeTest, AReplyThatIsRefusedFailsAndItsLateAnswerIsNobodys) {
  open();
  ask();
  refuse(asked_id(), "invalid_value");
  run_until([&] { return heard_.error.has_value(); });
  EXPECT_EQ(heard_.error->fault, Fault::bad_request);
  heard_.error.reset();
  ask();
  create("r2");
  tell(R"({"type":"response.output_text.delta","response_id":"r1","delta":"stale"})");
  tell(R"({"type":"response.output_text.delta","response_id":"r2","delta":"fresh"})");
  done("r2");
  run_until([&] { return heard_.ends == 1; });
  EXPECT_EQ(heard_.text, "fresh");
}

TEST_F(OpenAiRealtimeTest, AReplyDroppedBeforeItWasCreatedIsCancelledWhenItIs) {
  open();
  ask();
  reply_.reset();
  create("r1");
  run_until([&] { return sent("response.cancel") == 2; });
  EXPECT_EQ(vendor::string_member(last("response.cancel"), "response_id"), "r1");
  ask();
  create("r2");
  done("r2");
  run_until([&] { return heard_.ends == 1; });
}

TEST_F(OpenAiRealtimeTest, ToolsRunAndTheReplyGoesOnWithTheirResults) {
  open();
  ask();
  create("r1");
  call("r1", "c1", "weather");
  done("r1");
  run_until([&] { return tools_.running == 1; });
  EXPECT_EQ(tools_.calls.at(0).name, "weather");
  tools_.finish(tools_.outcome("sunny"));
  run_until([&] { return sent("response.create") == 2; });
  EXPECT_EQ(last("conversation.item.create").at("item").at("output").as_string(), "sunny");
  ASSERT_EQ(heard_.actions.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<llm::ToolUsed>(heard_.actions[0]));
  create("r2");
  sound("r2", 50, "i2");
  done("r2");
  run_until([&] { return heard_.ends == 1; });
}

TEST_F(OpenAiRealtimeTest, ABargeInDuringToolsEndsThemAndLeavesNoCallUnanswered) {
  open();
  ask();
  create("r1");
  call("r1", "c1", "weather");
  done("r1");
  run_until([&] { return tools_.running == 1; });
  const auto old = std::move(reply_);
  old->cut(0ms);
  EXPECT_EQ(tools_.running, 0);
  settle();
  const auto answer = std::ranges::find_if(received_, [](const json::object& message) {
    const auto* item = vendor::object_member(message, "item");
    return item != nullptr && vendor::string_member(*item, "call_id") == "c1";
  });
  EXPECT_NE(answer, received_.end());
  EXPECT_EQ(sent("response.cancel"), 0U) << "no response is under way";
}

TEST_F(OpenAiRealtimeTest, AnActionMayEndTheReplyInsideTheCall) {
  open();
  ask();
  create("r1");
  call("r1", "c1", "weather");
  done("r1");
  run_until([&] { return tools_.running == 1; });
  heard_.on_action = [this] { reply_.reset(); };
  const auto finish = std::move(tools_.finish);
  finish(tools_.outcome("sunny"));
  EXPECT_EQ(heard_.actions.size(), 1U);
  settle();
  EXPECT_EQ(sent("response.create"), 1U);
}

TEST_F(OpenAiRealtimeTest, AGoodbyeWithWordsEndsAndOneWithoutIsAskedForItsWords) {
  open();
  ask();
  create("r1");
  item("r1", "i1");
  sound("r1", 100);
  call("r1", "c1", "end_call");
  done("r1");
  run_until([&] { return tools_.running == 1; });
  tools_.finish(tools_.outcome("{}", true));
  EXPECT_EQ(heard_.ends, 1);
  ask();
  create("r2");
  call("r2", "c2", "end_call");
  done("r2");
  run_until([&] { return !tools_.calls.empty() && tools_.calls[0].id == "c2"; });
  tools_.finish(tools_.outcome("{}", true));
  run_until([&] { return sent("response.create") == 3; });
  EXPECT_EQ(heard_.ends, 1);
}

TEST_F(OpenAiRealtimeTest, AModelThatNeverStopsCallingIsStopped) {
  open();
  reply_ = session_->reply(heard_);
  for (int round = 1; round <= 6; ++round) {
    run_until([&] { return sent("response.create") == static_cast<std::size_t>(round); });
    const auto id = "r" + std::to_string(round);
    create(id);
    call(id, "c" + std::to_string(round), "weather");
    done(id);
    if (round == 6) break;
    run_until([&] { return !tools_.calls.empty() && tools_.calls[0].id == "c" + std::to_string(round); });
    tools_.finish(tools_.outcome("x"));
  }
  run_until([&] { return heard_.ends == 1; });
}

TEST_F(OpenAiRealtimeTest, GarbageFailsTheReplyAndTheSessionOnce) {
  open();
  ask();
  create("r1");
  tell("{\"type\":");
  tell("]");
  sessions_.at(0)->socket->send_binary("\1\2");
  run_until([&] { return sessions_.at(0)->ended.has_value(); });
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, Fault::protocol);
  EXPECT_EQ(caller_.failures, 1);
}

TEST_F(OpenAiRealtimeTest, SoundThatIsNoSoundFailsTheReplyAlone) {
  open();
  ask();
  create("r1");
  tell(R"({"type":"response.output_audio.delta","response_id":"r1","delta":"%%%"})");
  run_until([&] { return heard_.error.has_value(); });
  EXPECT_EQ(heard_.error->fault, Fault::protocol);
  settle();
  EXPECT_EQ(sent("response.cancel"), 1U);
  EXPECT_EQ(caller_.failures, 0);
}

TEST_F(OpenAiRealtimeTest, SoundWithoutEndIsStopped) {
  open();
  ask();
  create("r1");
  for (std::size_t minute = 1; minute <= 10; ++minute) {
    sound("r1", 60'000);
    run_until([&] { return heard_.samples == minute * 60 * 8000; });
  }
  sound("r1", 1);
  run_until([&] { return heard_.error.has_value(); });
  EXPECT_EQ(heard_.error->fault, Fault::protocol);
  EXPECT_EQ(heard_.samples, 10U * 60 * 8000);
}

TEST_F(OpenAiRealtimeTest, ABadKeyAndARefusedSetUpFailTheSession) {
  serve_all();
  refuse_ = vendor::testing::json_answer(
      401,
      R"({"error":{"message":"Incorrect API key provided: secret-key-0123456789","code":"invalid_api_key"}})");
  open();
  EXPECT_EQ(caller_.failure.fault, Fault::bad_key);
  EXPECT_THAT(describe(caller_.failure), ::testing::Not(HasSubstr("0123456789")));
  refuse_.reset();
  session_.reset();
  caller_ = {};
  open();
  refuse("session", "invalid_value");
  run_until([&] { return caller_.failures == 1; });
}

TEST_F(OpenAiRealtimeTest, ACloseIsExplainedByTheErrorBeforeIt) {
  open();
  tell(
      R"({"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"pay"}})");
  tell(R"({"type":"rate_limits.updated"})");
  settle();
  sessions_.at(0)->socket->close(net::CloseCode::normal, "");
  run_until([&] { return caller_.failures == 1; });
  EXPECT_EQ(caller_.failure.fault, Fault::no_credit);
}

class DroppedInside : public OpenAiRealtimeTest, public ::testing::WithParamInterface<int> {};

TEST_P(DroppedInside, TheReplyMayBeDroppedInsideItsSound) {
  open(GetParam());
  ask();
  create("r1");
  heard_.on_audio = [this] { reply_.reset(); };
  sound("r1", 100);
  sound("r1", 100);
  run_until([&] { return !reply_; });
  settle();
  EXPECT_EQ(sent("response.cancel"), 1U);
}

INSTANTIATE_TEST_SUITE_P(Rates, DroppedInside, ::testing::Values(8000, 16000));

TEST_F(OpenAiRealtimeTest, FixedWordsAreAskedForWithoutTools) {
  open();
  reply_ = session_->say("Good day, \"friend\".", heard_);
  run_until([&] { return sent("response.create") == 1; });
  const auto& response = last("response.create").at("response");
  EXPECT_THAT(response.at("instructions").as_string().c_str(), HasSubstr("Good day, \"friend\"."));
  EXPECT_EQ(response.at("tool_choice").as_string(), "none");
}

}  // namespace
}  // namespace parley::realtime
