// Plays the timed scenarios of tests/scenario on the turn machine. A scenario is its own expectation: lines
// with '<' go in, lines with '>' must come out, at exactly these milliseconds and in this order. Its grammar
// is in tests/scenario/README.md.
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/turn_machine.hpp"

namespace parley::engine {
namespace {

using std::chrono::milliseconds;

StreamTime ms(long value) {
  return milliseconds(value);
}
long to_ms(StreamTime time) {
  return static_cast<long>(time.count() / 1000);
}

std::string_view kind_name(llm::InputKind kind) {
  constexpr std::string_view kNames[] = {"speech", "dtmf", "not_understood"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view notice_name(Notice notice) {
  constexpr std::string_view kNames[] = {"greeting", "trouble", "max_duration", "key", "transfer"};
  return kNames[static_cast<std::size_t>(notice)];
}

struct Describe {
  std::string operator()(const StartUtterance& a) const {
    return fmt::format("start_utterance {} since {}", a.utterance, to_ms(a.since));
  }
  std::string operator()(const FinishUtterance& a) const {
    return fmt::format("finish_utterance {}", a.utterance);
  }
  std::string operator()(const CancelUtterance&) const { return "cancel_utterance"; }
  std::string operator()(const StartReply& a) const {
    return fmt::format("start_reply {} {}{} \"{}\"", a.generation, kind_name(a.kind),
                       a.replaces_last_input ? " replacing" : "", a.text);
  }
  std::string operator()(const Say& a) const {
    return fmt::format("say {} {} \"{}\"", a.generation, notice_name(a.notice), a.text);
  }
  std::string operator()(const CancelReply& a) const {
    return fmt::format("cancel_reply {}{}", a.generation, a.by_caller ? " by_caller" : "");
  }
  std::string operator()(const RequestEscalation& a) const {
    return fmt::format("escalate \"{}\"", a.reason);
  }
  std::string operator()(const RequestTransfer& a) const { return fmt::format("transfer \"{}\"", a.to); }
  std::string operator()(const TranscriptTimedOut&) const { return "transcript_timeout"; }
  std::string operator()(const EndCall& a) const {
    return fmt::format("end_call \"{}\"", to_string(a.reason));
  }
};

// Words of a line; "quoted text" is one word.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    const bool quoted = line[at] == '"';
    const std::size_t begin = quoted ? at + 1 : at;
    const std::size_t end = std::min(line.find(quoted ? '"' : ' ', begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    at = quoted ? end + 1 : end;
  }
  return words;
}

class ScenarioPlayer {
 public:
  explicit ScenarioPlayer(const std::filesystem::path& file) : file_(file) {}

  void play() {
    std::ifstream in(file_);
    ASSERT_TRUE(in) << file_;
    auto agent = std::make_shared<agent::Agent>();
    std::string line;
    while (std::getline(in, line)) {
      if (line.empty() || line[0] == '#') continue;
      const auto words = split(line);
      if (words[0] == "agent") {
        ASSERT_TRUE(set(*agent, words)) << file_ << ": " << line;
        continue;
      }
      if (!machine_) machine_.emplace(agent);
      const long at = std::stol(words[0]);
      if (words.at(1) == ">") {
        expected_ << line << '\n';
        continue;
      }
      pass_time(at);
      if (words[1] == ".") continue;
      ASSERT_EQ(words[1], "<") << file_ << ": " << line;
      ASSERT_TRUE(feed(words, at)) << file_ << ": " << line;
    }
    EXPECT_EQ(actual_.str(), expected_.str()) << file_;
  }

 private:
  // Stops at every deadline on the way, as the driver's timer does.
  void pass_time(long until) {
    for (;;) {
      const auto next = machine_->next_deadline();
      if (!next || to_ms(*next) > until) break;
      now_ = std::max(now_, to_ms(*next));
      advance();
    }
    now_ = std::max(now_, until);
    advance();
  }

  void advance() {
    machine_->advance(ms(now_), ms(now_), actions_);
    print();
  }

  void print() {
    for (const Action& action : actions_)
      actual_ << now_ << " > " << std::visit(Describe{}, action) << '\n';
    actions_.clear();
  }

  static bool set(agent::Agent& agent, const std::vector<std::string>& words) {
    const std::string& key = words.at(1);
    const std::string& value = words.at(2);
    auto& turns = agent.turn_taking;
    const auto as_ms = [&] { return milliseconds(std::stol(value)); };
    if (key == "first_message")
      agent.first_message = value;
    else if (key == "endpointing")
      turns.endpointing = as_ms();
    else if (key == "interrupt_after")
      turns.interrupt_after = as_ms();
    else if (key == "interrupt_grace")
      turns.interrupt_grace = as_ms();
    else if (key == "transcript_deadline")
      turns.transcript_deadline = as_ms();
    else if (key == "reply_deadline")
      turns.reply_deadline = as_ms();
    else if (key == "greeting_interruptible")
      turns.greeting_interruptible = value == "true";
    else if (key == "max_duration")
      agent.limits.max_duration = std::chrono::seconds(std::stol(value));
    else if (key == "max_duration_say")
      agent.limits.max_duration_say = value;
    else if (key == "max_digits")
      agent.dtmf.max_digits = std::stoi(value);
    else if (key == "escalate_key")
      agent.dtmf.keys[value[0]] = {agent::DtmfAction::escalate, words.size() > 3 ? words[3] : ""};
    else if (key == "hang_up_key")
      agent.dtmf.keys[value[0]] = {agent::DtmfAction::hang_up, words.size() > 3 ? words[3] : ""};
    else if (key == "transfer")
      agent.transfer = transfer_to(value, words.size() > 3 ? words[3] : "");
    else
      return false;
    return true;
  }

  static agent::Transfer transfer_to(const std::string& numbers, std::string say) {
    agent::Transfer transfer;
    transfer.enabled = true;
    std::istringstream in(numbers);
    for (std::string number; std::getline(in, number, ',');)
      transfer.to.push_back(number);
    transfer.say = std::move(say);
    return transfer;
  }

  bool feed(const std::vector<std::string>& words, long at) {
    const std::string& name = words.at(2);
    const auto number = [&](std::size_t i) { return std::stoul(words.at(i)); };
    const auto tell = [&](const Event& event) {
      machine_->on(event, ms(at), actions_);
      print();
      return true;
    };
    if (name == "stream_started") return tell(StreamStarted{});
    if (name == "speech_started") return tell(SpeechStarted{ms(std::stol(words.at(3)))});
    if (name == "speech_paused") return tell(SpeechPaused{ms(std::stol(words.at(3)))});
    if (name == "speech_resumed") return tell(SpeechResumed{});
    if (name == "transcript") return tell(FinalTranscript{number(3), words.at(4), false});
    if (name == "rejected") return tell(FinalTranscript{number(3), "", true});
    if (name == "transcript_failed") return tell(TranscriptFailed{});
    if (name == "reply_audible") return tell(ReplyAudible{number(3)});
    if (name == "reply_heard") return tell(ReplyHeard{number(3)});
    if (name == "reply_failed") return tell(ReplyFailed{number(3)});
    if (name == "end_call_wanted") return tell(EndCallWanted{number(3)});
    if (name == "escalation_wanted") return tell(EscalationWanted{number(3), words.at(4)});
    if (name == "dtmf") return tell(DtmfPressed{words.at(3).at(0)});
    if (name == "caller_gone") return tell(CallerGone{});
    if (name == "shutdown") return tell(ShutdownWanted{});
    if (name == "hang_up_wanted") return tell(HangUpWanted{});
    if (name == "transfer_wanted")
      return tell(TransferWanted{words.size() > 4 ? words[4] : "", words.size() > 3 ? words[3] : ""});
    return false;
  }

  std::filesystem::path file_;
  std::optional<TurnMachine> machine_;
  Actions actions_;
  long now_ = 0;
  std::ostringstream expected_;
  std::ostringstream actual_;
};

std::vector<std::filesystem::path> scenarios() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(PARLEY_SOURCE_DIR "/tests/scenario")) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Scenario : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Scenario, GoesAsWritten) {
  ScenarioPlayer(GetParam()).play();
}

INSTANTIATE_TEST_SUITE_P(Turns, Scenario, ::testing::ValuesIn(scenarios()),
                         [](const auto& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace parley::engine
