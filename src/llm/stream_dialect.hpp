// What a vendor's streamed answer means, without I/O: stream_reply.hpp gives it the bytes' events and tells
// the listener what came of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_model.hpp"
#include "net/http_client.hpp"

namespace parley::llm {

// What one event or the end of the body amounts to.
struct StreamStep {
  enum class End {
    no,
    near,  // all was said, but what it cost may still come
    now,
  };
  std::string text;  // to be spoken
  std::vector<ToolCall> calls;
  End end = End::no;
  std::optional<vendor::VendorError> error;  // nothing counts after it
};

class StreamDialect {
 public:
  virtual ~StreamDialect() = default;
  // The data of one event, or a whole body that is no event stream. Adds to `step`.
  virtual void take(std::string_view data, StreamStep& step) = 0;
  // The body is complete: afterwards step.end is `now`, or there is an error.
  virtual void finish(StreamStep& step) = 0;
  // What the vendor said about it so far; nullopt: nothing.
  virtual std::optional<vendor::Usage> usage() const = 0;
  // A status other than 2xx. The body may be cut.
  virtual vendor::VendorError refused(const net::ResponseHead& head, std::string_view body) = 0;
  // After refused(): another request to try at once. It must come to an end: called after each refusal.
  virtual std::optional<net::ClientRequest> try_instead() { return std::nullopt; }
  // A status of 2xx.
  virtual void accepted() {}
};

}  // namespace parley::llm
