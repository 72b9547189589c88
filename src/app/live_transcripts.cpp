#include "app/live_transcripts.hpp"

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

namespace parley::app {

std::optional<std::string> LiveTranscripts::json(std::string_view carrier_call_id) const {
  const auto id = by_carrier_id_.find(carrier_call_id);
  if (id == by_carrier_id_.end()) return std::nullopt;
  const Transcript& transcript = calls_.find(id->second)->second;
  boost::json::array lines;
  for (const auto& [number, line] : transcript.lines) {
    lines.push_back({{"number", number},
                     {"who", line.by_agent ? "agent" : "caller"},
                     {"text", line.text},
                     {"final", line.final},
                     {"interrupted", line.interrupted}});
  }
  return boost::json::serialize(
      boost::json::object{{"call_id", id->second}, {"ended", transcript.ended}, {"lines", std::move(lines)}});
}

void LiveTranscripts::on_call_started(const storage::CallRecord& call) {
  async::asio::post(control_, [this, id = call.id, carrier_id = call.carrier_call_id] {
    calls_[id].carrier_call_id = carrier_id;
    if (!carrier_id.empty()) by_carrier_id_[carrier_id] = id;
  });
}

void LiveTranscripts::on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) {
  async::asio::post(control_, [this, call_id, line] {
    const auto call = calls_.find(call_id);
    if (call != calls_.end()) call->second.lines.insert_or_assign(line.number, line);
  });
}

void LiveTranscripts::on_call_ended(const std::string& call_id, const storage::CallEnd&) {
  async::asio::post(control_, [this, call_id] {
    const auto call = calls_.find(call_id);
    if (call == calls_.end()) return;
    call->second.ended = true;
    ended_.push_back(call_id);
    if (ended_.size() > kKeepEnded) forget_oldest();
  });
}

void LiveTranscripts::forget_oldest() {
  const auto call = calls_.find(ended_.front());
  const auto id = by_carrier_id_.find(call->second.carrier_call_id);
  // A carrier's id that came twice points at the newer call.
  if (id != by_carrier_id_.end() && id->second == call->first) by_carrier_id_.erase(id);
  calls_.erase(call);
  ended_.pop_front();
}

}  // namespace parley::app
