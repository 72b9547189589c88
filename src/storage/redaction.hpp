// Numbers and addresses that are nobody's business, taken out of stored text: pure, any thread.
//
// What is found errs on the side of taking out: a number that only looks like a card's (and passes its check
// digit) goes too. What is not found: a number split over two turns, an address spelled in words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::storage {

struct RedactionKinds {
  // 13–19 digits with spaces or dashes and the right check digit (Luhn); 13 or more digits as English words.
  bool cards = false;
  bool aadhaar = false;  // 12 digits, the first neither 0 nor 1, with the right check digit (Verhoeff)
  bool pan = false;      // AAAAA9999A, together or (in capitals) with spaces
  // Indian mobile numbers with and without +91, 91, 0; anything with '+' and 8–15 digits; 10 or more digits
  // as English words.
  bool phones = false;
  bool emails = false;

  bool any() const { return cards || aadhaar || pan || phones || emails; }
};

// Each is replaced by "[card number]", "[Aadhaar number]", "[PAN]", "[phone number]", "[e-mail address]".
// Doing it again changes nothing. Text in UTF-8; other bytes stay as they are. Digits of Indian scripts
// count.
std::string redact(std::string_view text, const RedactionKinds& kinds);

// redact() of the first `length` bytes of `text`, where what the cut runs through goes too: what a caller
// heard of a number before interrupting.
std::string redact_beginning(std::string_view text, std::size_t length, const RedactionKinds& kinds);

}  // namespace parley::storage
