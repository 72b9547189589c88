// Whatever Sarvam, or whoever answers in its place, sends: messages of all its sockets, bodies, texts to be
// cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "speech/sarvam/sarvam_stt_protocol.hpp"
#include "speech/sarvam/sarvam_tts_protocol.hpp"
#include "speech/vendor_options.hpp"

using namespace parley;
using namespace parley::speech;

namespace {

SarvamSttProtocol protocol(const char* model) {
  agent::ProviderChoice choice;
  choice.model = model;
  return SarvamSttProtocol(read_sarvam_stt(choice, "hi-IN", 8000).value());
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SarvamSttProtocol streaming = protocol("saaras:v3");
  static const SarvamSttProtocol realtime = protocol("saaras:v4");
  static const vendor::Account account{"sarvam", "https://api.sarvam.ai", "sk_secret", "SARVAM_API_KEY"};
  static const SarvamFaults faults(account, "saaras:v3");
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  for (const auto* one : {&streaming, &realtime})
    check(one->read(text).text.size() <= 64 * 1024);
  check(read_sarvam_tts(text).bytes.size() <= size + 64);
  const auto files = read_sarvam_tts_answer(text);
  check(!files || !files->empty());

  const auto error = faults.of_response(size > 0 ? 400 + data[0] : 500, {}, text, {});
  check(error.detail.size() <= 300 && !error.detail.contains("sk_secret"));
  net::CloseInfo close;
  close.code = static_cast<std::uint16_t>(1000 + size % 16);
  close.reason = text;
  check(faults.of_close(close).detail.size() <= 300);

  for (const std::size_t most : {1U, 7U, 40U})
    for (const auto& piece : split_for_sarvam(text, most))
      check(!piece.empty() && code_points(piece) <= most);
  return 0;
}
