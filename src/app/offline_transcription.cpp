#include "app/offline_transcription.hpp"

#include <utility>

#include "engine/usage_ledger.hpp"
#include "speech/stream_transcriber.hpp"

namespace parley::app {
namespace {

class Books final : public vendor::Observer {
 public:
  explicit Books(engine::UsageLedger ledger) : ledger_(std::move(ledger)) {}
  void on_usage(const vendor::Usage& usage) override { ledger_.add(0, usage); }
  void on_vendor_event(const vendor::VendorEvent&) override {}

 private:
  engine::UsageLedger ledger_;
};

Result<speech::FileTranscript> plain(std::expected<speech::FileTranscript, vendor::VendorError> answer) {
  if (answer) return std::move(*answer);
  const bool again = vendor::is_retryable(answer.error());
  return fail(again ? Errc::unavailable : Errc::invalid_argument, describe(answer.error()));
}

async::Task<Result<speech::FileTranscript>> transcribe(OfflineTranscription d, control::ReadyAgentPtr ready,
                                                       std::string call_id, std::string wav) {
  const agent::AgentPtr agent = ready->agent();
  Books books({call_id, d.calls, d.prices(), iso_day(d.clock.wall_now())});
  speech::FileRequest request{.executor = d.executor,
                              .wav = std::move(wav),
                              .choice = agent->recording.transcribe,
                              .language = agent->language,
                              .log = log::Logger("app").with_call(call_id),
                              .observer = books};
  if (auto* files = d.vendors.transcriber_of(*agent))
    co_return plain(co_await files->transcribe(std::move(request)));
  const engine::Vendors parts = ready->for_call();
  if (parts.stt == nullptr) {
    co_return fail(Errc::invalid_argument,
                   "agent '" + agent->name +
                       "' has nothing to write recordings down with: give it an stt or "
                       "recording.transcribe");
  }
  request.choice = agent->stt;
  co_return plain(co_await speech::transcribe_by_stream(*parts.stt, agent, std::move(request)));
}

}  // namespace

control::OfflineCalls::Transcribe transcribe_by(OfflineTranscription dependencies) {
  return [d = std::move(dependencies)](std::string /*workspace_id*/, control::ReadyAgentPtr ready,
                                       std::string call_id, std::string wav) {
    return transcribe(d, std::move(ready), std::move(call_id), std::move(wav));
  };
}

}  // namespace parley::app
