// What spoken and written values mean: "nine eight double seven", "2.5 lakh", "the second of may", "half past
// four", "4:30 pm". Pure.
//
// Each function takes words as agent::words_of gives them and answers only when the whole span is the value.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "agent/script.hpp"

namespace parley::llm {

using WordSpan = std::span<const std::string>;
using CalendarDay = std::chrono::year_month_day;

// Digits alone: "9887". Spoken one by one, in pairs ("ninety eight"), with double and triple, or written.
std::optional<std::string> parse_digits(WordSpan words, int min_digits, int max_digits);

// "1250", "2.5": thousands, lakhs, crores and millions are multiplied out.
std::optional<std::string> parse_number(WordSpan words);

// "2026-05-02". A date without a year is the next such day from today on; a weekday is after today, "next"
// one is in the calendar week after this (weeks begin on Monday). Figures are day first.
std::optional<std::string> parse_date(WordSpan words, CalendarDay today);

// "16:30". Without am, pm or a part of the day, 8 to 11 is the morning and 12 to 7 the afternoon.
std::optional<std::string> parse_time(WordSpan words);

// The value that one of whose spoken forms the words are.
std::optional<std::string> parse_choice(WordSpan words, const agent::Slot& slot);

std::optional<std::string> parse_slot(WordSpan words, const agent::Slot& slot, CalendarDay today);

}  // namespace parley::llm
