// The fuzz target of the turn machine on bytes that are the same every time: its invariants hold in any order
// of events. A broken one aborts.
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace parley::engine {
namespace {

TEST(TurnMachineInAnyOrder, KeepsItsInvariants) {
  std::mt19937 random(5);  // NOLINT: the same numbers every time
  std::uniform_int_distribution<int> any_byte(0, 255);
  std::uniform_int_distribution<int> any_length(8, 300);
  for (int i = 0; i < 100'000; ++i) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(any_length(random)));
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(any_byte(random));
    ASSERT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
  }
}

}  // namespace
}  // namespace parley::engine
