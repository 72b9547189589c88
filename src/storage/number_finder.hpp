// Finds the numbers that redaction.hpp takes out: sequences of digits and digit words, and which parts of
// them are card, Aadhaar or phone numbers.
//
// Pure, any thread; linear in the text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "storage/redaction.hpp"

namespace parley::storage {

// Where they overlap, the first of these gives its name to the whole.
enum class Found { email, card, aadhaar, pan, phone };

struct Finding {
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
  Found what = Found::phone;
};

// Appends; in any order, and they may overlap.
void find_numbers(std::string_view text, const RedactionKinds& kinds, std::vector<Finding>& findings);

}  // namespace parley::storage
