#include "caller/caller_script.hpp"

#include <charconv>
#include <cmath>

namespace parley::caller {
namespace {

struct Word {
  std::string text;
  bool quoted = false;
};

constexpr std::size_t kLongestText = 2000;

Result<std::vector<Word>> split(std::string_view line) {
  std::vector<Word> words;
  std::size_t at = 0;
  while (at < line.size()) {
    const char c = line[at];
    if (c == ' ' || c == '\t' || c == '\r') {
      ++at;
      continue;
    }
    // Between words only: the key # is written `dtmf "#"` or behind another key.
    if (c == '#') break;
    Word word;
    if (c == '"') {
      word.quoted = true;
      for (++at; at < line.size() && line[at] != '"'; ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) ++at;
        word.text += line[at];
      }
      if (at == line.size()) return fail(Errc::invalid_argument, "the closing quote is missing");
      ++at;
    } else {
      while (at < line.size() && line[at] != ' ' && line[at] != '\t' && line[at] != '\r')
        word.text += line[at++];
    }
    if (word.text.size() > kLongestText) {
      return fail(Errc::invalid_argument, fmt::format("a text is longer than {} bytes", kLongestText));
    }
    words.push_back(std::move(word));
  }
  return words;
}

// Reads the words of one line from left to right.
class Line {
 public:
  explicit Line(std::vector<Word> words) : words_(std::move(words)) {}

  bool done() const { return next_ == words_.size(); }
  bool accept(std::string_view keyword) {
    if (done() || words_[next_].quoted || words_[next_].text != keyword) return false;
    ++next_;
    return true;
  }
  bool at_quoted() const { return !done() && words_[next_].quoted; }
  Result<std::string> word(std::string_view what) {
    if (done()) return fail(Errc::invalid_argument, fmt::format("{} is missing", what));
    return words_[next_++].text;
  }
  Result<std::string> quoted(std::string_view what) {
    if (!at_quoted() || words_[next_].text.empty()) {
      return fail(Errc::invalid_argument, fmt::format("{} is missing; write it in quotes", what));
    }
    return words_[next_++].text;
  }
  Result<milliseconds> duration(std::string_view what) {
    auto text = word(what);
    if (!text) return fail(text.error());
    return parse_duration(*text);
  }
  // [within] duration, or the default at the line's end.
  Result<milliseconds> timeout(milliseconds otherwise) {
    accept("within");
    if (done()) return otherwise;
    return duration("the time limit");
  }

