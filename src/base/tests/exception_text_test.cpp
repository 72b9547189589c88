#include "base/exception_text.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(ExceptionText, GivesTheWordsOfWhateverWasThrown) {
  EXPECT_EQ(exception_text(std::make_exception_ptr(std::runtime_error("no such table"))), "no such table");
  EXPECT_EQ(exception_text(std::make_exception_ptr(7)), "an unknown exception");
}

}  // namespace
}  // namespace parley
