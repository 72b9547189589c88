// What vendors say about their failures, under any bytes: one short line of valid text without the key, and a
// wait that is never longer than an hour.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "vendor/json.hpp"
#include "vendor/vendor_error.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_line(const std::string& line) {
  require(line.size() <= 300);
  for (const char c : line)
    require(static_cast<unsigned char>(c) >= 0x20);
  // As a string of JSON it reads back: it is valid UTF-8.
  const auto text = parley::vendor::to_text(boost::json::value(boost::json::string(line)));
  require(parley::vendor::parse_json(text).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::vendor;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  const std::string key = "Pa55w0rdOfAVendor";
  const auto half = bytes.substr(0, size / 2);
  const auto rest = bytes.substr(size / 2);
  const auto line = clean_detail(std::string(half) + key + std::string(rest), key);
  check_line(line);
  require(line.find(key) == std::string::npos);
  check_line(clean_detail(half, rest));

  const std::chrono::system_clock::time_point now{std::chrono::seconds(784111777)};
  for (const auto& wait : {parse_retry_after(half, rest, now), parse_retry_after(std::nullopt, bytes, now)}) {
    if (wait) require(wait->count() >= 0 && *wait <= std::chrono::hours(1));
  }
  return 0;
}
