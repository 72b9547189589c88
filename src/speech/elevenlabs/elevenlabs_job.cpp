#include "speech/elevenlabs/elevenlabs_job.hpp"

#include "speech/http_speech_job.hpp"
#include "speech/vendor_options.hpp"

namespace parley::speech {
namespace {

// A message is a piece of sound with its alignment; a minute of sound in base64 is 4 MB.
constexpr std::size_t kMostMessageBytes = 8 * 1024 * 1024;

}  // namespace

std::unique_ptr<vendor::ClientSocket> open_elevenlabs_socket(async::Executor executor,
                                                             const vendor::Account& account,
                                                             const std::string& url,
                                                             vendor::ClientSocketListener* listener) {
  vendor::ClientSocketOptions options;
  options.url = url;
  options.policy = account.policy;
  options.headers = {{"xi-api-key", account.key}};
  options.max_message_bytes = kMostMessageBytes;
  return vendor::open_client_socket(executor, std::move(options), listener);
}

ElevenLabsJob::ElevenLabsJob(TtsRequest request, TtsListener& listener, Dependencies dependencies,
                             ElevenLabsVoice voice, std::string context)
    : request_(std::move(request)),
      listener_(listener),
      dependencies_(dependencies),
      voice_(std::move(voice)),
      faults_(dependencies.account, voice_.model),
      context_(std::move(context)),
      url_(elevenlabs_socket_url(dependencies.account, voice_, elevenlabs_rate_hz(request_.sample_rate_hz))),
      visible_(count_visible(request_.text)),
      most_bytes_(most_speech_bytes(code_points(request_.text), elevenlabs_rate_hz(request_.sample_rate_hz))),
      pcm_(elevenlabs_rate_hz(request_.sample_rate_hz), request_.sample_rate_hz),
      timer_(request_.executor) {
  socket_ = dependencies_.pool.take(request_.executor, url_, *this);
  reused_ = socket_ != nullptr;
  if (!reused_) connect();
  speak();
  if (reused_) count_usage();
  wait(dependencies_.timing.first_sound);
}

ElevenLabsJob::~ElevenLabsJob() {
  if (over_ || !socket_ || !socket_->is_open()) return;
  close_context();
  give_socket_back();
}

void ElevenLabsJob::connect() {
  socket_ = open_elevenlabs_socket(request_.executor, dependencies_.account, url_, this);
}

void ElevenLabsJob::speak() {
  socket_->send_text(elevenlabs_open_context(context_, voice_));
  socket_->send_text(elevenlabs_speak(context_, request_.text));
}

void ElevenLabsJob::on_socket_open() {
  count_usage();
}

void ElevenLabsJob::on_socket_text(std::string_view text) {
  const auto received_at = dependencies_.clock.now();
  if (over_) return;
  const auto event = parse_elevenlabs(text);
  if (!event) {
    fail(faults_.make(vendor::Fault::protocol, event.error().message));
    return;
  }
  // Of a sentence before this one; without a name it is ours for sure only when nobody else used the socket.
  if (event->context.empty() ? reused_ && !event->problem : event->context != context_) return;
  if (event->problem) {
    fail(faults_.of_problem(*event->problem));
    return;
  }
  if (!event->audio.empty() && !take_audio(event->audio, received_at)) return;
  spoken_ += event->spoken;
  if (event->is_final) {
    finish();
    return;
  }
  if (event->flushed || (heard_ && spoken_ >= visible_)) close_context();
  if (heard_) wait(dependencies_.timing.quiet);
}

// False: this object may be gone, or has failed.
bool ElevenLabsJob::take_audio(std::string_view bytes, SteadyTime received_at) {
  bytes_ += bytes.size();
  if (bytes_ > most_bytes_) {
    fail(faults_.make(vendor::Fault::protocol, "far more sound came than the text can be"));
    return false;
  }
  const auto ticket = alive_.ticket();
  pcm_.push(bytes,
            [this, received_at](std::span<const std::int16_t> samples) { give(samples, received_at); });
  if (!ticket.valid()) return false;
  if (!pcm_.valid()) {
    fail(faults_.make(vendor::Fault::protocol, "the sound is not 16-bit mono PCM"));
    return false;
  }
  return true;
}

void ElevenLabsJob::give(std::span<const std::int16_t> samples, SteadyTime received_at) {
  heard_ = true;
  listener_.on_speech_audio(samples, received_at);
}

void ElevenLabsJob::on_socket_binary(std::string_view) {
  if (!over_) fail(faults_.make(vendor::Fault::protocol, "a binary message came"));
}

void ElevenLabsJob::on_socket_refused(const net::ConnectError& error) {
  if (!over_) fail(faults_.of_connect(error, dependencies_.clock.wall_now()));
}

void ElevenLabsJob::on_socket_closed(const net::CloseInfo& close) {
  if (over_) return;
  // Where the last message was lost, a sentence is over that was closed on both sides.
  if (heard_ && closed_ && close.code == static_cast<std::uint16_t>(net::CloseCode::normal)) {
    socket_.reset();
    finish();
    return;
  }
  // A socket that waited long in the pool may have been given up by the vendor just now.
  if (reused_ && !heard_) {
    reused_ = false;
    closed_ = false;
    connect();
    speak();
    return;
  }
  fail(faults_.of_close(close));
}

void ElevenLabsJob::close_context() {
  if (closed_ || !socket_) return;
  closed_ = true;
  socket_->send_text(elevenlabs_close_context(context_));
}

void ElevenLabsJob::wait(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([this, ticket = alive_.ticket()](boost::system::error_code ec) {
    if (!ec && ticket.valid()) on_wait_over();
  });
}

void ElevenLabsJob::on_wait_over() {
  // A later wait() may have come too late to cancel this one.
  if (over_ || timer_.expiry() > std::chrono::steady_clock::now()) return;
  if (!heard_) {
    fail(faults_.make(vendor::Fault::timeout, "no sound came in time"));
  } else if (!closed_) {
    close_context();
    wait(dependencies_.timing.quiet);
  } else {
    finish();
  }
}

void ElevenLabsJob::finish() {
  const auto ticket = alive_.ticket();
  const auto received_at = dependencies_.clock.now();
  pcm_.finish([this, received_at](std::span<const std::int16_t> samples) { give(samples, received_at); });
  if (!ticket.valid()) return;
  if (!heard_) {
    fail(faults_.make(vendor::Fault::protocol, "the answer had no sound in it"));
    return;
  }
  over_ = true;
  timer_.cancel();
  close_context();
  give_socket_back();
  listener_.on_speech_end();
}

void ElevenLabsJob::fail(vendor::VendorError error) {
  over_ = true;
  timer_.cancel();
  if (socket_) socket_->close();
  socket_.reset();
  listener_.on_speech_failed(std::move(error));
}

void ElevenLabsJob::count_usage() {
  if (counted_) return;
  counted_ = true;
  request_.observer.on_usage({.part = vendor::Part::tts,
                              .vendor = dependencies_.account.vendor,
                              .model = voice_.model,
                              .characters = static_cast<std::int64_t>(code_points(request_.text))});
}

void ElevenLabsJob::give_socket_back() {
  if (!socket_ || !socket_->is_open()) return;
  dependencies_.pool.put(request_.executor, url_, std::move(socket_));
}

}  // namespace parley::speech
