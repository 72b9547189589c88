// The Range header of one request for bytes (RFC 9110 §14). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::api {

struct RangeVerdict {
  enum class Kind { whole, part, unsatisfiable } kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t end = 0;  // behind the last byte
};

// One range only; several, another unit or nonsense are answered with the whole, as the RFC allows.
RangeVerdict parse_range(std::string_view header, std::uint64_t size);

}  // namespace parley::api
