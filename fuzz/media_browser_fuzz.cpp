// The browser's stream parser under any bytes: it must not crash, must keep its audio within bounds, and what
// it encodes must be readable by itself.
#include <cstdlib>
#include <string>
#include <vector>

#include "media/browser_codec.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::media;
  const auto codec = make_browser_codec();
  std::string padded;
  const auto parse = [&](std::string_view text) {
    padded.assign(text);
    padded.append(64, '\0');
    return codec->parse(std::string_view(padded.data(), text.size()));
  };
  // Lines are messages of one stream; those that do not begin like one are frames of sound.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto event = line.starts_with('{') ? parse(line) : codec->parse_binary(line);
    if (!event) {
      require(!event.error().message.empty());
      continue;
    }
    std::string out;
    if (const auto* media = std::get_if<MediaReceived>(&*event)) {
      require(media->samples.size() == line.size() / 2 && line.size() <= kMostBrowserFrame);
      const std::vector<std::int16_t> samples(media->samples.begin(), media->samples.end());
      codec->encode_media(0, samples, out);
      require(out == line);
    } else if (const auto* mark = std::get_if<MarkPlayed>(&*event)) {
      const std::string name(mark->name);
      codec->encode_mark(name, out);
      const auto again = parse(out);
      require(again && std::get<MarkPlayed>(*again).name == name);
    } else if (const auto* start = std::get_if<StreamStart>(&*event)) {
      require(is_browser_sample_rate(start->sample_rate_hz));
      require(codec->sample_rate_hz() == start->sample_rate_hz && codec->piece_granularity() > 0);
      encode_browser_started({line, line, line, start->sample_rate_hz}, out);
      require(parse(out).has_value());
    }
  }
  return 0;
}
