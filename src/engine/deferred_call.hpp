// A call whose agent is chosen when its stream has started, by what the start message says: the number that
// was called, parameters of the carrier's flow. Until then it is a stream and nothing more, with a deadline.
//
// Thread: the call's shard. Once the agent is known, everything is passed on to the call that was made.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/guarded.hpp"
#include "engine/call.hpp"
#include "engine/media_stream.hpp"

namespace parley::engine {

struct CallAgent {
  agent::AgentPtr agent;
  Vendors vendors;
  std::string agent_text;  // frozen into the session
  std::string workspace_id;
  std::string phone_id;
  std::shared_ptr<const void> keeps_alive;  // what the vendors are made of; goes after the call
  // Of a call that was known before its stream came; as in CallDependencies.
  std::string call_id{};  // empty: the one that the stream was given
  std::string session_id{};
  std::string direction = "inbound";
  std::string from{};
  std::string to{};
  std::string telephony_config_id{};
  std::string variables{};
  std::string custom_field{};
  std::vector<llm::Message> earlier{};
  std::optional<NoTransfer> no_transfer{};
  bool line_charged = true;  // by whoever carries the call
};

// On the call's shard: never blocks. An error ends the stream; its message is logged, so it holds no phone
// number. Errc::permission_denied and not_found are refusals, told to the carrier; others are a fault of
// ours.
using ChooseAgent = std::function<Result<CallAgent>(const media::StreamStart&)>;
using MakeCodec = std::function<std::unique_ptr<media::MediaCodec>()>;

class DeferredCall final : public Call, private StreamHandler {
 public:
  // What a CallAgent has is filled in by `choose`; until then the call goes by the id of the dependencies.
  DeferredCall(MakeCodec make_codec, CallDependencies dependencies, ChooseAgent choose);

  const std::string& id() const override { return d_.call_id; }
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_link_closed(LinkEnd how) override;
  void shut_down() override;
  Result<void> hang_up(std::string reason) override;
  Result<void> transfer(std::string to, std::string say) override;
  void on_new_id(std::function<void()> told) override { new_id_ = std::move(told); }

 private:
  void on_stream_start(const media::StreamStart& start) override;
  // None of these comes before a start.
  void on_audio(std::span<const std::int16_t>) override {}
  void on_dtmf(char) override {}
  void on_mark(std::string_view) override {}
  void on_stream_stop(std::string_view reason) override;
  void on_protocol_error(std::string_view, std::string_view) override {}  // counted already
  void on_stream_refused(std::string_view) override { deadline_.cancel(); }

  void await_start();
  void end(media::LinkClose why, std::string_view reason);

  const MakeCodec make_codec_;
  const ChooseAgent choose_;
  std::shared_ptr<const void> keeps_alive_;  // before whatever refers to it
  CallDependencies d_;
  std::unique_ptr<Call> call_;         // nullptr: not started yet
  std::optional<MediaStream> stream_;  // nullopt: `call_` has its own
  std::function<void()> new_id_;
  async::Timer deadline_;
  async::Guard guard_;
};

}  // namespace parley::engine
