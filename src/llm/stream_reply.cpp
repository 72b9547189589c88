#include "llm/stream_reply.hpp"

#include <chrono>

#include <fmt/format.h>

#include "async/guarded.hpp"
#include "net/sse_parser.hpp"

namespace parley::llm {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxOtherBytes = 256 * 1024;
// The connection can serve the next turn only if its answer is read to the end, which comes right behind the
// last event; a server that does not end it must not keep the caller waiting.
constexpr auto kWaitForEnd = 100ms;
constexpr auto kWaitForUsage = 1000ms;

class StreamReply final : public ChatReply, private net::ResponseListener, private net::SseListener {
 public:
  StreamReply(StreamPlan plan, ChatListener& listener)
      : plan_(std::move(plan)), listener_(listener), end_timer_(plan_.executor) {
    send(std::move(plan_.request));
  }
  ~StreamReply() override { report_usage(); }
  StreamReply(const StreamReply&) = delete;
  StreamReply& operator=(const StreamReply&) = delete;

 private:
  void send(net::ClientRequest request) {
    status_ = 0;
    body_.clear();
    transfer_ = net::http_client(plan_.executor).start(std::move(request), *this);
    asked_ = true;
  }

  bool said_all() const { return reached_ != StreamStep::End::no; }
  bool ok() const { return status_ >= 200 && status_ < 300; }

  void on_response_head(const net::ResponseHead& head) override {
    head_ = head;
    status_ = head.status;
    if (transfer_->reused_connection())
      plan_.observer.on_request_written(vendor::Part::llm, transfer_->written_at());
    if (ok()) plan_.dialect->accepted();
  }

  void on_response_body(std::string_view bytes) override {
    if (over_) return;
    if (!ok()) {
      body_.append(bytes.substr(0, kMaxOtherBytes - body_.size()));
      return;
    }
    if (const auto pushed = parser_.push(bytes); !pushed && !step_.error)
      step_.error = protocol_error("an event of its stream is larger than allowed");
    deliver();
  }

  void on_response_end() override {
    if (over_) return;
    if (!ok()) return refused();
    parser_.finish();
    if (said_all()) return complete();
    if (!step_.error && !body_.empty()) plan_.dialect->take(body_, step_);
    if (!step_.error) plan_.dialect->finish(step_);
    body_ended_ = true;
    deliver();
  }

  void on_response_failed(Error error) override {
    if (over_) return;
    vendor::VendorError failure(std::move(error));
    failure.vendor = plan_.vendor;
    failure.model = plan_.model;
    // All was said: what broke is only the connection's end.
    if (said_all()) return complete();
    if (status_ == 0) asked_ = false;  // nothing came back: nothing that we know of was used
    fail_with(std::move(failure));
  }

  void on_sse_event(std::string_view /*event*/, std::string_view data) override {
    streams_ = true;
    if (step_.error || step_.end == StreamStep::End::now || reached_ == StreamStep::End::now) return;
    if (reached_ == StreamStep::End::no) return plan_.dialect->take(data, step_);
    // Behind the end of what is said only usage is of interest.
    StreamStep rest;
    plan_.dialect->take(data, rest);
    step_.end = rest.end;
  }

  // A bare JSON error in the middle, or a body that is plain JSON altogether: read as a whole at the end.
  void on_sse_other(std::string_view line) override {
    const bool in_json = !body_.empty() || line.starts_with('{') || line.starts_with('[');
    if (streams_ && !in_json && reached_ == StreamStep::End::no && !step_.error) {
      // What it should have been may be words of the answer.
      step_.error = protocol_error("a line of its stream is no event");
    }
    if (body_.size() + line.size() + 1 > kMaxOtherBytes) return;
    body_ += line;
    body_ += '\n';
  }

  vendor::VendorError protocol_error(std::string detail) const {
    vendor::VendorError error(vendor::Fault::protocol, plan_.vendor, std::move(detail));
    error.model = plan_.model;
    return error;
  }

  void refused() {
    asked_ = false;
    auto error = plan_.dialect->refused(head_, body_);
    if (auto other = plan_.dialect->try_instead()) {
      send(std::move(*other));
      return;
    }
    fail_with(std::move(error));
  }

  // Any listener call may destroy this.
  void deliver() {
    const auto ticket = guard_.ticket();
    StreamStep step = std::exchange(step_, {});
    text_bytes_ += step.text.size();
    calls_ += step.calls.size();
    if (text_bytes_ > kMaxReplyBytes || calls_ > kMaxReplyCalls)
      return fail_with(protocol_error("the answer has no end; it was given up"));
    if (!step.text.empty()) {
      output_estimate_ += vendor::estimate_tokens(step.text);
      listener_.on_reply_text(step.text);
      if (!ticket.valid()) return;
    }
    for (auto& call : step.calls) {
      output_estimate_ += vendor::estimate_tokens(call.name) + vendor::estimate_tokens(call.arguments);
      listener_.on_reply_tool_call(std::move(call));
      if (!ticket.valid()) return;
    }
    if (step.error) return fail_with(std::move(*step.error));
    if (step.end == StreamStep::End::no) return;
    reached_ = step.end;
    if (body_ended_) return complete();
    arm_end_timer(step.end == StreamStep::End::now ? kWaitForEnd : kWaitForUsage);
  }

  void arm_end_timer(std::chrono::milliseconds wait) {
    end_timer_.expires_after(wait);
    end_timer_.async_wait([ticket = guard_.ticket(), this](const boost::system::error_code& ec) {
      if (!ec && ticket.valid() && !over_) complete();
    });
  }

  void complete() {
    if (plan_.must_speak && text_bytes_ == 0 && calls_ == 0)
      return fail_with(protocol_error("the answer is empty"));
    end_now();
    listener_.on_reply_end();
  }

  void fail_with(vendor::VendorError error) {
    end_now();
    listener_.on_reply_failed(std::move(error));
  }

  void end_now() {
    over_ = true;
    end_timer_.cancel();
    report_usage();
    transfer_.reset();
  }

  void report_usage() {
    if (!asked_) return;
    asked_ = false;
    vendor::Usage usage;
    if (const auto said = plan_.dialect->usage()) {
      usage = *said;
    } else {
      usage.estimated = true;
      usage.input_tokens = plan_.input_estimate;
      usage.output_tokens = output_estimate_;
    }
    usage.part = vendor::Part::llm;
    usage.vendor = plan_.vendor;
    usage.model = plan_.model;
    plan_.observer.on_usage(usage);
  }

  StreamPlan plan_;
  ChatListener& listener_;
  async::Guard guard_;
  net::SseParser parser_{*this};
  async::Timer end_timer_;
  net::ResponseHead head_;
  int status_ = 0;
  std::string body_;  // of a refusal; what stood outside of events otherwise
  StreamStep step_;
  std::size_t text_bytes_ = 0;
  std::size_t calls_ = 0;
  std::int64_t output_estimate_ = 0;
  bool asked_ = false;  // and not yet accounted for
  StreamStep::End reached_ = StreamStep::End::no;
  bool streams_ = false;  // an event came
  bool body_ended_ = false;
  bool over_ = false;
  std::unique_ptr<net::HttpTransfer> transfer_;  // last: its destruction ends the calls
};

}  // namespace

std::unique_ptr<ChatReply> start_stream(StreamPlan plan, ChatListener& listener) {
  return std::make_unique<StreamReply>(std::move(plan), listener);
}

}  // namespace parley::llm
