// One sentence over a socket of ElevenLabs, in a context of its own. The socket comes from the pool and goes
// back to it, also when the sentence is cancelled: what still comes of its context is dropped by the
// context's name.
//
// Thread and lifetime: as TtsJob.
#pragma once

#include <memory>
#include <string>

#include "async/guarded.hpp"
#include "speech/elevenlabs/elevenlabs_protocol.hpp"
#include "speech/elevenlabs/elevenlabs_tts.hpp"
#include "speech/pcm_stream.hpp"
#include "vendor/client_socket.hpp"

namespace parley::speech {

std::unique_ptr<vendor::ClientSocket> open_elevenlabs_socket(async::Executor executor,
                                                             const vendor::Account& account,
                                                             const std::string& url,
                                                             vendor::ClientSocketListener* listener);

class ElevenLabsJob final : public TtsJob, vendor::ClientSocketListener {
 public:
  // All outlive the job.
  struct Dependencies {
    const vendor::Account& account;
    const Clock& clock;
    vendor::SocketPool& pool;
    ElevenLabsTiming timing;
  };
  ElevenLabsJob(TtsRequest request, TtsListener& listener, Dependencies dependencies, ElevenLabsVoice voice,
                std::string context);
  ~ElevenLabsJob() override;
  ElevenLabsJob(const ElevenLabsJob&) = delete;
  ElevenLabsJob& operator=(const ElevenLabsJob&) = delete;

 private:
  void on_socket_open() override;
  void on_socket_text(std::string_view text) override;
  void on_socket_binary(std::string_view bytes) override;
  void on_socket_refused(const net::ConnectError& error) override;
  void on_socket_closed(const net::CloseInfo& close) override;

  void connect();
  void speak();
  bool take_audio(std::string_view bytes, SteadyTime received_at);
  void give(std::span<const std::int16_t> samples, SteadyTime received_at);
  void close_context();
  void wait(std::chrono::milliseconds time);
  void on_wait_over();
  void finish();
  void fail(vendor::VendorError error);
  void count_usage();
  void give_socket_back();

  TtsRequest request_;
  TtsListener& listener_;
  Dependencies dependencies_;
  const ElevenLabsVoice voice_;
  const ElevenLabsFaults faults_;
  const std::string context_;
  const std::string url_;
  const std::size_t visible_;     // of the text
  const std::size_t most_bytes_;  // of sound
  std::size_t bytes_ = 0;
  std::size_t spoken_ = 0;
  bool reused_ = false;  // the socket served other sentences before
  bool heard_ = false;
  bool closed_ = false;  // the context, by us
  bool over_ = false;
  bool counted_ = false;
  PcmStream pcm_;
  async::Timer timer_;
  async::Guard alive_;
  std::unique_ptr<vendor::ClientSocket> socket_;
};

}  // namespace parley::speech
