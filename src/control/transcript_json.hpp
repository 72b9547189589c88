// The segments of a recording that was written down, as storage::TranscriptRecord has them. Pure.
#pragma once

#include <string>
#include <vector>

#include "speech/file_transcriber.hpp"

namespace parley::control {

std::string segments_to_json(const std::vector<speech::FileSegment>& segments);

}  // namespace parley::control
