// Deepgram's two live recognisers as rules without I/O: what to send, and what the answers mean for
// utterances.
//
// A stream is one long recording to Deepgram, made of the utterances only: between them nothing is sent. So
// its times are counted in the audio that was sent, and they tell which utterance an answer belongs to, also
// when it comes late or the utterance was cancelled. An object belongs to one socket. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/result.hpp"
#include "speech/speech_to_text.hpp"
#include "vendor/account.hpp"

namespace parley::speech::deepgram {

struct LiveTiming {
  std::chrono::milliseconds final_wait{1200};  // after the end of an utterance, then what there is has to do
  // The same when Deepgram has heard the end of the speech already and holds no more text.
  std::chrono::milliseconds quiet_wait{500};
  // The same with Flux, which need not say anything more then.
  std::chrono::milliseconds ended_wait{150};
  std::chrono::milliseconds keep_alive_every{4000};
};

struct Outgoing {
  std::string text;                 // empty: none
  std::size_t silence_samples = 0;  // sent before the text
};
struct Ending {
  Outgoing send;
  std::chrono::milliseconds wait{0};  // for the answer; then give_up()
};

struct Heard {
  std::uint64_t utterance = 0;
  bool final = false;
  Transcript transcript;
};
struct Trouble {
  std::string code;
  std::string words;
};
struct LiveReading {
  bool readable = true;  // false: not of this protocol
  std::vector<Heard> heard;
  std::optional<Trouble> trouble;
  std::string request_id;  // empty: the message names none
};

class LiveProtocol {
 public:
  virtual ~LiveProtocol() = default;
  virtual void start(std::uint64_t utterance) = 0;
  // Audio or silence went out.
  virtual void sent(std::size_t samples) = 0;
  // Of the utterance that was started last.
  virtual Ending finish() = 0;
  // Forgets the open utterance and those not answered.
  virtual Outgoing cancel() = 0;
  virtual LiveReading read(std::string_view message) = 0;
  // The final of a finished utterance from what there is; nullopt: it was answered or cancelled.
  virtual std::optional<Heard> give_up(std::uint64_t utterance) = 0;
  // Some utterance is open or unanswered.
  virtual bool busy() const = 0;
  // What holds an idle socket open.
  virtual Outgoing keep_alive() = 0;
  // Shorter pieces of audio are better kept until they are so long.
  virtual std::size_t piece_samples() const = 0;
};

bool is_flux(std::string_view model);
// With the default for an empty one.
std::string live_model(const agent::ProviderChoice& choice);

Result<void> check_live(const vendor::Account& account, const agent::ProviderChoice& choice);
// wss://… with everything but the key.
std::string live_url(const vendor::Account& account, const agent::ProviderChoice& choice,
                     std::string_view language, int sample_rate_hz);

std::unique_ptr<LiveProtocol> make_live_protocol(std::string_view model, int sample_rate_hz,
                                                 const LiveTiming& timing);

inline constexpr std::string_view kCloseStream = R"({"type":"CloseStream"})";

}  // namespace parley::speech::deepgram
