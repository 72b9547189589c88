// One pocketsphinx decoder for one agent's grammar: whole utterances in, words and their score out.
//
// Thread: one at a time; making one is serialised inside, because ps_init writes to globals of the library. A
// decoder holds about 4 MB and takes about 11 ms to make, so it is kept and used again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "speech/grammar.hpp"

namespace parley::speech {

// Where the recogniser's model lies: `directory` as the package pocketsphinx-en-us installs it.
struct SphinxModel {
  std::filesystem::path directory;

  std::filesystem::path acoustic() const { return directory / "en-us"; }
  std::filesystem::path dictionary() const { return directory / "cmudict-en-us.dict"; }
  // Errors name the missing path and the package to install.
  Result<void> check() const;
};

class SphinxDecoder {
 public:
  static constexpr int kSampleRateHz = 16000;

  struct Heard {
    std::string text;  // empty: no sentence of the grammar fits
    double score = 0;  // mean acoustic score per frame over the words; nearer to zero is better
    int words = 0;
    int word_frames = 0;  // frames of 10 ms under the words
  };

  static Result<std::unique_ptr<SphinxDecoder>> make(const SphinxModel& model, const Grammar& grammar,
                                                     const std::vector<Pronunciation>& dictionary);
  ~SphinxDecoder();
  SphinxDecoder(const SphinxDecoder&) = delete;
  SphinxDecoder& operator=(const SphinxDecoder&) = delete;

  // `audio` is one whole utterance at 16 kHz. The result does not depend on earlier utterances.
  Result<Heard> decode(std::span<const std::int16_t> audio);

 private:
  struct Impl;
  explicit SphinxDecoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::speech
