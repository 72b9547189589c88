#include "base/valid_text.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(ValidText, leaves_valid_text_of_every_length_of_character_alone) {
  for (const char* text : {"", "plain", "\u00e9", "नमस्ते", "\uFFFF", "\U00010000", "\U0010FFFF 👋"}) {
    EXPECT_EQ(valid_text(text), text);
  }
}

TEST(ValidText, replaces_each_byte_that_belongs_to_no_character) {
  EXPECT_EQ(valid_text("a\x80z"), "a\uFFFDz");
  EXPECT_EQ(valid_text("a\xC0\xAFz"), "a\uFFFD\uFFFDz") << "an overlong form";
  EXPECT_EQ(valid_text("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(valid_text("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond the last character";
  EXPECT_EQ(valid_text("end\xE2\x82"), "end\uFFFD\uFFFD") << "cut off at the end";
  EXPECT_EQ(valid_text(std::string_view("a\0b", 3)),
            "a\uFFFD"
            "b");
}

TEST(Characters, are_counted_as_people_do) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("a\u00e9\u0928\U0001F44B"), 4U);
}

TEST(Clipped, never_cuts_a_character_in_two) {
  EXPECT_EQ(clipped("abc", 3), "abc");
  EXPECT_EQ(clipped("abc", 2), "ab");
  EXPECT_EQ(clipped("a\u0928", 3), "a");
  EXPECT_EQ(clipped("a\u0928b", 4), "a\u0928");
  EXPECT_EQ(clipped("\u0928", 2), "");
  EXPECT_EQ(clipped("ab", 0), "");
}

}  // namespace
}  // namespace parley
