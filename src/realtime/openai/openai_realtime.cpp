#include "realtime/openai/openai_realtime.hpp"

#include <deque>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/guarded.hpp"
#include "audio/g711.hpp"
#include "audio/resampler.hpp"
#include "base/base64.hpp"
#include "llm/prompt.hpp"
#include "realtime/openai/openai_realtime_protocol.hpp"
#include "speech/openai/openai_faults.hpp"
#include "speech/pcm_stream.hpp"
#include "vendor/client_socket.hpp"

namespace parley::realtime {
namespace {

using vendor::Fault;
using vendor::VendorError;

constexpr int kPcmRate = 24'000;
// The server refuses to commit less.
constexpr std::chrono::milliseconds kShortestUtterance{100};
// Audio is sent in messages of this length.
constexpr std::chrono::milliseconds kMessage{60};
constexpr int kMostToolRounds = 5;

class Session;

class Reply final : public VoiceReply {
 public:
  Reply(Session& session, VoiceReplyListener& listener) : session_(session), listener_(listener) {}
  ~Reply() override;
  void cut(std::chrono::milliseconds heard) override;

  Session& session_;
  VoiceReplyListener& listener_;
  std::string response;  // empty: not created yet
  std::string item;      // what is being said
  std::vector<llm::ToolCall> calls;
  int rounds = 0;
  bool over = false;
  std::unique_ptr<llm::ToolRun> tools;
  std::optional<speech::PcmStream> pcm;
};

class Session final : public VoiceSession, private vendor::ClientSocketListener {
 public:
  Session(const vendor::Account& account, const Clock& clock, llm::ToolRunner& tools, VoiceRequest request,
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
                                          .subprotocol = {}},
                                         this);
    socket_->send_text(session_update_message(options_, llm::system_prompt(*request_.agent),
                                              llm::offered_tools(*request_.agent)));
  }
  ~Session() override {
    if (socket_) socket_->close();
  }

  void start_utterance(std::uint64_t utterance) override {
    utterance_ = utterance;
    open_ = true;
    sent_samples_ = 0;
  }
  void write(std::span<const std::int16_t> audio) override;
  void finish_utterance() override;
  void cancel_utterance() override {
    if (!std::exchange(open_, false)) return;
    pending_.clear();
    socket_->send_text(clear_message());
  }
  void add_text(llm::Role role, std::string text) override {
    if (!text.empty()) socket_->send_text(text_item_message(role, text));
  }
  std::unique_ptr<VoiceReply> reply(VoiceReplyListener& listener) override { return begin(listener, {}); }
  std::unique_ptr<VoiceReply> say(std::string text, VoiceReplyListener& listener) override {
    return begin(listener,
                 "Say exactly the following to the caller, in these words and nothing else: " + text);
  }

  // Of the replies.
  void gone(Reply& reply);
  void cut(Reply& reply, std::chrono::milliseconds heard);

 private:
  void on_socket_open() override {}
  void on_socket_text(std::string_view text) override;
  void on_socket_binary(std::string_view) override { fail_protocol("a binary message"); }
  void on_socket_refused(const net::ConnectError& error) override {
    fail_session(faults_.of_connect(error, clock_.wall_now()));
  }
  void on_socket_closed(const net::CloseInfo& close) override { fail_session(faults_.of_close(close)); }

  std::unique_ptr<VoiceReply> begin(VoiceReplyListener& listener, std::string_view instructions);
  void flush_audio();
  void take(RealtimeEvent& event, SteadyTime received_at);
  void take_audio(const RealtimeEvent& event, SteadyTime received_at);
  void take_done(RealtimeEvent& event);
  void run_tools();
  void tools_done(llm::ToolOutcome outcome);
  void end_reply(std::optional<VendorError> error);
  void fail_session(VendorError error);
  void fail_protocol(std::string_view what) {
    fail_session(faults_.make(Fault::protocol, fmt::format("the voice model sent {}", what)));
  }
  bool of_present(const RealtimeEvent& event) const {
    return reply_ != nullptr && !reply_->over && !event.response.empty() &&
           event.response == reply_->response;
  }

  const vendor::Account& account_;
  const Clock& clock_;
  llm::ToolRunner& tools_;
  VoiceRequest request_;
  const RealtimeOptions options_;
  speech::OpenAiFaults faults_;
  VoiceSessionListener& listener_;
  std::unique_ptr<vendor::ClientSocket> socket_;

