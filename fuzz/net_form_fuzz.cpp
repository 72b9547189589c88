// Form bodies under any bytes: the first line is the Content-Type, the rest the body. What comes out is
// bounded by what went in.
#include <cstdlib>
#include <string_view>

#include "net/form_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = std::min(text.find('\n'), text.size());
  const auto body = text.substr(std::min(line + 1, text.size()));
  const FormLimits limits{
      .max_bytes = 64 * 1024, .max_fields = 50, .max_name_bytes = 100, .max_part_head_bytes = 500};
  const auto fields = parse_form_body(text.substr(0, line), body, limits);
  if (!fields) {
    if (fields.error().message.empty()) std::abort();
    return 0;
  }
  if (fields->size() > limits.max_fields) std::abort();
  std::size_t bytes = 0;
  for (const auto& [name, value] : *fields) {
    if (name.size() > limits.max_name_bytes) std::abort();
    bytes += value.size();
  }
  if (bytes > body.size()) std::abort();
  return 0;
}
