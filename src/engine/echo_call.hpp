// The `echo` agent: sends back what it hears, at once and in the order it came; for protocol checks. It keeps
// a row in the call log and nothing else. Thread: the call's shard.
#pragma once

#include <string>
#include <vector>

#include "async/guarded.hpp"
#include "engine/call.hpp"
#include "engine/call_journal.hpp"
#include "engine/media_stream.hpp"

namespace parley::engine {

class EchoCall final : public Call, private StreamHandler {
 public:
  EchoCall(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies);

  const std::string& id() const override { return journal_.id(); }
  void on_text(std::string_view text) override { stream_.on_text(text); }
  void on_binary(std::string_view bytes) override { stream_.on_binary(bytes); }
  void on_link_closed(LinkEnd how) override;
  void shut_down() override;
  Result<void> hang_up(std::string reason) override;
  Result<void> transfer(std::string to, std::string say) override;

 private:
  void on_stream_start(const media::StreamStart& start) override;
  void on_audio(std::span<const std::int16_t> samples) override;
  void on_dtmf(char digit) override;
  void on_mark(std::string_view) override {}
  void on_stream_stop(std::string_view reason) override;
  void on_protocol_error(std::string_view kind, std::string_view detail) override;
  void on_stream_refused(std::string_view why) override;

  void send(std::size_t samples);
  void send_rest_soon();
  void watch();
  std::int64_t elapsed_ms() const;
  void end(storage::CallStatus status, std::string_view reason, bool escalated = false,
           std::string_view in_words = {});

  CallDependencies d_;
  CallJournal journal_;
  MediaStream stream_;
  SteadyTime started_at_{};
  std::int64_t sent_ = 0;
  std::vector<std::int16_t> held_;  // less than one piece
  SteadyTime last_media_{};
  async::Timer watch_;  // no start, or no media: nobody is there
  async::Timer rest_;   // sends the rest, padded, when nothing follows
  async::Guard guard_;
};

}  // namespace parley::engine
