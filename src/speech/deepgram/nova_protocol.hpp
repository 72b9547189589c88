// /v1/listen: nova-2, nova-3 and their relatives. The text of an utterance is the join of its final pieces;
// Finalize at its end asks for the last of them.
#pragma once

#include <deque>

#include <boost/json/object.hpp>

#include "speech/deepgram/deepgram_live_protocol.hpp"

namespace parley::speech::deepgram {

class NovaProtocol final : public LiveProtocol {
 public:
  NovaProtocol(int sample_rate_hz, const LiveTiming& timing) : rate_(sample_rate_hz), timing_(timing) {}

  void start(std::uint64_t utterance) override;
  void sent(std::size_t samples) override { samples_ += samples; }
  Ending finish() override;
  Outgoing cancel() override;
  LiveReading read(std::string_view message) override;
  std::optional<Heard> give_up(std::uint64_t utterance) override;
  bool busy() const override { return !utterances_.empty(); }
  Outgoing keep_alive() override;
  std::size_t piece_samples() const override { return static_cast<std::size_t>(rate_ / 50); }

 private:
  // Seconds of the stream.
  struct Utterance {
    std::uint64_t id = 0;
    double begin_s = 0;
    std::optional<double> end_s;  // set when it is finished
    double final_to_s = 0;        // up to here final pieces have come
    std::string text;             // of the final pieces
    std::string interim;          // what may follow
    std::string told;             // the last partial
    bool speech_ended = false;    // Deepgram heard the end of the speech, and nothing since
    double confidence = 0;        // weighted by `weight`
    double weight = 0;
  };
  struct Results;

  double now_s() const { return static_cast<double>(samples_) / rate_; }
  bool take(Utterance& utterance, const Results& results);
  static Heard final_of(const Utterance& utterance);
  void read_results(const boost::json::object& message, LiveReading& reading);

  const int rate_;
  const LiveTiming timing_;
  std::uint64_t samples_ = 0;
  std::deque<Utterance> utterances_;  // by age; only the last may be open
};

}  // namespace parley::speech::deepgram