  std::optional<audio::Resampler> up_;
  std::vector<std::int16_t> resampled_;
  std::vector<std::byte> pending_;  // encoded, not sent
  std::string message_;
  std::string decoded_;
  std::vector<std::int16_t> samples_;

  std::uint64_t utterance_ = 0;
  bool open_ = false;
  std::int64_t sent_samples_ = 0;
  std::deque<std::uint64_t> committed_;                           // whose item is not named yet
  std::deque<std::pair<std::string, std::uint64_t>> utterances_;  // by item, the last ones

  Reply* reply_ = nullptr;
  // response.create messages sent and not answered: whose they are. Another than reply_: nobody waits any
  // more.
  std::deque<Reply*> asked_;
  async::Guard guard_;
};

Reply::~Reply() {
  session_.gone(*this);
}

void Reply::cut(std::chrono::milliseconds heard) {
  session_.cut(*this, heard);
}

void Session::write(std::span<const std::int16_t> audio) {
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
  const std::size_t a_second = options_.mulaw ? 8'000 : 2 * kPcmRate;
  if (pending_.size() >= a_second * static_cast<std::size_t>(kMessage.count()) / 1000) flush_audio();
}

void Session::flush_audio() {
  if (pending_.empty()) return;
  append_audio_message(pending_, message_);
  pending_.clear();
  socket_->send_text(message_);
}

void Session::finish_utterance() {
  if (!open_) return;
  const std::int64_t least = request_.sample_rate_hz * kShortestUtterance.count() / 1000;
  if (sent_samples_ < least) {
    write(std::vector<std::int16_t>(static_cast<std::size_t>(least - sent_samples_), 0));
  }
  open_ = false;
  flush_audio();
  socket_->send_text(commit_message());
  committed_.push_back(utterance_);
}

std::unique_ptr<VoiceReply> Session::begin(VoiceReplyListener& listener, std::string_view instructions) {
  auto made = std::make_unique<Reply>(*this, listener);
  reply_ = made.get();
  asked_.push_back(reply_);
  if (!options_.mulaw) made->pcm.emplace(kPcmRate, request_.sample_rate_hz);
  socket_->send_text(response_create_message(instructions));
  return made;
}

void Session::cut(Reply& reply, std::chrono::milliseconds heard) {
  if (&reply != reply_) return;
  if (!reply.over) socket_->send_text(response_cancel_message(reply.response));
  if (!reply.item.empty()) socket_->send_text(truncate_message(reply.item, heard.count()));
  reply.over = true;
}

void Session::gone(Reply& reply) {
  std::ranges::replace(asked_, &reply, nullptr);
  if (&reply != reply_) return;
  if (!reply.over && socket_) {
    socket_->send_text(response_cancel_message(reply.response));
    if (!reply.item.empty()) socket_->send_text(truncate_message(reply.item, 0));
  }
  reply_ = nullptr;
}

void Session::on_socket_text(std::string_view text) {
  const SteadyTime received_at = std::chrono::steady_clock::now();
  auto event = parse_realtime(text);
  if (!event) return fail_protocol("what is not JSON");
  take(*event, received_at);
}

void Session::take(RealtimeEvent& event, SteadyTime received_at) {
  using Kind = RealtimeEvent::Kind;
  switch (event.kind) {
    case Kind::committed:
      if (committed_.empty() || event.item.empty()) return;
      utterances_.emplace_back(event.item, committed_.front());
      committed_.pop_front();
      if (utterances_.size() > 16) utterances_.pop_front();
      return;
    case Kind::caller_text:
      for (const auto& [item, utterance] : utterances_) {
        if (item == event.item) return listener_.on_caller_text(utterance, std::move(event.text));
      }
      return;
    case Kind::response_created: {
      if (asked_.empty()) return;
      Reply* whose = asked_.front();
      asked_.pop_front();
      if (whose != nullptr && whose == reply_ && !whose->over) {
        whose->response = event.response;
      } else {
        socket_->send_text(response_cancel_message(event.response));
      }
      return;
    }
    case Kind::item_added:
      if (of_present(event) && !event.item.empty()) reply_->item = event.item;
      return;
    case Kind::text:
      if (of_present(event)) reply_->listener_.on_voice_text(event.text);
      return;
    case Kind::audio:
      if (of_present(event)) take_audio(event, received_at);
      return;
    case Kind::tool_call:
      if (of_present(event) && reply_->calls.size() < 16) reply_->calls.push_back(std::move(event.call));
      return;
    case Kind::response_done:
      return take_done(event);
    case Kind::error: {
      auto error = faults_.of_object(0, event.error);
      // Late cancels and cuts are answered so, and mean nothing.
      if (error.code == "response_cancel_not_active" || error.code.starts_with("item_truncate") ||
          error.code == "input_audio_buffer_commit_empty") {
        return;
      }
      // A response that cannot even be created is answered by an error alone.
      if (reply_ != nullptr && !reply_->over && reply_->response.empty() && !asked_.empty() &&
          asked_.front() == reply_) {
        asked_.pop_front();
        return end_reply(std::move(error));
      }
      request_.log.warn("voice model: {}", describe(error));
      return;
    }
    default:
      return;
  }
}

