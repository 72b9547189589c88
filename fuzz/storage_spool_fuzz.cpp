// Whatever lies in a spool file: reading it ends, gives only rows that write the same again, and what we
// write is read however it is cut off.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/call_log/row_json.hpp"
#include "storage/call_log/spool.hpp"

namespace {

using namespace parley::storage::call_log;

void require(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const SpoolText text = read_spool_text(bytes, 100);
  require(text.bytes <= size && text.rows.size() + text.damaged == text.lines && text.lines <= 100);
  for (const Row& row : text.rows) {
    const std::string line = write_line(row);
    const auto again = read_line(std::string_view(line).substr(0, line.size() - 1));
    require(again && write_line(*again) == line);
  }

  // The input as an event's text, written, then with one byte changed or its end cut off.
  if (size < 3) return 0;
  std::string line = write_line(EventRow{"E1", {"A1", data[0], data[1], "kind", std::string(bytes)}});
  require(line.find('\n') == line.size() - 1);
  SpoolText whole = read_spool_text(line, 10);
  require(whole.rows.size() == 1 && whole.bytes == line.size());
  const std::size_t at = (data[0] * 256UL + data[1]) % (line.size() - 1);
  require(read_spool_text(std::string_view(line).substr(0, at), 10).lines == 0);
  line[at] = static_cast<char>(line[at] ^ (data[2] | 1));
  whole = read_spool_text(line, 10);
  // In the checksum itself only the case of a letter may differ.
  require(whole.rows.empty() || at < 8);
  return 0;
}
