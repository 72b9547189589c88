// /v2/listen: Flux, which finds the turns itself. The call's own endpointing decides here as with every
// recogniser, so Flux' turns are only a way to its text: an utterance may hold several of them, and a turn
// may go on into the next utterance; what was answered of it is left out there.
//
// Flux has neither Finalize nor KeepAlive: 0.4 s of silence at the end of an utterance bring the answer for
// all of it, and 0.08 s every four seconds hold the socket, which costs 2 % of the idle time at Flux' price
// per minute.
#pragma once

#include <deque>

#include <boost/json/object.hpp>

#include "speech/deepgram/deepgram_live_protocol.hpp"

namespace parley::speech::deepgram {

class FluxProtocol final : public LiveProtocol {
 public:
  FluxProtocol(int sample_rate_hz, const LiveTiming& timing) : rate_(sample_rate_hz), timing_(timing) {}

  void start(std::uint64_t utterance) override;
  void sent(std::size_t samples) override { samples_ += samples; }
  Ending finish() override;
  Outgoing cancel() override;
  LiveReading read(std::string_view message) override;
  std::optional<Heard> give_up(std::uint64_t utterance) override;
  bool busy() const override { return !utterances_.empty(); }
  Outgoing keep_alive() override { return {.text = {}, .silence_samples = piece_samples()}; }
  std::size_t piece_samples() const override {
    return static_cast<std::size_t>(rate_ / 25 * 2);
  }  // 80 ms, as advised

 private:
  struct Utterance {
    std::uint64_t id = 0;
    double begin_s = 0;
    std::optional<double> end_s;
    std::string closed;  // text of the turns that are over
    std::string open;    // of the one that is not
    std::string told;
    bool turn_ended = false;  // and no other began
  };
  struct Turn;

  double now_s() const { return static_cast<double>(samples_) / rate_; }
  void read_turn(const boost::json::object& message, LiveReading& reading);
  void take(Utterance& utterance, const Turn& turn) const;
  // So many words of the turn are told, or belong to nothing.
  void spend(std::int64_t turn, std::size_t words);
  static bool is_answered(const Utterance& utterance, const Turn& turn);
  static Heard final_of(const Utterance& utterance);

  const int rate_;
  const LiveTiming timing_;
  std::uint64_t samples_ = 0;
  std::deque<Utterance> utterances_;
  // Earlier turns, and so many words of this one, belong to no utterance any more.
  std::int64_t spent_turn_ = -1;
  std::size_t spent_words_ = 0;
  std::int64_t last_turn_ = -1;
  std::size_t last_words_ = 0;  // of last_turn_, when it was heard last
};

}  // namespace parley::speech::deepgram
