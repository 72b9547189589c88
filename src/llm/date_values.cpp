// Dates and times of slot_values.hpp.
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "llm/number_words.hpp"
#include "llm/slot_values.hpp"

namespace parley::llm {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};

// The name itself or its first three letters (also "sept").
template <std::size_t N>
std::optional<unsigned> named(const std::array<std::string_view, N>& names, std::string_view word) {
  for (unsigned i = 0; i < N; ++i) {
    if (word == names[i] || (word.size() == 3 && names[i].starts_with(word))) return i;
  }
  if (word == "sept") return named(names, "sep");
  return std::nullopt;
}

std::string date_text(year_month_day date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::optional<std::string> checked(year_month_day date) {
  if (!date.ok()) return std::nullopt;
  return date_text(date);
}

// The next such day from today on; the 29th of February may be years away.
std::optional<std::string> next_day(unsigned month_number, unsigned day_number, year_month_day today) {
  for (int more = 0; more <= 8; ++more) {
    const year_month_day date(today.year() + years(more), month(month_number), day(day_number));
    if (date.ok() && date >= today) return date_text(date);
  }
  return std::nullopt;
}

std::optional<std::string> next_day_of_month(unsigned day_number, year_month_day today) {
  for (int more = 0; more <= 12; ++more) {
    const year_month in = year_month(today.year(), today.month()) + months(more);
    const year_month_day date(in.year(), in.month(), day(day_number));
    if (date.ok() && date >= today) return date_text(date);
  }
  return std::nullopt;
}

// "second", "twenty second", "2nd".
std::optional<int> ordinal(WordCursor& cursor) {
  const std::string_view word = cursor.peek();
  if (const auto plain = ordinal_word(word)) {
    cursor.take();
    return plain;
  }
  if (const auto tens = tens_word(word); tens && *tens <= 30) {
    const std::size_t before = cursor.position();
    cursor.take();
    const auto unit = ordinal_word(cursor.peek());
    if (unit && *unit < 10) {
      cursor.take();
      return *tens + *unit;
    }
    cursor.back_to(before);
    return std::nullopt;
  }
  if (word.size() < 3) return std::nullopt;
  const std::string_view suffix = word.substr(word.size() - 2);
  if (suffix != "st" && suffix != "nd" && suffix != "rd" && suffix != "th") return std::nullopt;
  const auto written = figures(word.substr(0, word.size() - 2), 2);
  if (written) cursor.take();
  return written;
}

std::optional<int> day_number(WordCursor& cursor) {
  if (const auto value = ordinal(cursor)) return value;
  if (const auto written = figures(cursor.peek(), 2)) {
    cursor.take();
    return written;
  }
  return below_hundred(cursor);
}

// "2026", "twenty twenty six", "two thousand [and] twenty six".
std::optional<int> year_number(WordCursor& cursor) {
  if (cursor.peek().size() == 4) {
    const auto written = figures(cursor.peek(), 4);
    if (written) cursor.take();
    return written;
  }
  if (cursor.accept("two")) {
    if (!cursor.accept("thousand")) return std::nullopt;
    cursor.accept("and");
    return 2000 + below_hundred(cursor).value_or(0);
  }
  if (!cursor.accept("twenty")) return std::nullopt;
  const auto rest = below_hundred(cursor);
  return rest && *rest >= 10 ? std::optional(2000 + *rest) : std::nullopt;
}

// 2026-11-22, 22/11, 22-11-2026, 22.11.26
std::optional<std::string> written_date(std::string_view word, year_month_day today) {
  std::array<std::string_view, 3> parts;
  std::size_t count = 0;
  char mark = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= word.size(); ++i) {
    if (i < word.size() && word[i] >= '0' && word[i] <= '9') continue;
    if (count == parts.size()) return std::nullopt;
    parts[count++] = word.substr(start, i - start);
    start = i + 1;
    if (i == word.size()) break;
    if ((word[i] != '-' && word[i] != '/' && word[i] != '.') || (mark != 0 && mark != word[i]))
      return std::nullopt;
    mark = word[i];
  }
  if (count < 2 || (count == 2 && mark == '.')) return std::nullopt;  // 4.30 is a time
  const bool iso = parts[0].size() == 4;
  if (iso && count < 3) return std::nullopt;
  const auto first = figures(parts[0], 4);
  const auto month_part = figures(parts[1], 2);
  const auto last = count == 3 ? figures(parts[2], 4) : std::optional(0);
  if (!first || !month_part || !last) return std::nullopt;
  const auto in_month = static_cast<unsigned>(*month_part);
  if (iso) return checked({year(*first), month(in_month), day(static_cast<unsigned>(*last))});
  if (count == 2) return next_day(in_month, static_cast<unsigned>(*first), today);
  if (parts[2].size() != 2 && parts[2].size() != 4) return std::nullopt;
  const int in_year = parts[2].size() == 2 ? 2000 + *last : *last;
  return checked({year(in_year), month(in_month), day(static_cast<unsigned>(*first))});
}

