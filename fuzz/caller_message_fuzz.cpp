// Any bytes as a server's message, through the strict reader and the player.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "caller/exotel_caller_protocol.hpp"
#include "caller/playout_model.hpp"
#include "caller/protocol_lint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::caller;
  static CallerParser parser;
  PlayoutModel playout(8000, MarksAtClear::echo);
  ProtocolLint lint({}, "s1", 8000);
  lint.on_start_sent(std::chrono::milliseconds(0));
  std::vector<std::int16_t> frame(160);

  // One message in each line: sequences of messages are worth as much as single ones.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (std::chrono::milliseconds now{0}; !rest.empty(); now += std::chrono::milliseconds(20)) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string padded(rest.substr(0, end));
    padded.append(64, '\0');
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto message = parser.parse(std::string_view(padded).substr(0, end));
    if (!message) continue;
    lint.on_message(*message, now);
    if (message->event == ServerEvent::media) playout.push_audio(message->samples);
    if (message->event == ServerEvent::mark && message->mark_name) playout.push_mark(*message->mark_name);
    if (message->event == ServerEvent::clear) playout.clear();
    playout.play(frame);
    if (playout.queued_samples() < 0) std::abort();
  }
  while (playout.play(frame) > 0) {
  }
  return 0;
}
