// Whole conversations as tables: what the caller says, what the agent answers, what happens.
#include "llm/script_model.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/agent_catalog.hpp"
#include "agent/agent_file.hpp"
#include "llm/instant_model.hpp"
#include "llm/script_dialogue.hpp"

namespace parley::llm {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::HasSubstr;

std::string shown(const ChatAction& action) {
  struct Visitor {
    std::string operator()(const EndCall&) const { return "end"; }
    std::string operator()(const Escalate& e) const { return "escalate: " + e.reason; }
    std::string operator()(const StageChanged& s) const { return "stage " + s.stage; }
    std::string operator()(const SlotFilled& s) const { return s.name + "=" + s.value; }
    std::string operator()(const ToolUsed& used) const { return "tool " + used.exchange.call.name; }
  };
  return std::visit(Visitor(), action);
}

// Notes every call as a line; may drop the reply at a chosen one.
class Listener final : public ChatListener {
 public:
  void on_reply_text(std::string_view delta) override { note(fmt::format("text: {}", delta)); }
  void on_reply_action(ChatAction action) override { note(shown(action)); }
  void on_reply_tool_call(ToolCall call) override { note("tool: " + call.name); }
  void on_reply_end() override { note("done"); }
  void on_reply_failed(vendor::VendorError error) override { note("failed: " + error.detail); }

  std::vector<std::string> lines;
  std::unique_ptr<ChatReply> reply;
  std::size_t drop_at = 0;

 private:
  void note(std::string line) {
    lines.push_back(std::move(line));
    if (lines.size() == drop_at) reply.reset();
  }
};

class ScriptModelTest : public testing::Test {
 protected:
  std::vector<std::string> ask(ChatModel& model, const agent::AgentPtr& agent, std::vector<Message> history) {
    Listener listener;
    boost::asio::io_context loop;
    listener.drop_at = drop_at_;
    listener.reply = model.start(
        {loop.get_executor(), agent, {}, std::move(history), {}, log::Logger("test"), vendor::ignore_usage()},
        listener);
    EXPECT_TRUE(listener.lines.empty()) << "a call from inside start()";
    loop.run();
    return listener.lines;
  }

  agent::AgentPtr agent(const std::string& text) {
    auto parsed = agent::parse_agent(text, "t");
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
    return parsed ? *parsed : nullptr;
  }

  ManualClock clock_;
  ScriptModel model_{clock_};
  std::size_t drop_at_ = 0;
};

constexpr const char* kDesk = R"(
name: desk
llm: {provider: script, options: {utc_offset: "+05:30"}}
script:
  fallback: "Pardon?"
  escalate_after: 2
  escalate_reply: Wait.
  slots:
    day: {kind: date}
    phone: {kind: digits, min_digits: 4, max_digits: 4}
  stages:
    start:
      fallback: Say book.
      rules:
        - {patterns: book, keys: "1", reply: "Which day?", go_to: day}
    day:
      rules:
        - {patterns: "{day}", reply: "{day}, fine. Phone?", go_to: phone}
    phone:
      rules:
        - {patterns: "{phone}", reply: "{day}, {phone}. Bye.", end_call: true}
  anywhere:
    - {patterns: person, reply: Sure., escalate: true}
)";

TEST_F(ScriptModelTest, AnswersTheLastEntryHavingFollowedTheOthers) {
  const auto desk = agent(kDesk);
  ASSERT_TRUE(model_.prepare(desk, {}));
  EXPECT_THAT(ask(model_, desk, {{Role::caller, "I want to book"}}),
              ElementsAre("text: Which day?", "stage day", "done"));
  EXPECT_THAT(ask(model_, desk, {{Role::agent, "Hello."}, {Role::caller, "1", InputKind::dtmf}}),
              ElementsAre("text: Which day?", "stage day", "done"));
  EXPECT_THAT(ask(model_, desk,
                  {{Role::caller, "book"},
                   {Role::agent, "Which"},
                   {Role::caller, "second of may"},
                   {Role::caller, "1 2 3 4"}}),
              ElementsAre("text: Second of may, 1 2 3 4. Bye.", "phone=1234", "end", "done"));
  EXPECT_THAT(ask(model_, desk, {{Role::caller, "book"}, {Role::caller, "a person"}}),
              ElementsAre("text: Sure.", "escalate: asked for by the caller", "done"));
}

