#include "storage/redaction.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::storage {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr RedactionKinds kAll{.cards = true, .aadhaar = true, .pan = true, .phones = true, .emails = true};
constexpr RedactionKinds kCards{.cards = true};
constexpr RedactionKinds kAadhaar{.aadhaar = true};
constexpr RedactionKinds kPan{.pan = true};
constexpr RedactionKinds kPhones{.phones = true};
constexpr RedactionKinds kEmails{.emails = true};

struct Case {
  std::string text;
  std::string clean;
};

void expect_all(const RedactionKinds& kinds, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(redact(one.text, kinds), one.clean) << one.text;
    EXPECT_EQ(redact(redact(one.text, kinds), kinds), one.clean) << one.text;
    EXPECT_EQ(redact(one.text, {}), one.text);
  }
}

TEST(Redaction, TakesOutCardNumbersWithTheRightCheckDigit) {
  expect_all(kCards, {{"4111111111111111", "[card number]"},
                      {"it is 4111 1111 1111 1111, thanks", "it is [card number], thanks"},
                      {"4111-1111-1111-1111.", "[card number]."},
                      {"amex 378282246310005!", "amex [card number]!"},
                      {"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card number]"},
                      {"4222222222222", "[card number]"},           // 13
                      {"6304000000000000000", "[card number]"},     // 19
                      {"4111, 1111, 1111, 1111", "[card number]"},  // as it was spoken
                      {"Card:4111111111111111", "Card:[card number]"},
                      {"pay 500 4111 1111 1111 1111 now", "pay 500 [card number] now"}});
}

TEST(Redaction, LeavesNumbersWithoutTheCheckDigitOrOfAnotherLength) {
  for (const char* text :
       {"4111 1111 1111 1112", "1234567890123456", "79927398713", "41111111111111111111111",
        "4,111,111,111,111,111 rupees", "c4111111111111111d2f8a", "", "4111 1111"})
    EXPECT_EQ(redact(text, kCards), text);
}

TEST(Redaction, TakesOutAadhaarNumbers) {
  expect_all(kAadhaar, {{"2341 2341 2346", "[Aadhaar number]"},
                        {"my aadhaar is 234123412346 ok", "my aadhaar is [Aadhaar number] ok"},
                        {"2341-2341-2346", "[Aadhaar number]"},
                        {"२३४१ २३४१ २३४६", "[Aadhaar number]"}});
  // The check digit, and the first one.
  for (const char* text :
       {"2341 2341 2347", "2341 2341 2364", "0341 2341 2346", "1341 2341 2340", "2341 2341 234"})
    EXPECT_EQ(redact(text, kAadhaar), text);
}

TEST(Redaction, NoticesEverySingleWrongDigitOfAnAadhaarNumber) {
  const std::string right = "234123412346";
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (char digit = '2'; digit <= '9'; ++digit) {
      std::string wrong = right;
      wrong[i] = digit;
      EXPECT_EQ(redact(wrong, kAadhaar) == wrong, wrong != right) << wrong;
    }
  }
}

TEST(Redaction, TakesOutPans) {
  expect_all(kPan, {{"ABCDE1234F", "[PAN]"},
                    {"pan abcde1234f.", "pan [PAN]."},
                    {"ABCDE 1234 F", "[PAN]"},
                    {"A B C D E 1 2 3 4 F please", "[PAN] please"}});
  for (const char* text :
       {"ABCDE12345", "ABCDE1234FG", "XABCDE1234F", "ABCD1234F", "worth 5000 a month", "AB1DE1234F"})
    EXPECT_EQ(redact(text, kPan), text);
}

TEST(Redaction, TakesOutPhoneNumbers) {
  expect_all(kPhones, {{"9876543210", "[phone number]"},
                       {"call 98765 43210 now", "call [phone number] now"},
                       {"+91 98765-43210", "[phone number]"},
                       {"+919876543210 at 5", "[phone number] at 5"},
                       {"+91 98765 43210 500 rupees", "[phone number] 500 rupees"},
                       {"919876543210", "[phone number]"},
                       {"09876543210", "[phone number]"},
                       {"00919876543210", "[phone number]"},
                       {"(98765) 43210", "([phone number]"},
                       {"9 8 7 6 5 4 3 2 1 0", "[phone number]"},
                       {"987, 654, 3210", "[phone number]"},
                       {"+1 415 555 0100 10 times", "[phone number] 10 times"},
                       {"+442071838750", "[phone number]"},
                       {"tel9876543210", "tel[phone number]"},
                       {"9876543210@upi", "[phone number]@upi"},
                       {"९८७६५४३२१०", "[phone number]"},
                       {"9876543210 9876543211", "[phone number] [phone number]"}});
}

