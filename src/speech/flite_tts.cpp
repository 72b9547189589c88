#include "speech/flite_tts.hpp"

#include <mutex>

#include <flite/flite.h>
#include <fmt/format.h>

// The voice package ships no header.
extern "C" cst_voice* register_cmu_us_slt(const char* voice_directory);

namespace parley::speech {
namespace {

constexpr int kChunkSamples = 320;  // 20 ms at the voice's 16 kHz
constexpr std::size_t kMaxTextBytes = 4000;

cst_voice* slt() {
  static std::once_flag once;
  static cst_voice* voice = nullptr;
  std::call_once(once, [] {
    flite_init();
    voice = register_cmu_us_slt(nullptr);
  });
  return voice;
}

Result<void> check_voice(const std::string& name) {
  if (name.empty() || name == "slt") return {};
  return fail(Errc::invalid_argument,
              fmt::format("the local English voice is called 'slt'; there is no '{}'", name));
}

int on_chunk(const cst_wave* wave, int start, int size, int /*last*/, cst_audio_streaming_info* info) {
  auto& sink = *static_cast<SpeechSink*>(info->userdata);
  if (sink.cancelled()) return CST_AUDIO_STREAM_STOP;
  sink.audio({wave->samples + start, static_cast<std::size_t>(size)}, wave->sample_rate);
  return CST_AUDIO_STREAM_CONT;
}

void speak(const std::string& text, SpeechSink& sink) {
  auto* utterance = new_utterance();
  utt_set_input_text(utterance, text.c_str());
  auto* info = new_audio_streaming_info();
  info->min_buffsize = kChunkSamples;
  info->asc = on_chunk;
  info->userdata = &sink;
  // On the utterance, which then owns it; the voice is shared by all threads.
  feat_set(utterance->features, "streaming_info", audio_streaming_info_val(info));
  utterance = flite_do_synth(utterance, slt(), utt_synth);
  if (utterance == nullptr) {
    sink.failed({Errc::internal, "flite could not speak the sentence"});
    return;
  }
  delete_utterance(utterance);
  sink.end();
}

// The Latin-1 letters C0 to FF without their accents.
constexpr std::string_view kPlainLetters = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

Result<void> append_plain(char32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code == 0x2018 || code == 0x2019) {
    out += '\'';
  } else if (code == 0x201C || code == 0x201D) {
    out += '"';
  } else if (code == 0x2026) {
    out += "...";
  } else if (code >= 0x2010 && code <= 0x2015) {
    out += ", ";
  } else if (code == 0x20B9) {
    out += " rupees ";
  } else if (code >= 0xC0 && code <= 0xFF) {
    out += kPlainLetters[code - 0xC0];
  } else if ((code >= 0x100 && code < 0x370) || (code >= 0x2000 && code < 0x2C00) || code < 0xC0 ||
             (code >= 0xFE00 && code <= 0xFE0F) || code >= 0x1F000) {
    out += ' ';  // signs and pictures have no sound
  } else {
    return fail(
        Errc::invalid_argument,
        fmt::format("the local English voice cannot read U+{:04X}; set the agent's language, so that another "
                    "voice speaks it",
                    static_cast<std::uint32_t>(code)));
  }
  return {};
}

}  // namespace

Result<std::string> flite_text(std::string_view utf8) {
  if (utf8.size() > kMaxTextBytes) {
    return fail(Errc::invalid_argument,
                fmt::format("a sentence of {} bytes is too long for the local voice", utf8.size()));
  }
  std::string plain;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[at++]);
    int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    char32_t code = more == 0 ? lead : lead & (0x3Fu >> more);
    for (; more > 0 && at < utf8.size() && (static_cast<unsigned char>(utf8[at]) & 0xC0u) == 0x80u; --more) {
      code = (code << 6) | (static_cast<unsigned char>(utf8[at++]) & 0x3Fu);
    }
    if (auto done = append_plain(code, plain); !done) return fail(done.error());
  }
  return plain;
}

FliteTts::FliteTts(async::BlockingPool& pool, metrics::Registry& registry)
    : pool_(pool), probe_(std::make_shared<VoiceProbe>(registry, "flite")) {
  slt();
}

Result<void> FliteTts::prepare(const agent::AgentPtr&, const agent::ProviderChoice& choice) {
  if (auto known = check_voice(choice.voice); !known) return fail(known.error());
  return {};
}

std::unique_ptr<TtsJob> FliteTts::start(TtsRequest request, TtsListener& listener) {
  auto voice = check_voice(request.choice.voice);
  auto text = flite_text(request.text);
  return start_on_pool(pool_, probe_, request, listener,
                       [voice = std::move(voice), text = std::move(text)](SpeechSink& sink) {
                         if (!voice) return sink.failed(voice.error());
                         if (!text) return sink.failed(text.error());
                         speak(*text, sink);
                       });
}

}  // namespace parley::speech
