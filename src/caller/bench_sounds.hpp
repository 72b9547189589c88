// What the callers of a bench send, made before anything is measured: speech that a voice detector hears as
// speech, and the faint noise of a telephone line between it. Digital silence would be cheaper for the server
// than a real line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "caller/caller_voice.hpp"

namespace parley::caller {

// Base64 of pieces of equal length.
struct BenchSounds {
  std::chrono::milliseconds piece{20};
  int sample_rate_hz = 8000;
  std::vector<std::string> speech;      // about two seconds; the first and the last piece are voiced
  std::vector<std::string> line_noise;  // to be repeated
};

// Blocking. `piece`: a multiple of 20 ms.
Result<BenchSounds> make_bench_sounds(const Voice& voice, int sample_rate_hz,
                                      std::chrono::milliseconds piece);

}  // namespace parley::caller
