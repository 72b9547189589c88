#include "speech/deepgram/flux_protocol.hpp"

#include <algorithm>
#include <limits>

#include "speech/deepgram/spoken_words.hpp"
#include "vendor/json.hpp"

namespace parley::speech::deepgram {
namespace {

// Flux works on windows of 80 ms.
constexpr double kTolerance_s = 0.1;
constexpr double kSilence_s = 0.4;     // behind each utterance
constexpr double kSureBefore_s = 0.8;  // an end of turn that lies so shortly before the utterance's own end
constexpr std::size_t kAllWords = std::numeric_limits<std::size_t>::max();

}  // namespace

struct FluxProtocol::Turn {
  std::int64_t index = 0;
  double heard_from_s = 0;
  double heard_to_s = 0;
  bool over = false;
  std::string text;
  std::vector<SpokenWord> words;
};

void FluxProtocol::start(std::uint64_t utterance) {
  Utterance fresh;
  fresh.id = utterance;
  fresh.begin_s = now_s();
  utterances_.push_back(std::move(fresh));
}

Ending FluxProtocol::finish() {
  if (utterances_.empty() || utterances_.back().end_s) return {};
  auto& utterance = utterances_.back();
  utterance.end_s = now_s();
  if (*utterance.end_s <= utterance.begin_s) return {};
  Ending ending{.send = {.text = {}, .silence_samples = static_cast<std::size_t>(rate_ * kSilence_s)},
                .wait = timing_.final_wait};
  // The silence that ended the utterance was long enough for Flux to notice any speech after its end of turn.
  if (utterance.turn_ended) ending.wait = timing_.ended_wait;
  return ending;
}

Outgoing FluxProtocol::cancel() {
  utterances_.clear();
  spend(last_turn_, last_words_);
  return {};
}

LiveReading FluxProtocol::read(std::string_view message) {
  LiveReading reading;
  const auto parsed = vendor::parse_json_object(message);
  const auto type = parsed ? vendor::string_member(*parsed, "type") : std::string_view();
  if (type.empty()) {
    reading.readable = false;
    return reading;
  }
  reading.request_id = vendor::text_member(*parsed, "request_id");
  if (type == "TurnInfo") {
    read_turn(*parsed, reading);
  } else if (type == "Error" || type == "FatalError") {
    reading.trouble = Trouble{.code = vendor::text_member(*parsed, "code"),
                              .words = vendor::text_member(*parsed, "description")};
  }
  return reading;
}

void FluxProtocol::read_turn(const boost::json::object& message, LiveReading& reading) {
  const auto index = vendor::integer_member(message, "turn_index");
  const auto* text = vendor::member(message, "transcript");
  const auto event = vendor::string_member(message, "event");
  if (!index || *index < 0 || event.empty() || (text != nullptr && !text->is_string())) {
    reading.readable = false;
    return;
  }
  Turn turn;
  turn.index = *index;
  turn.over = event == "EndOfTurn";
  turn.heard_to_s = vendor::number_member(message, "audio_window_end").value_or(now_s());
  turn.heard_from_s = vendor::number_member(message, "audio_window_start").value_or(turn.heard_to_s);
  turn.text = vendor::string_member(message, "transcript");
  turn.words = read_words(message);
  if (turn.words.empty()) turn.words = split_words(turn.text);
  if (turn.index < spent_turn_) return;
  last_turn_ = turn.index;
  last_words_ = turn.words.size();

  if (utterances_.empty() || turn.heard_to_s <= utterances_.front().begin_s + kTolerance_s) {
    spend(turn.index, turn.words.size());
  }
  while (!utterances_.empty() && turn.heard_to_s > utterances_.front().begin_s + kTolerance_s) {
    auto& utterance = utterances_.front();
    take(utterance, turn);
    if (!is_answered(utterance, turn)) {
      std::string now = utterance.closed;
      append_text(now, utterance.open);
      if (!now.empty() && now != utterance.told) {
        utterance.told = now;
        reading.heard.push_back(
            {.utterance = utterance.id, .final = false, .transcript = {.text = std::move(now)}});
      }
      break;
    }
    reading.heard.push_back(final_of(utterance));
    // What comes behind its end is the next one's.
    auto used = turn.words.size();
    if (have_times(turn.words)) {
      used = static_cast<std::size_t>(std::ranges::count_if(
          turn.words, [end_s = *utterance.end_s](const SpokenWord& word) { return *word.middle_s < end_s; }));
    }
    utterances_.pop_front();
    spend(turn.index, used);
  }
  if (turn.over) spend(turn.index, kAllWords);
}

void FluxProtocol::spend(std::int64_t turn, std::size_t words) {
  if (turn < spent_turn_) return;
  spent_words_ = turn == spent_turn_ ? std::max(spent_words_, words) : words;
  spent_turn_ = turn;
}

void FluxProtocol::take(Utterance& utterance, const Turn& turn) const {
  const double end_s = utterance.end_s.value_or(std::numeric_limits<double>::infinity());
  const std::size_t skip = turn.index == spent_turn_ ? spent_words_ : 0;
  // The turn began before the utterance, or goes on behind it.
  const bool shared = skip > 0 || turn.heard_from_s < utterance.begin_s - kTolerance_s ||
                      turn.heard_to_s > end_s + kSilence_s + kTolerance_s;
  std::string text;
  if (!shared) {
    text = turn.text;
  } else if (have_times(turn.words) && skip != kAllWords) {
    text = words_between(turn.words, utterance.begin_s, end_s);
  } else {
    text = words_after(turn.words, skip);
  }
  utterance.open.clear();
  if (turn.over) {
    append_text(utterance.closed, text);
    utterance.turn_ended = true;
    return;
  }
  append_text(utterance.open, text);
  if (!utterance.open.empty()) utterance.turn_ended = false;
}

bool FluxProtocol::is_answered(const Utterance& utterance, const Turn& turn) {
  if (!utterance.end_s) return false;
  if (utterance.closed.empty() && utterance.open.empty()) return false;
  // Either all of it was heard, or Flux is sure that the speech is over, and what is left is the silence that
  // ended the utterance.
  return turn.heard_to_s >= *utterance.end_s - (turn.over ? kSureBefore_s : kTolerance_s);
}

Heard FluxProtocol::final_of(const Utterance& utterance) {
  Heard heard{.utterance = utterance.id, .final = true, .transcript = {.text = utterance.closed}};
  append_text(heard.transcript.text, utterance.open);
  return heard;
}

std::optional<Heard> FluxProtocol::give_up(std::uint64_t utterance) {
  const auto found = std::ranges::find(utterances_, utterance, &Utterance::id);
  if (found == utterances_.end() || !found->end_s) return std::nullopt;
  auto heard = final_of(*found);
  heard.transcript.unanswered = true;
  utterances_.erase(found);
  spend(last_turn_, last_words_);
  return heard;
}

}  // namespace parley::speech::deepgram
