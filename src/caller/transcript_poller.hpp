// Asks Parley for the words of the running call, four times a second. Another server does not know the
// address: then the caller goes by sound alone.
//
// Thread: that of the executor. Lifetime: join run() before destruction.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/result.hpp"
#include "caller/transcript.hpp"

namespace parley::caller {

// {"lines":[{"who":"agent","text":"…","final":true,"interrupted":false}]}
Result<Transcript> parse_transcript(std::string_view body);

class TranscriptPoller {
 public:
  // `stream_url` is the WebSocket's; the transcript is asked for on the same host. `on_transcript` gets each
  // state.
  TranscriptPoller(async::Executor executor, const std::string& stream_url, const std::string& call_sid,
                   std::function<void(Transcript)> on_transcript);

  // Until the awaiting coroutine is cancelled, or the server turns out to tell none.
  async::Task<> run();
  // One question: false when there was no answer.
  async::Task<bool> ask();

 private:
  async::Executor executor_;
  std::string url_;
  std::function<void(Transcript)> on_transcript_;
};

}  // namespace parley::caller
