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
