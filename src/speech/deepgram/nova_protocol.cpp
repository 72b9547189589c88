#include "speech/deepgram/nova_protocol.hpp"

#include <algorithm>
#include <limits>

#include "speech/deepgram/spoken_words.hpp"
#include "vendor/json.hpp"

namespace parley::speech::deepgram {
namespace {

// Pieces begin and end on Deepgram's own frames, not on ours.
constexpr double kTolerance_s = 0.1;
// So much of an utterance may be missing at its end for it to count as heard: it is silence anyway.
constexpr double kCovered_s = 0.03;

constexpr std::string_view kFinalize = R"({"type":"Finalize"})";
constexpr std::string_view kKeepAlive = R"({"type":"KeepAlive"})";

}  // namespace

struct NovaProtocol::Results {
  double from_s = 0;
  double to_s = 0;
  bool timed = false;
  bool is_final = false;
  bool speech_final = false;
  bool from_finalize = false;
  std::string text;
  double confidence = 1;
  std::vector<SpokenWord> words;
};

void NovaProtocol::start(std::uint64_t utterance) {
  Utterance fresh;
  fresh.id = utterance;
  fresh.begin_s = fresh.final_to_s = now_s();
  utterances_.push_back(std::move(fresh));
}

Ending NovaProtocol::finish() {
  if (utterances_.empty() || utterances_.back().end_s) return {};
  auto& utterance = utterances_.back();
  utterance.end_s = now_s();
  if (*utterance.end_s <= utterance.begin_s) return {};
  Ending ending{.send = {.text = std::string(kFinalize)}, .wait = timing_.final_wait};
  if (utterance.speech_ended && utterance.interim.empty()) ending.wait = timing_.quiet_wait;
  if (utterance.final_to_s >= *utterance.end_s - kCovered_s) ending.wait = std::chrono::milliseconds(0);
  return ending;
}

Outgoing NovaProtocol::cancel() {
  const bool heard_some =
      !utterances_.empty() && !utterances_.back().end_s && now_s() > utterances_.back().begin_s;
  utterances_.clear();
  // Without it the rest of this utterance would come as the beginning of the next one's first piece.
  return heard_some ? Outgoing{.text = std::string(kFinalize)} : Outgoing{};
}

LiveReading NovaProtocol::read(std::string_view message) {
  LiveReading reading;
  const auto parsed = vendor::parse_json_object(message);
  const auto type = parsed ? vendor::string_member(*parsed, "type") : std::string_view();
  if (type.empty()) {
    reading.readable = false;
  } else if (type == "Results") {
    read_results(*parsed, reading);
  } else if (type == "Metadata") {
    reading.request_id = vendor::text_member(*parsed, "request_id");
  } else if (type == "Error") {
    Trouble trouble{.code = vendor::text_member(*parsed, "variant"),
                    .words = vendor::text_member(*parsed, "description")};
    for (const auto* name : {"err_code", "code"})
      if (trouble.code.empty()) trouble.code = vendor::text_member(*parsed, name);
    for (const auto* name : {"message", "err_msg", "reason"})
      if (trouble.words.empty()) trouble.words = vendor::text_member(*parsed, name);
    reading.trouble = std::move(trouble);
  }
  return reading;
}

void NovaProtocol::read_results(const boost::json::object& message, LiveReading& reading) {
  const auto* channel = vendor::object_member(message, "channel");
  const auto* alternatives = channel == nullptr ? nullptr : vendor::array_member(*channel, "alternatives");
  if (alternatives == nullptr) {
    reading.readable = false;
    return;
  }
  if (const auto* metadata = vendor::object_member(message, "metadata")) {
    reading.request_id = vendor::text_member(*metadata, "request_id");
  }
  Results results;
  results.is_final = vendor::bool_member(message, "is_final");
  results.speech_final = vendor::bool_member(message, "speech_final");
  results.from_finalize = vendor::bool_member(message, "from_finalize");
  const auto start = vendor::number_member(message, "start");
  const auto duration = vendor::number_member(message, "duration");
  if (start && duration && *start >= 0 && *duration >= 0 && *start + *duration > 0) {
    results.timed = true;
    results.from_s = *start;
    results.to_s = *start + *duration;
  }
  if (!alternatives->empty()) {
    const auto* best = alternatives->front().if_object();
    const auto* text = best == nullptr ? nullptr : vendor::member(*best, "transcript");
    if (text == nullptr || !text->is_string()) {
      reading.readable = false;
      return;
    }
    results.text = vendor::string_member(*best, "transcript");
    results.confidence = std::clamp(vendor::number_member(*best, "confidence").value_or(1), 0.0, 1.0);
    results.words = read_words(*best);
  }
  for (auto at = utterances_.begin(); at != utterances_.end();) {
    if (take(*at, results)) {
      reading.heard.push_back(final_of(*at));
      at = utterances_.erase(at);
      // Without times a piece is the oldest utterance's, and of no other.
      if (!results.timed) break;
      continue;
    }
    std::string now = at->text;
    append_text(now, at->interim);
    if (!now.empty() && now != at->told) {
      at->told = now;
      reading.heard.push_back(
          {.utterance = at->id, .final = false, .transcript = {.text = std::move(now), .confidence = 1}});
    }
    if (!results.timed) break;
    ++at;
  }
}

// True: the utterance is answered.
bool NovaProtocol::take(Utterance& utterance, const Results& results) {
  const double end_s = utterance.end_s.value_or(std::numeric_limits<double>::infinity());
  const double from_s = results.timed ? results.from_s : utterance.final_to_s;
  const double to_s = results.timed ? results.to_s : std::min(end_s, now_s());
  if (results.timed && to_s <= utterance.begin_s + kTolerance_s)
    return false;  // of an earlier one, perhaps cancelled
  const bool finalized = results.from_finalize && utterance.end_s.has_value();
  if (from_s >= end_s - kCovered_s) return finalized;
  // Told twice: its text is there already.
  const bool again =
      results.timed && utterance.final_to_s > utterance.begin_s && to_s <= utterance.final_to_s + 1e-6;
  if (!again) {
    const bool whole = from_s >= utterance.final_to_s - kTolerance_s && to_s <= end_s + kTolerance_s;
    const double middle = (from_s + to_s) / 2;
    std::string text;
    if (!whole && have_times(results.words)) {
      text = words_between(results.words, utterance.final_to_s, end_s);
    } else if (whole || (middle >= utterance.final_to_s && middle < end_s)) {
      text = results.text;
    }
    if (results.is_final) {
      const auto weight = static_cast<double>(text.size());
      utterance.confidence += results.confidence * weight;
      utterance.weight += weight;
      append_text(utterance.text, text);
      utterance.interim.clear();
      utterance.final_to_s = std::max(utterance.final_to_s, std::min(to_s, end_s));
      if (results.speech_final) utterance.speech_ended = true;
    } else {
      utterance.interim.clear();
      append_text(utterance.interim, text);
      if (!utterance.interim.empty()) utterance.speech_ended = false;
    }
  }
  return finalized || (utterance.end_s && results.is_final && utterance.final_to_s >= end_s - kCovered_s);
}

Heard NovaProtocol::final_of(const Utterance& utterance) {
  Heard heard{.utterance = utterance.id, .final = true, .transcript = {.text = utterance.text}};
  append_text(heard.transcript.text, utterance.interim);
  if (utterance.weight > 0)
    heard.transcript.confidence = static_cast<float>(utterance.confidence / utterance.weight);
  return heard;
}

std::optional<Heard> NovaProtocol::give_up(std::uint64_t utterance) {
  const auto found = std::ranges::find(utterances_, utterance, &Utterance::id);
  if (found == utterances_.end() || !found->end_s) return std::nullopt;
  auto heard = final_of(*found);
  heard.transcript.unanswered = true;
  utterances_.erase(found);
  return heard;
}

Outgoing NovaProtocol::keep_alive() {
  // KeepAlive alone did not hold every socket that had not heard any audio yet; a tenth of a second does.
  const auto silence = samples_ == 0 ? static_cast<std::size_t>(rate_ / 10) : std::size_t{0};
  return {.text = std::string(kKeepAlive), .silence_samples = silence};
}

}  // namespace parley::speech::deepgram
