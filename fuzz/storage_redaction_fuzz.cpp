// Redaction of any bytes: nothing crashes, doing it twice is doing it once, and what is planted between two
// bars is gone.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/valid_text.hpp"
#include "storage/redacting_call_store.hpp"
#include "storage/redaction.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::storage;
  if (size == 0) return 0;
  const RedactionKinds kinds{.cards = (data[0] & 1U) != 0,
                             .aadhaar = (data[0] & 2U) != 0,
                             .pan = (data[0] & 4U) != 0,
                             .phones = (data[0] & 8U) != 0,
                             .emails = (data[0] & 16U) != 0};
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);

  const std::string clean = redact(text, kinds);
  require(kinds.any() || clean == text);
  require(redact(clean, kinds) == clean);
  require(clean.size() <= text.size() * 4);
  const std::string valid = parley::valid_text(text);
  require(parley::valid_text(redact(valid, kinds)) == redact(valid, kinds));
  redact_beginning(text, text.size() / 2, kinds);
  redact_json(text, kinds, (data[0] & 32U) != 0);

  const RedactionKinds all{.cards = true, .aadhaar = true, .pan = true, .phones = true, .emails = true};
  const std::string marked =
      text + " | 4111 1111 1111 1111 | ABCDE1234F | +91 98765 43210 | a@b.io | " + text;
  const std::string without = redact(marked, all);
  require(without.find(" | [card number] | [PAN] | [phone number] | [e-mail address] | ") !=
          std::string::npos);
  return 0;
}
