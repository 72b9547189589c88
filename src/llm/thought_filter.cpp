#include "llm/thought_filter.hpp"

#include <array>
#include <utility>

namespace parley::llm {
namespace {

constexpr std::array<std::string_view, 2> kOpen = {"<think>", "<thinking>"};
constexpr std::array<std::string_view, 2> kClose = {"</think>", "</thinking>"};

// Length of the mark that the text begins with; -1: it may become one with more text; 0: none.
int mark_at(std::string_view text, const std::array<std::string_view, 2>& marks) {
  int found = 0;
  for (const auto mark : marks) {
    if (text.starts_with(mark)) return static_cast<int>(mark.size());
    if (mark.starts_with(text)) found = -1;
  }
  return found;
}

}  // namespace

std::string ThoughtFilter::push(std::string_view delta) {
  held_ += delta;
  std::string spoken;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const auto mark_begins = rest.find('<');
    if (!thinking_) spoken += rest.substr(0, mark_begins);
    if (mark_begins == std::string_view::npos) {
      rest = {};
      break;
    }
    rest.remove_prefix(mark_begins);
    const int mark = mark_at(rest, thinking_ ? kClose : kOpen);
    if (mark < 0) break;
    if (mark > 0) {
      thinking_ = !thinking_;
      rest.remove_prefix(static_cast<std::size_t>(mark));
    } else {
      if (!thinking_) spoken += '<';
      rest.remove_prefix(1);
    }
  }
  held_ = std::string(rest);
  return spoken;
}

std::string ThoughtFilter::flush() {
  auto rest = std::exchange(held_, {});
  return thinking_ ? std::string() : rest;
}

}  // namespace parley::llm
