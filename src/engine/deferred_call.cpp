#include "engine/deferred_call.hpp"

#include <utility>

#include "base/ids.hpp"
#include "engine/turn_machine.hpp"

namespace parley::engine {
namespace {

CallDependencies with_id(CallDependencies dependencies) {
  if (dependencies.call_id.empty()) dependencies.call_id = make_id();
  return dependencies;
}

std::string_view refusal(Errc code) {
  if (code == Errc::permission_denied) return "number_inactive";
  return code == Errc::not_found ? "no_agent" : "agent_unavailable";
}

}  // namespace

DeferredCall::DeferredCall(MakeCodec make_codec, CallDependencies dependencies, ChooseAgent choose)
    : make_codec_(std::move(make_codec)),
      choose_(std::move(choose)),
      d_(with_id(std::move(dependencies))),
      deadline_(d_.executor) {
  StreamHandler& handler = *this;
  stream_.emplace(make_codec_(), d_.link, handler, d_.probe, log::Logger("engine").with_call(d_.call_id));
  await_start();
}

void DeferredCall::await_start() {
  deadline_.expires_after(d_.media.start_deadline);
  deadline_.async_wait([this, ticket = guard_.ticket()](const boost::system::error_code& error) {
    if (error || !ticket.valid() || call_) return;
    d_.probe.protocol_errors("no_start").add();
    end(media::LinkClose::policy, "no start message in time");
  });
}

void DeferredCall::on_text(std::string_view text) {
  if (call_) return call_->on_text(text);
  stream_->on_text(text);
  if (!call_) return;
  // It was the start: the call reads the message itself, with a codec that has seen nothing else. What came
  // before it means nothing to a call.
  stream_.reset();
  call_->on_text(text);
}

void DeferredCall::on_binary(std::string_view bytes) {
  if (call_) return call_->on_binary(bytes);
  stream_->on_binary(bytes);
}

void DeferredCall::on_stream_start(const media::StreamStart& start) {
  deadline_.cancel();
  auto chosen = choose_(start);
  if (!chosen) {
    d_.probe.calls_refused(refusal(chosen.error().code)).add();
    log::Logger("engine").with_call(d_.call_id).warn("call refused: {}", chosen.error().message);
    const bool refused =
        chosen.error().code == Errc::permission_denied || chosen.error().code == Errc::not_found;
    if (refused) return end(media::LinkClose::policy, chosen.error().message);
    // What is wrong with us is nobody's business out there.
    return end(media::LinkClose::failed, "the agent is not ready");
  }
  keeps_alive_ = std::move(chosen->keeps_alive);
  d_.agent = std::move(chosen->agent);
  d_.vendors = std::move(chosen->vendors);
  d_.agent_text = std::move(chosen->agent_text);
  d_.workspace_id = std::move(chosen->workspace_id);
  d_.phone_id = std::move(chosen->phone_id);
  d_.session_id = std::move(chosen->session_id);
  d_.direction = std::move(chosen->direction);
  d_.telephony_config_id = std::move(chosen->telephony_config_id);
  d_.variables = std::move(chosen->variables);
  d_.from = std::move(chosen->from);
  d_.to = std::move(chosen->to);
  d_.custom_field = std::move(chosen->custom_field);
  d_.earlier = std::move(chosen->earlier);
  d_.no_transfer = std::move(chosen->no_transfer);
  d_.line_charged = chosen->line_charged;
  if (!chosen->call_id.empty() && chosen->call_id != d_.call_id) {
    d_.call_id = std::move(chosen->call_id);
    if (new_id_) new_id_();
  }
  call_ = make_call(make_codec_(), d_);
}

void DeferredCall::on_stream_stop(std::string_view) {
  end(media::LinkClose::done, "stopped before start");
}

void DeferredCall::on_link_closed(LinkEnd how) {
  if (call_) return call_->on_link_closed(how);
  deadline_.cancel();
  if (how == LinkEnd::too_big) d_.probe.protocol_errors("too_big").add();
}

void DeferredCall::shut_down() {
  if (call_) return call_->shut_down();
  end(media::LinkClose::going_away, "server is shutting down");
}

Result<void> DeferredCall::hang_up(std::string reason) {
  if (call_) return call_->hang_up(std::move(reason));
  end(media::LinkClose::done, to_string(EndReason::hung_up));
  return {};
}

Result<void> DeferredCall::transfer(std::string to, std::string say) {
  if (call_) return call_->transfer(std::move(to), std::move(say));
  return fail(Errc::conflict, "the call has not begun");
}

void DeferredCall::end(media::LinkClose why, std::string_view reason) {
  deadline_.cancel();
  stream_->close(why, reason);
}

}  // namespace parley::engine
