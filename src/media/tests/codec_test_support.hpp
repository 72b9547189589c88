// Parsing messages in the tests of codecs the way the socket hands them over: with readable bytes behind
// them.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "media/media_codec.hpp"

namespace parley::media {

inline Result<MediaEvent> parse(MediaCodec& codec, std::string text) {
  const std::size_t size = text.size();
  text.append(64, '\0');
  static std::string kept;  // views in the event point into the codec's scratch, never into the text
  kept = text;
  return codec.parse(std::string_view(kept.data(), size));
}

template <class T>
T parse_as(MediaCodec& codec, std::string text) {
  auto event = parse(codec, std::move(text));
  if (!event) {
    ADD_FAILURE() << describe(event.error());
    return {};
  }
  auto* wanted = std::get_if<T>(&*event);
  if (wanted == nullptr) {
    ADD_FAILURE() << "another event, index " << event->index();
    return {};
  }
  return std::move(*wanted);
}

inline Error parse_error(MediaCodec& codec, std::string text) {
  auto event = parse(codec, std::move(text));
  if (event) {
    ADD_FAILURE() << "no error, event index " << event->index();
    return {};
  }
  return event.error();
}

}  // namespace parley::media
