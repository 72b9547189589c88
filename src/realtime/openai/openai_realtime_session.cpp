#include "realtime/openai/openai_realtime_session.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audio/g711.hpp"
#include "llm/prompt.hpp"
#include "realtime/openai/openai_realtime_reply.hpp"

namespace parley::realtime {
namespace {

using std::chrono::milliseconds;
using vendor::Fault;
using vendor::VendorError;

constexpr int kPcmRate = 24'000;
// The server refuses to commit less.
constexpr milliseconds kShortestUtterance{100};
// Audio is sent in messages of this length.
constexpr milliseconds kMessage{60};

}  // namespace

OpenAiRealtimeSession::OpenAiRealtimeSession(const vendor::Account& account, const Clock& clock,
                                             llm::ToolRunner& tools, VoiceRequest request,
                                             RealtimeOptions options, VoiceSessionListener& listener)
    : account_(account),
      clock_(clock),
      tools_(tools),
      request_(std::move(request)),
      options_(std::move(options)),
      faults_(account, options_.model),
      listener_(listener) {
  if (!options_.mulaw) up_.emplace(request_.sample_rate_hz, kPcmRate);
  socket_ = vendor::open_client_socket(request_.executor,
                                       {.url = realtime_url(account_, options_.model),
                                        .headers = {{"Authorization", "Bearer " + account_.key}},
                                        .policy = account.policy,
                                        .subprotocol = {}},
                                       this);
  socket_->send_text(session_update_message(options_, llm::system_prompt(*request_.agent),
                                            llm::offered_tools(*request_.agent)));
}

OpenAiRealtimeSession::~OpenAiRealtimeSession() {
  socket_->close();
}

void OpenAiRealtimeSession::start_utterance(std::uint64_t utterance) {
  utterance_ = utterance;
  open_ = true;
  sent_samples_ = 0;
}

void OpenAiRealtimeSession::write(std::span<const std::int16_t> audio) {
  if (!open_) return;
  sent_samples_ += static_cast<std::int64_t>(audio.size());
  if (options_.mulaw) {
    for (const std::int16_t sample : audio)
      pending_.push_back(static_cast<std::byte>(audio::linear_to_mulaw(sample)));
  } else {
    resampled_.clear();
    up_->process(audio, resampled_);
    const auto bytes = std::as_bytes(std::span(resampled_));
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  }
  if (pending_.size() >= sound_bytes(options_, kMessage)) flush_audio();
}

void OpenAiRealtimeSession::flush_audio() {
  if (pending_.empty()) return;
  append_audio_message(pending_, message_);
  pending_.clear();
  socket_->send_text(message_);
}

void OpenAiRealtimeSession::finish_utterance() {
  if (!open_) return;
  const std::int64_t least = request_.sample_rate_hz * kShortestUtterance.count() / 1000;
  if (sent_samples_ < least) {
    write(std::vector<std::int16_t>(static_cast<std::size_t>(least - sent_samples_), 0));
  }
  open_ = false;
  flush_audio();
  socket_->send_text(commit_message());
  committed_.push_back(utterance_);
  if (options_.transcription_model.empty()) return;
  request_.observer.on_usage({.part = vendor::Part::stt,
                              .vendor = account_.vendor,
                              .model = options_.transcription_model,
                              .audio_seconds = static_cast<double>(sent_samples_) / request_.sample_rate_hz});
}

void OpenAiRealtimeSession::cancel_utterance() {
  if (!std::exchange(open_, false)) return;
  pending_.clear();
  socket_->send_text(clear_message());
}

void OpenAiRealtimeSession::add_text(llm::Role role, std::string text) {
  if (!text.empty()) socket_->send_text(text_item_message(role, text));
}

std::unique_ptr<VoiceReply> OpenAiRealtimeSession::reply(VoiceReplyListener& listener) {
  return begin(listener, {});
}

std::unique_ptr<VoiceReply> OpenAiRealtimeSession::say(std::string text, VoiceReplyListener& listener) {
  return begin(listener, std::move(text));
}

std::unique_ptr<VoiceReply> OpenAiRealtimeSession::begin(VoiceReplyListener& listener, std::string words) {
  auto made = std::make_unique<Reply>(*this, listener);
  made->words = std::move(words);
  if (!options_.mulaw) made->pcm.emplace(kPcmRate, request_.sample_rate_hz);
  reply_ = made.get();
  ask(*made);
  return made;
}

void OpenAiRealtimeSession::ask(Reply& reply) {
  parked_ = false;
  reply.response.clear();
  asked_.push_back({fmt::format("{}{}", kAboutAsking, next_ask_++), &reply});
  socket_->send_text(reply.rounds == 0 && !reply.words.empty() ? say_message(reply.words, asked_.back().id)
                                                               : response_create_message(asked_.back().id));
}

// The vendor is to say no more of it, and nothing of what it was doing is left open.
void OpenAiRealtimeSession::stop(Reply& reply) {
  parked_ = false;
  const auto waits = std::ranges::find(asked_, &reply, &Asked::whose);
  if (waits != asked_.end() || !reply.response.empty())
    socket_->send_text(response_cancel_message(reply.response));
  reply.tools.reset();
  answer_calls(std::exchange(reply.running, {}),
               "the caller interrupted; it is not known whether it was done");
}

void OpenAiRealtimeSession::cut(Reply& reply, milliseconds heard) {
  if (&reply != reply_) return;
  const bool complete = reply.over;
  if (!std::exchange(reply.over, true)) stop(reply);
  for (const SpokenItem& item : reply.items.cut(sound_bytes(options_, heard), complete))
    socket_->send_text(truncate_message(item.id, sound_length(options_, item.bytes).count()));
  reply.items = {};
}

void OpenAiRealtimeSession::gone(Reply& reply) {
  if (&reply == reply_) {
    if (!reply.over) cut(reply, milliseconds(0));
    reply_ = nullptr;
  }
  for (Asked& asked : asked_) {
    if (asked.whose == &reply) asked.whose = nullptr;
  }
}

void OpenAiRealtimeSession::answer_calls(const std::vector<std::string>& calls, std::string_view why) {
  for (const std::string& call : calls)
    socket_->send_text(tool_result_message(call, vendor::to_text(vendor::json::object{{"error", why}})));
}

void OpenAiRealtimeSession::run_tools() {
  Reply& reply = *reply_;
  ++reply.rounds;
  reply.response.clear();
  for (const llm::ToolCall& call : reply.calls)
    reply.running.push_back(call.id);
  // The run is the reply's: it ends with it, and with whatever ends it.
  reply.tools =
      tools_.start({request_.executor, request_.agent, std::exchange(reply.calls, {}), request_.log},
                   [this](llm::ToolOutcome outcome) { tools_done(std::move(outcome)); });
}

void OpenAiRealtimeSession::tools_done(llm::ToolOutcome outcome) {
  const auto ticket = guard_.ticket();
  Reply* const reply = reply_;
  reply->running.clear();
  for (const auto& used : outcome.used)
    socket_->send_text(tool_result_message(used.exchange.call.id, used.exchange.result));
  std::vector<llm::ChatAction> actions;
  std::ranges::move(outcome.used, std::back_inserter(actions));
  std::ranges::move(outcome.actions, std::back_inserter(actions));
  for (auto& action : actions) {
    reply->listener.on_voice_action(std::move(action));
    if (!ticket.valid() || reply_ != reply || reply->over) return;
  }
  // A goodbye that came with its words needs no other answer; one without any would end the call in silence.
  if (outcome.only_actions && reply->items.bytes() > 0) return end_reply(std::nullopt);
  ask(*reply);
}

void OpenAiRealtimeSession::end_reply(std::optional<VendorError> error) {
  if (reply_ == nullptr || reply_->over) return;
  Reply* const reply = reply_;
  reply->over = true;
  auto& listener = reply->listener;
  if (error) return listener.on_voice_failed(std::move(*error));
  if (reply->pcm) {
    const auto ticket = guard_.ticket();
    reply->pcm->finish(
        [&](std::span<const std::int16_t> rest) { listener.on_voice_audio(rest, clock_.now()); });
    if (!ticket.valid() || reply_ != reply) return;
  }
  listener.on_voice_end();
}

// The session is sound, this reply is not.
void OpenAiRealtimeSession::fail_reply(std::string_view what) {
  stop(*reply_);
  end_reply(faults_.make(Fault::protocol, fmt::format("the voice model sent {}", what)));
}

void OpenAiRealtimeSession::fail_session(VendorError error) {
  if (std::exchange(failed_, true)) return;
  socket_->close();
  if (reply_ != nullptr) reply_->tools.reset();
  const auto ticket = guard_.ticket();
  end_reply(error);
  if (ticket.valid()) listener_.on_voice_session_failed(std::move(error));
}

void OpenAiRealtimeSession::fail_protocol(std::string_view what) {
  fail_session(faults_.make(Fault::protocol, fmt::format("the voice model sent {}", what)));
}

}  // namespace parley::realtime
