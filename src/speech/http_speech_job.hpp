// A sentence from a vendor that answers a POST with the sound itself, in pieces as it is made. What differs
// between vendors comes in as data and one function.
//
// Thread and lifetime: as TtsJob. Destroying it cancels the request.
#pragma once

#include <functional>
#include <memory>

#include "async/guarded.hpp"
#include "net/http_client.hpp"
#include "speech/pcm_stream.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::speech {

struct HttpSpeech {
  net::ClientRequest request;  // its limits are set by the job
  int from_hz = 24000;         // of sound without a header
  std::string vendor;
  std::string model;
  // Of an answer that is no sound; `body` is cut at 16 KiB.
  std::function<vendor::VendorError(int status, const net::HeaderList& headers, std::string_view body)>
      read_error;
};

class HttpSpeechJob final : public TtsJob, net::ResponseListener {
 public:
  // Uses of `request`: executor, text (its length), sample rate, observer.
  HttpSpeechJob(const TtsRequest& request, HttpSpeech speech, TtsListener& listener, const Clock& clock);
  ~HttpSpeechJob() override;
  HttpSpeechJob(const HttpSpeechJob&) = delete;
  HttpSpeechJob& operator=(const HttpSpeechJob&) = delete;

 private:
  void on_response_head(const net::ResponseHead& head) override;
  void on_response_body(std::string_view bytes) override;
  void on_response_end() override;
  void on_response_failed(Error error) override;
  void give(std::span<const std::int16_t> samples, SteadyTime received_at);
  void fail(vendor::VendorError error);
  void fail(vendor::Fault fault, std::string words);
  void count_usage(bool estimated);

  TtsListener& listener_;
  const Clock& clock_;
  vendor::Observer& observer_;
  HttpSpeech speech_;
  const std::size_t characters_;
  PcmStream pcm_;
  net::ResponseHead head_;
  std::string error_body_;
  bool is_sound_ = false;
  bool heard_ = false;
  bool over_ = false;
  bool counted_ = false;
  async::Guard alive_;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

// More sound than any voice makes of so many characters: what comes after is a vendor gone wrong.
std::size_t most_speech_bytes(std::size_t characters, int sample_rate_hz);

}  // namespace parley::speech
