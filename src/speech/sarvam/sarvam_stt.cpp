#include "speech/sarvam/sarvam_stt.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/guarded.hpp"
#include "audio/resampler.hpp"
#include "speech/sarvam/sarvam_stt_protocol.hpp"
#include "vendor/client_socket.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;

constexpr std::size_t kMostTranscript = 32 * 1024;

class SarvamSttStream final : public SttStream, vendor::ClientSocketListener {
 public:
  SarvamSttStream(const vendor::Account& account, const Clock& clock, const SarvamSttTiming& timing,
                  SarvamSttSettings settings, SttRequest request, SttListener& listener)
      : account_(account),
        clock_(clock),
        timing_(timing),
        executor_(request.executor),
        log_(std::move(request.log)),
        observer_(request.observer),
        listener_(listener),
        protocol_(std::move(settings)),
        faults_(account, protocol_.settings().model),
        answer_timer_(executor_),
        keep_alive_timer_(executor_) {
    if (request.sample_rate_hz != rate()) resampler_.emplace(request.sample_rate_hz, rate());
    connect();
    keep_alive_later();
  }
  ~SarvamSttStream() override {
    close_socket();
    report_usage();
  }

  void start_utterance(std::uint64_t utterance) override {
    if (failed_) return;
    if (open_utterance()) cancel_utterance();
    // One that is just being closed would swallow the sound.
    if (!socket_ || (!socket_->is_open() && !socket_->is_connecting())) connect();
    utterances_.emplace_back().id = utterance;
    if (const auto message = protocol_.utterance_started(); !message.empty()) socket_->send_text(message);
  }

  void write(std::span<const std::int16_t> audio) override {
    if (!open_utterance()) return;
    if (resampler_) {
      resampler_->process(audio, pending_);
    } else {
      pending_.insert(pending_.end(), audio.begin(), audio.end());
    }
    // Fifty milliseconds are what Sarvam's own clients send at once.
    if (pending_.size() >= static_cast<std::size_t>(rate()) / 20) send_pending();
  }

  void finish_utterance() override {
    auto* utterance = open_utterance();
    if (!utterance) return;
    if (resampler_) resampler_->flush(pending_);
    send_pending();
    socket_->send_text(protocol_.utterance_finished());
    report_usage();
    utterance->finished = true;
    utterance->owed = unanswered_ + (in_speech_ ? 1 : 0);
    utterance->promised = utterance->owed > 0;
    // Its detector may have missed what ours heard: then the flush brings the answer, if any.
    if (realtime() || utterance->text.empty()) utterance->owed = std::max(utterance->owed, 1);
    utterance->due =
        std::chrono::steady_clock::now() + (utterance->owed > 0 ? timing_.final : timing_.settled);
    unanswered_ = 0;
    in_speech_ = false;
    if (utterances_.size() == 1) arm_answer_timer();
  }

  void cancel_utterance() override {
    if (utterances_.empty()) return;
    const bool may_answer = utterances_.front().finished || in_speech_ || unanswered_ > 0 ||
                            ((realtime() || !detector_known_) && utterances_.front().audio_sent);
    utterances_.clear();
    pending_.clear();
    if (resampler_) resampler_->flush(pending_);
    pending_.clear();
    answer_timer_.cancel();
    report_usage();
    if (may_answer || realtime()) replace_socket();
  }

 private:
  struct Utterance {
    std::uint64_t id = 0;
    bool finished = false;
    bool audio_sent = false;
    int owed = 0;           // answers that are to come, once finished
    bool promised = false;  // one of them is: Sarvam's detector has heard speech
    std::string text;       // of the answers so far
    std::chrono::steady_clock::time_point due{};
  };

  bool realtime() const { return protocol_.settings().api == SarvamSttSettings::Api::realtime; }
  int rate() const { return protocol_.settings().sample_rate_hz; }
  Utterance* open_utterance() {
    return utterances_.empty() || utterances_.back().finished ? nullptr : &utterances_.back();
  }

  // --- the socket

  void connect() {
    in_speech_ = detector_known_ = false;
    unanswered_ = 0;
    last_answered_ = -1;
    socket_ = vendor::open_client_socket(executor_,
                                         {.url = account_.websocket_url() + protocol_.target(),
                                          .headers = {{std::string(kSarvamKeyHeader), account_.key}},
                                          .policy = account_.policy,
                                          .subprotocol = {},
                                          .connect_deadline = timing_.connect,
                                          .max_message_bytes = 256 * 1024},
                                         this);
    if (const auto hello = protocol_.hello(); !hello.empty()) socket_->send_text(hello);
  }
  void close_socket() {
    samples_kept_ = 0;  // never reached Sarvam
    if (!socket_) return;
    socket_->close();
    socket_.reset();
  }
  // The new one is opened from the loop: a stream that is destroyed right after needs none.
  void replace_socket() {
    close_socket();
    boost::asio::post(executor_, [ticket = guard_.ticket(), this] {
      if (ticket.valid() && !failed_ && !socket_) connect();
    });
  }

