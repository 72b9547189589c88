// What OpenAI may send to recognisers and voices: events of a session, transcripts of recordings, bodies of
// errors. The first byte chooses.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "speech/openai/openai_faults.hpp"
#include "speech/openai/openai_file_transcriber.hpp"
#include "speech/openai/openai_stt_protocol.hpp"

namespace {

// One event a line, between commits and cancellations: nobody is answered twice.
void converse(std::string_view text) {
  parley::speech::OpenAiUtterances utterances;
  std::uint64_t committed = 0;
  std::uint64_t answered = 0;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line == "c") utterances.committed(++committed);
    if (line == "d") utterances.drop_all();
    const auto event = parley::speech::parse_openai_hearing(line);
    if (!event) continue;
    utterances.named(event->item);
    utterances.went_on(event->item, event->text);
    if (utterances.completed(event->item, event->text)) ++answered;
    if (utterances.refused(event->event_id)) ++answered;
  }
  answered += utterances.give_up().size();
  if (answered > committed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  if (size < 1) return 0;
  static const vendor::Account account{
      .vendor = "openai", .url = "https://x/v1", .key = "secret-0123456789", .key_setting = "K"};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) {
    converse(text);
  } else if (data[0] % 3 == 1) {
    const auto segments = speech::parse_openai_transcription(text, 0, 5, 10);
    for (const auto& segment : segments.value_or(std::vector<speech::FileSegment>())) {
      if (segment.text.empty() || segment.start_s < 5 || segment.end_s > 15 ||
          segment.end_s < segment.start_s)
        std::abort();
    }
  } else {
    const auto error = speech::OpenAiFaults(account, "m").of_response(200 + data[0] * 2, {}, text, {});
    if (vendor::describe(error).find(account.key) != std::string::npos) std::abort();
  }
  return 0;
}
