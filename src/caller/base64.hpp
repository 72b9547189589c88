// Base64 (RFC 4648 §4) by table, into buffers that are reused. Apart from the server's own on purpose: a
// checker that shares the code of what it checks shares its mistakes. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::caller {

// Appends the text of `bytes` to `out`.
void append_base64(std::span<const std::byte> bytes, std::string& out);

struct Base64Outcome {
  std::size_t bytes = 0;  // decoded, also in front of a fault
  bool valid = true;      // alphabet, length and padding are all right
};

// Replaces `out` by the decoded bytes; past the first fault nothing is decoded.
Base64Outcome decode_base64(std::string_view text, std::vector<std::byte>& out);

}  // namespace parley::caller
