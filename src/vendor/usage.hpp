// What vendors count, and what happens with them during a call, as the call hears of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vendor/vendor_error.hpp"

namespace parley::vendor {

enum class Part { stt, llm, tts, sts, carrier };  // sts: speech to speech
std::string_view to_string(Part part);            // "stt", …
std::optional<Part> parse_part(std::string_view text);

// Amounts used at one vendor and model; zero: does not apply. Several reports of one turn add up.
struct Usage {
  Part part = Part::llm;
  std::string vendor;
  std::string model;
  std::int64_t input_tokens = 0;         // text; cached ones included
  std::int64_t cached_input_tokens = 0;  // part of input_tokens
  std::int64_t output_tokens = 0;        // text; hidden reasoning included
  std::int64_t audio_input_tokens = 0;   // cached ones included
  std::int64_t cached_audio_input_tokens = 0;
  std::int64_t audio_output_tokens = 0;
  std::int64_t characters = 0;  // Unicode code points given to a voice
  double audio_seconds = 0;     // given to a recogniser, or minutes of the carrier in seconds
  bool estimated = false;       // the vendor did not say: our own count

  friend bool operator==(const Usage&, const Usage&) = default;
};

// What both have together; `more` is of the same part, vendor and model.
void add_usage(Usage& to, const Usage& more);

// About how many tokens a text has when no one counts them: for estimates before a call and for streams that
// broke. Four bytes of ASCII text, or one and a half characters of another script, are about one token.
std::int64_t estimate_tokens(std::string_view text);

struct VendorEvent {
  enum class Kind {
    failed,        // the vendor could not do it; error says why
    retrying,      // the same vendor again, after a wait
    switched,      // to_vendor/to_model takes over
    circuit_open,  // not even asked: it failed too often just now
    deaf,          // a recogniser gave no text for clear speech
    recovered,     // the first choice serves again
  };
  Kind kind = Kind::failed;
  Part part = Part::llm;
  std::string vendor;
  std::string model;
  std::string to_vendor;  // of switched
  std::string to_model;
  VendorError error;
};
std::string_view to_string(VendorEvent::Kind kind);

// Whoever keeps the call's books. Thread: the call's shard. Lifetime: outlives every stream, job and reply it
// was given to. Called from anywhere, also from inside start() and destructors of these: an implementation
// only notes.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_usage(const Usage& usage) = 0;
  virtual void on_vendor_event(const VendorEvent& event) = 0;
  // When the request of a model or a voice went out on a connection that was there already; told once the
  // answer begins. From adapters that ask over HTTP: what goes to an open socket is out as soon as it is
  // asked.
  virtual void on_request_written(Part /*part*/, std::chrono::steady_clock::time_point /*at*/) {}
};

// For work outside any call.
Observer& ignore_usage();

}  // namespace parley::vendor
