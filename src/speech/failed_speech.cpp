#include "speech/failed_speech.hpp"

#include <boost/asio/post.hpp>

#include "async/guarded.hpp"

namespace parley::speech {
namespace {

class FailedSpeech final : public TtsJob {
 public:
  FailedSpeech(async::Executor executor, TtsListener& listener, vendor::VendorError error) {
    boost::asio::post(executor, [ticket = guard_.ticket(), &listener, error = std::move(error)]() mutable {
      if (ticket.valid()) listener.on_speech_failed(std::move(error));
    });
  }

 private:
  async::Guard guard_;
};

}  // namespace

std::unique_ptr<TtsJob> failed_speech(async::Executor executor, TtsListener& listener,
                                      vendor::VendorError error) {
  return std::make_unique<FailedSpeech>(executor, listener, std::move(error));
}

}  // namespace parley::speech