TEST_F(ScriptModelTest, DatesAreReadOnTheCallersCalendar) {
  const auto desk = agent(kDesk);
  const std::vector<Message> history = {{Role::caller, "book"}, {Role::caller, "today"}};
  const auto at_midnight = day_at(clock_.wall_now(), "");
  ASSERT_TRUE(at_midnight);
  EXPECT_EQ(*day_at(WallTime(), "+00:00"), 1970y / January / 1);
  EXPECT_EQ(*day_at(WallTime() + 19h, "+05:30"), 1970y / January / 2);
  EXPECT_EQ(*day_at(WallTime() + 18h, "+05:30"), 1970y / January / 1);
  EXPECT_EQ(*day_at(WallTime(), "-01:00"), 1969y / December / 31);
  clock_.advance(19h);
  const auto day = CalendarDay(floor<days>(clock_.wall_now() + 330min));
  const std::string value = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                                        static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  EXPECT_THAT(ask(model_, desk, history),
              ElementsAre("text: Today, fine. Phone?", "day=" + value, "stage phone", "done"));
}

TEST_F(ScriptModelTest, WhatIsNotUnderstoodGetsTheFallbackAndThenAPerson) {
  const auto desk = agent(kDesk);
  const Message mumble{Role::caller, "mumble"};
  const Message rejected{Role::caller, "", InputKind::not_understood};
  const Message book{Role::caller, "book"};
  EXPECT_THAT(ask(model_, desk, {mumble}), ElementsAre("text: Say book.", "done"));
  EXPECT_THAT(ask(model_, desk, {mumble, rejected}),
              ElementsAre("text: Wait.", "escalate: not understood", "done"));
  EXPECT_THAT(ask(model_, desk, {mumble, book, rejected}), ElementsAre("text: Pardon?", "done"));
  EXPECT_THAT(ask(model_, desk, {mumble, mumble, mumble}), ElementsAre("text: Say book.", "done"));
  EXPECT_THAT(ask(model_, desk, {{Role::caller, "7", InputKind::dtmf}}),
              ElementsAre("text: Say book.", "done"));
}

TEST_F(ScriptModelTest, ADroppedReplySaysNothingMore) {
  const auto desk = agent(kDesk);
  drop_at_ = 1;
  EXPECT_THAT(ask(model_, desk, {{Role::caller, "book"}}), ElementsAre("text: Which day?"));
  drop_at_ = 2;
  EXPECT_THAT(ask(model_, desk, {{Role::caller, "book"}}), ElementsAre("text: Which day?", "stage day"));
  Listener listener;
  boost::asio::io_context loop;
  model_
      .start({loop.get_executor(),
              desk,
              {},
              {{Role::caller, "book"}},
              {},
              log::Logger("test"),
              vendor::ignore_usage()},
             listener)
      .reset();
  loop.run();
  EXPECT_TRUE(listener.lines.empty());
}

TEST_F(ScriptModelTest, RefusesWhatItCannotAnswer) {
  const auto desk = agent(kDesk);
  EXPECT_THAT(ask(model_, desk, {}), ElementsAre("failed: the history does not end with the caller"));
  EXPECT_THAT(ask(model_, desk, {{Role::agent, "Hello"}}),
              ElementsAre("failed: the history does not end with the caller"));
  agent::Agent wrong = *desk;
  wrong.llm.options["utc_offset"] = "5:30";
  EXPECT_EQ(model_.prepare(std::make_shared<const agent::Agent>(wrong), {}).error().message,
            "agent desk: llm.options: utc_offset must be written as +05:30, not '5:30'");
  wrong = *desk;
  wrong.script.stages.clear();
  EXPECT_FALSE(model_.prepare(std::make_shared<const agent::Agent>(wrong), {}));
}

TEST_F(ScriptModelTest, TheInstantModelAnswersTwentyWords) {
  InstantModel model;
  const auto lines = ask(model, agent(kDesk), {{Role::caller, "anything"}});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(agent::words_of(lines[0]).size(), 21u);  // "text:" is the first
  EXPECT_EQ(lines[1], "done");
}

// What callers of the bundled agents say, and what each must get: a part of the reply, and the actions.
struct Line {
  const char* said;
  const char* reply;
  std::vector<std::string> actions;
  InputKind kind = InputKind::speech;
};

