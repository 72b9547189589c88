#include "speech/sarvam/sound_pieces.hpp"

#include <algorithm>
#include <cmath>

namespace parley::speech {
namespace {

constexpr int kFramesPerSecond = 50;
constexpr double kQuietest = 60;     // RMS: below this nobody speaks, however quiet the line is
constexpr double kLoudest = 400;     // RMS: above this somebody does, however noisy it is
constexpr std::size_t kClick = 3;    // frames: shorter sound is no speech
constexpr std::size_t kMargin = 10;  // frames kept on both sides
constexpr std::size_t kPause = 75;   // frames of silence that end a piece

// A stretch of frames.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<double> loudness(std::span<const std::int16_t> audio, std::size_t frame) {
  std::vector<double> levels;
  levels.reserve(audio.size() / frame + 1);
  for (std::size_t at = 0; at < audio.size(); at += frame) {
    const auto piece = audio.subspan(at, std::min(frame, audio.size() - at));
    double energy = 0;
    for (const double sample : piece)
      energy += sample * sample;
    levels.push_back(std::sqrt(energy / static_cast<double>(piece.size())));
  }
  return levels;
}

// Three times the level of the quietest tenth: the line's noise, if the recording has any pause at all.
double threshold_of(std::vector<double> levels) {
  const auto tenth = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 10);
  std::ranges::nth_element(levels, tenth);
  return std::clamp(3 * *tenth, kQuietest, kLoudest);
}

std::vector<Run> voiced(const std::vector<double>& levels) {
  const double threshold = threshold_of(levels);
  std::vector<Run> runs;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < threshold) continue;
    if (!runs.empty() && i - runs.back().end < kPause) {
      runs.back().end = i + 1;
    } else {
      if (!runs.empty() && runs.back().end - runs.back().begin < kClick) runs.pop_back();
      runs.push_back({i, i + 1});
    }
  }
  if (!runs.empty() && runs.back().end - runs.back().begin < kClick) runs.pop_back();
  for (auto& run : runs)
    run = {run.begin > kMargin ? run.begin - kMargin : 0, std::min(run.end + kMargin, levels.size())};
  return runs;
}

}  // namespace

std::vector<SoundPiece> cut_at_silences(std::span<const std::int16_t> audio, int sample_rate_hz,
                                        double most_s) {
  if (audio.empty()) return {};
  const auto frame = static_cast<std::size_t>(std::max(sample_rate_hz / kFramesPerSecond, 1));
  const auto most = std::max<std::size_t>(static_cast<std::size_t>(most_s * kFramesPerSecond), 2);
  const auto levels = loudness(audio, frame);
  std::vector<SoundPiece> pieces;
  for (auto run : voiced(levels)) {
    while (run.begin < run.end) {
      std::size_t end = run.end;
      if (end - run.begin > most) {
        // The quietest frame of the second half: the nearest thing to a pause.
        const auto from = levels.begin() + static_cast<std::ptrdiff_t>(run.begin + most / 2);
        const auto to = levels.begin() + static_cast<std::ptrdiff_t>(run.begin + most);
        end = static_cast<std::size_t>(std::min_element(from, to) - levels.begin()) + 1;
      }
      const auto first = run.begin * frame;
      pieces.push_back({first, std::min(end * frame, audio.size()) - first});
      run.begin = end;
    }
  }
  return pieces;
}

}  // namespace parley::speech