 private:
  std::vector<Word> words_;
  std::size_t next_ = 0;
};

Result<ScriptAction> parse_wait(Line& line) {
  if (line.accept("agent-speaking")) {
    const auto timeout = line.timeout(kDefaultAgentTimeout);
    if (!timeout) return fail(timeout.error());
    return WaitAgentSpeakingStep{*timeout};
  }
  if (line.accept("agent")) {
    const auto timeout = line.timeout(kDefaultAgentTimeout);
    if (!timeout) return fail(timeout.error());
    return WaitAgentStep{*timeout, true};
  }
  const auto length = line.duration("what to wait for (agent, agent-speaking or a time)");
  if (!length) return fail(length.error());
  return SilenceStep{*length};
}

Result<ScriptAction> parse_interrupt(Line& line) {
  InterruptStep step;
  if (line.accept("after")) {
    const auto after = line.duration("the time after which to interrupt");
    if (!after) return fail(after.error());
    step.after = *after;
  }
  line.accept("say");
  auto text = line.quoted("what to say");
  if (!text) return fail(text.error());
  step.text = *std::move(text);
  return step;
}

Result<ScriptAction> parse_expect_sound(Line& line) {
  const auto range = line.word("the length of the sound (1s..5s)");
  if (!range) return fail(range.error());
  const std::size_t dots = range->find("..");
  if (dots == std::string::npos) {
    return fail(Errc::invalid_argument, "expect sound needs a shortest and a longest time, like 1s..5s");
  }
  const auto shortest = parse_duration(std::string_view(*range).substr(0, dots));
  if (!shortest) return fail(shortest.error());
  const auto longest = parse_duration(std::string_view(*range).substr(dots + 2));
  if (!longest) return fail(longest.error());
  if (*longest < *shortest)
    return fail(Errc::invalid_argument, "the longest time is shorter than the shortest");
  const auto timeout = line.timeout(kDefaultExpectTimeout);
  if (!timeout) return fail(timeout.error());
  return ExpectSoundStep{*shortest, *longest, *timeout};
}

Result<ScriptAction> parse_expect(Line& line) {
  if (line.accept("sound")) return parse_expect_sound(line);
  if (line.accept("silence")) {
    const auto length = line.duration("the length of the silence");
    if (!length) return fail(length.error());
    return ExpectSilenceStep{*length};
  }
  line.accept("text");
  auto text = line.quoted("what to expect (\"words\", sound 1s..5s or silence 2s)");
  if (!text) return fail(text.error());
  const auto timeout = line.timeout(kDefaultExpectTimeout);
  if (!timeout) return fail(timeout.error());
  return ExpectTextStep{*std::move(text), *timeout};
}

Result<ScriptAction> parse_dtmf(Line& line) {
  auto digits = line.word("the keys to press");
  if (!digits) return fail(digits.error());
  if (digits->empty() || digits->find_first_not_of("0123456789*#") != std::string::npos) {
    return fail(Errc::invalid_argument, "dtmf takes the keys 0-9, * and #");
  }
  return DtmfStep{*std::move(digits)};
}

Result<ScriptAction> parse_action(Line& line) {
  if (line.accept("say")) {
    auto text = line.quoted("what to say");
    if (!text) return fail(text.error());
    return SayStep{*std::move(text)};
  }
  if (line.accept("play")) {
    auto file = line.word("the WAV file to play");
    if (!file) return fail(file.error());
    return PlayStep{*std::move(file)};
  }
  if (line.accept("wait")) return parse_wait(line);
  if (line.accept("interrupt")) return parse_interrupt(line);
  if (line.accept("dtmf")) return parse_dtmf(line);
  if (line.accept("silence")) {
    const auto length = line.duration("the length of the silence");
    if (!length) return fail(length.error());
    return SilenceStep{*length};
  }
  if (line.accept("expect")) return parse_expect(line);
  if (line.accept("hangup")) return HangUpStep{};
  if (line.accept("drop")) return DropStep{};
  return fail(Errc::invalid_argument,
              "unknown step; there are say, play, wait, interrupt, dtmf, silence, expect, hangup and drop");
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double factor = 0;
  if (unit == "ms") factor = 1;
  if (unit == "s") factor = 1000;
  if (unit == "m") factor = 60'000;
  const double result = value * factor;
  if (error != std::errc() || factor == 0 || !std::isfinite(result) || result < 0 || result > 3'600'000) {
    return fail(
        Errc::invalid_argument,
        fmt::format("'{}' is not a time; write 800ms, 2s or 1m, at most an hour", text.substr(0, 40)));
  }
  return milliseconds(std::llround(result));
}

Result<CallerScript> parse_caller_script(std::string_view text) {
  CallerScript script;
  int number = 0;
  const auto failed = [&number](const Error& error) {
    return fail(error.code, fmt::format("line {}: {}", number, error.message));
  };
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto words = split(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!words) return failed(words.error());
    if (words->empty()) continue;
    Line line(*std::move(words));
    auto action = parse_action(line);
    if (!action) return failed(action.error());
    if (!line.done()) return failed({Errc::invalid_argument, "there is something behind the step's end"});
    script.push_back({number, *std::move(action)});
  }
  if (script.empty()) return fail(Errc::invalid_argument, "the script has no step");
  return script;
}

CallerScript script_of_sentences(const std::vector<std::string>& sentences) {
  constexpr milliseconds kGreetingBegins{3000};
  CallerScript script;
  script.push_back({0, WaitAgentStep{kGreetingBegins, false}});
  for (const std::string& sentence : sentences) {
    script.push_back({0, SayStep{sentence}});
    script.push_back({0, WaitAgentStep{}});
  }
  return script;
}

}  // namespace parley::caller
