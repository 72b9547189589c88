// Event streams of any bytes and cuts: the cuts change nothing, nothing is larger than the limit, nothing
// crashes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "net/sse_parser.hpp"

namespace {

constexpr std::size_t kLimit = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Seen final : parley::net::SseListener {
  void on_sse_event(std::string_view event, std::string_view data) override {
    require(event.size() + data.size() <= kLimit);
    require(event.find_first_of("\r\n") == std::string_view::npos &&
            data.find('\r') == std::string_view::npos);
    told.push_back("e" + std::string(event) + "\n" + std::string(data));
  }
  void on_sse_other(std::string_view line) override {
    require(!line.empty() && line.size() <= kLimit && line.find_first_of("\r\n") == std::string_view::npos);
    told.push_back("o" + std::string(line));
  }
  std::vector<std::string> told;
};

// What was seen, and whether the whole stream was taken.
std::pair<std::vector<std::string>, bool> parse(std::string_view stream, std::size_t piece) {
  Seen seen;
  parley::net::SseParser parser(seen, kLimit);
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    if (!parser.push(stream.substr(at, piece))) return {std::move(seen.told), false};
  }
  parser.finish();
  return {std::move(seen.told), true};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto [whole, taken] = parse(stream, stream.size() + 1);
  const auto [cut, cut_taken] = parse(stream, 1 + data[0] % 32);
  require(taken == cut_taken);
  require(whole == cut);
  return 0;
}
