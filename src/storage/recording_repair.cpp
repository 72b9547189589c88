// After a crash a recording's header says "length unknown" and its last frame may be half written.
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/core.h>

#include "audio/wav.hpp"
#include "storage/recording.hpp"
#include "storage/recording_file.hpp"

namespace parley::storage {

Result<std::int64_t> repair_recording(const std::filesystem::path& file) {
  const auto refuse = [&file](Errc code, std::string_view why) {
    return fail(code, fmt::format("cannot repair recording {}: {}", file.string(), why));
  };
  std::error_code error;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file, error));
  if (error) {
    return refuse(error == std::errc::no_such_file_or_directory ? Errc::not_found : Errc::io,
                  error.message());
  }
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  if (!stream) return refuse(Errc::io, std::strerror(errno));
  std::array<char, kRecordingHeaderBytes> header{};
  stream.read(header.data(), header.size());
  if (stream.gcount() < kRecordingHeaderBytes) {
    return refuse(Errc::invalid_argument, fmt::format("its {} bytes are less than a header", size));
  }
  int rate = 0;
  std::memcpy(&rate, header.data() + 24, sizeof rate);
  // Only what our writer makes is touched: its header up to the data, but for the two lengths.
  const std::string ours = audio::wav_header(rate, kRecordingChannels, 0);
  if (std::memcmp(header.data(), ours.data(), 4) != 0 ||
      std::memcmp(header.data() + 8, ours.data() + 8, 32) != 0) {
    return refuse(Errc::invalid_argument, "it is no recording of ours (16-bit stereo WAV)");
  }

  const std::int64_t frames =
      std::min((size - kRecordingHeaderBytes) / kRecordingFrameBytes, kRecordingMaxFrames);
  const std::int64_t data_bytes = frames * kRecordingFrameBytes;
  const std::string right =
      audio::wav_header(rate, kRecordingChannels, static_cast<std::uint32_t>(data_bytes));
  if (std::memcmp(header.data(), right.data(), right.size()) != 0) {
    stream.seekp(0);
    stream.write(right.data(), static_cast<std::streamsize>(right.size()));
  }
  stream.close();
  if (!stream) return refuse(Errc::io, "its header cannot be written");
  if (kRecordingHeaderBytes + data_bytes != size) {
    std::filesystem::resize_file(file, static_cast<std::uintmax_t>(kRecordingHeaderBytes + data_bytes),
                                 error);
    if (error) return refuse(Errc::io, error.message());
  }
  return frames;
}

}  // namespace parley::storage