  void send_pending() {
    if (pending_.empty()) return;
    socket_->send_text(protocol_.audio(pending_));
    (socket_->is_open() ? samples_sent_ : samples_kept_) += pending_.size();
    pending_.clear();
    if (auto* utterance = open_utterance()) utterance->audio_sent = true;
  }

  void on_socket_open() override {
    samples_sent_ += samples_kept_;
    samples_kept_ = 0;
  }
  void on_socket_text(std::string_view text) override { take(protocol_.read(text)); }
  // Never sent by Sarvam; what is JSON all the same is read as if it were text.
  void on_socket_binary(std::string_view bytes) override { take(protocol_.read(bytes)); }
  void on_socket_refused(const net::ConnectError& error) override {
    fail(faults_.of_connect(error, clock_.wall_now()));
  }
  void on_socket_closed(const net::CloseInfo& close) override {
    const auto error = faults_.of_close(close);
    if (!utterances_.empty() || (error.fault != Fault::unreachable && error.fault != Fault::overloaded)) {
      fail(error);
      return;
    }
    log_.debug("sarvam closed an idle socket with code {}", close.code);
    close_socket();
  }

  // --- answers

  void take(const SarvamSttEvent& event) {
    switch (event.kind) {
      case SarvamSttEvent::Kind::other:
        return;
      case SarvamSttEvent::Kind::speech_started:
        detector_known_ = true;
        in_speech_ = open_utterance() != nullptr;
        return;
      case SarvamSttEvent::Kind::speech_ended:
        detector_known_ = true;
        if (in_speech_) ++unanswered_;
        in_speech_ = false;
        return;
      case SarvamSttEvent::Kind::partial:
        // With two under way it cannot be told whose it is.
        if (utterances_.size() == 1 && (event.utterance < 0 || event.utterance > last_answered_))
          listener_.on_partial_transcript(utterances_.front().id,
                                          joined(utterances_.front().text, event.text));
        return;
      case SarvamSttEvent::Kind::final:
        take_answer(event);
        return;
      case SarvamSttEvent::Kind::error:
        fail(faults_.of_code(event.status, event.code, event.text, event.request_id));
        return;
      case SarvamSttEvent::Kind::not_ours:
        fail(faults_.make(Fault::protocol, "sent what is not its protocol: " + event.text));
        return;
    }
  }

  void take_answer(const SarvamSttEvent& event) {
    if (event.utterance >= 0) {
      if (event.utterance <= last_answered_) return;  // said twice
      last_answered_ = event.utterance;
    }
    if (utterances_.empty()) return;
    auto& utterance = utterances_.front();
    if (!utterance.finished && !realtime() && !expected_while_speaking()) return;
    utterance.text = joined(utterance.text, event.text);
    if (utterance.text.size() > kMostTranscript) {
      fail(faults_.make(Fault::protocol, "sends a transcript without end"));
      return;
    }
    if (utterance.finished) {
      if (--utterance.owed <= 0) answer();
    } else if (!utterance.text.empty()) {
      listener_.on_partial_transcript(utterance.id, utterance.text);
    }
  }

  // An answer in the middle of an utterance is to a stretch of speech that Sarvam's detector has ended. One
  // that no such stretch explains is late or said twice.
  bool expected_while_speaking() {
    if (unanswered_ > 0) {
      --unanswered_;
      return true;
    }
    if (in_speech_) {
      in_speech_ = false;
      return true;
    }
    return !detector_known_;
  }

  static std::string joined(const std::string& so_far, std::string_view more) {
    const auto first = more.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return so_far;
    more = more.substr(first, more.find_last_not_of(" \t\r\n") - first + 1);
    return so_far.empty() ? std::string(more) : so_far + " " + std::string(more);
  }

  // The oldest utterance has its transcript. The listener may destroy the stream.
  void answer(bool late = false) {
    const Utterance utterance = std::move(utterances_.front());
    utterances_.pop_front();
    arm_answer_timer();
    report_usage();
    listener_.on_final_transcript(utterance.id,
                                  {.text = utterance.text, .unanswered = late && utterance.promised});
  }

