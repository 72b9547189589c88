#include "speech/espeak_tts.hpp"

#include <cstring>

#include <fmt/format.h>

#include "speech/child_process.hpp"

namespace parley::speech {
namespace {

// espeak-ng writes this fixed header with sizes of a stream whose end it does not know yet, then samples.
constexpr std::size_t kHeaderBytes = 44;

// Cuts the child's output into header and samples, whatever the pieces.
class WavStream {
 public:
  Result<void> feed(std::span<const std::byte> bytes,
                    const std::function<void(std::span<const std::int16_t>, int)>& on_audio) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (rate_ == 0) {
      if (bytes_.size() < kHeaderBytes) return {};
      const auto is = [&](std::size_t at, const char* tag) {
        return std::memcmp(bytes_.data() + at, tag, 4) == 0;
      };
      std::uint32_t rate = 0;
      std::memcpy(&rate, bytes_.data() + 24, sizeof rate);
      if (!is(0, "RIFF") || !is(8, "WAVE") || !is(36, "data") || rate < 8000 || rate > 48000) {
        return fail(Errc::protocol, "espeak-ng wrote something that is not the WAV sound expected");
      }
      rate_ = static_cast<int>(rate);
      bytes_.erase(bytes_.begin(), bytes_.begin() + kHeaderBytes);
    }
    std::vector<std::int16_t> samples(bytes_.size() / 2);
    if (samples.empty()) return {};
    std::memcpy(samples.data(), bytes_.data(), samples.size() * 2);
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(samples.size() * 2));
    heard_ = true;
    on_audio(samples, rate_);
    return {};
  }
  bool heard() const { return heard_; }

 private:
  int rate_ = 0;
  bool heard_ = false;
  std::vector<std::byte> bytes_;
};

Result<void> say(const EspeakTts::Options& options, const std::string& voice, const std::string& text,
                 const std::function<bool()>& stop,
                 const std::function<void(std::span<const std::int16_t>, int)>& on_audio) {
  const auto deadline = std::chrono::steady_clock::now() + options.deadline;
  auto child = ChildProcess::start(options.program, {"--stdout", "--stdin", "-b", "1", "-v", voice, "-s",
                                                     fmt::format("{}", options.words_per_minute)});
  if (!child) {
    if (child.error().code != Errc::not_found) return fail(child.error());
    return fail(Errc::not_found,
                fmt::format("the voice for this language is spoken by the program {}, which is not "
                            "installed; `apt-get install espeak-ng` installs it",
                            options.program));
  }
  WavStream wav;
  Result<void> understood;
  auto talked = child->converse(
      text, deadline, [&] { return !understood || stop(); },
      [&](std::span<const std::byte> bytes) { understood = wav.feed(bytes, on_audio); });
  if (!understood) return understood;
  if (!talked) return talked;
  const int code = child->wait(deadline);
  if (code != 0 || !wav.heard()) {
    return fail(Errc::invalid_argument,
                fmt::format("{} does not speak '{}' (exit code {}); `{} --voices` lists what "
                            "it has, and `apt-get install espeak-ng-data` brings them all",
                            options.program, voice, code, options.program));
  }
  return {};
}

// A voice is an argument of a program: it must not look like an option or a path.
bool plausible_voice(std::string_view voice) {
  return !voice.empty() && voice.size() <= 32 && voice[0] != '-' && std::ranges::all_of(voice, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '+';
  });
}

Result<std::string> choose_voice(const std::string& wanted, const std::string& language) {
  auto voice = wanted.empty() ? espeak_voice(language) : wanted;
  if (!plausible_voice(voice)) {
    return fail(Errc::invalid_argument, fmt::format("'{}' cannot be the name of an espeak-ng voice", voice));
  }
  return voice;
}

}  // namespace

std::string espeak_voice(std::string_view language) {
  std::string first(language.substr(0, language.find_first_of("-_")));
  for (auto& c : first) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return first == "en" ? "en-us" : first;
}

EspeakTts::EspeakTts(async::BlockingPool& pool, metrics::Registry& registry, Options options)
    : pool_(pool), probe_(std::make_shared<VoiceProbe>(registry, "espeak")), options_(std::move(options)) {}
EspeakTts::~EspeakTts() = default;

Result<void> EspeakTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  const auto voice = choose_voice(choice.voice, agent->language);
  if (!voice) return fail(voice.error());
  if (auto said = say(options_, *voice, "1", [] { return false; }, [](auto, int) {}); !said) {
    return fail(said.error());
  }
  return {};
}

std::unique_ptr<TtsJob> EspeakTts::start(TtsRequest request, TtsListener& listener) {
  auto voice = choose_voice(request.choice.voice, request.language);
  return start_on_pool(pool_, probe_, request, listener,
                       [options = options_, voice = std::move(voice), text = request.text](SpeechSink& sink) {
                         if (!voice) return sink.failed(voice.error());
                         auto said = say(
                             options, *voice, text, [&] { return sink.cancelled(); },
                             [&](std::span<const std::int16_t> piece, int rate) { sink.audio(piece, rate); });
                         if (!said) return sink.failed(said.error());
                         sink.end();
                       });
}

}  // namespace parley::speech
