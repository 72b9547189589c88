// Any bytes as a caller's script: refused with a line number or turned into steps.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "caller/caller_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto script = parley::caller::parse_caller_script({reinterpret_cast<const char*>(data), size});
  if (script ? script->empty() : script.error().message.empty()) std::abort();
  return 0;
}
