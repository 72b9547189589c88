#include "control/phone_number.hpp"

namespace parley::control {

Result<std::string> normal_number(std::string_view text, std::string_view region) {
  std::string digits;
  bool international = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c == '+' && digits.empty() && !international) {
      international = true;
    } else if (std::string_view(" .-()").find(c) == std::string_view::npos) {
      return fail(Errc::invalid_argument,
                  "a phone number has digits, spaces, dashes and brackets, and a + before them");
    }
  }
  if (digits.size() < 3 || digits.size() > 15)
    return fail(Errc::invalid_argument, "a phone number has 3 to 15 digits");
  if (international) return "+" + digits;
  if (region.empty() || region == "in") {
    if (digits.size() == 10 && digits.front() != '0') return "+91" + digits;
    if (digits.size() == 11 && digits.front() == '0') return "+91" + digits.substr(1);
    if (digits.size() == 12 && digits.starts_with("91")) return "+" + digits;
  }
  return digits;
}

}  // namespace parley::control
