// Sarvam's voices behind the port (sarvam_tts_protocol.hpp has the options).
//
// WebSocket: one socket speaks one job at a time and goes back to the pool when Sarvam says that the job is
// over; pooled ones are pinged. Sarvam cannot take a job back, so a cancelled one costs its socket: a new one
// is opened in the background at once, for the next sentence. HTTP: one request for each piece of text.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "speech/sarvam/sarvam_tts_protocol.hpp"
#include "speech/text_to_speech.hpp"
#include "vendor/account.hpp"
#include "vendor/socket_pool.hpp"

namespace parley::speech {

struct SarvamTtsTiming {
  std::chrono::milliseconds connect{5000};
  std::chrono::milliseconds first_audio{10'000};
  std::chrono::milliseconds stall{2500};  // nothing comes in the middle of a job
  std::chrono::milliseconds max_idle{120'000};
  std::chrono::milliseconds ping{20'000};  // Sarvam closes after about a minute
};

class SarvamTts final : public TextToSpeech {
 public:
  // `clock` outlives it; it outlives its jobs.
  SarvamTts(vendor::Account account, const Clock& clock, SarvamTtsTiming timing = {});

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const TtsRequest& request) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

  // --- for its jobs
  const vendor::Account& account() const { return account_; }
  const Clock& clock() const { return clock_; }
  const SarvamTtsTiming& timing() const { return timing_; }
  // An open one of the pool, or nullptr.
  std::unique_ptr<vendor::ClientSocket> pooled_socket(async::Executor executor,
                                                      const SarvamTtsSettings& settings,
                                                      vendor::ClientSocketListener& listener);
  std::unique_ptr<vendor::ClientSocket> new_socket(async::Executor executor,
                                                   const SarvamTtsSettings& settings,
                                                   vendor::ClientSocketListener* listener);
  void give_back(async::Executor executor, const SarvamTtsSettings& settings,
                 std::unique_ptr<vendor::ClientSocket> socket);
  // Opens a socket for the next job unless one waits already.
  void open_spare(async::Executor executor, const SarvamTtsSettings& settings);

 private:
  Result<SarvamTtsSettings> read(const agent::ProviderChoice& choice, std::string_view language,
                                 int rate) const;

  const vendor::Account account_;
  const Clock& clock_;
  const SarvamTtsTiming timing_;
  vendor::SocketPool pool_;
};

}  // namespace parley::speech
