#include <CLI/CLI.hpp>

#include "caller/bench_command.hpp"

namespace parley::caller {

void add_bench_options(CLI::App& app, BenchOptions& options) {
  app.add_option("url", options.url, "ws:// address of the stream")->required();
  app.add_option("--calls", options.calls, "so many calls at once")->capture_default_str();
  app.add_option("--burst", options.burst,
                 "further calls that arrive within one second, while the first are measured")
      ->capture_default_str();
  app.add_option("--piece", options.piece, "length of the media messages")->capture_default_str();
  app.add_option("--ramp", options.ramp, "time from the first call's arrival to the last's")
      ->capture_default_str();
  app.add_option("--settle", options.settle, "from the last arrival until measuring begins")
      ->capture_default_str();
  app.add_option("--measure", options.measure, "time of measuring")->capture_default_str();
  app.add_option("--rate", options.rate, "8000, 16000 or 24000 Hz")->capture_default_str();
  app.add_flag("--echo", options.echo, "the server only echoes: no turns, pieces must come back in time");
  app.add_option("--server-pid", options.server_process,
                 "the server's process on this machine: read its processor time and memory too");
  app.add_option("-o,--output", options.output, "text or json")->capture_default_str();
}

}  // namespace parley::caller
