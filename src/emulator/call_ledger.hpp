// The emulator's calls: what Exotel would tell of each, and the journal of everything that went to and fro.
//
// Thread: one. The oldest ended calls, and the sound of the older ones, go when there are too many.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"

namespace parley::emulator {

namespace json = boost::json;
using std::chrono::milliseconds;

struct Sound {
  int sample_rate_hz = 8000;
  int channels = 1;
  std::vector<std::int16_t> samples;
};

struct Leg {
  std::string sid;
  std::string number;
  std::string status;  // empty: still going
  std::optional<WallTime> answered;
  std::optional<WallTime> ended;
};

struct StatusCallback {
  std::string url;
  std::vector<std::string> events;  // none: one short message at the end
  std::string content_type = "multipart/form-data";
};

// As a Passthru applet behind it tells.
struct LastStream {
  std::string sid;
  std::string status;
  std::string url;
  std::string disconnected_by;
  std::string error;
  std::string detailed_status;
  std::string recording_url;
  std::int64_t seconds = 0;
};

struct JournalEntry {
  WallTime at;
  std::string what;
  json::object detail;
};

struct EmulatedCall {
  std::string sid;
  std::string account;
  std::string from;  // the customer, or who is dialled first
  std::string to;    // the other number of a call between two
  std::string exophone;
  std::string direction;  // inbound, outbound-api
  std::string status = "queued";
  std::string answered_by;
  std::string flow_id;
  std::string custom_field;
  std::string digits;
  std::string disconnected_by;
  std::string dial_whom;  // the last number that a Connect applet tried
  std::string dial_status;
  bool record = false;
  bool dual = false;
  std::optional<milliseconds> time_limit;
  std::optional<milliseconds> ring_limit;
  StatusCallback callback;
  WallTime created;
  WallTime updated;
  std::optional<WallTime> started;
  std::optional<WallTime> ended;
  std::vector<Leg> legs;
  std::optional<LastStream> stream;
  std::string recording_url;
  std::map<std::string, Sound> sounds;  // by file name without ".wav"
  std::vector<JournalEntry> journal;
  bool made_as_leg = false;  // by POST …/legs

  void note(std::string what, json::object detail = {});
  bool over() const { return ended.has_value(); }
  std::int64_t seconds() const;
};

class CallLedger {
 public:
  explicit CallLedger(const Clock& clock) : clock_(clock) {}

  // A new call with an id of its own.
  std::shared_ptr<EmulatedCall> open();
  std::shared_ptr<EmulatedCall> find(std::string_view sid) const;
  // Newest first.
  const std::deque<std::shared_ptr<EmulatedCall>>& all() const { return calls_; }
  // The sound of this name, of whichever call.
  const Sound* sound(std::string_view name) const;
  void forget_all() { calls_.clear(); }

 private:
  void make_room();

  const Clock& clock_;
  std::deque<std::shared_ptr<EmulatedCall>> calls_;
};

// "2026-01-31 17:30:00" in Indian Standard Time, without a zone, as Exotel writes it.
std::string ist_time(WallTime time);
// "Sat, 31 Jan 2026 17:30:00".
std::string ist_created(WallTime time);
// "2026-01-31T17:30:00+05:30".
std::string ist_offset_time(WallTime time);

// Left said, right heard, as one; or only one side of it.
Sound mixed(const Sound& stereo);
Sound one_side(const Sound& stereo, std::size_t channel);
// Root mean square in parts of full scale, in dB; -100 for silence.
double level_db(const Sound& sound, std::size_t channel);
std::string wav_bytes(const Sound& sound);

}  // namespace parley::emulator
