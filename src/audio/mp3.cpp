#include "audio/mp3.hpp"

#include <memory>
#include <mpg123.h>

namespace parley::audio {
namespace {

struct DeleteDecoder {
  void operator()(mpg123_handle* decoder) const { mpg123_delete(decoder); }
};
using Decoder = std::unique_ptr<mpg123_handle, DeleteDecoder>;

// So much of garbage between two frames is still looked through.
constexpr long kResyncBytes = 64L * 1024;
constexpr std::size_t kSamplesAtOnce = 16UL * 1024;

Decoder make_decoder() {
  Decoder decoder(mpg123_new(nullptr, nullptr));
  if (!decoder) return nullptr;
  mpg123_param(decoder.get(), MPG123_ADD_FLAGS, MPG123_QUIET, 0);
  mpg123_param(decoder.get(), MPG123_RESYNC_LIMIT, kResyncBytes, 0);
  // Whatever its rate and channels, in the one form of samples that we know.
  mpg123_format_none(decoder.get());
  const long* rates = nullptr;
  std::size_t count = 0;
  mpg123_rates(&rates, &count);
  for (std::size_t i = 0; i < count; ++i)
    mpg123_format(decoder.get(), rates[i], MPG123_MONO | MPG123_STEREO, MPG123_ENC_SIGNED_16);
  if (mpg123_open_feed(decoder.get()) != MPG123_OK) return nullptr;
  return decoder;
}

}  // namespace

bool looks_like_mp3(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) return false;
  const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
  if (at(0) == 'I' && at(1) == 'D' && at(2) == '3') return true;
  const bool sync = at(0) == 0xff && (at(1) & 0xe0U) == 0xe0;
  const bool layer = (at(1) & 0x06U) != 0;
  const bool rates = (at(2) & 0xf0U) != 0xf0 && (at(2) & 0x0cU) != 0x0c;
  return sync && layer && rates;
}

Result<WavAudio> parse_mp3(std::span<const std::byte> bytes, std::size_t most_samples) {
  const Decoder decoder = make_decoder();
  if (!decoder) return fail(Errc::internal, "the MP3 decoder cannot be made");
  if (mpg123_feed(decoder.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) !=
      MPG123_OK)
    return fail(Errc::internal, "the MP3 decoder takes no input");

  WavAudio audio;
  while (true) {
    const std::size_t before = audio.samples.size();
    audio.samples.resize(before + kSamplesAtOnce);
    std::size_t done = 0;
    const int result = mpg123_read(decoder.get(), audio.samples.data() + before,
                                   kSamplesAtOnce * sizeof(std::int16_t), &done);
    audio.samples.resize(before + done / sizeof(std::int16_t));
    if (audio.samples.size() > most_samples)
      return fail(Errc::invalid_argument, "the MP3 file holds more sound than is taken");
    if (result == MPG123_NEW_FORMAT) {
      // A file has one rate; what follows another one is not this recording.
      if (audio.sample_rate_hz != 0) break;
      long rate = 0;
      int channels = 0;
      int encoding = 0;
      if (mpg123_getformat(decoder.get(), &rate, &channels, &encoding) != MPG123_OK) break;
      audio.sample_rate_hz = static_cast<int>(rate);
      audio.channels = channels;
      continue;
    }
    if (result != MPG123_OK) break;
  }
  if (audio.sample_rate_hz <= 0 || audio.channels <= 0 || audio.samples.empty())
    return fail(Errc::invalid_argument, "there is no sound in the MP3 file");
  audio.samples.resize(audio.samples.size() -
                       audio.samples.size() % static_cast<std::size_t>(audio.channels));
  return audio;
}

}  // namespace parley::audio
