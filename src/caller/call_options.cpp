#include <CLI/CLI.hpp>

#include "caller/call_command.hpp"

namespace parley::caller {

void add_call_options(CLI::App& app, CallOptions& options) {
  app.add_option("url", options.url,
                 "ws:// or wss:// address of the stream, or http(s):// of a dynamic endpoint")
      ->required();
  app.add_option("--say", options.say, "speak this sentence; again for the next, after the agent's answer");
  app.add_option("--audio", options.audio, "speak this WAV file");
  app.add_option("--script", options.script, "carry out this script");
  app.add_option("--voice", options.voice, "the caller's voice: slt, rms, awb or kal16")
      ->capture_default_str();
  app.add_option("--from", options.from, "the caller's number")->capture_default_str();
  app.add_option("--to", options.to, "the number called")->capture_default_str();
  app.add_option("--custom", options.custom, "custom parameter key=value; several times");
  app.add_flag("--camel", options.camel, "camelCase keys in place of snake_case");
  app.add_option("--numbers", options.numbers, "numbers as string or int")->capture_default_str();
  app.add_flag("--rate-unit", options.rate_with_unit, "sample rate as \"16kHz\"");
  app.add_flag("--flat-dtmf", options.flat_dtmf, "keys as {\"event\":\"dtmf\",\"digit\":\"5\"}");
  app.add_flag("--connected-extras", options.connected_extras,
               "protocol and version in the connected message");
  app.add_option("--marks-at-clear", options.marks_at_clear, "marks of cleared audio: echo or drop")
      ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "8000, 16000 or 24000 Hz (default: sample-rate of the address, or 8000)");
  app.add_option("--piece", options.piece, "length of the media messages")->capture_default_str();
  app.add_option("--jitter", options.jitter, "each message leaves up to so much later")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the jitter")->capture_default_str();
  app.add_option("--drop-after", options.drop_after, "cut the connection after this time");
  app.add_option("--max-duration", options.max_duration, "hang up after this time")->capture_default_str();
  app.add_option("--max-lead", options.max_lead, "protocol error when audio comes further ahead of real time")
      ->capture_default_str();
  app.add_flag("--strict", options.strict, "name every protocol error of the server and exit with 3");
  app.add_option("--heard", options.heard,
                 "write a stereo WAV: left the caller, right what the caller heard");
  app.add_flag("--keep-query", options.keep_query, "leave the address's query on the upgrade request");
  app.add_flag("--insecure", options.insecure, "accept any TLS certificate");
  app.add_flag("--no-transcript", options.no_transcript, "do not ask the server for the words");
  app.add_option("--calls", options.calls, "so many calls at once")->capture_default_str();
  app.add_option("--ramp", options.ramp, "time from the first call's arrival to the last's")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "for the calls (default: one for every 800)");
  app.add_option("-o,--output", options.output, "text or json")->capture_default_str();
}

}  // namespace parley::caller