void converse(const char* name, const std::vector<Line>& lines) {
  const auto catalog = agent::AgentCatalog::open("");
  ASSERT_TRUE(catalog) << catalog.error().message;
  const auto agent = *catalog->find(name);
  std::vector<Message> history;
  for (const auto& line : lines) {
    history.push_back({Role::caller, line.said, line.kind});
    const auto answer = answer_history(agent->script, history, 2026y / November / 21);
    EXPECT_THAT(answer.reply, HasSubstr(line.reply)) << line.said;
    std::vector<std::string> actions;
    for (const auto& action : answer.actions)
      actions.push_back(shown(action));
    EXPECT_EQ(actions, line.actions) << line.said;
  }
}

TEST(BundledAgents, TheAppointmentDeskBooksAVisit) {
  converse(
      "appointment-desk",
      {
          {"Hello.", "You can book a visit", {}},
          {"I'd like to book an appointment please",
           "Doctor Rao, Doctor Thomas or Doctor Kapoor?",
           {"stage doctor"}},
          {"Doctor Kapoor",
           "Which day would you like to see Doctor Kapoor?",
           {"doctor=Doctor Kapoor", "stage day"}},
          {"what are your hours", "nine in the morning", {}},
          {"the second of May", "The second of may is fine. At what time?", {"day=2027-05-02", "stage time"}},
          {"half past four",
           "Half past four, good. What is your phone number?",
           {"time=16:30", "stage phone"}},
          {"nine eight double seven six five four three two one",
           "nine eight double seven six five four three two one. Shall I book it?",
           {"phone=9877654321", "stage confirm"}},
          {"yes please", "Your visit is booked for the second of may at half past four.", {"stage more"}},
          {"no thank you", "Goodbye.", {"end"}},
      });
  converse("appointment-desk",
           {
               {"an appointment with Thomas", "see Doctor Thomas", {"doctor=Doctor Thomas", "stage day"}},
               {"tomorrow at 4:30 pm",
                "Tomorrow at 4:30 pm, good.",
                {"day=2026-11-22", "time=16:30", "stage phone"}},
               {"9877654321", "9 8 7 7 6 5 4 3 2 1", {"phone=9877654321", "stage confirm"}, InputKind::dtmf},
               {"no change it", "Which day", {"stage day"}},
           });
  converse("appointment-desk",
           {
               {"I want to cancel my visit", "Which phone number", {"stage cancel_phone"}},
               {"uh", "ten digits", {}},
               {"98776 54321", "Shall I cancel it?", {"phone=9877654321", "stage cancel_confirm"}},
               {"yes", "It is cancelled.", {"stage more"}},
               {"can I speak to a person", "One moment", {"escalate: asked for by the caller"}},
           });
}

TEST(BundledAgents, TheLeadQualifierAsksItsQuestions) {
  converse(
      "lead-qualifier",
      {
          {"yes it is", "still looking", {"stage interest"}},
          {"yeah I'm still looking", "In which city?", {"stage city"}},
          {"Bombay", "Mumbai, lovely.", {"city=Mumbai", "stage budget"}},
          {"around thirty thousand rupees",
           "when would you like to move in?",
           {"budget=twenty to forty thousand", "stage timeline"}},
          {"next month", "decide alone", {"timeline=next month", "stage decider"}},
          {"with my wife", "On which day", {"stage callback"}},
          {"Monday at four", "Monday at four, noted.", {"day=2026-11-23", "time=16:00", "stage closing"}},
          {"that's right", "Goodbye.", {"end"}},
      });
  converse("lead-qualifier",
           {
               {"no", "When may we call", {"stage callback"}},
               {"tomorrow morning", "noted", {"day=2026-11-22", "stage closing"}},
               {"speak to a person", "putting you through", {"escalate: asked for by the caller"}},
               {"stop calling me", "Goodbye.", {"end"}},
           });
}

TEST(BundledAgents, TheHindiMenuIsAnsweredByKeys) {
  const auto key = InputKind::dtmf;
  converse("hindi-menu", {
                             {"2", "वोल्टेज", {"stage complaint"}, key},
                             {"1", "शिकायत दर्ज करें?", {"stage confirm"}, key},
                             {"1", "शिकायत दर्ज हो गई है", {"stage menu"}, key},
                             {"7", "यह विकल्प नहीं है", {}, key},
                             {"1", "बिल", {"stage bill"}, key},
                             {"9", "बिल की जानकारी के लिए एक", {"stage menu"}, key},
                             {"3", "कार्यालय", {}, key},
                             {"#", "धन्यवाद", {"end"}, key},
                         });
}

}  // namespace
}  // namespace parley::llm