std::optional<std::string> relative_date(WordCursor& cursor, year_month_day today) {
  const auto days_on = [&](int count) { return date_text(year_month_day(sys_days(today) + days(count))); };
  if (cursor.accept("today")) return days_on(0);
  if (cursor.accept("tomorrow")) return days_on(1);
  const std::size_t before = cursor.position();
  cursor.accept("the");
  if (cursor.accept("day") && cursor.accept("after") && cursor.accept("tomorrow")) return days_on(2);
  cursor.back_to(before);
  const bool next = cursor.accept("next");
  if (!next && !cursor.accept("this")) cursor.accept("coming");
  const auto wanted = named(kWeekdays, cursor.peek());
  if (!wanted) {
    cursor.back_to(before);
    return std::nullopt;
  }
  cursor.take();
  const weekday today_is{sys_days(today)};
  if (next) {
    const int from_monday = static_cast<int>(today_is.iso_encoding()) - 1;
    const int wanted_from_monday = static_cast<int>(weekday(*wanted).iso_encoding()) - 1;
    return days_on(7 - from_monday + wanted_from_monday);
  }
  const int ahead = static_cast<int>((weekday(*wanted) - today_is).count());
  return days_on(ahead == 0 ? 7 : ahead);
}

std::optional<std::string> calendar_date(WordCursor& cursor, year_month_day today) {
  cursor.accept("the");
  std::optional<int> in_month;
  bool ordinal_day = false;
  auto wanted = named(kMonths, cursor.peek());
  if (wanted) {
    cursor.take();
    cursor.accept("the");
    in_month = day_number(cursor);
  } else {
    in_month = ordinal(cursor);
    ordinal_day = in_month.has_value();
    if (!in_month) in_month = day_number(cursor);
    cursor.accept("of");
    wanted = named(kMonths, cursor.peek());
    if (wanted) cursor.take();
  }
  if (!in_month || *in_month < 1 || *in_month > 31) return std::nullopt;
  const auto on_day = static_cast<unsigned>(*in_month);
  if (!wanted) return ordinal_day && cursor.done() ? next_day_of_month(on_day, today) : std::nullopt;
  if (cursor.done()) return next_day(*wanted + 1, on_day, today);
  const auto in_year = year_number(cursor);
  if (!in_year) return std::nullopt;
  return checked({year(*in_year), month(*wanted + 1), day(on_day)});
}

enum class DayPart { none, am, pm, night };

DayPart day_part(WordCursor& cursor) {
  if (cursor.accept("am")) return DayPart::am;
  if (cursor.accept("pm")) return DayPart::pm;
  const std::size_t before = cursor.position();
  if (cursor.accept("a") && cursor.accept("m")) return DayPart::am;
  cursor.back_to(before);
  if (cursor.accept("p") && cursor.accept("m")) return DayPart::pm;
  cursor.back_to(before);
  if (cursor.accept("at") && cursor.accept("night")) return DayPart::night;
  cursor.back_to(before);
  if (cursor.accept("in")) cursor.accept("the");
  if (cursor.accept("morning")) return DayPart::am;
  if (cursor.accept("afternoon") || cursor.accept("evening")) return DayPart::pm;
  cursor.back_to(before);
  return DayPart::none;
}

struct Hours {
  int hour = -1;
  int minute = 0;
  bool exact = false;  // written with a leading zero: a time of twenty-four hours
};

// "4", "04:30", "4.30"
std::optional<Hours> written_time(std::string_view word) {
  const auto mark = word.find_first_of(":.");
  const auto hour = figures(word.substr(0, mark), 2);
  if (!hour) return std::nullopt;
  Hours out{*hour, 0, word[0] == '0'};
  if (mark == std::string_view::npos) return out;
  const std::string_view rest = word.substr(mark + 1);
  const auto minute = figures(rest, 2);
  if (!minute || rest.size() != 2) return std::nullopt;
  out.minute = *minute;
  return out;
}

std::optional<int> small_number(WordCursor& cursor) {
  if (const auto written = figures(cursor.peek(), 2)) {
    cursor.take();
    return written;
  }
  return below_hundred(cursor);
}

