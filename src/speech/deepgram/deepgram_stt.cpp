#include "speech/deepgram/deepgram_stt.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "async/guarded.hpp"
#include "speech/deepgram/deepgram_common.hpp"
#include "vendor/client_socket.hpp"

namespace parley::speech {
namespace {

using namespace deepgram;

// One strange message is passed over; a vendor that sends nothing else is of no use.
constexpr int kMostUnreadable = 3;
constexpr std::size_t kMaxMessageBytes = std::size_t{1024} * 1024;

}  // namespace

class DeepgramStt::Stream final : public SttStream, private vendor::ClientSocketListener {
 public:
  Stream(const DeepgramStt& owner, SttRequest request, SttListener& listener)
      : account_(owner.account_),
        clock_(owner.clock_),
        timing_(owner.timing_),
        request_(std::move(request)),
        listener_(listener),
        model_(live_model(request_.choice)),
        answer_timer_(request_.executor),
        idle_timer_(request_.executor) {
    connect();
  }

  ~Stream() override {
    if (socket_) hang_up();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void start_utterance(std::uint64_t utterance) override {
    if (failed_) return;
    if (!socket_) connect();
    pending_.clear();
    speaking_ = true;
    protocol_->start(utterance);
    utterance_ = utterance;
  }

  void write(std::span<const std::int16_t> audio) override {
    if (failed_ || !speaking_) return;
    pending_.insert(pending_.end(), audio.begin(), audio.end());
    if (pending_.size() >= protocol_->piece_samples()) send_pending();
  }

  void finish_utterance() override {
    if (failed_ || !speaking_) return;
    speaking_ = false;
    send_pending();
    const auto ending = protocol_->finish();
    send(ending.send);
    due_[utterance_] = std::chrono::steady_clock::now() + ending.wait;
    wait_for_answers();
    report_usage();
  }

  void cancel_utterance() override {
    if (failed_) return;
    speaking_ = false;
    pending_.clear();
    due_.clear();
    answer_timer_.cancel();
    if (!socket_) return;
    send(protocol_->cancel());
    report_usage();
  }

 private:
  void connect() {
    opened_ = false;
    request_id_.clear();
    unreadable_ = 0;
    protocol_ = make_live_protocol(model_, request_.sample_rate_hz, timing_);
    vendor::ClientSocketOptions options;
    options.url = live_url(account_, request_.choice, request_.agent->language, request_.sample_rate_hz);
    options.policy = account_.policy;
    options.headers = authorization(account_);
    options.max_message_bytes = kMaxMessageBytes;
    socket_ = vendor::open_client_socket(request_.executor, std::move(options), this);
    last_sent_ = std::chrono::steady_clock::now();
    hold_open();
  }

  void hang_up() {
    report_usage();
    if (socket_->is_open()) socket_->send_text(kCloseStream);
    socket_->close();
    socket_.reset();
  }

  // Pieces of 20 to 200 ms, as Deepgram advises.
  void send_pending() {
    const auto most = static_cast<std::size_t>(request_.sample_rate_hz / 5);
    for (std::size_t at = 0; at < pending_.size(); at += most)
      send_audio({pending_.data() + at, std::min(most, pending_.size() - at)});
    pending_.clear();
  }

  void send_audio(std::span<const std::int16_t> audio) {
    if (audio.empty()) return;  // an empty message would end the stream
    socket_->send_binary({reinterpret_cast<const char*>(audio.data()), audio.size_bytes()});
    protocol_->sent(audio.size());
    unreported_samples_ += audio.size();
    last_sent_ = std::chrono::steady_clock::now();
  }

  void send(const Outgoing& outgoing) {
    if (outgoing.silence_samples > 0) {
      const std::vector<std::int16_t> silence(outgoing.silence_samples, 0);
      send_audio(silence);
    }
    if (outgoing.text.empty()) return;
    socket_->send_text(outgoing.text);
    last_sent_ = std::chrono::steady_clock::now();
  }

  // --- timers

  void hold_open() {
    idle_timer_.expires_at(last_sent_ + timing_.keep_alive_every);
    idle_timer_.async_wait([this, ticket = guard_.ticket()](boost::system::error_code ec) {
      if (ec || !ticket.valid() || failed_ || !socket_) return;
      const bool silent = std::chrono::steady_clock::now() - last_sent_ >= timing_.keep_alive_every;
      if (!silent) return hold_open();
      if (socket_->is_open()) {
        send(protocol_->keep_alive());
      } else {
        last_sent_ = std::chrono::steady_clock::now();
      }
      hold_open();
    });
  }

  void wait_for_answers() {
    // The time to answer begins when Deepgram has heard it.
    if (due_.empty() || !opened_) {
      answer_timer_.cancel();
      return;
    }
    const auto first = std::ranges::min_element(due_, {}, [](const auto& due) { return due.second; });
    answer_timer_.expires_at(first->second);
    answer_timer_.async_wait(
        [this, ticket = guard_.ticket(), utterance = first->first](boost::system::error_code ec) {
          if (ec || !ticket.valid() || failed_ || !due_.contains(utterance)) return;
          std::vector<Heard> heard;
          if (auto answer = protocol_->give_up(utterance)) heard.push_back(std::move(*answer));
          if (heard.empty()) due_.erase(utterance);
          if (tell(std::move(heard))) wait_for_answers();
        });
  }

  // --- what comes from Deepgram

  void on_socket_open() override {
    opened_ = true;
    for (auto& [utterance, due] : due_)
      due = std::chrono::steady_clock::now() + timing_.final_wait;
    wait_for_answers();
  }

  void on_socket_text(std::string_view text) override {
    auto reading = protocol_->read(text);
    if (!reading.request_id.empty()) request_id_ = std::move(reading.request_id);
    if (!reading.readable) return count_unreadable();
    unreadable_ = 0;
    if (reading.trouble) {
      return lost(in_band(account_, model_, reading.trouble->code, reading.trouble->words));
    }
    if (tell(std::move(reading.heard))) wait_for_answers();
  }

  void on_socket_binary(std::string_view) override { count_unreadable(); }

  void on_socket_refused(const net::ConnectError& error) override {
    give_up(refusal(account_, model_, error, clock_.wall_now()));
  }

  void on_socket_closed(const net::CloseInfo& close) override { lost(closure(account_, model_, close)); }

  void count_unreadable() {
    if (++unreadable_ <= kMostUnreadable) return;
    give_up(protocol_failure(account_, model_, "what the recogniser sends cannot be read"));
  }

  // An idle socket is opened again when it is needed.
  void lost(vendor::VendorError error) {
    const bool idle = !speaking_ && !protocol_->busy();
    if (!idle || !vendor::is_retryable(error)) return give_up(std::move(error));
    request_.log.debug("deepgram closed the idle recogniser ({} {})", error.status, error.code);
    report_usage();
    idle_timer_.cancel();
    socket_.reset();
  }

  void give_up(vendor::VendorError error) {
    if (error.request_id.empty()) error.request_id = vendor::clean_detail(request_id_, account_.key);
    failed_ = true;
    speaking_ = false;
    report_usage();
    socket_.reset();
    due_.clear();
    answer_timer_.cancel();
    idle_timer_.cancel();
    listener_.on_stt_failed(std::move(error));
  }

  // False: the listener has destroyed this stream.
  bool tell(std::vector<Heard> heard) {
    const auto ticket = guard_.ticket();
    for (auto& one : heard) {
      if (!one.final) {
        listener_.on_partial_transcript(one.utterance, std::move(one.transcript.text));
      } else if (due_.erase(one.utterance) > 0) {
        report_usage();
        listener_.on_final_transcript(one.utterance, std::move(one.transcript));
      }
      if (!ticket.valid()) return false;
    }
    return true;
  }

  void report_usage() {
    // What waits for a connection was not sent.
    if (!opened_ || unreported_samples_ == 0) return;
    vendor::Usage usage{.part = vendor::Part::stt, .vendor = account_.vendor, .model = model_};
    usage.audio_seconds = static_cast<double>(unreported_samples_) / request_.sample_rate_hz;
    unreported_samples_ = 0;
    request_.observer.on_usage(usage);
  }

  const vendor::Account& account_;
  const Clock& clock_;
  const LiveTiming timing_;
  const SttRequest request_;
  SttListener& listener_;
  const std::string model_;
  std::unique_ptr<LiveProtocol> protocol_;  // of the socket; made anew with it
  std::unique_ptr<vendor::ClientSocket> socket_;
  std::vector<std::int16_t> pending_;                                   // too little for a message yet
  std::map<std::uint64_t, std::chrono::steady_clock::time_point> due_;  // finished and unanswered
  async::Timer answer_timer_;
  async::Timer idle_timer_;
  std::chrono::steady_clock::time_point last_sent_;
  std::string request_id_;
  std::uint64_t utterance_ = 0;
  std::size_t unreported_samples_ = 0;
  int unreadable_ = 0;
  bool speaking_ = false;
  bool opened_ = false;
  bool failed_ = false;
  async::Guard guard_;
};

DeepgramStt::DeepgramStt(vendor::Account account, const Clock& clock, LiveTiming timing)
    : account_(std::move(account)), clock_(clock), timing_(timing) {}

Result<void> DeepgramStt::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& choice) {
  return check_live(account_, choice);
}

Result<std::unique_ptr<SttStream>> DeepgramStt::open(SttRequest request, SttListener& listener) {
  if (auto ready = check_live(account_, request.choice); !ready) return fail(std::move(ready.error()));
  return std::make_unique<Stream>(*this, std::move(request), listener);
}

}  // namespace parley::speech
