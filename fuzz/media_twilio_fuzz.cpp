// The Twilio stream parser under any bytes: it must not crash, must keep its audio within bounds, and what it
// encodes must be readable by itself.
#include <cstdlib>
#include <string>
#include <vector>

#include "media/twilio_codec.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::media;
  const auto codec = make_twilio_codec();
  std::string padded;
  const auto parse = [&](std::string_view text) {
    padded.assign(text);
    padded.append(64, '\0');
    return codec->parse(std::string_view(padded.data(), text.size()));
  };
  // Lines are messages of one stream, so that what follows a start is reached.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto event = parse(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!event) {
      require(!event.error().message.empty());
      continue;
    }
    std::string out;
    if (const auto* media = std::get_if<MediaReceived>(&*event)) {
      require(media->samples.size() <= size);
      const std::vector<std::int16_t> samples(media->samples.begin(), media->samples.end());
      codec->encode_media(0, samples, out);
      const auto again = parse(out);
      require(again && std::get<MediaReceived>(*again).samples.size() == samples.size());
    } else if (const auto* mark = std::get_if<MarkPlayed>(&*event)) {
      const std::string name(mark->name);
      codec->encode_mark(name, out);
      const auto again = parse(out);
      require(again && std::get<MarkPlayed>(*again).name == name);
    } else if (const auto* start = std::get_if<StreamStart>(&*event)) {
      require(start->sample_rate_hz == 8000);
      codec->encode_clear(out);
      require(parse(out).has_value());
    }
  }
  return 0;
}
