// Whatever a brain sends: each line of the input is a message of its socket.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "llm/brain/brain_protocol.hpp"

using namespace parley;
using namespace parley::llm;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const vendor::Account account{"brain", "ws://b.example", "brain-secret-1", "BRAIN_KEY"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  BrainTurnReader reader(account, "m", 7);
  for (std::string_view rest = text; !rest.empty();) {
    BrainStep step;
    const bool mine = reader.take(rest.substr(0, rest.find('\n')), step);
    const bool anything = step.ended || step.error || step.usage || !step.text.empty() ||
                          !step.actions.empty() || !step.calls.empty();
    check(mine || !anything);
    if (step.error) {
      check(step.error->detail.size() <= 300 && !step.error->detail.contains("brain-secret-1"));
      break;
    }
    const auto end = rest.find('\n');
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }

  net::ConnectError refused{{Errc::unavailable, "no"}, net::RefusedUpgrade{503, {}, std::string(text)}};
  check(reader.refused(refused, {}).detail.size() <= 300);
  net::CloseInfo close;
  close.code = static_cast<std::uint16_t>(1000 + size % 16);
  close.reason = text;
  check(reader.closed(close).detail.size() <= 400);
  return 0;
}
