#include "control/phone_number.hpp"

#include <gtest/gtest.h>

namespace parley::control {
namespace {

TEST(PhoneNumber, IsTheSameInEverySpellingOfAnIndianNumber) {
  for (const char* text :
       {"+919876543210", "9876543210", "09876543210", "919876543210", "+91 98765-43210", "(0) 98765 43210"}) {
    EXPECT_EQ(normal_number(text, "in").value_or("?"), "+919876543210") << text;
  }
}

TEST(PhoneNumber, IsLeftAsItIsWhereTheCountryIsNotKnown) {
  EXPECT_EQ(normal_number("4155552671", "us").value_or("?"), "4155552671");
  EXPECT_EQ(normal_number("+1 415 555 2671", "in").value_or("?"), "+14155552671");
  EXPECT_EQ(normal_number("1800", "in").value_or("?"), "1800");
}

TEST(PhoneNumber, IsRefusedWhenItIsNone) {
  for (const char* text : {"", "12", "call me", "98765x", "++91", "9+1", "1234567890123456", "'; DROP TABLE"})
    EXPECT_FALSE(normal_number(text, "in")) << text;
}

}  // namespace
}  // namespace parley::control
