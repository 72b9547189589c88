#include "audio/wav.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <limits>

#include <fmt/core.h>

#include "audio/g711.hpp"

namespace parley::audio {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are copied as they lie in the file");

constexpr std::uint16_t kFormatPcm = 1;
constexpr std::uint16_t kFormatAlaw = 6;
constexpr std::uint16_t kFormatMulaw = 7;
constexpr std::uint16_t kFormatExtensible = 0xfffe;
constexpr std::uint32_t kUnknownSize = 0xffffffff;

template <class T>
T read_le(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <class T>
void append_le(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

bool has_tag(std::span<const std::byte> bytes, std::size_t at, std::string_view tag) {
  return std::memcmp(bytes.data() + at, tag.data(), tag.size()) == 0;
}

struct Format {
  std::uint16_t coding = 0;
  std::uint16_t channels = 0;
  std::uint32_t rate = 0;
  std::uint16_t bits = 0;
};

Result<Format> parse_format(std::span<const std::byte> chunk) {
  if (chunk.size() < 16) return fail(Errc::invalid_argument, "the WAV format chunk is too short");
  Format format{.coding = read_le<std::uint16_t>(chunk, 0),
                .channels = read_le<std::uint16_t>(chunk, 2),
                .rate = read_le<std::uint32_t>(chunk, 4),
                .bits = read_le<std::uint16_t>(chunk, 14)};
  // The extensible form keeps the coding in the first two bytes of a GUID.
  if (format.coding == kFormatExtensible && chunk.size() >= 26)
    format.coding = read_le<std::uint16_t>(chunk, 24);
  const bool known = (format.coding == kFormatPcm && (format.bits == 8 || format.bits == 16)) ||
                     ((format.coding == kFormatAlaw || format.coding == kFormatMulaw) && format.bits == 8);
  if (!known) {
    return fail(
        Errc::invalid_argument,
        fmt::format("WAV coding {} with {} bits is not supported: use PCM 8 or 16 bit, mu-law or A-law",
                    format.coding, format.bits));
  }
  if (format.channels == 0 || format.channels > 8) {
    return fail(Errc::invalid_argument, fmt::format("a WAV file with {} channels", format.channels));
  }
  if (format.rate < 1000 || format.rate > 384000) {
    return fail(Errc::invalid_argument, fmt::format("a WAV file with a sample rate of {} Hz", format.rate));
  }
  return format;
}

std::int16_t decode(std::uint16_t coding, std::byte byte) {
  const auto code = std::to_integer<std::uint8_t>(byte);
  if (coding == kFormatMulaw) return mulaw_to_linear(code);
  if (coding == kFormatAlaw) return alaw_to_linear(code);
  return static_cast<std::int16_t>((code - 128) * 256);  // 8-bit PCM is unsigned
}

WavAudio decode_all(const Format& format, std::span<const std::byte> data) {
  WavAudio audio{.sample_rate_hz = static_cast<int>(format.rate), .channels = format.channels, .samples = {}};
  const std::size_t frame_bytes = static_cast<std::size_t>(format.bits / 8) * format.channels;
  data = data.first(data.size() / frame_bytes * frame_bytes);
  if (format.bits == 16) {
    audio.samples.resize(data.size() / 2);
    if (!data.empty()) std::memcpy(audio.samples.data(), data.data(), data.size());
    return audio;
  }
  audio.samples.reserve(data.size());
  for (const std::byte byte : data)
    audio.samples.push_back(decode(format.coding, byte));
  return audio;
}

}  // namespace

Result<WavAudio> parse_wav(std::span<const std::byte> bytes) {
  if (bytes.size() < 12 || !has_tag(bytes, 0, "RIFF") || !has_tag(bytes, 8, "WAVE")) {
    return fail(Errc::invalid_argument, "not a WAV file: it does not begin with RIFF and WAVE");
  }
  std::optional<Format> format;
  std::optional<std::span<const std::byte>> data;
  // The size in the RIFF header is not looked at: after a crash it is the one that is wrong.
  std::size_t at = 12;
  while (bytes.size() - at >= 8 && !(format && data)) {
    const std::size_t body = at + 8;
    const std::size_t there = bytes.size() - body;
    const std::uint32_t size = read_le<std::uint32_t>(bytes, at + 4);
    const std::size_t taken = std::min<std::size_t>(size, there);
    if (has_tag(bytes, at, "fmt ")) {
      auto parsed = parse_format(bytes.subspan(body, taken));
      if (!parsed) return fail(parsed.error());
      format = *parsed;
    } else if (has_tag(bytes, at, "data")) {
      // A writer that died before it knew the length has left 0 or all ones: the sound reaches the file's
      // end.
      const bool unknown = size == kUnknownSize || (size == 0 && format);
      data = bytes.subspan(body, unknown ? there : taken);
      if (unknown) break;
    }
    const std::size_t padded = static_cast<std::size_t>(size) + (size & 1);  // chunks begin at even places
    if (padded > there) break;
    at = body + padded;
  }
  if (!format) return fail(Errc::invalid_argument, "the WAV file has no format chunk");
  if (!data) return fail(Errc::invalid_argument, "the WAV file has no data chunk");
  return decode_all(*format, *data);
}

Result<WavAudio> read_wav(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::not_found, fmt::format("cannot open {}", file.string()));
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail(Errc::io, fmt::format("cannot read {}", file.string()));
  auto audio = parse_wav(std::as_bytes(std::span(content)));
  if (!audio) return fail(audio.error().code, fmt::format("{}: {}", file.string(), audio.error().message));
  return audio;
}

Result<void> write_wav(const std::filesystem::path& file, const WavAudio& audio) {
  const std::size_t data_bytes = audio.samples.size() * sizeof(std::int16_t);
  if (data_bytes > kUnknownSize - 44) return fail(Errc::invalid_argument, "too long for a WAV file");
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << wav_header(audio.sample_rate_hz, audio.channels, static_cast<std::uint32_t>(data_bytes));
  out.write(reinterpret_cast<const char*>(audio.samples.data()), static_cast<std::streamsize>(data_bytes));
  out.close();
  if (!out) return fail(Errc::io, fmt::format("cannot write {}", file.string()));
  return {};
}

std::string wav_header(int sample_rate_hz, int channels, std::uint32_t data_bytes) {
  const auto rate = static_cast<std::uint32_t>(sample_rate_hz);
  const auto frame_bytes = static_cast<std::uint32_t>(channels) * 2;
  std::string header;
  header.reserve(44);
  header += "RIFF";
  append_le<std::uint32_t>(header, data_bytes > kUnknownSize - 36 ? kUnknownSize : data_bytes + 36);
  header += "WAVEfmt ";
  append_le<std::uint32_t>(header, 16);
  append_le<std::uint16_t>(header, kFormatPcm);
  append_le<std::uint16_t>(header, static_cast<std::uint16_t>(channels));
  append_le<std::uint32_t>(header, rate);
  append_le<std::uint32_t>(header, rate * frame_bytes);
  append_le<std::uint16_t>(header, static_cast<std::uint16_t>(frame_bytes));
  append_le<std::uint16_t>(header, 16);
  header += "data";
  append_le<std::uint32_t>(header, data_bytes);
  return header;
}

}  // namespace parley::audio
