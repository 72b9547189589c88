#include "caller/bench_call.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFrame{20};
constexpr milliseconds kShortestPause{300};
constexpr milliseconds kLongestPause{1500};
constexpr milliseconds kInterruptAfter{600};
constexpr int kInterruptSpreadMs = 800;
constexpr std::uint32_t kInterruptEvery = 4;  // answers
// Without a mark behind it, audio that ended so long ago was the end of what the agent had to say.
constexpr milliseconds kAgentDone{2000};

float ms(SteadyTime::duration time) {
  return std::chrono::duration<float, std::milli>(time).count();
}

// The text between the quotes of the first string behind `key`. Enough for base64, event names and our own
// marks, which have no escapes; a parser would cost the generator more than the server spends.
std::string_view string_behind(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::size_t open = text.find('"', at + key.size());
  if (open == std::string_view::npos) return {};
  const std::size_t close = text.find('"', open + 1);
  if (close == std::string_view::npos) return {};
  return text.substr(open + 1, close - open - 1);
}

std::size_t bytes_of_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=')
    text.remove_suffix(1);
  return text.size() * 3 / 4;
}

std::string& message_buffer() {
  thread_local std::string buffer;
  buffer.clear();
  return buffer;
}

}  // namespace

BenchCall::BenchCall(const BenchSounds& sounds, BenchCallWire& wire, BenchFigures& figures,
                     std::uint32_t number, BenchBehaviour behaviour)
    : sounds_(sounds),
      wire_(wire),
      figures_(figures),
      echo_(behaviour.echo),
      longest_pause_(behaviour.first_pause),
      stream_id_(fmt::format("{:028x}18bl", number + 1)),
      random_(number + 1),
      answers_(number),
      // Calls send their pieces at different times also when a piece is many frames.
      frames_to_piece_(number / 20 % static_cast<std::uint32_t>(sounds.piece / kFrame) + 1) {
  random_.discard(3);
}

void BenchCall::begin(SteadyTime now) {
  begun_ = true;
  since_ = now;
  play_end_ = echo_ ? now + kEchoAllowance : now;
  wire_.send(R"({"event":"connected"})");
  std::string& out = message_buffer();
  fmt::format_to(
      std::back_inserter(out),
      R"({{"event":"start","sequence_number":"1","stream_sid":"{0}","start":{{"stream_sid":"{0}","call_sid":"{0}",)"
      R"("account_sid":"bench","from":"09999999999","to":"08000000000","media_format":{{"encoding":"base64",)"
      R"("sample_rate":"{1}","bit_rate":"128kbps"}}}}}})",
      stream_id_, sounds_.sample_rate_hz);
  wire_.send(out);
  if (echo_) pause(now);
}

void BenchCall::on_frame(SteadyTime now) {
  if (!begun_ || over_) return;
  echo_marks(now);
  decide(now);
  if (--frames_to_piece_ > 0) return;
  frames_to_piece_ = sounds_.piece / kFrame;
  send_piece(now);
}

void BenchCall::decide(SteadyTime now) {
  switch (state_) {
    case State::greeting:
      if (now - since_ < kGreetingDeadline) return;
      ++figures_.missed_turns;
      return pause(now);
    case State::listening:
      if (will_interrupt_ && now >= until_ && now < play_end_) return start_speaking(now, true);
      if (agent_done(now)) pause(now);
      return;
    case State::pausing:
      if (now >= until_) start_speaking(now, false);
      return;
    case State::speaking:
      return;
    case State::awaiting:
      if (now - since_ < kAnswerDeadline) return;
      ++figures_.missed_turns;
      return pause(now);
  }
}

void BenchCall::pause(SteadyTime now) {
  state_ = State::pausing;
  std::uniform_int_distribution<std::int64_t> pause(
      kShortestPause.count(), std::max(kShortestPause, std::exchange(longest_pause_, kLongestPause)).count());
  until_ = now + milliseconds(pause(random_));
}

void BenchCall::start_speaking(SteadyTime now, bool interrupting) {
  state_ = State::speaking;
  since_ = now;
  spoken_ = 0;
  interrupting_ = interrupting;
  cleared_ = false;
}

