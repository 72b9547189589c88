#include "speech/openai/openai_stt.hpp"

#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "async/guarded.hpp"
#include "audio/g711.hpp"
#include "audio/resampler.hpp"
#include "speech/openai/openai_faults.hpp"
#include "speech/openai/openai_stt_protocol.hpp"
#include "vendor/client_socket.hpp"

namespace parley::speech {
namespace {

constexpr int kPcmRateHz = 24000;
// The vendor refuses to commit less.
constexpr std::chrono::milliseconds kLeastAudio{100};
// What waits for the session: about half a minute of sound at the dearest format.
constexpr std::size_t kMostPendingBytes = 2 * 1024 * 1024;

bool ends_session(vendor::Fault fault) {
  return fault != vendor::Fault::bad_request;
}

class OpenAiSttStream final : public SttStream, vendor::ClientSocketListener {
 public:
  OpenAiSttStream(SttRequest request, SttListener& listener, const vendor::Account& account,
                  const Clock& clock, OpenAiSttTiming timing, OpenAiHearing hearing)
      : request_(std::move(request)),
        listener_(listener),
        account_(account),
        clock_(clock),
        timing_(timing),
        hearing_(std::move(hearing)),
        faults_(account, hearing_.model),
        resampler_(request_.sample_rate_hz, hearing_.mulaw ? request_.sample_rate_hz : kPcmRateHz),
        ready_timer_(request_.executor),
        answer_timer_(request_.executor) {
    vendor::ClientSocketOptions options;
    options.url = openai_hearing_url(account_);
    options.policy = account_.policy;
    options.headers = {{"Authorization", "Bearer " + account_.key}};
    options.max_message_bytes = 1024 * 1024;
    socket_ = vendor::open_client_socket(request_.executor, std::move(options), this);
    socket_->send_text(openai_session_update(hearing_));
    wait(ready_timer_, timing_.ready, &OpenAiSttStream::on_ready_late);
  }

  ~OpenAiSttStream() override {
    count_usage();
    if (socket_) socket_->close();
  }
  OpenAiSttStream(const OpenAiSttStream&) = delete;
  OpenAiSttStream& operator=(const OpenAiSttStream&) = delete;

  void start_utterance(std::uint64_t utterance) override {
    utterance_ = utterance;
    active_ = true;
    samples_ = 0;
  }

  void write(std::span<const std::int16_t> audio) override {
    if (!active_ || audio.empty()) return;
    samples_ += audio.size();
    unsent_samples_ += audio.size();
    if (ready_) count_sent();
    converted_.clear();
    resampler_.process(audio, converted_);
    send_audio();
  }

  void finish_utterance() override {
    if (!active_) return;
    active_ = false;
    if (samples_ == 0) {
      boost::asio::post(request_.executor, [this, ticket = alive_.ticket(), utterance = utterance_] {
        if (ticket.valid() && !over_) listener_.on_final_transcript(utterance, {});
      });
      return;
    }
    converted_.clear();
    const auto least = static_cast<std::size_t>(request_.sample_rate_hz * kLeastAudio.count() / 1000);
    if (samples_ < least) {
      const std::vector<std::int16_t> silence(least - samples_);
      resampler_.process(silence, converted_);
    }
    resampler_.flush(converted_);
    send_audio();
    utterances_.committed(utterance_);
    send(openai_commit_message(utterance_));
    count_usage();
    if (!over_) wait(answer_timer_, timing_.answer, &OpenAiSttStream::on_answer_late);
  }

  void cancel_utterance() override {
    if (active_ && samples_ > 0) {
      converted_.clear();
      resampler_.flush(converted_);
      send(openai_clear_message());
      count_usage();
    }
    active_ = false;
    ++cancelled_;
    utterances_.drop_all();
  }

 private:
  using Step = void (OpenAiSttStream::*)();

  void on_socket_open() override {}

  void on_socket_text(std::string_view text) override {
    using Kind = OpenAiHearingEvent::Kind;
    if (over_) return;
    auto event = parse_openai_hearing(text);
    if (!event) {
      fail(faults_.make(vendor::Fault::protocol, event.error().message));
      return;
    }
    switch (event->kind) {
      case Kind::session_ready:
        on_ready();
        break;
      case Kind::committed:
        utterances_.named(event->item);
        break;
      case Kind::delta:
        if (auto answer = utterances_.went_on(event->item, event->text)) {
          listener_.on_partial_transcript(answer->utterance, std::move(answer->text));
        }
        break;
      case Kind::completed:
        give(utterances_.completed(event->item, event->text));
        break;
      case Kind::failed:
        on_item_failed(*event);
        break;
      case Kind::error:
        on_error(*event);
        break;
      case Kind::other:
        break;
    }
  }

  void on_socket_binary(std::string_view) override {
    if (!over_) fail(faults_.make(vendor::Fault::protocol, "a binary message came"));
  }
  void on_socket_refused(const net::ConnectError& error) override {
    if (!over_) fail(faults_.of_connect(error, clock_.wall_now()));
  }
  void on_socket_closed(const net::CloseInfo& close) override {
    if (!over_) fail(faults_.of_close(close));
  }

  // Sound that comes before the session is set up would be taken in the vendor's default format.
  void on_ready() {
    if (ready_ || pending_bytes_ > kMostPendingBytes) return;
    ready_ = true;
    count_sent();
    ready_timer_.cancel();
    for (const auto& message : pending_)
      socket_->send_text(message);
    pending_ = {};
  }

