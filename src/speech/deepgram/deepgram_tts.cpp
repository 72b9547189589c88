#include "speech/deepgram/deepgram_tts.hpp"

#include <utility>

#include "async/guarded.hpp"
#include "net/http_client.hpp"
#include "speech/deepgram/deepgram_common.hpp"
#include "speech/deepgram/speak_protocol.hpp"
#include "speech/http_speech_job.hpp"
#include "speech/pcm_stream.hpp"
#include "speech/vendor_options.hpp"

namespace parley::speech {
namespace {

using namespace deepgram;

constexpr int kMostUnreadable = 3;

vendor::ClientSocketOptions socket_options(const vendor::Account& account, std::string url) {
  vendor::ClientSocketOptions options;
  options.url = std::move(url);
  options.policy = account.policy;
  options.headers = authorization(account);
  options.max_message_bytes = std::size_t{4} * 1024 * 1024;
  return options;
}

}  // namespace

class DeepgramTts::SocketJob final : public TtsJob, private vendor::ClientSocketListener {
 public:
  SocketJob(DeepgramTts& owner, TtsRequest request, TtsListener& listener)
      : account_(owner.account_),
        clock_(owner.clock_),
        sockets_(owner.sockets_),
        request_(std::move(request)),
        listener_(listener),
        model_(speak_model(request_.choice, request_.language)),
        rate_hz_(speak_rate(request_.sample_rate_hz)),
        url_(speak_url(account_, request_.choice, SpeakTransport::websocket, request_.language, rate_hz_)),
        characters_(code_points(request_.text)),
        bytes_left_(most_speech_bytes(characters_, rate_hz_)),
        pcm_(rate_hz_, request_.sample_rate_hz) {
    socket_ = sockets_->take(request_.executor, socket_options(account_, url_), *this, reused_);
    speak();
  }

  ~SocketJob() override {
    if (over_) return;
    report_usage(true);
    if (socket_->is_open()) sockets_->drain(request_.executor, url_, std::move(socket_));
  }
  SocketJob(const SocketJob&) = delete;
  SocketJob& operator=(const SocketJob&) = delete;

 private:
  void speak() {
    for (const auto& part : split_text(request_.text))
      socket_->send_text(speak_message(part));
    socket_->flush();
    if (socket_->is_open()) sent_characters_ = characters_;
  }

  // --- what comes from Deepgram

  void on_socket_open() override { sent_characters_ = characters_; }

  void on_socket_binary(std::string_view bytes) override {
    const auto received_at = clock_.now();
    if (bytes.empty()) return;
    heard_ = true;
    unreadable_ = 0;
    if (bytes.size() > bytes_left_) return end_badly("the sound does not end");
    bytes_left_ -= bytes.size();
    const auto ticket = guard_.ticket();
    pcm_.push(bytes,
              [&](std::span<const std::int16_t> audio) { listener_.on_speech_audio(audio, received_at); });
    if (ticket.valid() && !pcm_.valid()) end_badly("the sound is not 16-bit PCM");
  }

  void on_socket_text(std::string_view text) override {
    const auto received_at = clock_.now();
    auto reading = read_speak(text);
    if (!reading.request_id.empty()) request_id_ = std::move(reading.request_id);
    switch (reading.kind) {
      case SpeakReading::Kind::flushed:
        return end_well(received_at);
      case SpeakReading::Kind::error:
        return end_badly(in_band(account_, model_, reading.code, reading.words));
      case SpeakReading::Kind::warning:
        request_.log.debug("deepgram's voice warns: {}", vendor::clean_detail(reading.code, account_.key));
        return;
      case SpeakReading::Kind::unreadable:
        if (++unreadable_ > kMostUnreadable) end_badly("what the voice sends cannot be read");
        return;
      case SpeakReading::Kind::cleared:
      case SpeakReading::Kind::other:
        return;
    }
  }

  void on_socket_refused(const net::ConnectError& error) override {
    end_badly(refusal(account_, model_, error, clock_.wall_now()));
  }

