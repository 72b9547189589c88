#include "carrier/carrier.hpp"

#include <algorithm>

namespace parley::carrier {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, lower, lower);
}

}  // namespace

std::string_view field(const Fields& fields, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (const auto& [key, value] : fields) {
      if (!value.empty() && same_name(key, name)) return value;
    }
  }
  return {};
}

std::string_view to_string(Progress progress) {
  switch (progress) {
    case Progress::queued:
      return "queued";
    case Progress::initiated:
      return "initiated";
    case Progress::ringing:
      return "ringing";
    case Progress::in_progress:
      return "in-progress";
    case Progress::completed:
      return "completed";
    case Progress::busy:
      return "busy";
    case Progress::failed:
      return "failed";
    case Progress::no_answer:
      return "no-answer";
    case Progress::canceled:
      return "canceled";
    case Progress::unknown:
      return "unknown";
  }
  return "unknown";
}

bool is_final(Progress progress) {
  switch (progress) {
    case Progress::completed:
    case Progress::busy:
    case Progress::failed:
    case Progress::no_answer:
    case Progress::canceled:
      return true;
    default:
      return false;
  }
}

}  // namespace parley::carrier