  void arm_answer_timer() {
    answer_timer_.cancel();
    if (utterances_.empty() || !utterances_.front().finished) return;
    answer_timer_.expires_at(utterances_.front().due);
    answer_timer_.async_wait([ticket = guard_.ticket(), this, id = utterances_.front().id](auto ec) {
      if (!ec && ticket.valid()) answer_late(id);
    });
  }

  void answer_late(std::uint64_t id) {
    if (utterances_.empty() || utterances_.front().id != id || !utterances_.front().finished) return;
    const bool owed = utterances_.front().owed > 0;
    if (owed) log_.debug("sarvam gave no answer in time");
    // With a second utterance under way its sound is on this socket already, and stays there.
    if (owed && utterances_.size() == 1) replace_socket();
    answer(owed);
  }

  void fail(vendor::VendorError error) {
    if (failed_) return;
    failed_ = true;
    close_socket();
    answer_timer_.cancel();
    keep_alive_timer_.cancel();
    utterances_.clear();
    report_usage();
    listener_.on_stt_failed(std::move(error));
  }

  // --- between utterances

  void keep_alive_later() {
    keep_alive_timer_.expires_after(timing_.keep_alive);
    keep_alive_timer_.async_wait([ticket = guard_.ticket(), this](auto ec) {
      if (!ec && ticket.valid()) keep_alive();
    });
  }
  void keep_alive() {
    if (failed_) return;
    if (utterances_.empty() && socket_ && socket_->is_open()) {
      if (const auto message = protocol_.keep_alive(); !message.empty()) {
        socket_->send_text(message);
      } else {
        static constexpr std::array<std::int16_t, 1600> kSilence{};
        const auto tenth = static_cast<std::size_t>(rate()) / 10;
        socket_->send_text(protocol_.audio(std::span(kSilence).first(tenth)));
        samples_sent_ += tenth;
      }
    }
    keep_alive_later();
  }

  void report_usage() {
    if (samples_sent_ == 0) return;
    vendor::Usage usage;
    usage.part = vendor::Part::stt;
    usage.vendor = account_.vendor;
    usage.model = protocol_.settings().model;
    usage.audio_seconds = static_cast<double>(samples_sent_) / rate();
    samples_sent_ = 0;
    observer_.on_usage(usage);
  }

  const vendor::Account& account_;
  const Clock& clock_;
  const SarvamSttTiming timing_;
  async::Executor executor_;
  log::Logger log_;
  vendor::Observer& observer_;
  SttListener& listener_;
  SarvamSttProtocol protocol_;
  SarvamFaults faults_;
  std::optional<audio::Resampler> resampler_;
  std::vector<std::int16_t> pending_;  // sound too short to be sent alone
  std::deque<Utterance> utterances_;   // unanswered, oldest first; only the last may be unfinished
  // Of this socket: what Sarvam's detector has told.
  bool detector_known_ = false;
  bool in_speech_ = false;
  int unanswered_ = 0;               // stretches of speech that ended and have no answer yet
  std::int64_t last_answered_ = -1;  // realtime's number of an utterance
  std::size_t samples_sent_ = 0;     // not reported yet
  std::size_t samples_kept_ = 0;     // given to a socket that is not open yet
  bool failed_ = false;
  async::Timer answer_timer_;
  async::Timer keep_alive_timer_;
  async::Guard guard_;
  std::unique_ptr<vendor::ClientSocket> socket_;
};

}  // namespace

SarvamStt::SarvamStt(vendor::Account account, const Clock& clock, SarvamSttTiming timing)
    : account_(std::move(account)), clock_(clock), timing_(timing) {}

Result<void> SarvamStt::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  const auto settings = read_sarvam_stt(choice, agent->language, 8000);
  if (!settings) return fail(settings.error());
  if (!account_.has_key())
    return fail(
        Errc::permission_denied,
        fmt::format("{} is not set: it is needed to recognise speech with sarvam", account_.key_setting));
  return {};
}

Result<std::unique_ptr<SttStream>> SarvamStt::open(SttRequest request, SttListener& listener) {
  if (const auto ready = prepare(request.agent, request.choice); !ready) return fail(ready.error());
  auto settings = read_sarvam_stt(request.choice, request.agent->language, request.sample_rate_hz);
  if (!settings) return fail(settings.error());
  return std::make_unique<SarvamSttStream>(account_, clock_, timing_, std::move(*settings),
                                           std::move(request), listener);
}

}  // namespace parley::speech
