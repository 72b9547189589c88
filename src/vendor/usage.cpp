#include "vendor/usage.hpp"

namespace parley::vendor {
namespace {

class Ignorer final : public Observer {
 public:
  void on_usage(const Usage&) override {}
  void on_vendor_event(const VendorEvent&) override {}
};

}  // namespace

std::string_view to_string(Part part) {
  switch (part) {
    case Part::stt:
      return "stt";
    case Part::llm:
      return "llm";
    case Part::tts:
      return "tts";
    case Part::sts:
      return "sts";
    case Part::carrier:
      return "carrier";
  }
  return "unknown";
}

std::optional<Part> parse_part(std::string_view text) {
  for (const auto part : {Part::stt, Part::llm, Part::tts, Part::sts, Part::carrier}) {
    if (text == to_string(part)) return part;
  }
  return std::nullopt;
}

void add_usage(Usage& to, const Usage& more) {
  to.input_tokens += more.input_tokens;
  to.cached_input_tokens += more.cached_input_tokens;
  to.output_tokens += more.output_tokens;
  to.audio_input_tokens += more.audio_input_tokens;
  to.cached_audio_input_tokens += more.cached_audio_input_tokens;
  to.audio_output_tokens += more.audio_output_tokens;
  to.characters += more.characters;
  to.audio_seconds += more.audio_seconds;
  to.estimated = to.estimated || more.estimated;
}

std::string_view to_string(VendorEvent::Kind kind) {
  switch (kind) {
    case VendorEvent::Kind::failed:
      return "failed";
    case VendorEvent::Kind::retrying:
      return "retrying";
    case VendorEvent::Kind::switched:
      return "switched";
    case VendorEvent::Kind::circuit_open:
      return "circuit_open";
    case VendorEvent::Kind::deaf:
      return "deaf";
    case VendorEvent::Kind::recovered:
      return "recovered";
  }
  return "unknown";
}

std::int64_t estimate_tokens(std::string_view text) {
  std::int64_t ascii = 0;
  std::int64_t others = 0;
  for (const unsigned char byte : text) {
    if (byte < 0x80) {
      ++ascii;
    } else if ((byte & 0xC0U) != 0x80U) {
      ++others;
    }
  }
  // In twelfths of a token: 3 for a byte of ASCII, 8 for another character.
  return (ascii * 3 + others * 8 + 11) / 12;
}

Observer& ignore_usage() {
  static Ignorer ignorer;
  return ignorer;
}

}  // namespace parley::vendor
