// Whatever Deepgram sends, in any order with the utterances of a call: nothing breaks, and no utterance is
// answered twice or without having been finished.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "speech/deepgram/deepgram_live_protocol.hpp"
#include "speech/deepgram/file_protocol.hpp"
#include "speech/deepgram/speak_protocol.hpp"

namespace {

using namespace parley::speech::deepgram;

void require(bool truth) {
  if (!truth) std::abort();
}

class Run {
 public:
  explicit Run(std::string_view model) : protocol_(make_live_protocol(model, 8000, {})) {}

  // Lines: "s" start, "f" finish, "c" cancel, "g" give up, "a" + one byte: audio; everything else is a
  // message.
  void step(std::string_view line) {
    if (line == "s") {
      finish();
      protocol_->start(++newest_);
      speaking_ = true;
    } else if (line == "f") {
      finish();
    } else if (line == "c") {
      protocol_->cancel();
      speaking_ = false;
      finished_.clear();
    } else if (line == "g") {
      if (const auto heard = protocol_->give_up(newest_)) take(*heard);
    } else if (line.size() == 2 && line[0] == 'a') {
      protocol_->sent(static_cast<std::size_t>(static_cast<unsigned char>(line[1])) * 80);
    } else {
      for (const auto& heard : protocol_->read(line).heard)
        take(heard);
    }
  }

 private:
  void finish() {
    if (!speaking_) return;
    speaking_ = false;
    protocol_->sent(protocol_->finish().send.silence_samples);
    finished_.insert(newest_);
  }
  void take(const Heard& heard) {
    require(heard.utterance >= 1 && heard.utterance <= newest_);
    require(heard.transcript.text.size() <= 2 * 64 * 1024);
    if (heard.final) require(finished_.erase(heard.utterance) == 1);
  }

  std::unique_ptr<LiveProtocol> protocol_;
  std::uint64_t newest_ = 0;
  bool speaking_ = false;
  std::set<std::uint64_t> finished_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Run nova("nova-3");
  Run flux("flux-general-en");
  for (auto rest = input; !rest.empty();) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    nova.step(line);
    flux.step(line);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  read_speak(input);
  std::string joined;
  for (const auto& part : split_text(input))
    joined += part;
  require(joined == input);
  const auto shape = wav_shape(input);
  if (shape) require(shape->seconds >= 0 && (shape->channels == 1 || shape->channels == 2));
  const WavShape stereo{.sample_rate_hz = 8000, .channels = 2, .seconds = 10};
  if (const auto transcript = read_file_answer(input, stereo, "en")) {
    for (const auto& segment : transcript->segments) {
      require(segment.channel >= 0 && segment.channel < 2 && !segment.text.empty());
      require(segment.start_s >= 0 && segment.start_s <= segment.end_s && segment.end_s <= 10);
    }
  }
  return 0;
}
