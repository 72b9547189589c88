#include "speech/http_speech_job.hpp"

#include <algorithm>
#include <cctype>

#include "speech/vendor_options.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostErrorBytes = 16 * 1024;

bool is_text(const net::HeaderList& headers) {
  std::string type(net::find_header(headers, "content-type").value_or(""));
  std::ranges::transform(type, type.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type.starts_with("text/") || type.starts_with("application/json");
}

}  // namespace

std::size_t most_speech_bytes(std::size_t characters, int sample_rate_hz) {
  const std::size_t seconds = std::min<std::size_t>(30 + characters, 1800);
  return seconds * static_cast<std::size_t>(sample_rate_hz) * 2;
}

HttpSpeechJob::HttpSpeechJob(const TtsRequest& request, HttpSpeech speech, TtsListener& listener,
                             const Clock& clock)
    : listener_(listener),
      clock_(clock),
      observer_(request.observer),
      speech_(std::move(speech)),
      characters_(code_points(request.text)),
      pcm_(speech_.from_hz, request.sample_rate_hz) {
  auto post = std::move(speech_.request);
  post.method = "POST";
  post.head_deadline = 15s;
  post.idle_deadline = 10s;
  post.deadline = 120s;
  post.max_body_bytes = most_speech_bytes(characters_, std::max(speech_.from_hz, 48000));
  transfer_ = net::http_client(request.executor).start(std::move(post), *this);
}

HttpSpeechJob::~HttpSpeechJob() {
  // Whether the vendor has begun is not known: what was sent may be paid for.
  if (!over_ && !counted_) count_usage(true);
}

void HttpSpeechJob::on_response_head(const net::ResponseHead& head) {
  head_ = head;
  if (transfer_->reused_connection())
    observer_.on_request_written(vendor::Part::tts, transfer_->written_at());
  is_sound_ = head.status >= 200 && head.status < 300 && !is_text(head.headers);
  if (is_sound_) count_usage(false);
}

void HttpSpeechJob::on_response_body(std::string_view bytes) {
  const auto received_at = clock_.now();
  if (!is_sound_) {
    error_body_.append(bytes.substr(0, kMostErrorBytes - std::min(kMostErrorBytes, error_body_.size())));
    return;
  }
  const auto ticket = alive_.ticket();
  pcm_.push(bytes,
            [this, received_at](std::span<const std::int16_t> samples) { give(samples, received_at); });
  if (ticket.valid() && !pcm_.valid()) fail(vendor::Fault::protocol, "the sound is not 16-bit mono PCM");
}

void HttpSpeechJob::on_response_end() {
  if (!is_sound_) {
    auto error = speech_.read_error(head_.status, head_.headers, error_body_);
    if (head_.status >= 200 && head_.status < 300 && error.fault != vendor::Fault::protocol) {
      error.fault = vendor::Fault::protocol;
    }
    fail(std::move(error));
    return;
  }
  const auto ticket = alive_.ticket();
  const auto received_at = clock_.now();
  pcm_.finish([this, received_at](std::span<const std::int16_t> samples) { give(samples, received_at); });
  if (!ticket.valid()) return;
  if (!heard_) {
    fail(vendor::Fault::protocol, "the answer had no sound in it");
    return;
  }
  over_ = true;
  listener_.on_speech_end();
}

void HttpSpeechJob::on_response_failed(Error error) {
  // The vendor may have had the text, and be at work on it.
  if (!counted_ && error.code == Errc::timeout) count_usage(true);
  vendor::VendorError failure(std::move(error));
  failure.vendor = speech_.vendor;
  failure.model = speech_.model;
  fail(std::move(failure));
}

void HttpSpeechJob::give(std::span<const std::int16_t> samples, SteadyTime received_at) {
  heard_ = true;
  listener_.on_speech_audio(samples, received_at);
}

void HttpSpeechJob::fail(vendor::VendorError error) {
  if (over_) return;
  over_ = true;
  listener_.on_speech_failed(std::move(error));
}

void HttpSpeechJob::fail(vendor::Fault fault, std::string words) {
  vendor::VendorError error(fault, speech_.vendor, std::move(words));
  error.model = speech_.model;
  error.status = head_.status;
  transfer_.reset();
  fail(std::move(error));
}

void HttpSpeechJob::count_usage(bool estimated) {
  counted_ = true;
  observer_.on_usage({.part = vendor::Part::tts,
                      .vendor = speech_.vendor,
                      .model = speech_.model,
                      .characters = static_cast<std::int64_t>(characters_),
                      .estimated = estimated});
}

}  // namespace parley::speech
