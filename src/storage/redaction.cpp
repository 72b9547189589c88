#include "storage/redaction.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/ascii.hpp"
#include "storage/number_finder.hpp"

namespace parley::storage {
namespace {

constexpr std::string_view kPanPattern = "AAAAA9999A";
constexpr int kMostRounds = 8;

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alnum(char c) {
  return is_letter(c) || is_digit(c);
}
bool is_local_part(char c) {
  return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("._%+-'&").find(c) != std::string_view::npos;
}
bool is_domain(char c) {
  return is_alnum(c) || c == '.' || c == '-';
}

void find_emails(std::string_view text, std::vector<Finding>& findings) {
  std::size_t free_from = 0;  // what lies before belongs to the address before
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at;
    while (begin > free_from && is_local_part(text[begin - 1]))
      --begin;
    std::size_t end = at + 1;
    while (end < text.size() && is_domain(text[end]))
      ++end;
    while (end > at + 1 && !is_alnum(text[end - 1]))
      --end;
    const std::string_view domain = text.substr(at + 1, end - at - 1);
    const auto dot = domain.rfind('.');
    free_from = at + 1;
    if (begin == at || dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3) continue;
    findings.push_back({.begin = begin, .end = end, .what = Found::email});
    free_from = end;
  }
}

// Where the ten characters of a PAN that begins at `at` end, or `at`: together in any case, or in capitals
// with single spaces or dashes, as recognisers write what is spelled.
std::size_t end_of_pan(std::string_view text, std::size_t at) {
  bool capitals = true;
  bool gaps = false;
  std::size_t end = at;
  for (std::size_t i = 0; i < kPanPattern.size(); ++i) {
    if (i > 0 && end < text.size() && (text[end] == ' ' || text[end] == '-')) {
      gaps = true;
      ++end;
    }
    if (end >= text.size()) return at;
    const char c = text[end++];
    if (kPanPattern[i] == 'A' ? !is_letter(c) : !is_digit(c)) return at;
    capitals = capitals && (is_digit(c) || is_upper(c));
  }
  if ((end < text.size() && is_alnum(text[end])) || (gaps && !capitals)) return at;
  return end;
}

void find_pans(std::string_view text, std::vector<Finding>& findings) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_letter(text[at]) || (at > 0 && is_alnum(text[at - 1]))) continue;
    const std::size_t end = end_of_pan(text, at);
    if (end == at) continue;
    findings.push_back({.begin = at, .end = end, .what = Found::pan});
    at = end - 1;
  }
}

// In order, without overlaps.
std::vector<Finding> find_all(std::string_view text, const RedactionKinds& kinds) {
  std::vector<Finding> findings;
  if (kinds.emails) find_emails(text, findings);
  if (kinds.pan) find_pans(text, findings);
  if (kinds.cards || kinds.aadhaar || kinds.phones) find_numbers(text, kinds, findings);
  std::ranges::sort(findings, {}, &Finding::begin);
  std::vector<Finding> merged;
  for (const Finding& finding : findings) {
    if (merged.empty() || finding.begin >= merged.back().end) {
      merged.push_back(finding);
    } else {
      merged.back().end = std::max(merged.back().end, finding.end);
      merged.back().what = std::min(merged.back().what, finding.what);
    }
  }
  return merged;
}

std::string_view label_of(Found what) {
  switch (what) {
    case Found::email:
      return "[e-mail address]";
    case Found::card:
      return "[card number]";
    case Found::aadhaar:
      return "[Aadhaar number]";
    case Found::pan:
      return "[PAN]";
    case Found::phone:
      return "[phone number]";
  }
  return "[number]";
}

std::string redact_once(std::string_view text, std::size_t length, const RedactionKinds& kinds) {
  std::string clean;
  std::size_t done = 0;
  for (const Finding& finding : find_all(text, kinds)) {
    if (finding.begin >= length) break;
    clean += text.substr(done, finding.begin - done);
    clean += label_of(finding.what);
    done = finding.end;
  }
  if (done < length) clean += text.substr(done, length - done);
  return clean;
}

}  // namespace

std::string redact_beginning(std::string_view text, std::size_t length, const RedactionKinds& kinds) {
  std::string clean = redact_once(text, std::min(length, text.size()), kinds);
  // What was glued to a number stands free now and may be another ("234123412346ABCDE 1234 F").
  for (int i = 0; i < kMostRounds; ++i) {
    std::string again = redact_once(clean, clean.size(), kinds);
    if (again == clean) break;
    clean = std::move(again);
  }
  return clean;
}

std::string redact(std::string_view text, const RedactionKinds& kinds) {
  return redact_beginning(text, text.size(), kinds);
}

}  // namespace parley::storage
