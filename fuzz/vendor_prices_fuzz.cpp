// Price tables that people save, under any bytes: a mistake is told in words, and what is read prices.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "vendor/price_table.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::vendor;
  const auto table = PriceTable::parse({reinterpret_cast<const char*>(data), size}, "prices");
  if (!table) {
    require(!table.error().message.empty() && table.error().message.size() < 64 * 1024);
    return 0;
  }
  Usage usage;
  usage.vendor = "openai";
  usage.model = "gpt-4o-mini";
  usage.characters = 1000000;
  (*table)->cost_of(usage, "2026-11-21");
  return 0;
}