  void on_item_failed(const OpenAiHearingEvent& event) {
    // Nobody waits for a cancelled one; it says nothing about the next.
    if (utterances_.completed(event.item, "")) fail(faults_.of_object(0, event.error));
  }

  void on_error(const OpenAiHearingEvent& event) {
    auto error = faults_.of_object(0, event.error);
    // Before it is ready, what is wrong is wrong with the session; later the session mostly goes on.
    if (!ready_ || ends_session(error.fault)) {
      fail(std::move(error));
      return;
    }
    request_.log.debug("openai: an error that does not end the session: {}", error.code);
    give(utterances_.refused(event.event_id));
  }

  void on_ready_late() { fail(faults_.make(vendor::Fault::timeout, "the session was not ready in time")); }

  void on_answer_late() {
    const auto ticket = alive_.ticket();
    const auto cancelled = cancelled_;
    for (auto& answer : utterances_.give_up()) {
      listener_.on_final_transcript(answer.utterance, {.text = std::move(answer.text)});
      if (!ticket.valid() || cancelled != cancelled_) return;
    }
  }

  void give(std::optional<OpenAiUtterances::Answer> answer) {
    if (!utterances_.waiting()) answer_timer_.cancel();
    if (answer) listener_.on_final_transcript(answer->utterance, {.text = std::move(answer->text)});
  }

  void send_audio() {
    if (converted_.empty()) return;
    if (hearing_.mulaw) {
      bytes_.resize(converted_.size());
      for (std::size_t i = 0; i < converted_.size(); ++i) {
        bytes_[i] = static_cast<std::byte>(audio::linear_to_mulaw(converted_[i]));
      }
      openai_append_message(bytes_, message_);
    } else {
      openai_append_message(std::as_bytes(std::span(converted_)), message_);
    }
    send(message_);
  }

  void send(std::string_view message) {
    if (over_) return;
    if (ready_) {
      socket_->send_text(message);
      return;
    }
    pending_bytes_ += message.size();
    if (pending_bytes_ > kMostPendingBytes) {
      // Told from the loop: no listener call comes from inside a call into the stream.
      pending_ = {};
      wait(ready_timer_, std::chrono::milliseconds(0), &OpenAiSttStream::on_ready_late);
      return;
    }
    pending_.emplace_back(message);
  }

  void count_sent() { sent_samples_ += std::exchange(unsent_samples_, 0); }

  void count_usage() {
    if (sent_samples_ == 0) return;
    const auto seconds = static_cast<double>(std::exchange(sent_samples_, 0)) / request_.sample_rate_hz;
    request_.observer.on_usage({.part = vendor::Part::stt,
                                .vendor = account_.vendor,
                                .model = hearing_.model,
                                .audio_seconds = seconds});
  }

  void fail(vendor::VendorError error) {
    if (over_) return;
    over_ = true;
    count_usage();
    pending_ = {};
    socket_->close();
    listener_.on_stt_failed(std::move(error));
  }

  void wait(async::Timer& timer, std::chrono::milliseconds time, Step then) {
    timer.expires_after(time);
    timer.async_wait([this, &timer, then, ticket = alive_.ticket()](boost::system::error_code ec) {
      // A later wait() may have come too late to cancel this one.
      if (ec || !ticket.valid() || over_ || timer.expiry() > std::chrono::steady_clock::now()) return;
      (this->*then)();
    });
  }

  SttRequest request_;
  SttListener& listener_;
  const vendor::Account& account_;
  const Clock& clock_;
  const OpenAiSttTiming timing_;
  const OpenAiHearing hearing_;
  const OpenAiFaults faults_;
  audio::Resampler resampler_;
  OpenAiUtterances utterances_;
  std::uint64_t utterance_ = 0;
  std::uint64_t cancelled_ = 0;
  bool active_ = false;
  std::size_t samples_ = 0;         // of the utterance
  std::size_t unsent_samples_ = 0;  // in pending_
  std::size_t sent_samples_ = 0;    // not told as used yet
  bool ready_ = false;
  bool over_ = false;
  std::vector<std::string> pending_;  // messages for the session when it is ready
  std::size_t pending_bytes_ = 0;
  std::vector<std::int16_t> converted_;
  std::vector<std::byte> bytes_;
  std::string message_;
  async::Timer ready_timer_;
  async::Timer answer_timer_;
  async::Guard alive_;
  std::unique_ptr<vendor::ClientSocket> socket_;
};

}  // namespace

OpenAiStt::OpenAiStt(vendor::Account account, const Clock& clock, OpenAiSttTiming timing)
    : account_(std::move(account)), clock_(clock), timing_(timing) {}

Result<void> OpenAiStt::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  if (!account_.has_key()) {
    return parley::fail(Errc::permission_denied, fmt::format("{} is not set: the recognisers of {} need it",
                                                             account_.key_setting, account_.vendor));
  }
  const auto hearing = read_openai_hearing(choice, agent ? agent->language : "", 8000);
  if (!hearing) return parley::fail(hearing.error());
  return {};
}

Result<std::unique_ptr<SttStream>> OpenAiStt::open(SttRequest request, SttListener& listener) {
  if (!account_.has_key()) {
    return parley::fail(Errc::permission_denied, fmt::format("{} is not set", account_.key_setting));
  }
  auto hearing = read_openai_hearing(request.choice, request.agent ? request.agent->language : "",
                                     request.sample_rate_hz);
  if (!hearing) return parley::fail(hearing.error());
  return std::make_unique<OpenAiSttStream>(std::move(request), listener, account_, clock_, timing_,
                                           std::move(*hearing));
}

}  // namespace parley::speech
