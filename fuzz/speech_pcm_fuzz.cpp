// Sound in pieces: however it is cut, the samples are the same. The first bytes choose cuts and rate.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "speech/pcm_stream.hpp"

namespace {

std::vector<std::int16_t> convert(std::string_view bytes, int rate_hz, std::size_t piece) {
  parley::speech::PcmStream stream(rate_hz, 8000);
  std::vector<std::int16_t> all;
  const auto sink = [&all](std::span<const std::int16_t> samples) {
    all.insert(all.end(), samples.begin(), samples.end());
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    stream.push(bytes.substr(at, piece), sink);
  stream.finish(sink);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const int rate_hz = data[0] % 2 == 0 ? 8000 : 24000;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = convert(bytes, rate_hz, bytes.size() + 1);
  if (convert(bytes, rate_hz, 1) != whole || convert(bytes, rate_hz, 1 + data[1] % 50u) != whole)
    std::abort();
  return 0;
}
