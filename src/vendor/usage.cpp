#include "vendor/usage.hpp"

namespace parley::vendor {

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

}  // namespace parley::vendor
