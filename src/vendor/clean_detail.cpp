// Vendors repeat in their messages what was sent to them, keys included.
#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/valid_text.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::vendor {
namespace {

constexpr std::size_t kMostInput = 4096;
constexpr std::size_t kMostOutput = 300;
constexpr std::string_view kHidden = "***";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";  // …

// Control characters, and what some readers take for the end of a line.
bool breaks_lines(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first <= 0x20 || first == 0x7F;
  if (character.size() == 2) return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9";
}

std::string one_line(std::string_view words) {
  std::string line;
  line.reserve(words.size());
  while (!words.empty()) {
    const auto length = character_length(words);
    const auto character = words.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      line += '?';
    } else if (!breaks_lines(character)) {
      line += character;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
    words.remove_prefix(character.size());
  }
  while (line.ends_with(' '))
    line.pop_back();
  return line;
}

// A run of what keys, addresses and numbers are written with; '*' and "…" stand in masked keys.
std::size_t token_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const char c = text[length];
    if (is_letter(c) || is_digit(c) || std::string_view("_-+/.*~%=").find(c) != std::string_view::npos) {
      ++length;
    } else if (text.substr(length).starts_with(kEllipsis)) {
      length += kEllipsis.size();
    } else if (text.substr(length).starts_with("\xE2\x80\xA2")) {  // •
      length += 3;
    } else {
      break;
    }
  }
  return length;
}

bool has_key_prefix(std::string_view token) {
  static constexpr std::array<std::string_view, 14> kPrefixes = {"sk-",  "sk_",  "pk_", "rk_",   "gsk_",
                                                                 "xai-", "AIza", "AQ.", "ya29.", "eyJ",
                                                                 "AKIA", "ASIA", "hf_", "ek_"};
  return token.size() >= 8 &&
         std::ranges::any_of(kPrefixes, [token](auto p) { return token.starts_with(p); });
}

bool is_masked(std::string_view token, std::string_view key) {
  if (token.find("**") != std::string_view::npos || token.find("\xE2\x80\xA2") != std::string_view::npos)
    return true;
  for (const auto gap : {std::string_view("..."), kEllipsis}) {
    const auto at = token.find(gap);
    if (at == std::string_view::npos || key.empty()) continue;
    const auto tail = token.substr(at + gap.size());
    if (at + tail.size() >= 4 && key.starts_with(token.substr(0, at)) && key.ends_with(tail)) return true;
  }
  return false;
}

bool is_uuid(std::string_view token) {
  if (token.size() != 36) return false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? token[i] != '-' : !is_hex_digit(token[i])) return false;
  }
  return true;
}

// Names of models and voices are shorter runs, or words and dates joined by dashes.
bool is_random_looking(std::string_view token) {
  std::size_t run = 0;
  std::size_t digits = 0;
  std::size_t capitals = 0;
  std::size_t smalls = 0;
  bool in_run = false;
  for (const char c : token) {
    run = is_letter(c) || is_digit(c) ? run + 1 : 0;
    in_run = in_run || run >= 24;
    digits += is_digit(c) ? 1 : 0;
    capitals += c >= 'A' && c <= 'Z' ? 1 : 0;
    smalls += c >= 'a' && c <= 'z' ? 1 : 0;
  }
  if (in_run && digits >= 2) return true;
  return token.size() >= 32 && digits >= 4 && capitals >= 4 && smalls >= 4;
}

bool is_phone_number(std::string_view token) {
  std::size_t digits = 0;
  for (const char c : token) {
    if (is_digit(c)) {
      ++digits;
    } else if (c != '+' && c != '-' && c != '.') {
      return false;
    }
  }
  return digits >= 9;
}

bool is_secret(std::string_view token, std::string_view key) {
  return has_key_prefix(token) || is_masked(token, key) || is_uuid(token) || is_random_looking(token) ||
         is_phone_number(token);
}

// "Authorization: Token abc", "?api_key=abc": what follows such a word is hidden whatever it looks like.
bool announces_secret(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kWords = {
      "bearer",       "token",         "basic",  "xi-api-key",           "x-api-key", "api-key", "api_key",
      "access_token", "authorization", "apikey", "api-subscription-key", "password"};
  return std::ranges::find(kWords, to_lower(word)) != kWords.end();
}

void hide_after_equals(std::string& piece) {
  const auto at = piece.find('=');
  if (at == std::string::npos || at + 1 == piece.size()) return;
  if (announces_secret(std::string_view(piece).substr(0, at)) || piece.substr(0, at) == "key") {
    piece.replace(at + 1, std::string::npos, kHidden);
  }
}

std::string hide_tokens(std::string_view line, std::string_view key) {
  std::string clean;
  bool announced = false;
  while (!line.empty()) {
    const auto length = token_length(line);
    if (length == 0) {
      const char c = line.front();
      announced = announced && (c == ' ' || c == ':' || c == '"' || c == '\'');
      clean += c;
      line.remove_prefix(1);
      continue;
    }
    std::string piece(line.substr(0, length));
    const auto rest = line.substr(length);
    // The point at the end of a sentence belongs to no token.
    const std::size_t points = piece.ends_with('.') && !piece.ends_with("...") ? 1 : 0;
    const std::string_view token = std::string_view(piece).substr(0, piece.size() - points);
    // After "token" and a plain word ("token limit") nothing is secret.
    const bool plain = std::ranges::all_of(token, is_letter);
    const bool announces = announces_secret(token);
    if ((announced && !announces && !plain) || is_secret(token, key)) {
      piece.replace(0, token.size(), kHidden);
      announced = false;
    } else {
      hide_after_equals(piece);
      announced = announces;
    }
    clean += piece;
    line = rest;
  }
  return clean;
}

bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}

void hide_key(std::string& line, std::string_view key) {
  if (key.empty()) return;
  // A key of a few letters is a stand-in and part of many words.
  const bool whole_only = key.size() < 6;
  std::size_t at = 0;
  while ((at = line.find(key, at)) != std::string::npos) {
    const auto end = at + key.size();
    const bool inside = (at > 0 && is_word(line[at - 1])) || (end < line.size() && is_word(line[end]));
    if (whole_only && inside) {
      ++at;
      continue;
    }
    line.replace(at, key.size(), kHidden);
    at += kHidden.size();
  }
}

void shorten(std::string& line) {
  if (line.size() <= kMostOutput) return;
  line.resize(clipped(line, kMostOutput - kEllipsis.size()).size());
  line += kEllipsis;
}

}  // namespace

std::string clean_detail(std::string_view words, std::string_view key) {
  if (words.size() > kMostInput) {
    words = words.substr(0, kMostInput);
    // Half a key at the cut would not be known as one.
    const auto space = words.find_last_of(" \n\t");
    words = space == std::string_view::npos ? std::string_view() : words.substr(0, space);
  }
  auto line = one_line(words);
  hide_key(line, key);
  line = hide_tokens(line, key);
  hide_key(line, key);
  shorten(line);
  return line;
}

}  // namespace parley::vendor