void BenchCall::send_piece(SteadyTime now) {
  const bool speaking = state_ == State::speaking;
  const std::string& payload =
      speaking ? sounds_.speech[spoken_] : sounds_.line_noise[chunk_ % sounds_.line_noise.size()];
  std::string& out = message_buffer();
  fmt::format_to(std::back_inserter(out),
                 FMT_COMPILE(R"({{"event":"media","sequence_number":"{}","stream_sid":"{}",)"
                             R"("media":{{"chunk":"{}","timestamp":"{}","payload":")"),
                 ++sequence_, stream_id_, chunk_ + 1,
                 static_cast<std::int64_t>(chunk_) * sounds_.piece.count());
  ++chunk_;
  out += payload;
  out += "\"}}";
  wire_.send(out);
  if (!speaking) return;
  if (spoken_ == 0) since_ = now;
  if (++spoken_ < sounds_.speech.size()) return;
  if (echo_) return pause(now);
  if (figures_.counting) {
    ++figures_.turns;
    if (interrupting_) ++figures_.interruptions;
  }
  if (interrupting_ && !cleared_) ++figures_.unobeyed;
  state_ = State::awaiting;
  since_ = now;
}

void BenchCall::hang_up() {
  if (over_) return;
  over_ = true;
  if (begun_) {
    std::string& out = message_buffer();
    fmt::format_to(
        std::back_inserter(out),
        R"({{"event":"stop","sequence_number":"{}","stream_sid":"{}","stop":{{"call_sid":"{}","reason":"callended"}}}})",
        ++sequence_, stream_id_, stream_id_);
    wire_.send(out);
  }
  wire_.close();
}

void BenchCall::on_text(std::string_view text, SteadyTime now) {
  if (over_) return;
  const std::string_view event = string_behind(text.substr(0, 200), "\"event\":");
  if (event == "media") {
    const auto samples = static_cast<std::int64_t>(bytes_of_base64(string_behind(text, "\"payload\":")) / 2);
    on_audio(milliseconds(samples * 1000 / sounds_.sample_rate_hz), now);
  } else if (event == "mark") {
    on_mark(string_behind(text, "\"name\":"));
  } else if (event == "clear") {
    on_clear(now);
  }
}

void BenchCall::on_audio(milliseconds length, SteadyTime now) {
  play(length, now);
  if (echo_) return;
  if (state_ == State::greeting) {
    figures_.greeting_ms.push_back(ms(now - since_));
    will_interrupt_ = false;
    state_ = State::listening;
  } else if (state_ == State::awaiting) {
    if (figures_.counting) {
      figures_.response_ms.push_back(ms(now - since_));
      ++figures_.answered;
    }
    will_interrupt_ = ++answers_ % kInterruptEvery == 0;
    std::uniform_int_distribution<int> spread(0, kInterruptSpreadMs);
    until_ = now + kInterruptAfter + milliseconds(spread(random_));
    state_ = State::listening;
  } else if (state_ == State::speaking && (cleared_ || !interrupting_)) {
    ++figures_.talked_over;
  }
}

void BenchCall::play(milliseconds length, SteadyTime now) {
  if (!echo_ && figures_.counting) note_pacing(length, now);
  if (now > play_end_) {
    if (agent_unfinished_ && now - play_end_ < kAgentDone) ++figures_.holes;
    play_end_ = now;
    if (echo_) play_end_ += kEchoAllowance;
  }
  play_end_ += length;
  agent_unfinished_ = true;
}

void BenchCall::note_pacing(milliseconds length, SteadyTime now) {
  const auto interval = now - last_audio_;
  // The first pieces come at once, to make the lead; what comes after half a piece or more is paced.
  if (agent_unfinished_ && interval > last_length_ / 2 && interval < kAgentDone) {
    figures_.pacing_ms.push_back(std::abs(ms(interval - last_length_)));
  }
  last_audio_ = now;
  last_length_ = length;
}

void BenchCall::on_clear(SteadyTime now) {
  play_end_ = std::min(play_end_, now);
  agent_unfinished_ = false;
  for (const Mark& mark : marks_)
    send_mark(mark.name);
  marks_.clear();
  if (state_ != State::speaking || !interrupting_ || cleared_) return;
  cleared_ = true;
  if (figures_.counting && spoken_ > 0) figures_.clear_ms.push_back(ms(now - since_));
}

void BenchCall::on_mark(std::string_view name) {
  agent_unfinished_ = false;
  marks_.push_back({play_end_, std::string(name)});
}

void BenchCall::echo_marks(SteadyTime now) {
  std::size_t due = 0;
  while (due < marks_.size() && marks_[due].due <= now)
    send_mark(marks_[due++].name);
  if (due > 0) marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(due));
}

void BenchCall::send_mark(std::string_view name) {
  std::string& out = message_buffer();
  fmt::format_to(
      std::back_inserter(out),
      FMT_COMPILE(R"({{"event":"mark","sequence_number":"{}","stream_sid":"{}","mark":{{"name":"{}"}}}})"),
      ++sequence_, stream_id_, name);
  wire_.send(out);
}

bool BenchCall::agent_done(SteadyTime now) const {
  return now >= play_end_ && (!agent_unfinished_ || now - play_end_ >= kAgentDone);
}

}  // namespace parley::caller
