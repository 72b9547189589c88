// Times, numbers and characters under any bytes: what is read is written and read again as the same, and no
// text is cut within a character.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "base/json_string.hpp"
#include "base/text_value.hpp"
#include "base/valid_text.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto at = parse_utc_time(text)) {
    // An offset may carry a time a day beyond the years that are read.
    constexpr std::int64_t kDay = 24LL * 3600 * 1000;
    require(*at > -kDay && *at < 253'402'300'800'000 + kDay);
    if (*at >= 0 && *at < 253'402'300'800'000) require(parse_utc_time(utc_time(*at)) == *at);
  }
  if (const auto duration = parse_duration(text))
    require(parse_duration(duration_text(*duration)) == *duration);
  if (const auto number = parse_integer(text)) require(parse_integer(std::to_string(*number)) == *number);
  parse_number(text);
  parse_boolean(text);

  const std::string valid = valid_text(text);
  require(valid_text(valid) == valid && count_characters(valid) <= valid.size());
  const std::size_t most = size == 0 ? 0 : data[0];
  const std::string_view front = clipped(valid, most);
  require(front.size() <= most && valid.starts_with(front) && valid_text(front) == front);
  require(front.size() + 4 > most || front.size() == valid.size());

  const std::string_view inner = trimmed(text);
  require(inner.empty() || (!is_space(inner.front()) && !is_space(inner.back())));
  require(to_lower(to_lower(text)) == to_lower(text));
  std::string pointer;
  append_json_pointer(text, pointer);
  require(pointer.starts_with('/') && pointer.find('/', 1) == std::string::npos);
  return 0;
}
