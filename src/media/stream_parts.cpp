#include "media/stream_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "audio/g711.hpp"
#include "base/ascii.hpp"
#include "media/base64.hpp"

namespace parley::media {
namespace {

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return to_lower(a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

}  // namespace

Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

bool names_mulaw(std::string_view encoding) {
  return contains_ignoring_case(encoding, "mulaw") || contains_ignoring_case(encoding, "ulaw") ||
         contains_ignoring_case(encoding, "pcmu");
}

Result<std::span<const std::int16_t>> decode_mulaw(std::string_view payload) {
  auto& codes = scratch().bytes;
  codes.resize(base64_decoded_max(payload.size()));
  const auto decoded = base64_decode(payload, codes.data());
  if (!decoded) return fail(Errc::protocol, "media payload is not base64");
  auto& samples = scratch().samples;
  samples.resize(*decoded);
  for (std::size_t i = 0; i < *decoded; ++i)
    samples[i] = audio::mulaw_to_linear(std::to_integer<std::uint8_t>(codes[i]));
  return samples;
}

void append_mulaw(std::span<const std::int16_t> samples, std::string& out) {
  auto& codes = scratch().bytes;
  codes.resize(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    codes[i] = std::byte{audio::linear_to_mulaw(samples[i])};
  base64_encode(codes, out);
}

Result<MediaEvent> plain_event(StreamMessage& message, std::string_view digit_hint) {
  switch (message.kind) {
    case StreamMessage::Kind::connected:
      return StreamConnected{};
    case StreamMessage::Kind::dtmf: {
      constexpr std::string_view kDigits = "0123456789*#ABCD";
      if (message.digit.size() != 1 || kDigits.find(message.digit[0]) == std::string_view::npos) {
        return fail(Errc::protocol, fmt::format("dtmf has no digit out of 0-9 * # A-D{}", digit_hint));
      }
      return DtmfReceived{message.digit[0]};
    }
    case StreamMessage::Kind::mark: {
      if (!message.has_mark_name) return fail(Errc::protocol, "mark has no name");
      scratch().mark_name.assign(message.mark_name);
      return MarkPlayed{scratch().mark_name};
    }
    case StreamMessage::Kind::clear:
      return ClearReceived{};
    case StreamMessage::Kind::stop:
      return StreamStopped{std::move(message.stop_reason)};
    case StreamMessage::Kind::unknown:
      return UnknownEvent{std::move(message.event_name)};
    case StreamMessage::Kind::none:
      return fail(Errc::protocol, "message has no event");
    case StreamMessage::Kind::start:
    case StreamMessage::Kind::media:
      break;
  }
  return fail(Errc::internal, "unreachable");
}

}  // namespace parley::media
