// Phone numbers and settings of workspaces under any bytes: what is understood is written in one way only.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/phone_number.hpp"
#include "control/workspace_settings.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::control;
  const std::string text(reinterpret_cast<const char*>(data), size);

  for (const char* region : {"", "in", "us"}) {
    const auto number = normal_number(text, region);
    if (!number) {
      require(number.error().code == parley::Errc::invalid_argument);
      continue;
    }
    require(number->size() >= 3 && number->size() <= 16);
    require(number->find_first_not_of("0123456789", number->starts_with('+') ? 1 : 0) == std::string::npos);
    require(normal_number(*number, region) == *number);
  }
  if (const auto settings = parse_workspace_settings(text)) {
    const std::string written = to_json(*settings);
    const auto again = parse_workspace_settings(written);
    require(again && to_json(*again) == written);
  } else {
    require(!settings.error().message.empty());
  }
  return 0;
}
