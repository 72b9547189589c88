// What ElevenLabs may send: messages of a socket, and bodies of errors. The first byte chooses.
#include <cstdlib>
#include <string_view>

#include "speech/elevenlabs/elevenlabs_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  if (size < 1) return 0;
  static const vendor::Account account{
      .vendor = "elevenlabs", .url = "https://x", .key = "secret-0123456789", .key_setting = "K"};
  static const speech::ElevenLabsFaults faults(account, "m");
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    const auto event = speech::parse_elevenlabs(text);
    if (event && event->audio.size() > text.size()) std::abort();
    if (event && event->problem && faults.of_problem(*event->problem).detail.size() > 400) std::abort();
  } else {
    const auto error = faults.of_response(200 + data[0] * 2, {}, text, {});
    if (vendor::describe(error).find(account.key) != std::string::npos) std::abort();
  }
  return 0;
}
