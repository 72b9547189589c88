// Anything at all as an event of OpenAI Realtime: it is read or refused, and what is read is bounded by what
// came and can be sent back.
#include <cstdint>
#include <cstdlib>

#include "realtime/openai/openai_realtime_protocol.hpp"

namespace {

void demand(bool what) {
  if (!what) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto event = realtime::parse_realtime(message);
  if (!event) return 0;
  demand(event->text.size() <= size && event->audio.size() <= size && event->item.size() <= size);
  demand(event->usage.input_tokens >= 0 && event->usage.cached_input_tokens <= event->usage.input_tokens);
  demand(event->usage.cached_audio_input_tokens <= event->usage.audio_input_tokens);
  demand(vendor::parse_json_object(realtime::truncate_message(event->item, 1)).has_value());
  demand(vendor::parse_json_object(realtime::tool_result_message(event->call.id, event->text)).has_value());
  demand(vendor::parse_json_object(realtime::say_message(event->text, event->about)).has_value());
  return 0;
}
