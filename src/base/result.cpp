#include "base/result.hpp"

namespace parley {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid argument";
    case Errc::not_found:
      return "not found";
    case Errc::conflict:
      return "conflict";
    case Errc::already_exists:
      return "already exists";
    case Errc::permission_denied:
      return "permission denied";
    case Errc::unavailable:
      return "unavailable";
    case Errc::overloaded:
      return "overloaded";
    case Errc::timeout:
      return "timed out";
    case Errc::cancelled:
      return "cancelled";
    case Errc::protocol:
      return "protocol error";
    case Errc::io:
      return "input/output error";
    case Errc::internal:
      return "internal error";
  }
  return "unknown error";
}

std::string describe(const Error& error) {
  std::string text{to_string(error.code)};
  if (!error.message.empty()) {
    text += ": ";
    text += error.message;
  }
  return text;
}

}  // namespace parley
