// A sentence over Sarvam's WebSocket: settings, text and a flush go out at once; sound comes until the event
// "final".
#include <boost/asio/post.hpp>

#include "speech/sarvam/sarvam_tts_job.hpp"
#include "speech/vendor_options.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;

class SocketJob final : public SarvamTtsJob, vendor::ClientSocketListener {
 public:
  SocketJob(SarvamTts& voice, SarvamTtsSettings settings, TtsRequest request, TtsListener& listener)
      : SarvamTtsJob(voice, std::move(settings), std::move(request), listener), quiet_timer_(executor_) {
    if (texts_.empty()) {
      boost::asio::post(executor_, [ticket = guard_.ticket(), this] {
        if (ticket.valid()) end(voice_.clock().now());
      });
      return;
    }
    socket_ = voice_.pooled_socket(executor_, settings_, *this);
    pooled_ = socket_ != nullptr;
    if (!socket_) socket_ = voice_.new_socket(executor_, settings_, this);
    send();
    arm(voice_.timing().first_audio);
  }

  ~SocketJob() override {
    if (over() || !socket_) return;
    drop_socket();
    voice_.open_spare(executor_, settings_);
  }

 private:
  void send() {
    socket_->send_text(sarvam_tts_config(settings_));
    for (const auto& text : texts_)
      socket_->send_text(sarvam_tts_text(text));
    socket_->send_text(kSarvamTtsFlush);
    if (socket_->is_open()) on_socket_open();
  }

  void release() override { drop_socket(); }
  void drop_socket() {
    quiet_timer_.cancel();
    if (!socket_) return;
    socket_->close();
    socket_.reset();
  }

  void on_socket_open() override {
    if (counted_) return;
    counted_ = true;
    for (const auto& text : texts_)
      count(code_points(text), false);
  }

  void on_socket_text(std::string_view message) override {
    const auto received_at = voice_.clock().now();
    take(read_sarvam_tts(message), received_at);
  }
  // Sarvam wraps its sound in text; bare sound would mean the same.
  void on_socket_binary(std::string_view bytes) override {
    const auto received_at = voice_.clock().now();
    if (looks_coded(bytes)) {
      fail(faults_.make(Fault::protocol, "coded sound where linear16 was asked for"));
    } else {
      hear(bytes, received_at);
    }
  }

  void on_socket_refused(const net::ConnectError& error) override {
    fail(faults_.of_connect(error, voice_.clock().wall_now()));
  }

  void on_socket_closed(const net::CloseInfo& close) override {
    const auto error = faults_.of_close(close);
    if (pooled_ && !heard() && error.fault == Fault::unreachable) {
      // It was closed while it waited for us: that is not the sentence's fault.
      pooled_ = false;
      drop_socket();
      socket_ = voice_.new_socket(executor_, settings_, this);
      send();
      arm(voice_.timing().first_audio);
      return;
    }
    fail(error);
  }

  void take(const SarvamTtsEvent& event, SteadyTime received_at) {
    switch (event.kind) {
      case SarvamTtsEvent::Kind::other:
        return;
      case SarvamTtsEvent::Kind::audio:
        hear(event.bytes, received_at);
        return;
      case SarvamTtsEvent::Kind::final:
        if (heard()) return finish(received_at);
        // In front of all sound it is about a job before this one; a new socket had none.
        if (!pooled_) fail(faults_.make(Fault::protocol, "said that a sentence without sound was over"));
        return;
      case SarvamTtsEvent::Kind::error:
        fail(faults_.of_code(event.status, event.code, event.bytes, event.request_id));
        return;
      case SarvamTtsEvent::Kind::not_ours:
        fail(faults_.make(Fault::protocol, "sent what is not its protocol: " + event.bytes));
        return;
    }
  }

  void hear(std::string_view bytes, SteadyTime received_at) {
    arm(voice_.timing().stall);
    next_message();
    speak(bytes, received_at);
  }

  // Sarvam owes nothing any more: the socket is fit for the next job.
  void finish(SteadyTime received_at) {
    quiet_timer_.cancel();
    voice_.give_back(executor_, settings_, std::move(socket_));
    end(received_at);
  }

  void arm(std::chrono::milliseconds wait) {
    quiet_timer_.expires_after(wait);
    quiet_timer_.async_wait([ticket = guard_.ticket(), this](auto ec) {
      if (!ec && ticket.valid()) quiet();
    });
  }

  void quiet() {
    if (over()) return;
    if (heard() && plausibly_whole()) {
      log_.debug("sarvam did not say that a sentence was over");
      end(voice_.clock().now());
      return;
    }
    fail(faults_.make(Fault::timeout, heard() ? "the sound stopped in the middle" : "no sound came"));
  }

  async::Timer quiet_timer_;
  bool pooled_ = false;
  bool counted_ = false;
  std::unique_ptr<vendor::ClientSocket> socket_;
};

}  // namespace

std::unique_ptr<TtsJob> make_sarvam_socket_job(SarvamTts& voice, SarvamTtsSettings settings,
                                               TtsRequest request, TtsListener& listener) {
  return std::make_unique<SocketJob>(voice, std::move(settings), std::move(request), listener);
}

}  // namespace parley::speech
