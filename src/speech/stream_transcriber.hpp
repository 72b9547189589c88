// A whole recording written down by a recogniser that hears streams: for agents whose choice has no interface
// for files. Voice activity cuts each side into utterances, as in a call, and the recogniser is given one
// after the other, as fast as it takes them.
//
// Thread: the request's executor. Lifetime: the recogniser outlives what awaits this.
#pragma once

#include <chrono>
#include <expected>

#include "speech/file_transcriber.hpp"
#include "speech/speech_to_text.hpp"

namespace parley::speech {

struct StreamTranscription {
  std::chrono::milliseconds endpointing{800};  // silence that ends an utterance
  std::chrono::milliseconds patience{30'000};  // with the transcript of one
};

// As FileTranscriber::transcribe; `choice` is the agent's stt. Fault::timeout: no transcript within the
// patience; utterances before it are lost with it, since the recording is asked for as a whole again.
async::Task<std::expected<FileTranscript, vendor::VendorError>> transcribe_by_stream(
    SpeechToText& recogniser, agent::AgentPtr agent, FileRequest request, StreamTranscription options = {});

}  // namespace parley::speech
