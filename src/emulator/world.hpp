// The telephone world of the emulator as data: who has an account, which number leads into which flow, who
// picks up how. Read from a YAML file (world_file); docs/exotel-emulator.md describes every key.
//
// Addresses may hold `{server}` and `{server_ws}`: the server under test. Times are those of the file;
// whoever waits divides them by `speed`.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "caller/caller_script.hpp"
#include "caller/exotel_caller_protocol.hpp"
#include "caller/playout_model.hpp"

namespace parley::emulator {

using std::chrono::milliseconds;

// Spellings and habits seen of Exotel; a server must bear each of them.
struct Variants {
  caller::ProtocolVariant stream;
  caller::MarksAtClear marks_at_clear = caller::MarksAtClear::echo;
  milliseconds piece{20};
  bool keep_query = false;                     // of the WebSocket's address; Exotel takes it off
  bool e164 = false;                           // +91…; live traffic has 0…
  bool quoted_digits = true;                   // digits="8", with the quotes
  bool epoch_end_time = false;                 // an unset EndTime is 1970-01-01 05:30:00 in place of nothing
  bool raw_brackets = false;                   // Stream[Status] not percent-encoded
  bool stream_json = false;                    // one Stream={…} in place of Stream[…]
  bool outbound_from_exophone = false;         // CallFrom of an outbound call is the ExoPhone
  std::string other_to;                        // `To` of a dynamic address where it differs from CallTo
  std::string initial_status = "in-progress";  // of the answer to Calls/connect
};

// How status callbacks are delivered.
enum class Delivery { normal, out_of_order, twice, late, never };

// What they look like: long when events were asked for, short otherwise; or always so; or with the names of
// Exotel's other engine (CallStatus, FromNumber …, as JSON).
enum class CallbackForm { by_events, always_long, always_short, other_engine };

struct Callbacks {
  Delivery delivery = Delivery::normal;
  milliseconds late_by{120'000};
  std::vector<milliseconds> retry_after{milliseconds(300'000), milliseconds(900'000)};
  CallbackForm form = CallbackForm::by_events;
};

struct Account {
  std::string sid;
  std::string api_key;
  std::string api_token;
  int requests_per_minute = 200;
  int max_streams = 100;
  // What every request to place a call gets: ok, no_balance (402), kyc (403), unavailable (503).
  int refuse_status = 0;
  bool private_recordings = false;  // asks for the credentials
};

struct Person {
  enum class Answer { answers, busy, no_answer, failed, voicemail };
  std::string number;
  Answer answer = Answer::answers;
  milliseconds after{1000};  // of ringing
  // What is done on each stream of a call; the last one for all that follow. Empty: listens.
  std::vector<caller::CallerScript> scripts;
  std::string says = "Hello, this is a message for you.";  // to Record, and as somebody who is connected to
  std::string keys;                                        // pressed when a Gather applet asks
  std::optional<milliseconds> hangs_up_after;              // of the answer
  milliseconds talks_for{3000};                            // as somebody who is connected to
  std::optional<Delivery> callbacks;                       // for calls to and of this person
};

struct GreetingApplet {
  std::string text;
  std::string url;  // asked with HEAD, then GET
};
struct VoicebotApplet {
  std::string url;
  std::map<std::string, std::string> parameters;
  int sample_rate_hz = 8000;
  bool record = false;
};
struct StreamApplet {
  std::string url;  // empty: the fork that runs is stopped
  std::map<std::string, std::string> parameters;
  int sample_rate_hz = 8000;
};
struct PassthruApplet {
  std::string url;
  std::string on_200;
  std::string on_302;
};
struct SwitchCaseApplet {
  std::map<std::string, std::string> cases;  // word to applet
  std::string otherwise;
};
struct ConnectApplet {
  std::vector<std::string> numbers;
  std::string url;
  std::string fallback_url;
  std::string answered;    // when the conversation is over; empty: hang up
  std::string unanswered;  // empty: the next one
};
struct GatherApplet {
  std::string prompt;
  std::string url;
};
struct AnswerUrlApplet {
  std::string url;
};
struct HangupApplet {};

struct Applet {
  std::string name;
  std::string next;  // empty: the one behind it in the file
  std::variant<HangupApplet, GreetingApplet, VoicebotApplet, StreamApplet, PassthruApplet, SwitchCaseApplet,
               ConnectApplet, GatherApplet, AnswerUrlApplet>
      what;
};

struct Flow {
  std::string id;
  std::vector<Applet> applets;
  Variants variants;
  std::optional<Delivery> callbacks;
};

struct ExoPhone {
  std::string number;
  std::string account;
  std::string flow;  // incoming calls go there; may be empty
  std::string friendly_name;
  std::string status_callback;  // of incoming calls
};

struct World {
  double speed = 1;  // the emulator's own times pass so much faster; sound has always its real speed
  milliseconds max_ringing{30'000};
  milliseconds max_stream{3'600'000};
  Callbacks callbacks;
  Variants variants;  // where no flow says otherwise
  std::vector<Account> accounts;
  std::vector<ExoPhone> phones;
  std::vector<Flow> flows;
  std::vector<Person> people;
  Person anybody;                // numbers that nobody in `people` has
  std::filesystem::path folder;  // where relative sound files of scripts begin

  const Account* account(std::string_view sid) const;
  const ExoPhone* phone(std::string_view number) const;  // in any spelling
  const Flow* flow(std::string_view id) const;
  const Person& person(std::string_view number) const;
};

// Compared by the last ten digits, as far as there are so many.
bool same_number(std::string_view a, std::string_view b);
// "09876543210" or, e164, "+919876543210" of any spelling; what is no Indian number stays.
std::string spelled(std::string_view number, bool e164);

}  // namespace parley::emulator
