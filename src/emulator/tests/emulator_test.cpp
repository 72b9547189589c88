// The emulator against a small server under test, over real sockets.
#include "emulator/exotel_emulator.hpp"

#include <gtest/gtest.h>

namespace parley::emulator {
TEST(EmulatorPlaceholder, Builds) {
  EXPECT_TRUE(same_number("+919800000001", "09800000001"));
}
}  // namespace parley::emulator
