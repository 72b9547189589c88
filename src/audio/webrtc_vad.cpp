#include "audio/webrtc_vad.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <new>

#include <webrtc/modules/audio_processing/include/audio_processing.h>
#include <webrtc/modules/interface/module_common_types.h>

#include "audio/audio.hpp"
#include "audio/energy_vad.hpp"

// The library exports its detector's C functions but ships no header for them.
extern "C" {
struct WebRtcVadInst;
WebRtcVadInst* WebRtcVad_Create();
void WebRtcVad_Free(WebRtcVadInst* handle);
int WebRtcVad_Init(WebRtcVadInst* handle);
int WebRtcVad_set_mode(WebRtcVadInst* handle, int mode);
int WebRtcVad_Process(WebRtcVadInst* handle, int fs, const std::int16_t* audio_frame,
                      std::size_t frame_length);
}

namespace parley::audio {
namespace {

// The mode least willing to call a sound speech: the others hear speech in noise far more often, and on clean
// lines are no better.
constexpr int kMode = 3;
constexpr int kWarmUpFrames = 25;

// From 24 kHz: passes up to 3 kHz, where voices are told from noise, and is 40 dB down from 5 kHz, which
// would fold into that. From 48 kHz: twice as much.
std::array<float, ThirdDecimator::kTaps> decimation_taps() {
  std::array<float, ThirdDecimator::kTaps> taps{};
  constexpr double kCutoff = 3700.0 / 24000.0;
  constexpr double kPi = 3.14159265358979323846;
  double sum = 0;
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const double x = static_cast<double>(i) - (taps.size() - 1) / 2.0;
    const double hamming = 0.54 - 0.46 * std::cos(2 * kPi * static_cast<double>(i) / (taps.size() - 1));
    const double value = std::sin(2 * kPi * kCutoff * x) / (kPi * x) * hamming;
    taps[i] = static_cast<float>(value);
    sum += value;
  }
  for (float& tap : taps)
    tap = static_cast<float>(tap / sum);
  return taps;
}

}  // namespace

struct WebrtcVad::Detector {
  explicit Detector(int rate_hz) : handle(WebRtcVad_Create()), rate(rate_hz) {
    if (handle == nullptr) throw std::bad_alloc();
    WebRtcVad_Init(handle);
    WebRtcVad_set_mode(handle, kMode);
  }
  ~Detector() { WebRtcVad_Free(handle); }
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  bool is_speech(std::span<const std::int16_t> frame) {
    return WebRtcVad_Process(handle, rate, frame.data(), frame.size()) == 1;
  }

  WebRtcVadInst* handle;
  int rate;
  ThirdDecimator decimator;
};

struct WebrtcVad::Suppressor {
  explicit Suppressor(int rate_hz) : processing(webrtc::AudioProcessing::Create()) {
    if (!processing) throw std::bad_alloc();
    processing->noise_suppression()->set_level(webrtc::NoiseSuppression::kModerate);
    processing->noise_suppression()->Enable(true);
    processing->voice_detection()->set_likelihood(webrtc::VoiceDetection::kVeryLowLikelihood);
    processing->voice_detection()->Enable(true);
    block.sample_rate_hz_ = rate_hz;
    block.num_channels_ = 1;
    block.samples_per_channel_ = static_cast<std::size_t>(rate_hz / 100);
  }

  bool is_speech(std::span<const std::int16_t> ten_ms) {
    std::copy(ten_ms.begin(), ten_ms.end(), block.data_);
    return processing->ProcessStream(&block) == 0 && processing->voice_detection()->stream_has_voice();
  }

  std::unique_ptr<webrtc::AudioProcessing> processing;
  webrtc::AudioFrame block;
};

WebrtcVad::WebrtcVad(int sample_rate_hz)
    : inner_rate_hz_(sample_rate_hz >= 24000 ? sample_rate_hz / 3 : sample_rate_hz),
      detector_(std::make_unique<Detector>(inner_rate_hz_)) {
  assert(sample_rate_hz == 8000 || sample_rate_hz == 16000 || sample_rate_hz == 24000 ||
         sample_rate_hz == 48000);
}

WebrtcVad::~WebrtcVad() = default;

bool WebrtcVad::suppressing() const {
  return gate_.open() && warm_up_frames_ == 0;
}

bool WebrtcVad::is_speech(std::span<const std::int16_t> frame) {
  if (frame.size() > samples_per_frame(inner_rate_hz_)) frame = detector_->decimator.process(frame);
  floor_.on_frame(mean_square(frame));
  const bool was_open = gate_.open();
  const bool open = gate_.on_frame(floor_.level());
  // Both detectors hear every frame while the gate is open, so that changing over never meets a cold one.
  const bool plain = detector_->is_speech(frame);
  if (!open) return plain;
  if (!was_open) {
    if (suppressor_) {
      suppressor_->processing->Initialize();
    } else {
      suppressor_ = std::make_unique<Suppressor>(inner_rate_hz_);
    }
    warm_up_frames_ = kWarmUpFrames;
  }
  const bool suppressed = suppressed_is_speech(frame);
  if (warm_up_frames_ == 0) return suppressed;
  --warm_up_frames_;
  return plain;
}

bool WebrtcVad::suppressed_is_speech(std::span<const std::int16_t> frame) {
  const std::size_t half = frame.size() / 2;
  const bool first = suppressor_->is_speech(frame.first(half));
  const bool second = suppressor_->is_speech(frame.subspan(half));
  return first || second;
}

std::span<const std::int16_t> ThirdDecimator::process(std::span<const std::int16_t> frame) {
  static const std::array<float, kTaps> kFilter = decimation_taps();
  const std::size_t out = frame.size() / 3;
  assert(frame.size() == 3 * out && out <= kMostOut);
  std::copy(frame.begin(), frame.end(), window_.begin() + kTaps);
  for (std::size_t i = 0; i < out; ++i) {
    float sum = 0;
    for (std::size_t tap = 0; tap < kTaps; ++tap)
      sum += kFilter[tap] * static_cast<float>(window_[3 * i + tap]);
    out_[i] = static_cast<std::int16_t>(std::clamp(sum, -32768.0F, 32767.0F));
  }
  const auto rest = window_.begin() + static_cast<std::ptrdiff_t>(frame.size());
  std::copy(rest, rest + kTaps, window_.begin());
  return std::span(out_).first(out);
}

std::unique_ptr<VoiceActivityDetector> make_vad(const agent::VadSettings& settings, int sample_rate_hz) {
  if (settings.kind == agent::VadKind::energy) return std::make_unique<EnergyVad>(settings.energy_threshold);
  return std::make_unique<WebrtcVad>(sample_rate_hz);
}

}  // namespace parley::audio