// "half past four", "quarter to five", "ten minutes past four"
std::optional<Hours> past_or_to(WordCursor& cursor) {
  const std::size_t before = cursor.position();
  cursor.accept("a");
  std::optional<int> minutes_away;
  const bool half = cursor.accept("half");
  if (half)
    minutes_away = 30;
  else if (cursor.accept("quarter"))
    minutes_away = 15;
  else
    minutes_away = small_number(cursor);
  if (minutes_away) cursor.accept("minutes");
  const bool past = minutes_away && cursor.accept("past");
  const bool to = minutes_away && !past && !half && cursor.accept("to");
  const auto hour = past || to ? small_number(cursor) : std::nullopt;
  if (!hour || *minutes_away > 59 || *hour < 1 || *hour > 12) {
    cursor.back_to(before);
    return std::nullopt;
  }
  cursor.accept("o'clock");
  if (past || *minutes_away == 0) return Hours{*hour, *minutes_away, false};
  return Hours{*hour == 1 ? 12 : *hour - 1, 60 - *minutes_away, false};
}

// "four", "four thirty", "four oh five", "sixteen hundred", "four o'clock"
std::optional<Hours> spoken_time(WordCursor& cursor) {
  Hours out;
  if (zero_word(cursor.peek())) {
    cursor.take();
    const auto hour = unit_word(cursor.peek());
    if (!hour) return std::nullopt;
    cursor.take();
    out = {*hour, 0, true};
  } else if (const auto tens = tens_word(cursor.peek()); tens && *tens > 20) {
    return std::nullopt;
  } else {
    const auto hour = below_hundred(cursor);
    if (!hour) return std::nullopt;
    out.hour = *hour;
  }
  if (cursor.accept("hundred")) {
    cursor.accept("hours");
    out.exact = true;
    return out;
  }
  if (cursor.accept("o'clock")) return out;
  const std::size_t before = cursor.position();
  if (zero_word(cursor.peek())) {
    cursor.take();
    const auto minute = unit_word(cursor.peek());
    if (!minute) {
      cursor.back_to(before);
      return out;
    }
    cursor.take();
    out.minute = *minute;
  } else if (const auto minute = below_hundred(cursor)) {
    // "four five" is two numbers, "four fifteen" is a time.
    if (*minute < 10) return std::nullopt;
    out.minute = *minute;
  }
  return out;
}

std::optional<std::string> clock_text(const Hours& at, DayPart part) {
  int hour = at.hour;
  if (hour < 0 || hour > 23 || at.minute > 59) return std::nullopt;
  const bool half_day = hour >= 1 && hour <= 12;
  if (part == DayPart::am && half_day) {
    hour %= 12;
  } else if (part == DayPart::pm && half_day) {
    hour = hour % 12 + 12;
  } else if (part == DayPart::night && half_day) {
    hour = hour == 12 ? 0 : hour >= 6 ? hour + 12 : hour;
  } else if (part == DayPart::am && hour > 12) {
    return std::nullopt;
  } else if (part == DayPart::none && !at.exact && hour >= 1 && hour <= 7) {
    hour += 12;
  }
  return fmt::format("{:02}:{:02}", hour, at.minute);
}

}  // namespace

std::optional<std::string> parse_date(WordSpan words, CalendarDay today) {
  if (words.empty() || !today.ok()) return std::nullopt;
  if (words.size() == 1) {
    if (auto written = written_date(words[0], today)) return written;
  }
  WordCursor cursor(words);
  auto date = relative_date(cursor, today);
  if (!date) date = calendar_date(cursor, today);
  return cursor.done() ? date : std::nullopt;
}

std::optional<std::string> parse_time(WordSpan words) {
  if (words.empty()) return std::nullopt;
  WordCursor cursor(words);
  if (words.size() <= 2) {
    if (words.size() == 2 && !cursor.accept("twelve")) cursor.accept("12");
    const bool noon = cursor.accept("noon") || cursor.accept("midday");
    const bool midnight = !noon && cursor.accept("midnight");
    if ((noon || midnight) && cursor.done()) return noon ? "12:00" : "00:00";
    cursor.back_to(0);
  }
  auto at = past_or_to(cursor);
  if (!at) {
    std::string_view word = cursor.peek();
    DayPart joined = DayPart::none;  // 4pm
    if (word.size() > 2 && (word.ends_with("am") || word.ends_with("pm"))) {
      joined = word.ends_with("am") ? DayPart::am : DayPart::pm;
      word.remove_suffix(2);
    }
    at = written_time(word);
    if (at) {
      cursor.take();
      if (joined != DayPart::none) return cursor.done() ? clock_text(*at, joined) : std::nullopt;
      cursor.accept("o'clock");
    } else {
      at = spoken_time(cursor);
    }
  }
  if (!at) return std::nullopt;
  const DayPart part = day_part(cursor);
  return cursor.done() ? clock_text(*at, part) : std::nullopt;
}

}  // namespace parley::llm