void Session::take_audio(const RealtimeEvent& event, SteadyTime received_at) {
  decoded_.resize(base64_decoded_max(event.audio.size()));
  const auto bytes = base64_decode(event.audio, reinterpret_cast<std::byte*>(decoded_.data()));
  if (!bytes)
    return end_reply(faults_.make(Fault::protocol, "the voice model sent sound that is not base64"));
  auto& listener = reply_->listener_;
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

void Session::take_done(RealtimeEvent& event) {
  if (event.has_usage) {
    event.usage.part = vendor::Part::sts;
    event.usage.vendor = account_.vendor;
    event.usage.model = options_.model;
    request_.observer.on_usage(event.usage);
  }
  if (!of_present(event)) return;
  if (event.status == "failed") return end_reply(faults_.of_object(0, event.error));
  if (event.status == "cancelled") return end_reply(std::nullopt);
  if (!reply_->calls.empty() && reply_->rounds < kMostToolRounds) return run_tools();
  end_reply(std::nullopt);
}

void Session::run_tools() {
  ++reply_->rounds;
  reply_->response.clear();
  auto calls = std::exchange(reply_->calls, {});
  reply_->tools = tools_.start({request_.executor, request_.agent, std::move(calls), request_.log},
                               [this, ticket = guard_.ticket()](llm::ToolOutcome outcome) {
                                 if (ticket.valid()) tools_done(std::move(outcome));
                               });
}

void Session::tools_done(llm::ToolOutcome outcome) {
  const auto ticket = guard_.ticket();
  for (auto& used : outcome.used) {
    socket_->send_text(tool_result_message(used.exchange.call.id, used.exchange.result));
    reply_->listener_.on_voice_action(std::move(used));
    if (!ticket.valid() || reply_ == nullptr || reply_->over) return;
  }
  for (auto& action : outcome.actions) {
    reply_->listener_.on_voice_action(std::move(action));
    if (!ticket.valid() || reply_ == nullptr || reply_->over) return;
  }
  if (outcome.only_actions) return end_reply(std::nullopt);
  asked_.push_back(reply_);
  socket_->send_text(response_create_message({}));
}

void Session::end_reply(std::optional<VendorError> error) {
  if (reply_ == nullptr || reply_->over) return;
  reply_->over = true;
  auto& listener = reply_->listener_;
  if (error) return listener.on_voice_failed(std::move(*error));
  if (reply_->pcm) {
    const auto ticket = guard_.ticket();
    reply_->pcm->finish(
        [&](std::span<const std::int16_t> rest) { listener.on_voice_audio(rest, clock_.now()); });
    if (!ticket.valid() || reply_ == nullptr) return;
  }
  listener.on_voice_end();
}

void Session::fail_session(VendorError error) {
  const auto ticket = guard_.ticket();
  end_reply(error);
  if (ticket.valid()) listener_.on_voice_session_failed(std::move(error));
}

}  // namespace

Result<void> OpenAiRealtime::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  if (!account_.has_key()) {
    return fail(Errc::permission_denied,
                fmt::format("there is no key: set {} to use {}", account_.key_setting, account_.vendor));
  }
  auto options = read_realtime_options(choice, agent->language, 8000);
  if (!options) return fail(options.error());
  return {};
}

Result<std::unique_ptr<VoiceSession>> OpenAiRealtime::open(VoiceRequest request,
                                                           VoiceSessionListener& listener) {
  auto options = read_realtime_options(request.choice, request.agent->language, request.sample_rate_hz);
  if (!options) return fail(options.error());
  return std::make_unique<Session>(account_, clock_, tools_, std::move(request), std::move(*options),
                                   listener);
}

}  // namespace parley::realtime
