#include "carrier/exotel/exotel_words.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/text_value.hpp"

namespace parley::carrier::exotel {
namespace {

constexpr std::size_t kMostIdBytes = 128;
constexpr double kMostSeconds = 31.0 * 24 * 3600;

struct Word {
  std::string_view word;
  Progress progress;
};
// The last ones are of the second interface (v3), which tells which leg it was.
constexpr std::array kWords = {
    Word{"queued", Progress::queued},
    Word{"initiated", Progress::initiated},
    Word{"ringing", Progress::ringing},
    Word{"in-progress", Progress::in_progress},
    Word{"inprogress", Progress::in_progress},
    Word{"answered", Progress::in_progress},
    Word{"active", Progress::in_progress},
    Word{"completed", Progress::completed},
    Word{"busy", Progress::busy},
    Word{"failed", Progress::failed},
    Word{"no-answer", Progress::no_answer},
    Word{"noanswer", Progress::no_answer},
    Word{"canceled", Progress::canceled},
    Word{"cancelled", Progress::canceled},
    Word{"from-leg-unanswered", Progress::no_answer},
    Word{"to-leg-unanswered", Progress::no_answer},
    Word{"from-leg-cancelled", Progress::canceled},
    Word{"to-leg-cancelled", Progress::canceled},
    Word{"from-leg-no-dial", Progress::failed},
    Word{"to-leg-no-dial", Progress::failed},
};

}  // namespace

Progress read_progress(std::string_view status) {
  std::string word = to_lower(trimmed(status));
  std::ranges::replace(word, '_', '-');
  std::ranges::replace(word, ' ', '-');
  const auto* const known = std::ranges::find(kWords, word, &Word::word);
  return known == kWords.end() ? Progress::unknown : known->progress;
}

std::string read_direction(std::string_view direction) {
  const std::string word = to_lower(trimmed(direction));
  if (word.starts_with("in")) return "inbound";
  return word.starts_with("out") ? "outbound" : "";
}

std::string read_answered_by(std::string_view answered_by) {
  std::string word = to_lower(trimmed(answered_by));
  return word == "human" || word == "machine" ? word : "";
}

std::optional<int> read_seconds(std::string_view text) {
  text = trimmed(text);
  if (text.size() > 1 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto seconds = parse_number(text);
  if (!seconds || *seconds < 0 || *seconds > kMostSeconds) return std::nullopt;
  return static_cast<int>(*seconds);
}

std::string read_web_address(std::string_view text) {
  text = trimmed(text);
  const std::string scheme = to_lower(text.substr(0, 8));
  return scheme.starts_with("http://") || scheme == "https://" ? std::string(text) : std::string();
}

bool is_call_id(std::string_view text) {
  return !text.empty() && text.size() <= kMostIdBytes && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || is_letter(c) || c == '-' || c == '_';
  });
}

}  // namespace parley::carrier::exotel
