// The port to recognisers of whole recordings, after the call: each side of the call is one channel, and what
// comes back says who said what when.
//
// Thread: transcribe() runs on the request's executor. Cancelling the awaiting coroutine cancels the request
// and leaves no transfer behind. Lifetime: a FileTranscriber outlives its running transcribe() calls.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "async/task.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "vendor/usage.hpp"

namespace parley::speech {

struct FileRequest {
  async::Executor executor;
  // A whole WAV file of 16-bit PCM with one or two channels: 0 is the caller, 1 the agent. Other files fail
  // with Fault::bad_request before anything is sent. Readable with audio/wav.hpp.
  std::string wav;
  agent::ProviderChoice choice;  // model and options; empty model: the adapter's default
  std::string language;          // BCP 47; empty: the vendor detects it where it can, else its default
  log::Logger log;
  vendor::Observer& observer;  // hears of the audio seconds (of all channels together) that were sent
};

// A stretch of speech of one side. 0 <= start_s <= end_s <= length of the recording.
struct FileSegment {
  int channel = 0;
  double start_s = 0;  // since the beginning of the recording
  double end_s = 0;
  std::string text;  // never empty

  friend bool operator==(const FileSegment&, const FileSegment&) = default;
};

struct FileTranscript {
  std::vector<FileSegment> segments;  // by start_s, then channel; empty: no speech
  std::string language;               // BCP 47 as far as the vendor tells, else that of the request
};

class FileTranscriber {
 public:
  virtual ~FileTranscriber() = default;
  // The agent's recording.transcribe can be done: key there, options known. Never talks to the network.
  virtual Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) = 0;
  // One try; retries are the caller's. Silent recordings are no failure.
  virtual async::Task<std::expected<FileTranscript, vendor::VendorError>> transcribe(FileRequest request) = 0;
};

}  // namespace parley::speech
