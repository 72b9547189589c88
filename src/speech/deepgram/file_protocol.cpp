#include "speech/deepgram/file_protocol.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <tuple>
#include <utility>

#include <boost/json/object.hpp>

#include "speech/deepgram/deepgram_common.hpp"
#include "speech/deepgram/spoken_words.hpp"
#include "vendor/json.hpp"

namespace parley::speech::deepgram {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in the file");

// Where a speaker pauses for so long, another segment begins.
constexpr double kPause_s = 0.8;

template <class T>
T read_le(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::unexpected<Error> not_pcm() {
  return fail(Errc::invalid_argument, "a recording is a WAV file of 16-bit PCM with one or two channels");
}

class Segments {
 public:
  explicit Segments(const WavShape& shape) : shape_(shape) {}

  void add(int channel, std::optional<double> start, std::optional<double> end, std::string_view text) {
    std::string words;
    append_text(words, text);
    if (words.empty() || channel < 0 || channel >= shape_.channels) return;
    const auto begins = std::clamp(start.value_or(0), 0.0, shape_.seconds);
    segments_.push_back({.channel = channel,
                         .start_s = begins,
                         .end_s = std::clamp(end.value_or(begins), begins, shape_.seconds),
                         .text = std::move(words)});
  }

  std::vector<FileSegment> in_order() && {
    std::ranges::sort(segments_, {},
                      [](const FileSegment& one) { return std::tuple(one.start_s, one.channel, one.end_s); });
    return std::move(segments_);
  }

 private:
  const WavShape& shape_;
  std::vector<FileSegment> segments_;
};

void read_utterances(const boost::json::array& utterances, Segments& segments) {
  for (const auto& item : utterances) {
    const auto* utterance = item.if_object();
    if (utterance == nullptr) continue;
    segments.add(static_cast<int>(std::clamp<std::int64_t>(
                     vendor::integer_member(*utterance, "channel").value_or(0), -1, 2)),
                 vendor::number_member(*utterance, "start"), vendor::number_member(*utterance, "end"),
                 vendor::string_member(*utterance, "transcript"));
  }
}

// For answers without utterances: words, cut at pauses, or at least the text.
void read_alternative(const boost::json::object& best, int channel, const WavShape& shape,
                      Segments& segments) {
  const auto* words = vendor::array_member(best, "words");
  if (words == nullptr || words->empty()) {
    segments.add(channel, 0, shape.seconds, vendor::string_member(best, "transcript"));
    return;
  }
  std::string text;
  double begins = 0;
  double ends = 0;
  for (const auto& item : *words) {
    const auto* word = item.if_object();
    if (word == nullptr) continue;
    auto spoken = vendor::string_member(*word, "punctuated_word");
    if (spoken.empty()) spoken = vendor::string_member(*word, "word");
    const auto start = vendor::number_member(*word, "start").value_or(ends);
    if (!text.empty() && start > ends + kPause_s) {
      segments.add(channel, begins, ends, text);
      text.clear();
    }
    if (text.empty()) begins = start;
    append_text(text, spoken);
    ends = vendor::number_member(*word, "end").value_or(start);
  }
  segments.add(channel, begins, ends, text);
}

}  // namespace

Result<WavShape> wav_shape(std::string_view wav) {
  if (wav.size() < 12 || !wav.starts_with("RIFF") || wav.substr(8, 4) != "WAVE") return not_pcm();
  WavShape shape;
  for (std::size_t at = 12; at + 8 <= wav.size();) {
    const auto name = wav.substr(at, 4);
    const auto announced = read_le<std::uint32_t>(wav, at + 4);
    const auto body = wav.substr(at + 8);
    // After a crash the size of the last chunk is too large.
    const auto size = std::min<std::size_t>(announced, body.size());
    if (name == "fmt ") {
      if (size < 16) return not_pcm();
      const auto coding = read_le<std::uint16_t>(body, 0);
      const bool pcm =
          coding == 1 || (coding == 0xfffe && size >= 26 && read_le<std::uint16_t>(body, 24) == 1);
      shape.channels = read_le<std::uint16_t>(body, 2);
      const auto rate = read_le<std::uint32_t>(body, 4);
      const bool fits = pcm && read_le<std::uint16_t>(body, 14) == 16 &&
                        (shape.channels == 1 || shape.channels == 2) && rate >= 1'000 && rate <= 200'000;
      if (!fits) return not_pcm();
      shape.sample_rate_hz = static_cast<int>(rate);
    } else if (name == "data") {
      if (shape.channels == 0) return not_pcm();
      const auto frames = size / (2 * static_cast<std::size_t>(shape.channels));
      shape.seconds = static_cast<double>(frames) / shape.sample_rate_hz;
      return shape;
    }
    at += 8 + size + (size & 1U);
  }
  return not_pcm();
}

std::string file_model(const agent::ProviderChoice& choice) {
  return choice.model.empty() ? std::string("nova-3") : choice.model;
}

Result<void> check_file(const vendor::Account& account, const agent::ProviderChoice& choice) {
  return check_choice(
      account, choice,
      {"language", "smart_format", "punctuate", "numerals", "profanity_filter", "filler_words", "keyterm",
       "keywords", "redact", "replace", "utt_split", "mip_opt_out", "tag", "version"},
      {{"utt_split", 0.1, 10}});
}

std::string file_url(const vendor::Account& account, const agent::ProviderChoice& choice,
                     std::string_view language, int channels) {
  Query query;
  query.add("model", file_model(choice));
  if (const auto wanted = option(choice, "language", listen_language(language)); !wanted.empty()) {
    query.add("language", wanted);
  } else {
    query.add("detect_language", "true");
  }
  query.add("smart_format", option(choice, "smart_format", "true"));
  query.add("utterances", "true");
  if (channels > 1) query.add("multichannel", "true");
  for (const auto* name :
       {"punctuate", "numerals", "profanity_filter", "filler_words", "utt_split", "mip_opt_out", "version"})
    query.add_option(choice, name);
  for (const auto* name : {"keyterm", "keywords", "redact", "replace", "tag"})
    query.add_list(choice, name);
  return account.url + "/v1/listen" + query.text();
}

Result<FileTranscript> read_file_answer(std::string_view json, const WavShape& shape,
                                        std::string_view language) {
  const auto parsed = vendor::parse_json_object(json);
  if (!parsed) return fail(Errc::protocol, "the answer is not JSON");
  const auto* results = vendor::object_member(*parsed, "results");
  const auto* channels = results == nullptr ? nullptr : vendor::array_member(*results, "channels");
  const auto* utterances = results == nullptr ? nullptr : vendor::array_member(*results, "utterances");
  if (channels == nullptr && utterances == nullptr)
    return fail(Errc::protocol, "the answer holds no results");
  FileTranscript transcript{.segments = {}, .language = std::string(language)};
  Segments segments(shape);
  if (utterances != nullptr) read_utterances(*utterances, segments);
  for (std::size_t at = 0; channels != nullptr && at < std::min<std::size_t>(channels->size(), 2); ++at) {
    const auto* channel = (*channels)[at].if_object();
    if (channel == nullptr) continue;
    if (const auto detected = vendor::string_member(*channel, "detected_language");
        language.empty() && at == 0) {
      transcript.language = detected;
    }
    const auto* alternatives = vendor::array_member(*channel, "alternatives");
    const auto* best =
        alternatives == nullptr || alternatives->empty() ? nullptr : alternatives->front().if_object();
    if (best != nullptr && utterances == nullptr)
      read_alternative(*best, static_cast<int>(at), shape, segments);
  }
  transcript.segments = std::move(segments).in_order();
  return transcript;
}

}  // namespace parley::speech::deepgram
