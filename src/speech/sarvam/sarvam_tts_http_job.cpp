// A sentence over HTTP: the answer is JSON with a WAV file in it, or (stream) the sound itself as it is made.
#include <boost/asio/post.hpp>

#include "net/http_client.hpp"
#include "speech/sarvam/sarvam_tts_job.hpp"
#include "speech/vendor_options.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;

constexpr std::size_t kMostJson = 32 * 1024 * 1024;  // ten minutes of sound as base64
constexpr std::size_t kMostErrorBody = 16 * 1024;

class HttpJob final : public SarvamTtsJob, net::ResponseListener {
 public:
  HttpJob(SarvamTts& voice, SarvamTtsSettings settings, TtsRequest request, TtsListener& listener)
      : SarvamTtsJob(voice, std::move(settings), std::move(request), listener) {
    if (texts_.empty()) {
      later(&HttpJob::finish);
    } else {
      ask();
    }
  }

  ~HttpJob() override {
    // Sarvam may have begun to speak: nobody will say.
    if (transfer_ && !answered_) count(code_points(texts_[next_ - 1]), true);
  }

 private:
  void later(void (HttpJob::*call)()) {
    boost::asio::post(executor_, [ticket = guard_.ticket(), this, call] {
      if (ticket.valid()) (this->*call)();
    });
  }

  bool streams() const { return settings_.transport == SarvamTtsSettings::Transport::http_stream; }
  bool good() const { return status_ >= 200 && status_ < 300; }

  void ask() {
    status_ = 0;
    answered_ = false;
    json_ = !streams();
    body_.clear();
    headers_.clear();
    next_message();
    net::ClientRequest request;
    request.method = "POST";
    request.policy = voice_.account().policy;
    request.url = voice_.account().url + (streams() ? "/text-to-speech/stream" : "/text-to-speech");
    request.headers = {{std::string(kSarvamKeyHeader), voice_.account().key},
                       {"content-type", "application/json"}};
    request.body = sarvam_tts_body(settings_, texts_[next_++]);
    request.connect_deadline = voice_.timing().connect;
    request.head_deadline = voice_.timing().first_audio;
    request.idle_deadline = voice_.timing().stall;
    request.max_body_bytes = kMostJson;
    transfer_ = net::http_client(executor_).start(std::move(request), *this);
  }

  void on_response_head(const net::ResponseHead& head) override {
    status_ = head.status;
    headers_ = head.headers;
    answered_ = true;
    if (transfer_->reused_connection()) request_was_written(transfer_->written_at());
    if (!good()) return;
    count(code_points(texts_[next_ - 1]), false);
    const auto type = net::find_header(head.headers, "content-type");
    json_ = type && type->contains("json");
  }

  void on_response_body(std::string_view bytes) override {
    const auto received_at = voice_.clock().now();
    if (!good()) {
      body_.append(bytes.substr(0, kMostErrorBody - body_.size()));
      return;
    }
    if (json_ || !streams()) {
      body_.append(bytes);
      return;
    }
    if (!begun_ && looks_coded(bytes)) {
      fail(faults_.make(Fault::protocol, "coded sound where linear16 was asked for"));
      return;
    }
    begun_ = true;
    speak(bytes, received_at);
  }

  void on_response_end() override {
    const auto received_at = voice_.clock().now();
    if (!good()) {
      fail(faults_.of_response(status_, headers_, body_, voice_.clock().wall_now()));
      return;
    }
    if ((json_ || !streams()) && !speak_answer(received_at)) return;
    if (over()) return;
    if (!heard()) {
      fail(faults_.make(Fault::protocol, "the answer holds no sound"));
    } else if (next_ < texts_.size()) {
      later(&HttpJob::ask);
    } else {
      end(received_at);
    }
  }

  // False: the job is gone or has failed.
  bool speak_answer(SteadyTime received_at) {
    const auto files = read_sarvam_tts_answer(body_);
    if (!files) {
      fail(faults_.make(Fault::protocol, files.error().message));
      return false;
    }
    for (const auto& file : *files) {
      next_message();
      if (!speak(file, received_at)) return false;
    }
    return true;
  }

  void on_response_failed(Error error) override { fail(faults_.of_transport(error)); }

  void finish() { end(voice_.clock().now()); }
  void release() override { transfer_.reset(); }

  std::size_t next_ = 0;  // of texts_, to be asked for
  int status_ = 0;
  bool answered_ = false;
  bool json_ = false;
  bool begun_ = false;
  net::HeaderList headers_;
  std::string body_;
  std::unique_ptr<net::HttpTransfer> transfer_;
};

}  // namespace

std::unique_ptr<TtsJob> make_sarvam_http_job(SarvamTts& voice, SarvamTtsSettings settings, TtsRequest request,
                                             TtsListener& listener) {
  return std::make_unique<HttpJob>(voice, std::move(settings), std::move(request), listener);
}

}  // namespace parley::speech
