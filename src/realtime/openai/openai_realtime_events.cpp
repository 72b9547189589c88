// What a realtime session does with what the vendor sends.
#include <algorithm>

#include <fmt/format.h>

#include "audio/g711.hpp"
#include "base/base64.hpp"
#include "realtime/openai/openai_realtime_reply.hpp"

namespace parley::realtime {
namespace {

using vendor::Fault;

constexpr int kMostToolRounds = 5;
constexpr std::size_t kMostCalls = 16;
// A vendor that never ends must not fill the memory.
constexpr std::size_t kMostText = 64 * 1024;
constexpr std::chrono::milliseconds kLongestReply{10 * 60 * 1000};

}  // namespace

bool OpenAiRealtimeSession::of_present(const RealtimeEvent& event) const {
  return reply_ != nullptr && !reply_->over && !event.response.empty() && event.response == reply_->response;
}

void OpenAiRealtimeSession::on_socket_text(std::string_view text) {
  if (failed_) return;
  const SteadyTime received_at = std::chrono::steady_clock::now();
  auto event = parse_realtime(text);
  if (!event) return fail_protocol("what is not JSON");
  take(*event, received_at);
}

void OpenAiRealtimeSession::on_socket_binary(std::string_view) {
  fail_protocol("a binary message");
}

void OpenAiRealtimeSession::on_socket_refused(const net::ConnectError& error) {
  fail_session(faults_.of_connect(error, clock_.wall_now()));
}

void OpenAiRealtimeSession::on_socket_closed(const net::CloseInfo& close) {
  auto error = faults_.of_close(close);
  if (last_error_ && last_error_->fault != Fault::bad_request) error = std::move(*last_error_);
  fail_session(std::move(error));
}

void OpenAiRealtimeSession::take(RealtimeEvent& event, SteadyTime received_at) {
  using Kind = RealtimeEvent::Kind;
  switch (event.kind) {
    case Kind::committed:
      if (committed_.empty() || event.item.empty()) return;
      utterances_.emplace_back(event.item, committed_.front());
      committed_.pop_front();
      if (utterances_.size() > 16) utterances_.pop_front();
      return;
    case Kind::caller_text:
      for (auto said = utterances_.begin(); said != utterances_.end(); ++said) {
        if (said->first != event.item) continue;
        const std::uint64_t utterance = said->second;
        utterances_.erase(said);  // told once
        return listener_.on_caller_text(utterance, std::move(event.text));
      }
      return;
    case Kind::response_created:
      return take_created(event);
    case Kind::item_added:
      return take_item(event);
    case Kind::text:
      return take_text(event);
    case Kind::audio:
      return take_audio(event, received_at);
    case Kind::tool_call:
      if (of_present(event) && reply_->calls.size() < kMostCalls)
        reply_->calls.push_back(std::move(event.call));
      return;
    case Kind::response_done:
      return take_done(event);
    case Kind::error:
      return take_error(event);
    default:
      return;
  }
}

void OpenAiRealtimeSession::take_created(const RealtimeEvent& event) {
  if (asked_.empty()) return;
  Reply* const whose = asked_.front().whose;
  asked_.pop_front();
  if (whose != nullptr && whose == reply_ && !whose->over) {
    whose->response = event.response;
  } else {
    socket_->send_text(response_cancel_message(event.response));
  }
}

void OpenAiRealtimeSession::take_item(const RealtimeEvent& event) {
  if (of_present(event) && !event.item.empty()) reply_->items.begin(event.item);
}

void OpenAiRealtimeSession::take_text(const RealtimeEvent& event) {
  if (!of_present(event)) return;
  reply_->text_bytes += event.text.size();
  if (reply_->text_bytes > kMostText) return fail_reply("words without end");
  reply_->listener.on_voice_text(event.text);
}

void OpenAiRealtimeSession::take_audio(const RealtimeEvent& event, SteadyTime received_at) {
  if (!of_present(event)) return;
  decoded_.resize(base64_decoded_max(event.audio.size()));
  const auto bytes = base64_decode(event.audio, reinterpret_cast<std::byte*>(decoded_.data()));
  if (!bytes) return fail_reply("sound that is not base64");
  reply_->items.add(event.item, *bytes);
  if (reply_->items.bytes() > sound_bytes(options_, kLongestReply)) return fail_reply("sound without end");
  auto& listener = reply_->listener;
  const std::string_view sound(decoded_.data(), *bytes);
  if (!options_.mulaw) {
    return reply_->pcm->push(
        sound, [&](std::span<const std::int16_t> samples) { listener.on_voice_audio(samples, received_at); });
  }
  samples_.clear();
  for (const char code : sound)
    samples_.push_back(audio::mulaw_to_linear(static_cast<std::uint8_t>(code)));
  if (!samples_.empty()) listener.on_voice_audio(samples_, received_at);
}

void OpenAiRealtimeSession::take_done(RealtimeEvent& event) {
  if (event.has_usage) {
    event.usage.part = vendor::Part::sts;
    event.usage.vendor = account_.vendor;
    event.usage.model = options_.model;
    request_.observer.on_usage(event.usage);
  }
  if (!of_present(event)) {
    // Of a reply that was cut: now the next one can be had.
    if (parked_ && reply_ != nullptr && !reply_->over) ask(*reply_);
    return;
  }
  reply_->response.clear();
  if (event.status == "failed") return end_reply(faults_.of_object(0, event.error));
  if (event.status == "cancelled") return end_reply(std::nullopt);
  if (reply_->calls.empty()) return end_reply(std::nullopt);
  if (reply_->rounds < kMostToolRounds) return run_tools();
  std::vector<std::string> calls(reply_->calls.size());
  std::ranges::transform(reply_->calls, calls.begin(), &llm::ToolCall::id);
  answer_calls(calls, "too many calls for one answer");
  end_reply(std::nullopt);
}

void OpenAiRealtimeSession::take_error(const RealtimeEvent& event) {
  auto error = faults_.of_object(0, event.error);
  if (event.about == kAboutSession) return fail_session(std::move(error));
  if (error.code == "input_audio_buffer_commit_empty" || event.about == kAboutCommit) {
    if (!committed_.empty()) committed_.pop_front();
    return;
  }
  // Late cancels and cuts are answered so, and mean nothing.
  if (event.about == kAboutCancel || event.about == kAboutCut || error.code == "response_cancel_not_active" ||
      error.code.starts_with("item_truncate")) {
    return;
  }
  // A response that cannot even be created is answered by an error alone.
  auto refused = std::ranges::find(asked_, event.about, &Asked::id);
  if (event.about.empty() && !asked_.empty()) refused = asked_.begin();
  if (refused != asked_.end()) {
    Reply* const whose = refused->whose;
    asked_.erase(refused);
    if (whose == nullptr || whose != reply_ || whose->over) return;
    // The one before it was cancelled and is not over yet.
    if (error.code == "conversation_already_has_active_response") {
      parked_ = true;
      return;
    }
    return end_reply(std::move(error));
  }
  request_.log.warn("voice model: {}", describe(error));
  last_error_ = std::move(error);
}

}  // namespace parley::realtime
