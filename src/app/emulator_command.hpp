// `parley exotel-emulator`: Exotel on this machine, against any server.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "emulator/exotel_emulator.hpp"
#include "settings/settings.hpp"

namespace parley::app {

struct EmulatorCommand {
  std::string world;  // file; empty: the bundled one
  std::string server = "http://127.0.0.1:8080";
  std::string host = "127.0.0.1";
  int port = 8090;
  std::vector<std::string> call;  // FROM TO
  bool strict = false;
  bool json = false;
  bool print_world = false;
};

// Adds the subcommand; `options` and `exit_code` outlive the app.
void add_emulator_command(CLI::App& app, EmulatorCommand& options, int& exit_code);

// For `parley dev --mock`: one on a free port, whose account and number stand in `settings` afterwards.
// `server`: where this server will be reached. Blocking.
Result<std::unique_ptr<emulator::ExotelEmulator>> start_emulated_exotel(settings::Settings& settings,
                                                                        const std::string& server);

}  // namespace parley::app