TEST(Redaction, LeavesOtherNumbers) {
  for (const char* text :
       {"1234567890", "5876543210", "98765432101", "987654321", "2026-11-21 10:30:45", "9,876,543,210 rupees",
        "98,76,54,321", "+1234567", "c5797dcbaaeed7678c4062a4a3ed2f8a", "01HZX9876543210ABC9", "v98.76"})
    EXPECT_EQ(redact(text, kPhones), text);
}

TEST(Redaction, TakesOutDigitsThatWereSpelledInWords) {
  expect_all(kAll, {{"my number is nine eight seven six five four three two one zero okay",
                     "my number is [phone number] okay"},
                    {"Nine, eight, seven, six, five, four, three, two, one, oh.", "[phone number]."},
                    {"double nine eight seven triple six five four three", "[phone number]"},
                    {"98765 four three two one zero", "[phone number]"},
                    {"four one one one one one one one one one one one one one one one", "[card number]"},
                    {"one two three four five six seven eight nine one two three four", "[card number]"}});
  for (const char* text : {"one two three four five six seven eight nine ten", "one of nine", "seven eleven",
                           "double the two", "nine hundred and one", "one 2026-11-21 1030"})
    EXPECT_EQ(redact(text, kAll), text);
}

TEST(Redaction, SpelledNumbersFollowTheKindsThatAreWanted) {
  const std::string ten = "one two three four five six seven eight nine zero";
  const std::string sixteen = ten + " one two three four five six";
  EXPECT_EQ(redact(ten, kCards), ten);
  EXPECT_EQ(redact(sixteen, kCards), "[card number]");
  EXPECT_EQ(redact(sixteen, kPhones), "[phone number]");
  EXPECT_EQ(redact(sixteen, kPan), sixteen);
}

TEST(Redaction, TakesOutMailAddresses) {
  expect_all(kEmails, {{"write to asha.k+x@mail.example.co.in.", "write to [e-mail address]."},
                       {"<a@b.io>", "<[e-mail address]>"},
                       {"a@b.io,c@d.io", "[e-mail address],[e-mail address]"},
                       {"आशा@example.com", "[e-mail address]"}});
  for (const char* text : {"@", "a@", "@b.io", "a@b", "a@b.c", "5 @ 10.50", "a@.io", "at example dot com"})
    EXPECT_EQ(redact(text, kEmails), text);
}

TEST(Redaction, OnlyTheKindsThatAreWantedGo) {
  const std::string text = "4111111111111111 / 234123412346 / ABCDE1234F / 9876543210 / a@b.io";
  EXPECT_EQ(redact(text, kAll),
            "[card number] / [Aadhaar number] / [PAN] / [phone number] / [e-mail address]");
  EXPECT_EQ(redact(text, kPan), "4111111111111111 / 234123412346 / [PAN] / 9876543210 / a@b.io");
}

TEST(Redaction, WhatWasHeardOfANumberGoesToo) {
  const std::string text = "Your number is 98765 43210, right?";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string clean = redact_beginning(text, length, kPhones);
    if (length <= 15) EXPECT_EQ(clean, text.substr(0, length));
    EXPECT_THAT(clean, Not(HasSubstr("9"))) << length;
    if (length > 15 && length <= 26) EXPECT_EQ(clean, "Your number is [phone number]") << length;
  }
  EXPECT_EQ(redact_beginning(text, 1000, kPhones), "Your number is [phone number], right?");
}

TEST(Redaction, OtherBytesStayAsTheyAre) {
  const std::string text("\xff\xe0\xa5\0\xe0 9876543210 \xe0\xa5", 19);
  EXPECT_EQ(redact(text, kPhones),
            std::string("\xff\xe0\xa5\0\xe0 [phone number] \xe0\xa5", 5) + " [phone number] \xe0\xa5");
}

}  // namespace
}  // namespace parley::storage