  void on_socket_closed(const net::CloseInfo& close) override {
    if (reused_ && !heard_) {
      // It was closed while it was idle, and we did not know yet.
      reused_ = false;
      sent_characters_ = 0;
      socket_ = sockets_->open(request_.executor, socket_options(account_, url_), *this);
      return speak();
    }
    end_badly(closure(account_, model_, close));
  }

  // --- ends

  // All sound has come.
  void end_well(SteadyTime received_at) {
    if (!heard_ && has_words(request_.text))
      return end_badly("the voice gave no sound for a text with words");
    over_ = true;
    report_usage(false);
    sockets_->give_back(request_.executor, url_, std::move(socket_));
    const auto ticket = guard_.ticket();
    pcm_.finish([&](std::span<const std::int16_t> audio) { listener_.on_speech_audio(audio, received_at); });
    if (ticket.valid()) listener_.on_speech_end();
  }

  void end_badly(std::string words) { end_badly(protocol_failure(account_, model_, std::move(words))); }

  void end_badly(vendor::VendorError error) {
    over_ = true;
    report_usage(true);
    if (error.request_id.empty()) error.request_id = vendor::clean_detail(request_id_, account_.key);
    socket_->close();
    socket_.reset();
    listener_.on_speech_failed(std::move(error));
  }

  void report_usage(bool estimated) {
    if (sent_characters_ == 0) return;
    vendor::Usage usage{.part = vendor::Part::tts, .vendor = account_.vendor, .model = model_};
    usage.characters = static_cast<std::int64_t>(std::exchange(sent_characters_, 0));
    usage.estimated = estimated;
    request_.observer.on_usage(usage);
  }

  const vendor::Account& account_;
  const Clock& clock_;
  const std::shared_ptr<SpeakSockets> sockets_;
  const TtsRequest request_;
  TtsListener& listener_;
  const std::string model_;
  const int rate_hz_;
  const std::string url_;
  const std::size_t characters_;
  std::size_t sent_characters_ = 0;  // and not reported
  std::size_t bytes_left_;           // more is a voice without end
  PcmStream pcm_;
  std::unique_ptr<SpeakSocket> socket_;
  std::string request_id_;
  int unreadable_ = 0;
  bool reused_ = false;
  bool heard_ = false;
  bool over_ = false;
  async::Guard guard_;
};

DeepgramTts::DeepgramTts(vendor::Account account, const Clock& clock, SpeakTiming timing)
    : account_(std::move(account)), clock_(clock), sockets_(std::make_shared<SpeakSockets>(timing)) {}

DeepgramTts::~DeepgramTts() = default;

Result<void> DeepgramTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  return check_speak(account_, choice, agent->language);
}

void DeepgramTts::warm(const TtsRequest& request) {
  const auto transport = speak_transport(request.choice);
  auto url =
      speak_url(account_, request.choice, transport, request.language, speak_rate(request.sample_rate_hz));
  if (transport == SpeakTransport::http) {
    if (!account_.policy) net::http_client(request.executor).warm(url);
  } else {
    sockets_->warm(request.executor, socket_options(account_, std::move(url)));
  }
}

std::unique_ptr<TtsJob> DeepgramTts::start(TtsRequest request, TtsListener& listener) {
  // One request takes no longer text; a socket does.
  if (speak_transport(request.choice) == SpeakTransport::websocket || split_text(request.text).size() > 1) {
    return std::make_unique<SocketJob>(*this, std::move(request), listener);
  }
  HttpSpeech speech;
  speech.from_hz = speak_rate(request.sample_rate_hz);
  speech.vendor = account_.vendor;
  speech.model = speak_model(request.choice, request.language);
  speech.request.method = "POST";
  speech.request.policy = account_.policy;
  speech.request.url =
      speak_url(account_, request.choice, SpeakTransport::http, request.language, speech.from_hz);
  speech.request.headers = authorization(account_);
  speech.request.headers.emplace_back("Content-Type", "application/json");
  speech.request.body = speak_body(request.text);
  speech.read_error = [this, model = speech.model](int status, const net::HeaderList& headers,
                                                   std::string_view body) {
    return http_failure(account_, model, status, headers, body, clock_.wall_now());
  };
  return std::make_unique<HttpSpeechJob>(request, std::move(speech), listener, clock_);
}

}  // namespace parley::speech
