// The text that a carrier carries along with a call and says again in its callbacks: how a call that was
// placed finds its row, and its variables the prompt. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "control/call_book.hpp"

namespace parley::control {

// What carriers take, in bytes.
inline constexpr std::size_t kMostCustomField = 128;

struct CustomField {
  std::string call_id;  // of ours; empty: it names none
  Variables variables;  // members of a JSON object that are text, numbers or true and false
};

// "parley:<id>", or a JSON object, whose "parley" is the id; anything else names nothing. Never fails: it
// comes from outside.
CustomField parse_custom_field(std::string_view text);

// `own`: what the one who places the call wants the carrier's flow to know; empty: nothing. A JSON object
// gets the id as its member "parley" where that still fits. Errc::invalid_argument: longer than
// kMostCustomField, or control characters in it.
Result<std::string> make_custom_field(std::string_view call_id, std::string_view own);

}  // namespace parley::control
