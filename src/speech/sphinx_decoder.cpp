#include "speech/sphinx_decoder.hpp"

#include <mutex>

#include <fmt/format.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>

namespace parley::speech {
namespace {

// Keeps short words from being heard in the tails of others ("eight two seven" for "eight seven"): word
// errors on 78 sentences of three synthetic voices in the phone band fell from 11 % at the default of 0.65 to
// 8 %.
constexpr const char* kWordPenalty = "0.05";

// ps_init and the grammar loader touch globals of the library (measured: crashes without the lock).
std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

bool is_word(std::string_view word) {
  return !word.empty() && word[0] != '<' && word[0] != '[' && word[0] != '(';
}

// "word(2)" is the second pronunciation of "word".
std::string_view base_of(std::string_view word) {
  return word.substr(0, word.find('('));
}

}  // namespace

struct SphinxDecoder::Impl {
  ps_decoder_t* decoder = nullptr;
  cmd_ln_t* config = nullptr;

  ~Impl() {
    const std::scoped_lock lock(library_mutex());
    if (decoder != nullptr) ps_free(decoder);
    if (config != nullptr) cmd_ln_free_r(config);
  }
};

Result<void> SphinxModel::check() const {
  for (const auto& path :
       {acoustic() / "mdef", acoustic() / "means", acoustic() / "feat.params", dictionary()}) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
      return fail(Errc::not_found,
                  fmt::format("the local recogniser's model file {} is missing; install it with "
                              "`apt-get install pocketsphinx-en-us`",
                              path.string()));
    }
  }
  return {};
}

SphinxDecoder::SphinxDecoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SphinxDecoder::~SphinxDecoder() = default;

Result<std::unique_ptr<SphinxDecoder>> SphinxDecoder::make(const SphinxModel& model, const Grammar& grammar,
                                                           const std::vector<Pronunciation>& dictionary) {
  if (auto there = model.check(); !there) return fail(there.error());
  auto impl = std::make_unique<Impl>();
  const auto acoustic = model.acoustic().string();
  {
    const std::scoped_lock lock(library_mutex());
    // The library would write pages to stderr; its log file option is not safe with several decoders.
    err_set_logfp(nullptr);
    impl->config = cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", acoustic.c_str(), "-bestpath", "no", "-wip",
                               kWordPenalty, nullptr);
    if (impl->config != nullptr) impl->decoder = ps_init(impl->config);
    if (impl->decoder == nullptr) {
      return fail(Errc::internal, fmt::format("the local recogniser cannot load its model in {}", acoustic));
    }
    for (const auto& [word, phones] : dictionary) {
      if (ps_add_word(impl->decoder, word.c_str(), phones.c_str(), FALSE) < 0) {
        return fail(Errc::internal,
                    fmt::format("the local recogniser refuses the word '{}' as '{}'", word, phones));
      }
    }
    if (ps_set_jsgf_string(impl->decoder, "script", grammar.jsgf.c_str()) < 0 ||
        ps_set_search(impl->decoder, "script") < 0) {
      return fail(Errc::internal, "the local recogniser refuses the grammar made from the script's patterns");
    }
  }
  return std::unique_ptr<SphinxDecoder>(new SphinxDecoder(std::move(impl)));
}

Result<SphinxDecoder::Heard> SphinxDecoder::decode(std::span<const std::int16_t> audio) {
  auto* decoder = impl_->decoder;
  if (ps_start_utt(decoder) < 0)
    return fail(Errc::internal, "the local recogniser does not start an utterance");
  // The whole utterance at once lets the library normalise over all of it, instead of with what the last
  // caller left.
  ps_process_raw(decoder, audio.data(), audio.size(), FALSE, TRUE);
  ps_end_utt(decoder);

  Heard heard;
  int32 path_score = 0;
  if (ps_get_hyp(decoder, &path_score) == nullptr) return heard;
  double total = 0;
  for (auto* seg = ps_seg_iter(decoder); seg != nullptr; seg = ps_seg_next(seg)) {
    const char* name = ps_seg_word(seg);
    if (name == nullptr || !is_word(name)) continue;
    int first = 0;
    int last = 0;
    int32 acoustic = 0;
    int32 language = 0;
    int32 back_off = 0;
    ps_seg_frames(seg, &first, &last);
    ps_seg_prob(seg, &acoustic, &language, &back_off);
    total += acoustic;
    heard.word_frames += last - first + 1;
    if (!heard.text.empty()) heard.text += ' ';
    heard.text += base_of(name);
  }
  if (heard.word_frames > 0) heard.score = total / heard.word_frames;
  return heard;
}

}  // namespace parley::speech
