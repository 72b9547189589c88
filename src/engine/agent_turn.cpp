#include "engine/agent_turn.hpp"

namespace parley::engine {

AgentTurn::AgentTurn(std::uint64_t generation, Dependencies dependencies, AgentTurnListener& listener)
    : generation_(generation), dependencies_(std::move(dependencies)), listener_(listener) {}

AgentTurn::~AgentTurn() = default;

void AgentTurn::ask(llm::ChatModel& model, std::vector<llm::Message> history) {
  llm::ChatRequest request{
      dependencies_.executor, dependencies_.agent,   dependencies_.agent->llm, std::move(history), {},
      dependencies_.log,      dependencies_.observer};
  reply_ = model.start(std::move(request), *this);
}

void AgentTurn::converse(realtime::VoiceSession& session) {
  begin_voice_segment();
  voice_reply_ = session.reply(*this);
}

void AgentTurn::say_by(realtime::VoiceSession& session, std::string text) {
  keep_audio_ = true;
  begin_voice_segment();
  voice_reply_ = session.say(std::move(text), *this);
}

// A voice model's reply is one segment: where its sentences end in the sound is not known.
void AgentTurn::begin_voice_segment() {
  sentences_.push_back({dependencies_.next_segment++, "", false});
  next_to_speak_ = sentences_.size();
  dependencies_.playout.begin_segment(sentences_.back().segment, 0);
}

void AgentTurn::cut(const std::vector<Heard>& heard) {
  if (!voice_reply_) return;
  double fraction = 0;
  for (const Heard& part : heard) {
    if (part.segment == sentences_.front().segment) fraction = part.fraction;
  }
  const auto samples = static_cast<std::int64_t>(static_cast<double>(voice_samples_) * fraction);
  voice_reply_->cut(std::chrono::milliseconds(samples * 1000 / dependencies_.sample_rate_hz));
}

void AgentTurn::on_voice_text(std::string_view delta) {
  if (silenced_) return;
  if (text_.empty() && !delta.empty()) listener_.on_turn_first_token();
  text_ += delta;
  sentences_.front().text = text_;
}

void AgentTurn::on_voice_audio(std::span<const std::int16_t> audio, SteadyTime received_at) {
  voice_samples_ += static_cast<std::int64_t>(audio.size());
  on_speech_audio(audio, received_at);
}

void AgentTurn::on_voice_action(llm::ChatAction action) {
  on_reply_action(std::move(action));
}

void AgentTurn::on_voice_end() {
  if (silenced_) return;
  dependencies_.playout.end_segment();
  text_complete_ = generated_ = true;
  listener_.on_turn_audio();
  if (!silenced_) listener_.on_turn_generated();
}

void AgentTurn::on_voice_failed(vendor::VendorError error) {
  on_speech_failed(std::move(error));
}

void AgentTurn::say(std::string text) {
  keep_audio_ = true;
  text_ = text;
  text_complete_ = true;
  enqueue(std::move(text));
}

void AgentTurn::play(std::string text, std::shared_ptr<const std::vector<std::int16_t>> audio) {
  text_ = text;
  text_complete_ = true;
  const std::uint64_t segment = dependencies_.next_segment++;
  sentences_.push_back({segment, std::move(text)});
  next_to_speak_ = sentences_.size();
  dependencies_.playout.begin_segment(segment, audio->size());
  dependencies_.playout.append_shared(std::move(audio));
  dependencies_.playout.end_segment();
  generated_ = true;
  listener_.on_turn_audio();
  listener_.on_turn_generated();
}

void AgentTurn::say_filler(std::string text) {
  if (waits_for_model()) enqueue(std::move(text), true);
}

void AgentTurn::on_reply_text(std::string_view delta) {
  if (silenced_) return;
  if (text_.empty() && !delta.empty()) listener_.on_turn_first_token();
  text_ += delta;
  for (auto& sentence : splitter_.push(delta))
    enqueue(std::move(sentence));
}

void AgentTurn::on_reply_action(llm::ChatAction action) {
  if (silenced_) return;
  if (const auto* used = std::get_if<llm::ToolUsed>(&action)) tools_.push_back(used->exchange);
  listener_.on_turn_action(std::move(action));
}

// Tools are run below (llm/tool_loop.hpp); one that comes up to here was asked for by a model that has none.
void AgentTurn::on_reply_tool_call(llm::ToolCall) {}

void AgentTurn::on_reply_end() {
  if (silenced_) return;
  text_complete_ = true;
  for (auto& sentence : splitter_.flush())
    enqueue(std::move(sentence));
  if (!job_) speak_next();
}

void AgentTurn::on_reply_failed(vendor::VendorError error) {
  if (!silenced_) listener_.on_turn_failed(std::move(error));
}

void AgentTurn::enqueue(std::string sentence, bool filler) {
  sentences_.push_back({dependencies_.next_segment++, std::move(sentence), filler});
  if (!job_) speak_next();
}

void AgentTurn::speak_next() {
  if (next_to_speak_ == sentences_.size()) {
    if (text_complete_ && !generated_) {
      generated_ = true;
      listener_.on_turn_generated();
    }
    return;
  }
  const SpokenSentence& sentence = sentences_[next_to_speak_++];
  // About fifteen letters a second are spoken in most languages.
  const auto expected = sentence.text.size() * static_cast<std::size_t>(dependencies_.sample_rate_hz) / 15;
  dependencies_.playout.begin_segment(sentence.segment, expected);
  const auto& agent = *dependencies_.agent;
  // Nothing was said before it, and nothing is in its way.
  const bool first_of_reply = reply_ && sentences_.size() == 1;
  if (first_of_reply) dependencies_.times.sentence_begins();
  job_ = dependencies_.tts.start(
      {dependencies_.executor, sentence.text, agent.tts, agent.language, dependencies_.sample_rate_hz,
       dependencies_.log, dependencies_.observer, agent.caching.speech, agent.personal},
      *this);
  if (first_of_reply) dependencies_.times.sentence_given();
}

void AgentTurn::on_speech_audio(std::span<const std::int16_t> audio, SteadyTime received_at) {
  if (silenced_) return;
  if (first_received_at_ == SteadyTime{}) first_received_at_ = received_at;
  if (keep_audio_) kept_audio_.insert(kept_audio_.end(), audio.begin(), audio.end());
  dependencies_.playout.append(audio);
  listener_.on_turn_audio();
}

void AgentTurn::on_speech_end() {
  if (silenced_) return;
  dependencies_.playout.end_segment();
  finished_job_ = std::move(job_);
  listener_.on_turn_audio();
  if (!silenced_) speak_next();
}

void AgentTurn::on_speech_failed(vendor::VendorError error) {
  if (silenced_) return;
  voice_failed_ = true;
  dependencies_.playout.end_segment();
  listener_.on_turn_failed(std::move(error));
}

}  // namespace parley::engine
