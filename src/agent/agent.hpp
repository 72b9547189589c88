// An agent: the configured bot, as plain data. Made from a YAML or JSON file (agent_file.hpp), immutable
// afterwards and shared by every call that uses it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/script.hpp"

namespace parley::agent {

using std::chrono::milliseconds;

// One vendor choice. Names of providers are checked by the composition root, model and voice are free text.
struct ProviderChoice {
  std::string provider;
  std::string model;
  std::string voice;
  std::map<std::string, std::string> options;
  // Tried in this order when this one fails before its first useful piece. Theirs are empty.
  std::vector<ProviderChoice> fallbacks;
};

enum class VadKind {
  webrtc,  // WebRTC's detector, mode 3
  energy,  // root mean square over a threshold
};

struct VadSettings {
  VadKind kind = VadKind::webrtc;
  int energy_threshold = 500;  // RMS of int16 samples; used by `energy`
};

struct TurnTaking {
  milliseconds endpointing{600};      // silence that ends the caller's turn
  milliseconds min_speech{100};       // speech needed before it counts as speech at all
  milliseconds interrupt_after{100};  // speech needed to interrupt the agent
  milliseconds interrupt_grace{
      0};  // after the agent starts, speech does not interrupt for so long (line echo)
  milliseconds transcript_deadline{4000};  // endpoint to final transcript
  milliseconds reply_deadline{8000};       // transcript to first sound of the reply
  bool greeting_interruptible = true;
};

// What a key does when the caller presses it.
enum class DtmfAction { input, escalate, hang_up };
struct DtmfKey {
  DtmfAction action = DtmfAction::input;
  std::string say;  // spoken first, may be empty
};
struct DtmfSettings {
  // Keys not listed are input to the chat model. A listed key acts only as the first of an input: within a
  // longer number it is a digit like any other.
  std::map<char, DtmfKey> keys;
  int max_digits = 1;    // more: digits are collected until `finish_on` or the timeout
  char finish_on = '#';  // 0: no such key
  milliseconds timeout{2000};
};

// Handing the caller to a human. Without it, whoever asks for one is noted and the conversation goes on.
struct Transfer {
  bool enabled = false;           // the agent file has this section
  std::vector<std::string> to;    // numbers, tried in this order; empty: the carrier's flow decides
  std::string say;                // to the caller, before; may be empty
  std::string announce;           // to whoever picks up; may be empty
  std::string failed_say;         // first words when nobody did; empty: the first message again
  std::chrono::seconds ring{30};  // for each of the numbers
};

struct RecordingSettings {
  bool enabled = true;
  ProviderChoice transcribe;  // after the call; "none": not
};

struct Limits {
  std::chrono::seconds max_duration{3600};
  std::string max_duration_say;  // spoken before the call is ended for its length; may be empty
  // When a reply fails, and when one has failed too often and the call is ended.
  std::string trouble_say = "Sorry, something went wrong. Please say that again.";
  std::string give_up_say = "Sorry, this does not work at the moment. Please call again later. Goodbye.";
};

// An HTTP call the model may make.
struct Tool {
  std::string name;  // [a-zA-Z0-9_-]{1,64}
  std::string description;
  std::string parameters;  // JSON Schema of an object, as JSON text
  std::string method = "POST";
  std::string url;  // {name} is replaced by that argument, escaped
  std::map<std::string, std::string> headers;
  milliseconds timeout{5000};
  std::string say;  // spoken while it is under way; may be empty
};

// Spoken when the reply lets the caller wait.
struct Filler {
  milliseconds after{1500};
  std::vector<std::string> say;  // taken in turn; empty: none
};

struct Caching {
  bool speech = true;  // sentences spoken before are not asked of the voice again
  // Answers to a first question that many callers ask alike are given again without asking the model.
  bool answers = false;
  std::chrono::seconds answers_for{24 * 3600};
};

// What an agent is made of: `echo` sends back what it hears and has no conversation at all; `realtime` is one
// model that hears and speaks (`sts`), in place of stt, llm and tts.
enum class AgentKind { conversation, echo, realtime };

struct Agent {
  std::string name;     // [a-z0-9][a-z0-9_-]*
  std::string version;  // content hash: the same text has the same version everywhere
  std::string description;
  AgentKind kind = AgentKind::conversation;
  std::string language = "en-IN";  // BCP 47
  std::string first_message;       // may be empty: the caller speaks first
  std::string prompt;              // for language models; the script model does not read it
  ProviderChoice stt;
  ProviderChoice llm;
  ProviderChoice tts;
  ProviderChoice sts;  // of a realtime agent
  std::vector<Tool> tools;
  Filler filler;
  Caching caching;
  VadSettings vad;
  TurnTaking turn_taking;
  DtmfSettings dtmf;
  Transfer transfer;
  RecordingSettings recording;
  Limits limits;
  Script script;  // used when llm.provider is "script"
  // Its texts hold values of one call (agent/variables.hpp): nothing of it is kept for another.
  bool personal = false;
  // Of a personal agent: the one that was made ready to talk, which vendors' parts are found by.
  std::shared_ptr<const Agent> origin;
};

using AgentPtr = std::shared_ptr<const Agent>;

}  // namespace parley::agent
